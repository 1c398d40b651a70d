import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { structureId } from '../../src/primitives/object-id.ts';
import { HostileRemote, type RawEntry } from '../support/hostile-remote.ts';
import { newPlace, pulled, pushed } from '../support/replica.ts';
import { runProcess } from '../workspace/support/store-process.ts';

const MEBIBYTE = 1024 * 1024;
const MOST = 300 * MEBIBYTE;

const PULL = `
  print('working');
  const afs = new AgentFS(task.base);
  const workspace = await afs.workspace.get('shared');
  await workspace.sync.enable(task.place);
  print(await workspace.sync.pull().then(() => 'done', codeOf));
  await afs.close();
  print(String(process.resourceUsage().maxRSS * 1024));
`;

/** What a pull in a process of its own says, and the most memory that it had. */
async function pullAlone(base: string, place: { tursoDb: string }) {
  const { lines, errors } = await runProcess(PULL, { base, place });
  expect(errors).toBe('');
  return { outcome: lines[0], bytes: Number(lines[1]) };
}

describe('the memory of a pull', () => {
  it('is bounded when a megabyte of tree nodes expands to a thousand', async () => {
    const place = newPlace();
    await pushed(place, { 'a.txt': 'a' });
    const target = await pulled(place);
    await target.afs.close();
    using remote = new HostileRemote(place.file);
    const entries = Array.from({ length: 128 }, (_, i): RawEntry => {
      // Each is what its id says, and no node.
      const bytes = Buffer.alloc(8 * MEBIBYTE, i + 1);
      const id = structureId(bytes);
      const payload = deflateRawSync(bytes, { level: 9 });
      remote.put('node', bytes.subarray(0, 0), { id, size: bytes.length, codec: 1, payload });
      return { name: String(i).padStart(3, '0'), kind: 1, mode: 0o755, size: 0, files: 0, id };
    });
    remote.move(remote.tree(entries));
    const { outcome, bytes } = await pullAlone(target.project.dir, place);
    expect(outcome).toBe('REMOTE_CORRUPT');
    expect(bytes).toBeLessThan(MOST);
  });

  it('does not grow with what is pulled', async () => {
    const place = newPlace();
    const source = await pushed(place, {});
    const target = await pulled(place);
    await target.afs.close();
    for (let i = 0; i < 400; i++) {
      await source.workspace.writeFile(`file-${i}`, Buffer.alloc(MEBIBYTE, `${i} `));
    }
    await source.workspace.writeFile('large', Buffer.alloc(200 * MEBIBYTE, 'large'));
    await source.workspace.sync.push();
    const { outcome, bytes } = await pullAlone(target.project.dir, place);
    expect(outcome).toBe('done');
    expect(bytes).toBeLessThan(MOST);
  });
});
