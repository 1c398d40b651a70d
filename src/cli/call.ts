/** One call of the program: its global options, its output, and the AgentFS that it opens. */

import { resolve } from 'node:path';
import type { AgentFS, Workspace } from '../index.ts';
import { findBase, isInitialised } from './find-base.ts';
import { type Globals, NO_GLOBALS } from './globals.ts';
import type { Interrupts } from './interrupts.ts';
import type { Output } from './output.ts';
import { settingsFor } from './settings.ts';
import { showProgress } from './show-progress.ts';
import { UsageError } from './usage-error.ts';

/** What a call needs of the process that it runs in. */
export interface CallHost {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: () => string;
  readonly output: Output;
  readonly interrupts: Interrupts;
}

/** What is to be opened. */
export interface OpenRequest {
  /** Absolute path of the project; default {@link Call.base}. */
  readonly at?: string;
  readonly create?: boolean;
}

/** What a verb is given. */
export class Call {
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly interrupts: Interrupts;
  /** Where the program goes on to end with. */
  exitStatus = 0;
  readonly #cwd: () => string;
  #globals: Globals = NO_GLOBALS;
  #opened: AgentFS | undefined;

  constructor({ env, cwd, output, interrupts }: CallHost) {
    this.env = env;
    this.output = output;
    this.interrupts = interrupts;
    this.#cwd = cwd;
  }

  /** The global options of the command that runs. */
  get globals(): Globals {
    return this.#globals;
  }

  /** Fires at Ctrl-C; for operations of the library that can be stopped. */
  get signal(): AbortSignal {
    return this.interrupts.signal;
  }

  /** Absolute path of the project directory. */
  get base(): string {
    return findBase({ option: this.#globals.base, env: this.env, cwd: this.#cwd() });
  }

  /** The directory to begin in: as {@link base}, but a directory above does not count. */
  get ownBase(): string {
    return resolve(this.#cwd(), this.#globals.base ?? (this.env['AGENTFS_BASE'] || '.'));
  }

  /**
   * Takes over the global options.
   *
   * @param args - the words of a call that could not be parsed: `--json` in them counts all the same.
   */
  follow(globals: Globals, args: readonly string[] = []): void {
    this.#globals = { ...globals, json: globals.json || args.includes('--json') };
    this.output.configure(this.#globals);
  }

  /**
   * Opens the store of the project.
   *
   * @param request - `create`: also where there is none yet.
   * @throws {UsageError} NOT_INITIALISED; what `AgentFS.open` throws.
   */
  async open({ at: base = this.base, create = false }: OpenRequest = {}): Promise<AgentFS> {
    if (this.#opened !== undefined) return this.#opened;
    if (!create && !isInitialised(base)) throw notInitialised(base);
    // Help and mistakes need none of it, and it takes longer to load than all the rest.
    const library = await import('../index.ts');
    const options = settingsFor({ globals: this.#globals, env: this.env, base });
    this.#opened = await library.AgentFS.open(base, options);
    this.output.configure(this.#globals, this.#opened.config.get('ui.color'));
    showProgress(this.#opened, this.output, this.#globals);
    return this.#opened;
  }

  /**
   * The workspace that an argument or `-w` names, else `AGENTFS_WORKSPACE`.
   *
   * @throws {UsageError} when there is no name, or two that differ.
   */
  async workspace(...names: readonly (string | undefined)[]): Promise<Workspace> {
    const wanted = this.workspaceName(...names);
    return (await this.open()).workspace.get(wanted);
  }

  /** The name alone; as {@link workspace}. */
  workspaceName(...names: readonly (string | undefined)[]): string {
    const given = new Set(names.filter((each) => each !== undefined));
    const [first, second] = given;
    if (second !== undefined) {
      throw new UsageError(`Two workspaces are named: '${first}' and '${second}'.`, 'Name one.');
    }
    const name = first ?? this.env['AGENTFS_WORKSPACE'];
    if (name !== undefined && name !== '') return name;
    throw new UsageError(
      'No workspace is named.',
      'Name one with -w, or set AGENTFS_WORKSPACE; agentfs workspace list shows what there is.',
    );
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    this.output.clearStatusLine();
    await this.#opened?.close();
  }
}

function notInitialised(base: string): UsageError {
  return new UsageError(
    `agentfs does not look after ${base} yet.`,
    'Run agentfs init there, or name another directory with --base.',
    'NOT_INITIALISED',
  );
}
