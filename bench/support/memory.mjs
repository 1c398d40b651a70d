/** The memory of this process. */

import { readFileSync } from 'node:fs';
import process from 'node:process';

/** The most that was resident so far, in MiB. */
export function peakMegabytes() {
  // What rusage says began with the process that forked this one, which may be larger.
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

/** What is resident now, in MiB. */
export function residentMegabytes() {
  return process.memoryUsage.rss() / 1024 / 1024;
}
