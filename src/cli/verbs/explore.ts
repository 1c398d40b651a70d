/** `agentfs explore`: runs a command several times at once, each in its own workspace. */

import type { CandidateState, ExploredCandidate, ExploreResult, Judge } from '../../index.ts';
import type { Call } from '../call.ts';
import { EXIT, UsageError } from '../exit-status.ts';
import { oneOf } from '../options/parameters.ts';
import { COUNT, span } from '../options/quantities.ts';
import type { Output } from '../output.ts';
import { answerList } from '../print/format.ts';
import { count } from '../print/human.ts';
import { type Column, tableOf } from '../print/list.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ExploreFlags {
  readonly number?: number;
  readonly judge?: string;
  readonly firstSuccess?: true;
  readonly from?: string;
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly keep?: 'best' | 'all' | 'none';
  readonly message?: string;
}

const COLUMNS: readonly Column<ExploredCandidate>[] = [
  { name: 'name', value: ({ name }) => name },
  { name: 'state', value: ({ state }) => state },
  { name: 'score', value: ({ score }) => score, align: 'right' },
  { name: 'files', value: ({ stats }) => stats?.files ?? null, align: 'right' },
  { name: 'added', value: ({ stats }) => stats?.insertions ?? null, align: 'right' },
  { name: 'removed', value: ({ stats }) => stats?.deletions ?? null, align: 'right' },
  {
    name: 'seconds',
    value: ({ durationMs }) => Math.round(durationMs) / 1000,
    shown: ({ durationMs }) => (durationMs / 1000).toFixed(1),
    align: 'right',
  },
  { name: 'workspace', value: ({ workspace }) => workspace },
];

export const verb: Verb = defineVerb<ExploreFlags>({
  usage: '[options] [--] <command...>',
  arguments: [['<command...>', 'the program and its arguments; {n} becomes 1, 2, 3 ...']],
  passesThrough: true,
  options: [
    ['-n, --number <count>', 'how many workspaces; default 3', COUNT],
    ['--judge <line>', 'a line of shell: status 0 passes, a number on its last line is the score'],
    ['--first-success', 'stop the others as soon as one has succeeded'],
    ['--from <tree>', 'a workspace or a snapshot to start from; default the project'],
    ['--concurrency <count>', 'how many at a time; default 4', COUNT],
    ['--timeout <span>', 'stop each after this time: 30s, 5m', span('s')],
    ['--keep <which>', 'whose workspaces stay; default best', oneOf(['best', 'all', 'none'])],
    ['-m, --message <text>', 'commit the best to the project with this message'],
  ],
  notes: 'The command finds its number in $AGENTFS_CANDIDATE_NUMBER too.',
  examples: [
    [
      "agentfs explore -n 5 --judge 'npm test' -- my-agent --seed {n}",
      'keep the first that passes',
    ],
    ["agentfs explore -n 5 --judge 'npm test' -m 'Fix it' -- my-agent", 'and commit it'],
    ["agentfs explore -n 3 --first-success -- sh -c 'make CC=$AGENTFS_CANDIDATE'", 'a race'],
  ],
  check: ({ judge, firstSuccess }) => {
    if (judge === undefined || firstSuccess === undefined) return;
    throw new UsageError('--judge and --first-success exclude each other.');
  },
  async run({ call, args: words, flags }) {
    const { number = 3, from, concurrency, timeout, keep, message } = flags;
    const afs = await call.open();
    const display = new Display(call.output, number);
    const exploring = afs.explore({
      candidates: Array.from({ length: number }, (_, index) => ({
        run: words.map((word) => word.replaceAll('{n}', String(index + 1))),
      })),
      ...{ base: from, concurrency, timeout, keep, commit: message },
      judge: judgeOf(flags),
      signal: call.signal,
      onProgress: display.note,
    });
    const result = await exploring.finally(() => display.end());
    if (result.best === undefined) call.exitStatus = EXIT.commandFailed;
    if (call.globals.json) return call.output.json(result);
    await answerList(call, {}, { columns: COLUMNS, rows: result.ranking });
    return report(call, result);
  },
});

function judgeOf({ judge, firstSuccess }: ExploreFlags): Judge | undefined {
  if (judge !== undefined) return { command: judge };
  return firstSuccess === true ? 'first-success' : undefined;
}

/** Shows how far all of them are, on a terminal. */
class Display {
  readonly #output: Output;
  readonly #rows: Shown[];
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(output: Output, total: number) {
    this.#output = output;
    this.#rows = Array.from({ length: total }, (_, index) => ({ name: String(index + 1) }));
    if (output.showsStatus) this.#timer = setInterval(() => this.#draw(), EVERY_MS);
  }

  readonly note = (candidate: ExploredCandidate): void => {
    const row = this.#rows.find(({ name }) => name === candidate.name);
    if (row === undefined) return;
    row.candidate = candidate;
    if (candidate.state === 'running') row.startedAt = performance.now();
    this.#draw();
  };

  end(): void {
    clearInterval(this.#timer);
    this.#output.clearStatus();
  }

  #draw(): void {
    const { height } = this.#output;
    const table = tableOf(PROGRESS, this.#rows, {
      style: this.#output.errorStyle,
      width: undefined,
    });
    if (table.length < height) this.#output.showStatus(...table);
    else this.#output.showStatus(this.#summary());
  }

  #summary(): string {
    const states = this.#rows.map(stateOf);
    const many = (state: CandidateState): number => states.filter((each) => each === state).length;
    const [running, judging] = [many('running'), many('judging')];
    const over = states.length - many('waiting') - running - judging;
    return `${over} of ${states.length} over, ${running} running, ${judging} judged`;
  }
}

/** A line of the table while all of it goes on. */
interface Shown {
  readonly name: string;
  candidate?: ExploredCandidate;
  startedAt?: number;
}

const EVERY_MS = 1000;

const PROGRESS: readonly Column<Shown>[] = [
  { name: 'name', value: ({ name }) => name },
  { name: 'state', value: stateOf },
  { name: 'score', value: ({ candidate }) => candidate?.score ?? null, align: 'right' },
  { name: 'files', value: ({ candidate }) => candidate?.stats?.files ?? null, align: 'right' },
  { name: 'seconds', value: secondsOf, align: 'right' },
];

function stateOf({ candidate }: Shown): CandidateState {
  return candidate?.state ?? 'waiting';
}

function secondsOf({ candidate, startedAt }: Shown): string | null {
  if (startedAt === undefined) return null;
  const ms = candidate?.durationMs || performance.now() - startedAt;
  return (ms / 1000).toFixed(0);
}

/** Why a candidate failed, with the last that its command said. */
function failureOf({ name, error, exitCode, output }: ExploredCandidate): string {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const end = `The command ended with ${exitCode ?? 'a signal'}${last === '' ? '.' : `: ${last}`}`;
  return oneLine(`Candidate ${name} failed: ${error ?? end}`);
}

function report({ output }: Call, { ranking, best, commit }: ExploreResult): void {
  for (const each of ranking) if (each.state === 'failed') output.complain(failureOf(each));
  const { name, workspace = null, stats } = best ?? {};
  if (best === undefined) {
    output.complain('None has succeeded.');
  } else if (commit !== undefined) {
    output.say(`Committed ${commit.id.slice(0, 12)} from candidate ${name}.`);
  } else if (workspace !== null) {
    const changes = count(stats?.files ?? 0, 'file');
    output.say(`Kept candidate ${name}, ${changes} changed: agentfs diff -w ${workspace}`);
  }
}
