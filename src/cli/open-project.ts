/** Opens the store of a project the way the configuration and the environment say. */

import { AgentFS, type Config, type ConfigInput, installHookScripts } from '../index.ts';
import type { Globals } from './globals.ts';
import { loadConfig } from './load-config.ts';
import { logEvents } from './log-events.ts';
import { type Log, openLog } from './open-log.ts';
import type { Output } from './output.ts';
import { oneLine } from './visible.ts';

/** What is opened, and for whom. */
export interface ProjectRequest {
  /** Absolute path of the project. */
  readonly base: string;
  readonly globals: Globals;
  /** Settings that win over all others. */
  readonly settings?: ConfigInput | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  /** Ends the hook scripts that are running. */
  readonly signal: AbortSignal;
  /** Words of the command that is run, for the log. */
  readonly command: string;
}

/** A project that is open. */
export interface OpenProject {
  readonly afs: AgentFS;
  /** Waits for what is under way, scripts included, and puts `outcome` on the log. */
  close(outcome: CallOutcome): Promise<void>;
}

/** How a call ended. */
export interface CallOutcome {
  readonly status: number;
  readonly durationMs: number;
  readonly error: unknown;
}

/**
 * Opens a project.
 *
 * @throws {ConfigError} CONFIG_INVALID, and what `AgentFS.open` throws.
 */
export async function openProject(request: ProjectRequest): Promise<OpenProject> {
  const { env, output, signal, command, globals } = request;
  const config = loadConfig(request);
  for (const { message, suggestion, source } of globals.json ? [] : config.validate()) {
    output.say(
      `warning: ${oneLine(message)} (${source})${suggestion ? ` ${oneLine(suggestion)}` : ''}`,
    );
  }
  const log = openLog({ ...request, config, context: { command } });
  const afs = await openStore(request, config, log);
  logEvents(afs, log);
  const scripts = installHookScripts(afs, {
    env,
    output: (line) => output.complain(line.replace(/\r?\n$/, '')),
    logger: log,
    signal,
  });
  const close = async (outcome: CallOutcome): Promise<void> => {
    await scripts.remove();
    await afs.close();
    log.info('The call ended.', { ...outcome });
    log.close();
  };
  return { afs, close };
}

async function openStore(
  { base, env }: ProjectRequest,
  config: Config,
  log: Log,
): Promise<AgentFS> {
  try {
    return await AgentFS.open(base, {
      config,
      agentId: env['AGENTFS_AGENT_ID'] || undefined,
      sessionId: env['AGENTFS_SESSION_ID'] || undefined,
      author: env['AGENTFS_AUTHOR'] || undefined,
      logger: log,
    });
  } catch (error) {
    log.info('The project could not be opened.', { error });
    log.close();
    throw error;
  }
}
