/** One candidate of an exploration: runs it in its workspace, and judges what came of it. */

import type { DiffStats } from '../../snapshot/diff-result.ts';
import type { RunResult } from '../commands/run-result.ts';
import type { Workspace } from '../workspace.ts';
import type { ExploreRequest } from './explore-options.ts';
import type { CandidateState, ExploredCandidate } from './explore-result.ts';

const MOST_OUTPUT = 4096;

/** What a candidate needs to run. */
interface Start {
  readonly workspace: Workspace;
  readonly candidate: ExploreRequest['candidates'][number];
  readonly index: number;
  readonly request: ExploreRequest;
  /** Fires when one has won. */
  readonly won: AbortController;
}

/** A candidate and its workspace. */
export class CandidateRun {
  readonly workspace: Workspace;
  /** Resolves when its function, if it is one, has ended. */
  ended: Promise<unknown> = Promise.resolve();
  isKept = false;
  isDropped = false;
  readonly #start: Start;
  readonly #name: string;
  #state: CandidateState = 'waiting';
  #score: number | null = null;
  #result: RunResult | undefined;
  #value: unknown;
  #error: string | null = null;
  #stats: DiffStats | null = null;
  #durationMs = 0;

  constructor(start: Start) {
    this.#start = start;
    this.workspace = start.workspace;
    this.#name = start.workspace.name;
  }

  get state(): CandidateState {
    return this.#state;
  }

  get score(): number | null {
    return this.#score;
  }

  /** Runs and judges it. @throws what the judge throws */
  async start(): Promise<void> {
    const { request, won } = this.#start;
    if (won.signal.aborted || request.signal?.aborted === true) return this.#become('cancelled');
    await this.#run();
    if (this.#state === 'judging') await this.#judge();
    this.#stats = (await this.workspace.diff(againstOf(request.base))).stats;
    this.#tell();
  }

  /** What is known of it. */
  explored(): ExploredCandidate {
    const { stdout = '', stderr = '', exitCode = null } = this.#result ?? {};
    return {
      name: this.#start.candidate.name,
      workspace: this.isDropped ? null : this.#name,
      state: this.#state,
      score: this.#score,
      exitCode,
      output: (stdout + stderr).slice(-MOST_OUTPUT),
      error: this.#error,
      stats: this.#stats,
      durationMs: this.#durationMs,
    };
  }

  async #run(): Promise<void> {
    const { candidate, request, won } = this.#start;
    const started = performance.now();
    const ending = new AbortController();
    const timer =
      request.timeout === undefined ? undefined : setTimeout(() => ending.abort(), request.timeout);
    const signals = [won.signal, ending.signal, ...(request.signal ? [request.signal] : [])];
    const signal = AbortSignal.any(signals);
    this.#become('running');
    try {
      const succeeded =
        typeof candidate.run === 'function'
          ? await this.#callFunction(candidate.run, signal)
          : await this.#runCommand(candidate.run, signal);
      this.#become(this.#stateAfter(succeeded, ending.signal.aborted, signal.aborted));
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error);
      this.#become(this.#stateAfter(false, ending.signal.aborted, signal.aborted));
    } finally {
      clearTimeout(timer);
      this.#durationMs = performance.now() - started;
    }
  }

  #stateAfter(succeeded: boolean, timedOut: boolean, aborted: boolean): CandidateState {
    if (timedOut) return 'timed-out';
    if (aborted) return 'cancelled';
    return succeeded ? 'judging' : 'failed';
  }

  async #callFunction(
    run: Extract<Start['candidate']['run'], (...args: never[]) => unknown>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { candidate, index } = this.#start;
    const context = { name: candidate.name, index, signal };
    const running = (async () => run(this.workspace, context))();
    this.ended = running.catch(() => undefined);
    this.#value = await Promise.race([running, rejectedBy(signal)]);
    return true;
  }

  async #runCommand(
    command: Exclude<Start['candidate']['run'], (...args: never[]) => unknown>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { request, candidate, index } = this.#start;
    const env = {
      ...request.run?.env,
      AGENTFS_CANDIDATE: candidate.name,
      AGENTFS_CANDIDATE_NUMBER: String(index + 1),
    };
    this.#result = await this.workspace.run(command, { ...request.run, env, signal });
    return !this.#result.failed;
  }

  async #judge(): Promise<void> {
    const { judge } = this.#start.request;
    const { won } = this.#start;
    if (judge === 'first-success') {
      if (won.signal.aborted) return this.#become('cancelled');
      won.abort();
    }
    const score = await this.#scoreBy(judge);
    this.#score = score === false ? null : Number(score);
    if (Number.isNaN(this.#score)) this.#score = null;
    this.#become(this.#score === null ? 'failed' : 'succeeded');
  }

  async #scoreBy(judge: ExploreRequest['judge']): Promise<number | boolean> {
    if (typeof judge === 'function') {
      const { name } = this.#start.candidate;
      const outcome = { name, succeeded: true, result: this.#result, value: this.#value };
      return judge(this.workspace, outcome);
    }
    if (typeof judge !== 'object' || 'compare' in judge) return true;
    await using snapshot = await this.workspace.snapshot.temp();
    const { request } = this.#start;
    const verdict = await this.workspace.run(judge.command, {
      ...request.run,
      snapshot: snapshot.name,
      signal: request.signal,
      timeout: request.timeout,
    });
    if (verdict.failed) {
      const end = `The judge ended with ${verdict.exitCode ?? verdict.signal}`;
      const said = lastLine(verdict.stderr) || lastLine(verdict.stdout);
      this.#error = said === '' ? `${end}.` : `${end}: ${said}`;
      return false;
    }
    const last = lastLine(verdict.stdout);
    return /^[-+]?\d+(\.\d+)?$/.test(last) ? Number(last) : true;
  }

  #become(state: CandidateState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    this.#start.request.onProgress?.(this.explored());
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}

/** Rejects when the signal fires: a function need not look at it. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function againstOf(base: string): { readonly against?: string } {
  return base === 'base' ? {} : { against: base };
}
