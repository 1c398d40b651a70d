import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { runProcess } from '../workspace/support/store-process.ts';

const MEBIBYTE = 1024 * 1024;
const CHUNK = 256 * 1024;

/** Does something in a process of its own and prints the most memory that it had, in MiB. */
const MEASURED = (action: string): string => `
  print('working');
  const afs = new AgentFS(task.base);
  ${action}
  print(String(Math.round(process.resourceUsage().maxRSS / 1024)));
  await afs.close();
`;

function newBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-large-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  return base;
}

describe('what is very large', () => {
  it('is imported without much memory: a file of 2 GiB in less than 300 MiB', async () => {
    const base = newBase();
    const file = openSync(join(base, 'large'), 'w');
    // No two chunks are equal, and the disk need not hold the zeros between.
    for (let at = 0; at < 2048 * MEBIBYTE; at += CHUNK) writeSync(file, `${at}`, at);
    ftruncateSync(file, 2048 * MEBIBYTE);
    closeSync(file);
    const action = `
      const workspace = await afs.workspace.create('one');
      print(String((await workspace.stat('large')).size));
    `;
    const { lines, errors } = await runProcess(MEASURED(action), { base });
    expect([errors, lines[0]]).toEqual(['', String(2048 * MEBIBYTE)]);
    expect(Number(lines[1])).toBeLessThan(300);
  });

  it('is a directory like others: a million files, imported in less than 1.5 GiB', async () => {
    const base = newBase();
    mkdirSync(join(base, 'many'));
    for (let i = 0; i < 1_000_000; i++) writeFileSync(join(base, 'many', `file-${i}`), '');
    const action = `
      const started = process.cpuUsage().user;
      const workspace = await afs.workspace.create('one');
      print(String(process.cpuUsage().user - started));
      print(String(Math.round(process.resourceUsage().maxRSS / 1024)));
      await workspace.writeFile('many/file-500000', 'changed');
      await workspace.delete('many/file-0');
      const { modified, deleted } = await workspace.status();
      print(JSON.stringify([modified, deleted].map((files) => files.map(({ path }) => path))));
      await workspace.commit('in a large directory');
      print(String((await workspace.listDir('many')).length));
    `;
    const { lines, errors } = await runProcess(MEASURED(action), { base });
    const [created, memory, status, listed] = lines;
    expect(errors).toBe('');
    expect([status, listed]).toEqual(['[["many/file-500000"],["many/file-0"]]', '999999']);
    expect(Number(memory)).toBeLessThan(1536);
    // Microseconds of a processor: what else runs on the machine does not count.
    expect(Number(created)).toBeLessThan(60_000_000);
  });

  it('is a path like others: a thousand directories deep', async () => {
    const base = newBase();
    const deep = Array.from({ length: 1000 }, () => 'd').join('/');
    mkdirSync(join(base, deep), { recursive: true });
    writeFileSync(join(base, deep, 'leaf'), 'old');
    await using afs = new AgentFS(base);
    const workspace = await afs.workspace.create('one');
    await workspace.writeFile(`${deep}/leaf`, 'new');
    await workspace.snapshot.create('deep');
    await workspace.commit('deep');
    expect((await workspace.listDir('/', { recursive: true })).length).toBe(1001);
    await workspace.delete('d', { recursive: true });
    await workspace.commit('and away');
    await workspace.snapshot.restore('deep');
    expect(await workspace.readText(`${deep}/leaf`)).toBe('new');
    expect(await afs.verify()).toMatchObject({ ok: true });
  });
});
