/** `agentfs log`: shows the commits to the project, newest first. */

import type { AgentFS, CommitResult, RemoteCommit } from '../../index.ts';
import { requireAtMostOne } from '../exit-status.ts';
import { COUNT } from '../options/quantities.ts';
import type { Style } from '../output.ts';
import { count, humanAge } from '../print/human.ts';
import { commitJson } from '../print/json-shapes.ts';
import { printLong } from '../print/page.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface LogFlags {
  readonly limit?: number;
  readonly all?: true;
  readonly graph?: true;
  readonly oneline?: true;
}

/** A commit as the log shows it. */
interface LoggedCommit {
  readonly id: string;
  readonly createdAt: Date;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  /** Where it comes from, or what it undoes. */
  readonly origin: string;
  /** How many changes it made; unknown of one that another replica made. */
  readonly changes: number | undefined;
  readonly json: object;
}

const SHORT_ID = 12;

export const verb: Verb = defineVerb<LogFlags>({
  takesPaths: true,
  arguments: [['[path]', 'only commits that changed this path, or something below it']],
  options: [
    ['-n, --limit <count>', 'at most this many', COUNT],
    ['--all', 'also commits that others made from synced workspaces'],
    ['--graph', 'draw how one follows another'],
    ['--oneline', 'a line per commit'],
  ],
  examples: [
    ['agentfs log', 'all commits'],
    ['agentfs log src/login.ts -n 5', 'the last five that changed a file'],
    ['agentfs log --graph --oneline', 'an overview'],
  ],
  async run({ call, args, paths, flags }) {
    const { limit, all, graph, oneline = false } = flags;
    const typed = [...args, ...paths];
    requireAtMostOne({ '--all': all, 'A path': typed[0] });
    const path = typed.length === 0 ? undefined : await call.projectPaths(typed);
    const afs = await call.open();
    const own = (await afs.log({ limit, path })).map(ownCommit);
    const commits = all ? newest([...own, ...(await othersOf(afs))], limit) : own;
    const { output, globals } = call;
    if (globals.json) return output.json(commits.map(({ json }) => json));
    const lines = commits.map((commit) => describe(commit, oneline, output.style));
    await printLong(call, graph ? drawGraph(lines) : plain(lines, oneline));
  },
});

function ownCommit(commit: CommitResult): LoggedCommit {
  const { id, createdAt, message, author, reverts, workspace, changes } = commit;
  const origin = originOf(workspace, reverts);
  const json = commitJson(commit);
  return { id, createdAt, message, author, origin, changes: changes.length, json };
}

/** The commits that other replicas of the workspaces have made into their projects. */
async function othersOf(afs: AgentFS): Promise<LoggedCommit[]> {
  const workspaces = await afs.workspace.list({ includeArchived: true });
  const found = await Promise.all(
    workspaces.map(async ({ name, sync }) =>
      (await sync.log()).map((commit) => otherCommit(commit, name)),
    ),
  );
  return found.flat();
}

function otherCommit(commit: RemoteCommit, workspace: string): LoggedCommit {
  const { id, parent, replica, createdAt, message, authorName, authorEmail, reverts } = commit;
  const author = { name: authorName, email: authorEmail };
  const json = { id, parent, message, author, workspace, createdAt, reverts, replica };
  const origin = `${originOf(workspace, reverts)}, replica ${replica.slice(0, 8)}`;
  return { id, createdAt, message, author, origin, changes: undefined, json };
}

function originOf(workspace: string, reverts: string | null): string {
  return reverts === null ? workspace : `revert of ${reverts.slice(0, SHORT_ID)}`;
}

function newest(commits: readonly LoggedCommit[], limit?: number): LoggedCommit[] {
  return [...commits].sort((a, b) => +b.createdAt - +a.createdAt).slice(0, limit);
}

function describe(commit: LoggedCommit, oneline: boolean, style: Style): string[] {
  const { id, message, author, createdAt, origin, changes } = commit;
  const [subject = '', ...body] = message.split('\n');
  const short = style.yellow(id.slice(0, SHORT_ID));
  if (oneline) return [`${short} ${oneLine(subject)} ${style.dim(humanAge(createdAt))}`];
  const mail = author.email === '' ? '' : ` <${author.email}>`;
  const size = changes === undefined ? '' : `, ${count(changes, 'change')}`;
  return [
    `${style.yellow(`commit ${id}`)} ${style.dim(`(${oneLine(origin)})`)}`,
    `Author: ${oneLine(`${author.name}${mail}`)}`,
    `Date:   ${createdAt.toISOString()} (${humanAge(createdAt)})${size}`,
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
