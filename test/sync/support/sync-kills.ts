/** Kills a process in the middle of a push or a pull, and lets the next one finish it. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { AgentFS } from '../../../src/index.ts';
import { startServer } from '../../support/remote-fixture.ts';
import { pulled, pushed, treeOf } from '../../support/replica.ts';
import { runProcess } from '../../workspace/support/store-process.ts';

const SYNC = `
  print('working');
  const afs = new AgentFS(task.base);
  const workspace = await afs.workspace.get('shared');
  await workspace.sync.enable(task.place);
  await workspace.sync[task.kind]();
  await afs.close();
  print('done');
`;

/** Enough for several requests of each kind. */
const FILES: Record<string, Uint8Array> = Object.fromEntries([
  ...Array.from({ length: 30 }, (_, i) => [`dir-${i % 7}/file-${i}.txt`, Buffer.from(`file ${i}`)]),
  ['large.bin', Buffer.from(Array.from({ length: 3 << 19 }, (_, i) => (i * i) % 251))],
]);

/**
 * Kills a process at a request, before or after the server has applied it, and lets the next one
 * finish.
 *
 * @returns whether it was killed; else it was done before.
 */
export async function killAtRequest(
  kind: 'push' | 'pull',
  moment: 'before' | 'after',
  number: number,
): Promise<boolean> {
  await using server = await startServer();
  const place = { tursoDb: server.url };
  const source = await pushed(place, {});
  const target = await pulled(place);
  for (const [path, content] of Object.entries(FILES)) {
    await source.workspace.writeFile(path, content);
  }
  if (kind === 'pull') await source.workspace.sync.push();
  const victim = kind === 'push' ? source : target;
  await victim.afs.close();

  let child: ChildProcess | undefined;
  server.forget();
  server.play(async (request) => {
    if (request.number !== number || child === undefined) return undefined;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    return { kind: moment === 'before' ? 'reset-before' : 'reset-after' };
  });
  const task = { base: victim.project.dir, place, kind };
  const fate = { onSpawn: (process: ChildProcess) => (child = process) };
  const end = await runProcess(SYNC, task, fate);
  server.play(() => undefined);
  expect(end.errors).toBe('');

  await using afs = new AgentFS(victim.project.dir);
  const workspace = await afs.workspace.get('shared');
  await workspace.sync.enable(place);
  await workspace.sync[kind]();
  const fresh = await pulled(place);
  expect(await treeOf(workspace)).toBe(await treeOf(fresh.workspace));
  const large = await fresh.workspace.readFile('large.bin');
  expect(Buffer.compare(large, FILES['large.bin'] ?? Buffer.alloc(0))).toBe(0);
  expect((await afs.verify()).ok).toBe(true);
  return end.signal === 'SIGKILL';
}
