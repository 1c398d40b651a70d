/** The options by which a workspace is told how to synchronise. */

import { type Command, Option } from 'commander';
import type { SyncConfig } from '../index.ts';
import { parseCount, parseSpan } from './human.ts';
import { collect } from './verb.ts';

/** The options as the parser gives them. */
export interface SyncFlags {
  readonly mode?: 'manual' | 'periodic' | 'real-time';
  readonly interval?: string;
  readonly conflictResolution?: NonNullable<SyncConfig['conflictResolution']>;
  readonly compression?: 'true' | 'false';
  readonly timeout?: string;
  readonly batchSize?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

const STRATEGIES = ['manual', 'local-wins', 'remote-wins', 'last-write-wins', 'merge'];

/** Adds the options. */
export function addSyncOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--mode <mode>',
        'when it synchronises by itself, while a program has it open',
      ).choices(['manual', 'periodic', 'real-time']),
    )
    .option('--interval <span>', 'time between two periodic syncs: 300 (seconds), 5m')
    .addOption(
      new Option(
        '--conflict-resolution <strategy>',
        'what happens to a path that changed on both sides',
      ).choices(STRATEGIES),
    )
    .addOption(
      new Option('--compression <bool>', 'whether contents are compressed on their way').choices([
        'true',
        'false',
      ]),
    )
    .option('--timeout <span>', 'time before a request is given up: 30 (seconds), 1m')
    .option('--batch-size <count>', 'objects in one request')
    .option('--include <glob>', "synchronise only such paths; '' for all; may be repeated", collect)
    .option('--exclude <glob>', "leave such paths out; '' for none; may be repeated", collect);
}

/**
 * What the options say, for the library.
 *
 * @throws {UsageError} when a number or a span of time is none.
 */
export function syncConfigOf(flags: SyncFlags): SyncConfig {
  const { mode, interval, conflictResolution, compression, timeout, batchSize } = flags;
  return {
    mode,
    conflictResolution,
    interval: secondsOf(interval, '--interval'),
    timeout: secondsOf(timeout, '--timeout'),
    compression: compression === undefined ? undefined : compression === 'true',
    batchSize: batchSize === undefined ? undefined : parseCount(batchSize, '--batch-size'),
    include: globsOf(flags.include),
    exclude: globsOf(flags.exclude),
  };
}

function secondsOf(text: string | undefined, option: string): number | undefined {
  return text === undefined ? undefined : Math.ceil(parseSpan(text, option, 's') / 1000);
}

/** An empty glob takes a selection back. */
function globsOf(globs: readonly string[] | undefined): readonly string[] | null | undefined {
  return globs?.every((glob) => glob === '') ? null : globs;
}
