/** What a process that has worked for long is like. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Memory and log in MiB, and open files. @param pid - default this process. */
export function stateOf(base, pid = 'self') {
  const store = join(base, '.agentfs');
  const logs = readdirSync(store).filter((name) => name.endsWith('-wal'));
  const bytes = logs.reduce((sum, name) => sum + statSync(join(store, name)).size, 0);
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return {
    resident: Number(kibibytes) / 1024,
    files: readdirSync(`/proc/${pid}/fd`).length,
    log: bytes / 2 ** 20,
  };
}
