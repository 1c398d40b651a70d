/** Records what a process does to files, call by call, with strace. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runProcess } from '../../workspace/support/store-process.ts';

/** A system call that succeeded. */
export interface SystemCall {
  readonly name: string;
  /** Strings as bytes, everything else as strace writes it. */
  readonly args: readonly (Buffer | string)[];
  readonly result: number;
  /** Its place among all calls: when it began, and when it was over. */
  readonly begun: number;
  readonly ended: number;
}

/** What makes a file, changes one, names one, or brings one to stable storage. */
const CALLS: readonly string[] = [
  ...['openat', 'open', 'creat', 'close', 'write', 'pwrite64', 'writev', 'pwritev', 'pwritev2'],
  ...['fallocate', 'copy_file_range', 'ftruncate', 'fsync', 'fdatasync', 'chmod', 'fchmod'],
  ...['fchmodat', 'mkdir', 'mkdirat', 'rmdir', 'rename', 'renameat', 'renameat2', 'link', 'linkat'],
  ...['symlink', 'symlinkat', 'unlink', 'unlinkat'],
];

// Longer than anything that is written at once.
const LONGEST_WRITE = 64 * 1024 * 1024;

/** Runs a script as `runProcess` does, to its end, and returns its calls in the order they ended. */
export async function recordCalls(script: string, task: unknown): Promise<SystemCall[]> {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-calls-'));
  const log = join(directory, 'log');
  const known = CALLS.map((call) => `?${call}`).join(',');
  const strace = ['strace', '-f', '-qq', '-xx', '-s', String(LONGEST_WRITE), '-o', log];
  try {
    const launcher = [...strace, '-e', `trace=${known}`, '-e', 'signal=none'];
    const end = await runProcess(script, task, { launcher });
    expect(end).toMatchObject({ errors: '', status: 0 });
    return parseCalls(readFileSync(log, 'latin1'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Reads a log of strace; calls that failed changed nothing and are left out. */
function parseCalls(log: string): SystemCall[] {
  const calls: SystemCall[] = [];
  /** What a thread has begun and not ended, as other threads went on meanwhile. */
  const begun = new Map<string, { readonly text: string; readonly at: number }>();
  for (const [at, line] of log.split('\n').entries()) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const unfinished = / <unfinished \.\.\.>$/.exec(text);
    if (unfinished !== null) {
      begun.set(thread, { text: text.slice(0, unfinished.index), at });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(text);
    const start = resumed === null ? undefined : begun.get(thread);
    const whole = start === undefined ? text : start.text + text.slice(resumed?.[0].length);
    const call = parseCall(whole, start?.at ?? at, at);
    if (call !== undefined) calls.push(call);
  }
  return calls;
}

function parseCall(text: string, begun: number, ended: number): SystemCall | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(') ');
  const result = /^\) += (\d+)/.exec(text.slice(close))?.[1];
  if (open < 0 || close < 0 || result === undefined) return undefined;
  // Bytes are written in hexadecimal: there is neither a comma nor a quote in them.
  const args = text
    .slice(open + 1, close)
    .split(', ')
    .map((each) => (each.startsWith('"') ? parseBytes(each) : each));
  return { ...plain(text.slice(0, open), args), result: Number(result), begun, ended };
}

/** The one name of a call that has several, of which each machine knows some. */
function plain(name: string, args: SystemCall['args']): Pick<SystemCall, 'name' | 'args'> {
  const [, stem] = /^(mkdir|unlink|rename|link|symlink|fchmod)at2?$/.exec(name) ?? [];
  if (stem === undefined) return { name, args };
  const rest = args.filter((each) => each !== 'AT_FDCWD');
  if (rest.includes('AT_REMOVEDIR')) return { name: 'rmdir', args: rest };
  return { name: stem === 'fchmod' ? 'chmod' : stem, args: rest };
}

function parseBytes(text: string): Buffer {
  if (!text.endsWith('"')) throw new Error(`strace has shortened ${text.length} characters.`);
  return Buffer.from(text.replaceAll(/["\\x]/g, ''), 'hex');
}
