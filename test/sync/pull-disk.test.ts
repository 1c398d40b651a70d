import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newPlace, pushed } from '../support/replica.ts';
import { whenDone } from '../support/when-done.ts';
import { runProcess } from '../workspace/support/store-process.ts';

/** Mounts of its own: root may have them, others in a user namespace of their own. */
const UNSHARE = ['unshare', process.getuid?.() === 0 ? '-m' : '-Urm'];

const PULL = `
  import { createHash, randomBytes } from 'node:crypto';
  import { join } from 'node:path';
  import { rmSync, writeFileSync } from 'node:fs';
  print('working');
  const spare = join(task.base, '.spare');
  writeFileSync(join(task.base, '.gitignore'), '.spare\\n');
  const afs = new AgentFS(task.base);
  const workspace = await afs.workspace.create('shared');
  await workspace.sync.enable(task.place);
  writeFileSync(spare, randomBytes(24 << 20));
  print(await workspace.sync.pull().then(() => 'done', codeOf));
  print(String(await workspace.exists('file-0')));
  print(String((await afs.verify()).ok));
  rmSync(spare);
  await workspace.sync.pull();
  const hash = createHash('sha256');
  for (let i = 0; i < task.count; i++) hash.update(await workspace.readFile('file-' + i));
  print(hash.digest('hex'));
  print(String((await afs.verify()).ok));
  await afs.close();
`;

function canMount(): boolean {
  const [command = '', ...args] = [...UNSHARE, 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'];
  return spawnSync(command, args).status === 0;
}

describe('a pull onto a disk that is full', () => {
  it('says STORE_FULL, changes nothing, and goes through when there is room', async ({ skip }) => {
    if (!canMount()) skip('this host allows no mounts of one’s own');
    const base = mkdtempSync(join(tmpdir(), 'agentfs-pull-disk-'));
    whenDone(() => rmSync(base, { recursive: true }));
    const place = newPlace();
    const contents = Array.from({ length: 20 }, () => randomBytes(700_000));
    await pushed(place, Object.fromEntries(contents.map((bytes, i) => [`file-${i}`, bytes])));
    const tmpfs = 'mount -t tmpfs -o size=36m none "$1" && shift && exec "$@"';
    const end = await runProcess(
      PULL,
      { base, place, count: contents.length },
      { launcher: [...UNSHARE, 'sh', '-c', tmpfs, 'sh', base] },
    );
    const hash = createHash('sha256').update(Buffer.concat(contents)).digest('hex');
    expect(end.errors).toBe('');
    expect(end.lines).toEqual(['STORE_FULL', 'false', 'true', hash, 'true']);
  });
});
