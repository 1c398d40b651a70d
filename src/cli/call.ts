/** One call of the program: its global options, its output, and the AgentFS that it opens. */

import { realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { AgentFS, Config, ConfigInput, Workspace } from '../index.ts';
import { exitStatusOf, UsageError } from './exit-status.ts';
import { findBase, requireInitialised } from './find-base.ts';
import { type Globals, NO_GLOBALS } from './globals.ts';
import type { Interrupts } from './interrupts.ts';
import type { OpenProject } from './open-project.ts';
import type { Output } from './output.ts';
import { showProgress } from './show-progress.ts';
import { readUsed } from './used-workspace.ts';

/** What a call needs of the process that it runs in. */
export interface CallHost {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: () => string;
  readonly output: Output;
  readonly interrupts: Interrupts;
  /** The file of the program, where there is one to start once more. */
  readonly program?: string | undefined;
}

/** What is to be opened. */
export interface OpenRequest {
  /** Absolute path of the project; default {@link Call.base}. */
  readonly at?: string;
  readonly create?: boolean;
  /** Settings that win over those of files and the environment. */
  readonly settings?: ConfigInput;
  /** Called once it is open, before anybody else has it. */
  readonly prepare?: (afs: AgentFS) => Promise<void>;
}

/** What a verb is given. */
export class Call {
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly interrupts: Interrupts;
  /** The file of the program; undefined where a call is a part of another one. */
  readonly program: string | undefined;
  /** Where the program goes on to end with. */
  exitStatus = 0;
  /** What it ends with when an error ends the call. */
  statusOf: (error: unknown) => number = exitStatusOf;
  readonly #cwd: () => string;
  #globals: Globals = NO_GLOBALS;
  #opened: OpenProject | undefined;
  #opening: Promise<AgentFS> | undefined;
  readonly #others: OpenProject[] = [];
  #inWorkspace = '';
  #command: string | undefined;
  readonly #started: number = performance.now();

  constructor({ env, cwd, output, interrupts, program }: CallHost) {
    this.env = env;
    this.output = output;
    this.interrupts = interrupts;
    this.program = program;
    this.#cwd = cwd;
  }

  /** The global options of the command that runs. */
  get globals(): Globals {
    return this.#globals;
  }

  /** Whether it has taken over the global options of a command. */
  get isFollowing(): boolean {
    return this.#command !== undefined;
  }

  /** Fires at Ctrl-C; for operations of the library that can be stopped. */
  get signal(): AbortSignal {
    return this.interrupts.signal;
  }

  /** Absolute path of the directory that the program was called in. */
  get cwd(): string {
    return this.#cwd();
  }

  /** The directory to begin in: as {@link base}, but neither a directory above nor a file counts. */
  get ownBase(): string {
    return resolve(this.#cwd(), this.#globals.base ?? (this.env['AGENTFS_BASE'] || '.'));
  }

  /**
   * Takes over the global options.
   *
   * @param command - the words of the command that runs, if there is one.
   * @param args - the words of a call that could not be parsed: `--json` in them counts all the same.
   */
  follow(globals: Globals, command = '', args: readonly string[] = []): void {
    this.#command = command;
    this.#globals = { ...globals, json: globals.json || args.includes('--json') };
    this.output.configure(this.#globals);
  }

  /**
   * Opens the store of the project.
   *
   * @param request - `create`: also where there is none yet.
   * @throws {UsageError} NOT_INITIALISED; what `AgentFS.open` throws.
   */
  open(request: OpenRequest = {}): Promise<AgentFS> {
    // A server may be asked for it several times at once, and again after what was wrong is mended.
    this.#opening ??= this.#openFirst(request).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #openFirst({ at, create = false, settings, prepare }: OpenRequest): Promise<AgentFS> {
    const base = at ?? (await this.base());
    if (!create) requireInitialised(base);
    if (this.#opened === undefined) {
      this.#opened = await this.#openAt(base, settings);
      const { afs } = this.#opened;
      this.output.configure(this.#globals, afs.config.get('ui.color'));
      showProgress(afs, this.output, this.#globals);
    }
    await prepare?.(this.#opened.afs);
    return this.#opened.afs;
  }

  /**
   * Opens one more project, also where there is none yet.
   *
   * @param at - its absolute path.
   * @throws what `AgentFS.open` throws.
   */
  async openAnother(at: string): Promise<AgentFS> {
    const opened = await this.#openAt(at, undefined);
    this.#others.push(opened);
    return opened.afs;
  }

  /**
   * The configuration in force, for what needs no store.
   *
   * @throws {ConfigError} CONFIG_INVALID.
   */
  async config(): Promise<Config> {
    if (this.#opened !== undefined) return this.#opened.afs.config;
    const { loadConfig } = await import('./load-config.ts');
    return loadConfig({ globals: this.#globals, env: this.env, base: await this.base() });
  }

  /**
   * Absolute path of the project directory: what is named, what is found from here up, what the
   * user's configuration says, or here.
   *
   * @throws {ConfigError} CONFIG_INVALID.
   */
  async base(): Promise<string> {
    const { env } = this;
    const globals = this.#globals;
    const found = findBase({ option: globals.base, env, cwd: this.#cwd() });
    if (found !== undefined) return found;
    const { loadConfig } = await import('./load-config.ts');
    const configured = loadConfig({ globals, env }).get('core.default_base');
    return resolve(this.#cwd(), configured ?? '.');
  }

  /**
   * Paths as they were typed, from where the caller stands, as paths of the project.
   *
   * @throws {UsageError} for one that leads out of it.
   */
  async projectPaths(paths: readonly string[]): Promise<string[]> {
    const base = withoutLinks(await this.base());
    const cwd = withoutLinks(this.cwd);
    const from = pathWithin(base, cwd) === undefined ? base : cwd;
    return paths.map((path) => {
      const found = pathWithin(base, resolve(from, path)) ?? (isAbsolute(path) ? path : undefined);
      if (found !== undefined) return found;
      throw new UsageError(`'${path}' is outside the project.`, `The project is ${base}.`);
    });
  }

  /**
   * The workspace that an argument or `-w` names, else `AGENTFS_WORKSPACE`, else the one in use.
   *
   * @throws {UsageError} when there is no name, or two that differ; NOT_INITIALISED.
   */
  async workspace(...names: readonly (string | undefined)[]): Promise<Workspace> {
    const wanted = await this.workspaceName(...names);
    return (await this.open()).workspace.get(wanted);
  }

  /** The name alone; as {@link workspace}. */
  async workspaceName(...names: readonly (string | undefined)[]): Promise<string> {
    const given = new Set(names.filter((each) => each !== undefined));
    const [first, second] = given;
    if (second !== undefined) {
      throw new UsageError(
        `Two workspaces are named: '${first}' and '${second}'.`,
        'Name one of them.',
      );
    }
    const usual = this.env['AGENTFS_WORKSPACE'] || readUsed(await this.base());
    if (first !== undefined && first !== usual) this.#inWorkspace = ` -w ${first}`;
    const name = first ?? usual;
    if (name !== undefined) return name;
    const known = (await (await this.open()).workspace.list()).map((each) => each.name);
    throw new UsageError('No workspace is named.', hintAt(known));
  }

  /** What the next command needs after its name to work in the same workspace; '' for the usual one. */
  get inWorkspace(): string {
    return this.#inWorkspace;
  }

  /** Closes what was opened, and puts the end of the call on the log. */
  async close(status: number, error?: unknown): Promise<void> {
    this.output.clearStatus();
    const durationMs = Math.round(performance.now() - this.#started);
    const outcome = { status, durationMs, error };
    await this.#opening?.catch(() => undefined);
    await Promise.all([this.#opened, ...this.#others].map((each) => each?.close(outcome)));
  }

  async #openAt(base: string, settings: ConfigInput | undefined): Promise<OpenProject> {
    // Help and mistakes need none of it, and it takes longer to load than all the rest.
    const { openProject } = await import('./open-project.ts');
    const { env, output, signal } = this;
    const command = this.#command ?? '';
    return openProject({ base, globals: this.#globals, settings, env, output, signal, command });
  }
}

function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not there; code that needs it says so.
    return path;
  }
}

/** The path from a directory to what is in it, `.` for itself; undefined for what is not in it. */
function pathWithin(directory: string, path: string): string | undefined {
  const found = relative(directory, path);
  if (found === '') return '.';
  return found === '..' || found.startsWith('../') ? undefined : found;
}

const MOST_NAMES = 5;

function hintAt(names: readonly string[]): string {
  const [only = '', ...others] = names;
  if (only === '') return 'Create one with agentfs workspace create <name>.';
  const name = others.length === 0 ? only : '<name>';
  const hint = `Name it with -w ${name}, or once for all with agentfs workspace use ${name}`;
  if (others.length === 0) return `${hint}.`;
  const more = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `${hint}: ${shown}.`;
}
