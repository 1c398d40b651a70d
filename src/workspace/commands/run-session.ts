/** Several commands in one set-up: shown once, captured when the caller says so. */

import { AsyncResource } from 'node:async_hooks';
import { throwIfAborted } from '../../disk/time-slices.ts';
import { checkBoolean, checkOptions, checkSignal } from '../../primitives/arguments.ts';
import { AgentFSError, wrongValue } from '../../primitives/errors.ts';
import type { Isolation } from '../../runner/isolation.ts';
import type { Command } from '../../runner/process/command.ts';
import type { StrategyName } from '../../runner/strategy.ts';
import { actingAgent, actingAs } from '../core/acting-agent.ts';
import { noticeOf } from '../core/workspace-core.ts';
import { type Executor, runToEnd } from './executor.ts';
import { NOTHING_CAPTURED, RunFiles, type SessionCheckpoint } from './run-files.ts';
import { runDefaults } from './run-limits.ts';
import {
  checkWait,
  parseRun,
  parseStrategy,
  RUN_OPTIONS,
  type RunOptions,
  type RunRequest,
  type StrategyOptions,
} from './run-options.ts';
import { choosePlace, type OnStart, type RunHost } from './run-process.ts';
import { type AnyRunResult, type RunResult, resultOf } from './run-result.ts';
import { type RunStream, type RunStreamOptions, streamCommand } from './run-stream.ts';
import { stoppable } from './sent-command.ts';
import { describeRun, recordCommand } from './store-commands.ts';

/** How the commands of a session are run. */
export interface SessionOptions extends StrategyOptions {
  /** Records the commands and their changes in the audit log; default true. */
  readonly audit?: boolean | undefined;
  /** How long to wait for the workspace, as in `run`. */
  readonly wait?: boolean | number | undefined;
  /** Ends the wait for the workspace, and the set-up. */
  readonly signal?: AbortSignal | undefined;
}

const OF_THE_SESSION = ['strategy', 'sandbox', 'limits', 'audit', 'wait'] as const;
const OF_ONE_RUN = ['snapshot', 'rollbackOnFailure', 'beside'] as const;

/** The options of `run` that cannot differ between the commands of a session. */
type Fixed = (typeof OF_THE_SESSION)[number] | (typeof OF_ONE_RUN)[number];

type FixedOptions = Omit<SessionOptions, 'signal' | 'wait'>;

/** How one command of a session is run. */
export type SessionRunOptions = Omit<RunOptions, Fixed>;

/**
 * Waits for the workspace, shows its tree, and holds both until the session is closed.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the option.
 * @throws {WorkspaceBusyError} {PermissionDeniedError} {StorageError}; {AgentFSError}
 *   SANDBOX_UNAVAILABLE, ABORTED.
 */
export async function openSession(host: RunHost, options?: SessionOptions): Promise<RunSession> {
  const { core } = host;
  const given = checkOptions(options, [...OF_THE_SESSION, 'signal']);
  const signal = checkSignal(given.signal);
  const audit = checkBoolean('audit', given.audit) ?? true;
  const waitMs = checkWait(given.wait);
  const choice = { strategy: given.strategy, sandbox: given.sandbox, limits: given.limits };
  const wanted = parseStrategy(choice, runDefaults(core));
  const files = new RunFiles(await choosePlace(host, wanted), {
    ...wanted,
    audit,
    piped: 'several',
  });
  return new Promise((resolve, reject) => {
    const lease = core.engine.leases.hold(core.runLease, { waitMs, signal }, async () => {
      await files.show(signal);
      await new Promise<void>((end) => {
        const leave = (): Promise<void> => {
          end();
          return lease;
        };
        resolve(new RunSession(files, { ...choice, audit }, leave));
      });
    });
    lease.catch(reject);
  });
}

/**
 * Runs commands one after the other in the same files. What they change is in the workspace after
 * {@link checkpoint} or {@link close}; what the API writes meanwhile is seen by the commands at
 * once, but where they have changed the same path. As long as the session is open, it keeps all other commands of the workspace
 * waiting, and `materialize` and `delete` too: waiting for one of them inside would never end.
 */
export class RunSession implements AsyncDisposable {
  /** How its commands are run. */
  readonly strategy: StrategyName;
  /** What is in force while they run. */
  readonly isolation: Isolation;
  readonly #files: RunFiles;
  readonly #options: FixedOptions;
  readonly #leave: () => Promise<void>;
  readonly #abandoned: AbortController = new AbortController();
  /** What runs here counts as inside of the operation that holds the lease, hooks included. */
  readonly #scope: AsyncResource = new AsyncResource('AgentFSSession');
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<SessionCheckpoint> | undefined;

  /** @internal */
  constructor(files: RunFiles, options: FixedOptions, leave: () => Promise<void>) {
    const { strategy, isolation, core } = files.place;
    this.strategy = strategy.name;
    this.isolation = isolation;
    this.#files = files;
    this.#options = options;
    this.#leave = leave;
    const { closing } = core.engine.leases;
    if (closing.aborted) this.#onClosing();
    else closing.addEventListener('abort', this.#onClosing, { once: true });
  }

  /**
   * Runs a command in the files that the ones before it have left. As `Workspace.run`, but nothing
   * is captured yet: `changes` is empty.
   *
   * @throws {CommandError} COMMAND_FAILED, COMMAND_TIMEOUT with `check`; {HookError}.
   * @throws {AgentFSError} CLOSED, COMMAND_NOT_STARTED, ABORTED; {TypeError} {RangeError}.
   * @throws {FileSystemError} ENOENT, ENOTDIR for `workdir`.
   * @example await session.run('npm install', { check: true });
   */
  async run(
    command: Command,
    options: SessionRunOptions & { readonly encoding: 'buffer' },
  ): Promise<RunResult<Buffer>>;
  async run(
    command: Command,
    options?: SessionRunOptions & { readonly encoding?: 'utf8' | undefined },
  ): Promise<RunResult>;
  async run(command: Command, options?: SessionRunOptions): Promise<AnyRunResult> {
    return runToEnd(this.#executor, command, options);
  }

  /**
   * Runs a command as {@link run} does and gives its output line by line while it comes, as
   * `Workspace.runStream` does.
   *
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT; the rest comes through the stream.
   * @example for await (const line of session.runStream('npm test')) process.stdout.write(line);
   */
  runStream(command: Command, options?: Omit<RunStreamOptions, Fixed>): RunStream {
    return streamCommand(this.#executor, command, options);
  }

  /**
   * Takes what the commands have changed so far into the workspace, in one transaction and as one
   * step for undo, and lets the session go on. What the API wrote meanwhile is merged line by line,
   * as at the end of a run.
   *
   * @throws {StorageError} when that cannot be stored: the workspace is as it was. What
   *   the commands have changed is kept, and the next one, or the next open, stores it first.
   * @throws {AgentFSError} CLOSED.
   * @example const { changes } = await session.checkpoint();
   */
  async checkpoint(): Promise<SessionCheckpoint> {
    return this.#inTurn(() => this.#capture());
  }

  /**
   * Waits for the commands that were sent off, takes a last checkpoint and gives the workspace free.
   * Harmless when the session is over.
   *
   * @throws {StorageError} as {@link checkpoint}.
   */
  close(): Promise<SessionCheckpoint> {
    this.#closing ??= this.#end(() => this.#capture());
    return this.#closing;
  }

  /**
   * Ends the commands, drops what was changed since the last checkpoint, and gives the workspace
   * free. Harmless when the session is over.
   */
  async discard(): Promise<void> {
    this.#abandoned.abort();
    this.#closing ??= this.#end(() => this.#files.discard());
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #executor(): Executor {
    const { place } = this.#files;
    return {
      host: place,
      parse: (command, options) =>
        parseRun(command, { ...checkFree(options), ...this.#options }, runDefaults(place.core)),
      execute: (request, onStart) => this.#execute(request, onStart),
    };
  }

  #execute(given: RunRequest, onStart?: OnStart): Promise<RunResult<Buffer>> {
    const { place } = this.#files;
    const request = stoppable(given, this.#abandoned.signal);
    return this.#inTurn(async () => {
      throwIfAborted(request.process.signal);
      await place.beforeRun(request.command);
      const { ended, warnings } = await this.#files.run(request, onStart);
      if (request.audit) {
        const run = describeRun(request, ended, place.strategy.name);
        recordCommand(place.core, run, request.process.commandId);
      }
      return resultOf(place, request, ended, { ...NOTHING_CAPTURED, warnings });
    });
  }

  async #capture(): Promise<SessionCheckpoint> {
    const { effects, filesBefore: _, ...checkpoint } = await this.#files.capture();
    this.#files.place.core.announce(effects.map(noticeOf));
    return checkpoint;
  }

  /** The AgentFS waits for the lease, so this promise need not be awaited. */
  readonly #onClosing = (): void => {
    this.close().catch((error: unknown) => {
      const { logger } = this.#files.place.core.engine;
      logger.error('What an open session had changed could not be stored at the end.', { error });
    });
  };

  /** Calls an action after all that were asked for before. */
  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      throw new AgentFSError('CLOSED', 'The session is closed.', {
        hint: 'Open another one with session(), or use run().',
      });
    }
    const agent = actingAgent();
    const own = (): Promise<T> => actingAs(agent, action);
    const turn = this.#last.then(() => this.#scope.runInAsyncScope(own));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #end<T>(action: () => Promise<T>): Promise<T> {
    this.#files.place.core.engine.leases.closing.removeEventListener('abort', this.#onClosing);
    try {
      return await this.#inTurn(action);
    } finally {
      await this.#leave();
    }
  }
}

/** Refuses options that a command of a session cannot have for itself. */
function checkFree<Options extends object>(options: Options | undefined): Partial<Options> {
  const given: Partial<Options> & Partial<Record<Fixed, unknown>> = checkOptions<object>(
    options,
    RUN_OPTIONS as readonly never[],
  );
  for (const name of [...OF_THE_SESSION, ...OF_ONE_RUN]) {
    if (given[name] !== undefined) throw wrongValue(name, 'left out in a session', given[name]);
  }
  return given;
}
