import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { CliProject } from '../support/cli.ts';
import { until } from '../support/processes.ts';

const SIGINT_BIT = 2n;

describe.runIf(process.platform === 'linux')('Ctrl-C', () => {
  it('ends a call at once that waits for the store of another process', async () => {
    const project = new CliProject({ 'a.txt': 'a' });
    await project.ok(['workspace', 'create', 'one']);
    const database = Database.open(join(project.dir, '.agentfs', 'agentfs.db'));
    onTestFinished(() => database.close());
    database.exec('BEGIN IMMEDIATE');
    const child = await project.start(['snapshot', 'create', 'one', '-n', 'first']);
    const ended = once(child, 'exit');
    let said = '';
    child.stderr?.on('data', (piece) => {
      said += piece;
    });
    // From the listeners of the program on, until it has none, as it waits.
    await until(() => handlesInterrupt(child.pid));
    await until(() => !handlesInterrupt(child.pid));
    child.kill('SIGINT');
    // The lock is still held.
    expect([...(await ended), said]).toEqual([null, 'SIGINT', '']);
    database.exec('ROLLBACK');
    expect(await project.json(['snapshot', 'list', '-w', 'one'])).toEqual([]);
  });
});

/** Whether a process has a handler for SIGINT, and would not be ended by it. */
function handlesInterrupt(pid: number | undefined): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return (BigInt(`0x${caught ?? '0'}`) & SIGINT_BIT) !== 0n;
}
