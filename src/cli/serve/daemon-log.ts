/** The log of a daemon: lines of JSON, to the log file or else to standard error. */

import { resolve } from 'node:path';
import { type Config, FileLogger, type Logger, lineLogger, secretsOf } from '../../index.ts';
import type { CoreSettings } from '../../server/core/server-core.ts';
import type { Call } from '../call.ts';

const MEGABYTE = 1024 * 1024;

/** Opens the log. */
export function daemonLog(
  { env, output, cwd }: Call,
  config: Config,
  settings: CoreSettings,
): Logger {
  const { adminTokens = [], agent } = settings;
  const key = agent?.key === undefined ? [] : [agent.key];
  const level = config.get('logging.level');
  const secrets = [...secretsOf(env), ...adminTokens, ...key];
  const path = config.get('logging.log_file');
  if (path === undefined) {
    return lineLogger((line) => output.complain(line.trimEnd()), { level, secrets });
  }
  return new FileLogger(resolve(cwd, path), {
    ...{ level, secrets, context: { command: 'serve' } },
    maxBytes: config.get('logging.max_log_size_mb') * MEGABYTE,
    maxFiles: config.get('logging.max_log_files'),
  });
}
