import { describe, expect, it } from 'vitest';
import { engineReplica } from './support/engine-replicas.ts';
import { fileRemote } from './support/replicas.ts';

function nameOf(i: number): string {
  return `d${i % 5}/e/f/g/file-${i}.ts`;
}

const FILES = Object.fromEntries(
  Array.from({ length: 120 }, (_, i) => [nameOf(i), `export const value${i} = ${i};\n`.repeat(60)]),
);

describe('the cost of a sync', () => {
  it('follows the change: few round trips, and not much more bytes than were changed', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    let changed = 0;
    for (let i = 0; i < 10; i++) {
      // Not compressible, so that what is counted is what was changed.
      const text = Array.from({ length: 400 }, () => Math.random().toString(36)).join('\n');
      await a.workspace.writeFile(nameOf(i * 11), text);
      changed += text.length;
    }
    a.counted.calls.length = 0;
    a.sync.traffic.bytes = 0;
    await a.push();
    expect(a.counted.calls).toEqual(['readHead', 'present', 'moveHead']);
    expect(a.sync.traffic.bytes).toBeLessThan(2 * changed);

    b.counted.calls.length = 0;
    await b.pull();
    expect(b.tree()).toBe(a.tree());
    // What both had last, a level of directories a round trip, the contents, the records.
    expect(b.counted.calls).toEqual([
      'readHead',
      'readRevision',
      ...Array<string>(6).fill('readObjects'),
      'readRecords',
      'readRecords',
    ]);
  });

  it('of looking whether there is anything to do is one round trip', async () => {
    const a = await engineReplica(fileRemote(), FILES);
    await a.push();
    a.counted.calls.length = 0;
    await a.push();
    await a.pull();
    expect(a.counted.calls).toEqual(['readHead', 'readHead']);
  });

  it('asks level by level while nothing is known, and stops at what is there', async () => {
    const url = fileRemote();
    const first = await engineReplica(url, FILES);
    await first.push();
    const second = await engineReplica(url, { ...FILES, 'new.txt': 'new\n' });
    // The same files in another project have other times, and so other directories; no content.
    await second.push(true);
    expect(second.counted.calls.filter((name) => name === 'present').length).toBeLessThan(10);
    expect(second.sync.traffic.objects).toBeLessThan(Object.keys(FILES).length);
  });
});
