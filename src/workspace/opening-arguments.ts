/** The forms in which an AgentFS is told what to open, turned into one. */

import { Config } from '../config/config.ts';
import { type AgentFSOptions, splitOptions } from '../config/options.ts';
import { wrongType, wrongValue } from '../primitives/errors.ts';

/** Which project is opened, and how. */
interface OpeningArguments extends Pick<ReturnType<typeof splitOptions>, 'runtime'> {
  readonly basePath: string;
  readonly settings: Config | ReturnType<typeof splitOptions>['settings'];
}

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT, {ConfigError} CONFIG_INVALID. */
export function openingArguments(
  base: string | { readonly basePath: string; readonly config?: AgentFSOptions | Config },
  options: AgentFSOptions | Config | undefined,
): OpeningArguments {
  const isObject = typeof base === 'object' && base !== null;
  const basePath = isObject ? base.basePath : base;
  const config = (isObject ? base.config : options) ?? {};
  if (typeof basePath !== 'string') throw wrongType('basePath', 'a string', basePath);
  if (basePath.trim() === '') throw wrongValue('basePath', 'a path that is not blank', basePath);
  const how = config instanceof Config ? { settings: config, runtime: {} } : splitOptions(config);
  return { basePath, ...how };
}
