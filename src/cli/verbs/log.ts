/** `agentfs log`: the commits into the project, newest first. */

import type { CommitResult } from '../../index.ts';
import { commitJson } from '../commit-json.ts';
import { count, humanAge, parseCount } from '../humane.ts';
import type { Style } from '../output.ts';
import { printLong } from '../page.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';

interface LogFlags {
  readonly limit?: string;
  readonly graph?: boolean;
  readonly oneline?: boolean;
}

const SHORT_ID = 12;

/** Shows commits. */
export const verb: Verb = {
  define(command) {
    command
      .argument('[path]', 'only commits that changed this path, or something below it')
      .option('-n, --limit <count>', 'at most so many')
      .option('--graph', 'draw how one follows another')
      .option('--oneline', 'a line each');
    addExamples(
      command,
      ['agentfs log', 'all commits'],
      ['agentfs log src/login.ts -n 5', 'the last five that changed a file'],
      ['agentfs log --graph --oneline', 'an overview'],
    );
  },
  async run(call, command) {
    const flags = command.opts<LogFlags>();
    const limit = flags.limit === undefined ? undefined : parseCount(flags.limit, '--limit');
    const afs = await call.open();
    const commits = await afs.log({ limit, path: command.args[0] });
    const { output, globals } = call;
    if (globals.json) return output.json(commits.map(commitJson));
    const lines = commits.map((commit) => describe(commit, flags, output.style));
    const text = flags.graph === true ? drawGraph(lines) : plain(lines, flags.oneline === true);
    await printLong(call, text);
  },
};

function describe(commit: CommitResult, { oneline }: LogFlags, style: Style): string[] {
  const { id, message, author, createdAt, workspace, changes, reverts } = commit;
  const [subject = '', ...body] = message.split('\n');
  const short = style.yellow(id.slice(0, SHORT_ID));
  if (oneline === true) return [`${short} ${oneLine(subject)} ${style.dim(humanAge(createdAt))}`];
  const mail = author.email === '' ? '' : ` <${author.email}>`;
  const origin = reverts === null ? workspace : `revert of ${reverts.slice(0, SHORT_ID)}`;
  return [
    `${style.yellow(`commit ${id}`)} ${style.dim(`(${origin})`)}`,
    `Author: ${oneLine(`${author.name}${mail}`)}`,
    `Date:   ${createdAt.toISOString()} (${humanAge(createdAt)}), ${count(changes.length, 'change')}`,
    '',
    ...[subject, ...body].map((line) => `    ${oneLine(line)}`.trimEnd()),
  ];
}

function plain(commits: readonly string[][], oneline: boolean): string {
  const text = commits.map((lines) => lines.join('\n')).join(oneline ? '\n' : '\n\n');
  return text === '' ? '' : `${text}\n`;
}

/** A dot for each commit on the line of the project. */
function drawGraph(commits: readonly string[][]): string {
  const drawn = commits.flatMap((lines, index) => {
    const isLast = index === commits.length - 1;
    const side = isLast ? ' ' : '│';
    const between = isLast || lines.length === 1 ? [] : [side];
    return [...lines.map((line, i) => `${i === 0 ? '●' : side} ${line}`.trimEnd()), ...between];
  });
  return drawn.map((line) => `${line}\n`).join('');
}
