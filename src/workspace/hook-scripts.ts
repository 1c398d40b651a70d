/**
 * Hook scripts: shell commands of the configuration, run around operations. They are the user's own
 * programs with the user's rights, outside of any workspace; a program that uses the library gets
 * them only when it asks for them.
 */

import type { Config } from '../config/config.ts';
import { silentLogger } from '../primitives/logger.ts';
import type { Environment } from '../runner/process/environment.ts';
import {
  type HookKey,
  type HookScriptOptions,
  type Occasion,
  runHookScript,
} from './hook-script.ts';
import type { Hooks } from './hooks.ts';
import type { Workspace } from './workspace.ts';

/** Whose operations the scripts run around: an `AgentFS`. */
export interface HookScriptHost {
  readonly hooks: Hooks;
  readonly config: Config;
  readonly basePath: string;
  /** Whether its store is the user's own; in one that came along with a project no script runs. */
  readonly isAdopted: boolean;
}

/** Hook scripts in place. */
export interface HookScripts extends AsyncDisposable {
  /** Resolves when no script runs any more: no operation waits for those after it. */
  settled(): Promise<void>;
  /** Takes the scripts away, and waits for those that run. */
  remove(): Promise<void>;
}

/**
 * Runs the scripts of `hooks.*` around the operations of an AgentFS from now on: one before an
 * operation stops it by failing; one after it is waited for by {@link HookScripts.settled}, and its
 * failure is logged as a warning.
 *
 * A script is given to `/bin/sh` in the base, with the name and the directory of the workspace as
 * `$1` and `$2` (no directory before there is a workspace), and with `AGENTFS_HOOK`,
 * `AGENTFS_WORKSPACE` and `AGENTFS_BASE` in its environment; those of a commit have
 * `AGENTFS_MESSAGE`, and afterwards `AGENTFS_COMMIT`, those of a command `AGENTFS_COMMAND`, and
 * afterwards `AGENTFS_EXIT_CODE`, those of a sync `AGENTFS_DIRECTION`, which is `push` or `pull`. Where `AGENTFS_HOOK` is set already nothing runs, so a script may
 * use agentfs itself; nor does anything in a store that came along with the project, until `adopt()`.
 *
 * @throws {StorageError} {AgentFSError} {ConfigError} as `AgentFS.open`, which it does.
 * @example
 * const output = (line: string) => process.stderr.write(line);
 * await using scripts = installHookScripts(afs, { env: process.env, output });
 */
export function installHookScripts(host: HookScriptHost, options: HookScriptOptions): HookScripts {
  const installer = new Installer(host, options);
  const isInside = (options.env['AGENTFS_HOOK'] ?? '') !== '';
  const removals = isInside ? [] : install(host.hooks, installer);
  const settled = (): Promise<void> => installer.settled();
  const remove = async (): Promise<void> => {
    for (const end of removals) end();
    await settled();
  };
  return { settled, remove, [Symbol.asyncDispose]: remove };
}

/** Ties each script to its operation; returns the functions that untie them. */
function install(hooks: Hooks, { before, after }: Installer): (() => void)[] {
  return [
    before('hooks.pre_workspace_create', (run) =>
      hooks.before('workspaceCreate', ({ name }) => run({ name, directory: '', env: {} })),
    ),
    after('hooks.post_workspace_create', (run) =>
      hooks.workspaceCreate((workspace) => run(occasionOf(workspace, {}))),
    ),
    before('hooks.pre_commit', (run) =>
      hooks.before('commit', ({ workspace, message }) =>
        run(occasionOf(workspace, { AGENTFS_MESSAGE: message })),
      ),
    ),
    after('hooks.post_commit', (run) =>
      hooks.commit((workspace, message, { id }) =>
        run(occasionOf(workspace, { AGENTFS_MESSAGE: message, AGENTFS_COMMIT: id })),
      ),
    ),
    before('hooks.pre_sync', (run) =>
      hooks.before('sync', ({ workspace, direction }) =>
        run(occasionOf(workspace, { AGENTFS_DIRECTION: direction })),
      ),
    ),
    after('hooks.post_sync', (run) =>
      hooks.sync((workspace, { direction }) =>
        run(occasionOf(workspace, { AGENTFS_DIRECTION: direction })),
      ),
    ),
    before('hooks.pre_command', (run) =>
      hooks.before('run', ({ workspace, command }) =>
        run(occasionOf(workspace, { AGENTFS_COMMAND: textOf(command) })),
      ),
    ),
    after('hooks.post_command', (run) =>
      hooks.run((workspace, { command, exitCode }) => {
        const status = exitCode === null ? '' : String(exitCode);
        const env = { AGENTFS_COMMAND: textOf(command), AGENTFS_EXIT_CODE: status };
        run(occasionOf(workspace, env));
      }),
    ),
  ];
}

/** Makes functions of the scripts that are configured, and keeps an eye on those that run. */
class Installer {
  readonly #host: HookScriptHost;
  readonly #options: HookScriptOptions;
  readonly #running = new Set<Promise<void>>();

  constructor(host: HookScriptHost, options: HookScriptOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Registers a script that stops what it stands before by failing. */
  readonly before = (
    key: HookKey,
    register: (run: (occasion: Occasion) => Promise<void>) => () => void,
  ): (() => void) => {
    if (this.#host.config.get(key) === undefined) return nothing;
    return register((occasion) => this.#run(key, occasion));
  };

  /** Registers a script whose failure changes nothing any more. */
  readonly after = (
    key: HookKey,
    register: (run: (occasion: Occasion) => void) => () => void,
  ): (() => void) => {
    if (this.#host.config.get(key) === undefined) return nothing;
    return register((occasion) => {
      const run: Promise<void> = this.#run(key, occasion)
        .catch((error: unknown) => this.#warn(key, error))
        .finally(() => this.#running.delete(run));
      this.#running.add(run);
    });
  };

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #run(key: HookKey, occasion: Occasion): Promise<void> {
    const { config, basePath, isAdopted } = this.#host;
    const script = config.get(key);
    if (script === undefined || !isAdopted) return;
    const timeoutMs = config.get('hooks.timeout') * 1000;
    await runHookScript({ key, script, base: basePath, timeoutMs }, occasion, this.#options);
  }

  #warn(key: HookKey, error: unknown): void {
    const { logger = silentLogger } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn(`A hook failed after the operation was done: ${reason}`, { hook: key });
  }
}

function occasionOf({ name, workDir }: Workspace, env: Environment): Occasion {
  return { name, directory: workDir, env };
}

/** A command as one line, with the parts of an array quoted as a shell needs them. */
function textOf(command: string | readonly string[]): string {
  if (typeof command === 'string') return command;
  const quoted = (part: string): string =>
    /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", String.raw`'\''`)}'`;
  return command.map(quoted).join(' ');
}

function nothing(): void {}
