/** What a command has changed is not lost when it cannot be stored at once. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { CHECKOUTS } from '../../src/runner/layers/checkouts.ts';
import { undoOperation } from '../../src/snapshot/undo.ts';
import type { Engine } from '../../src/workspace/core/engine.ts';
import {
  describeOverlay,
  type OverlayBench,
  overlayBench,
  runnerOf,
} from '../support/overlay-host.ts';
import {
  forkWorkspace,
  handleOn,
  listWorkspace,
  openTestEngine,
  strategyOf,
  temporaryDirectory,
  write,
} from '../support/run-fixture.ts';

const FILES = { 'a.txt': 'a\n', 'src/b.txt': 'b\n', '.gitignore': 'dist/\n' };

/** More than the store has room for, by a command that does more than to add. */
const CHANGE =
  'head -c 900000 /dev/urandom > big; echo more >> a.txt; rm -r src; mkdir dist; echo d > dist/d';
const CHANGED = ['.gitignore', 'a.txt', 'big'];

/** Takes the room for more than a few pages from the store. */
function fill({ store: { database } }: Engine): void {
  const [row] = database.prepare('SELECT page_count AS pages FROM pragma_page_count').all();
  database.exec(`PRAGMA max_page_count = ${Number(Object(row).pages) + 30}`);
}

function empty({ store: { database } }: Engine): void {
  database.exec('PRAGMA max_page_count = 1000000');
}

await describeOverlay('standard', 'changes that could not be stored', () => {
  it('are stored by the next command, which sees them', async () => {
    const { engine, core, run } = await overlayBench(FILES);
    await run('true');
    const before = listWorkspace(core);
    fill(engine);
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(listWorkspace(core)).toEqual(before);
    // Still no room: nothing new begins, and nothing is lost by trying.
    await expect(run('touch never')).rejects.toMatchObject({ code: 'STORE_FULL' });
    empty(engine);
    write(core, 'meanwhile', 'by the API\n');
    const next = await run('cat a.txt meanwhile dist/d; ls; wc -c < big');
    expect(next).toMatchObject({
      stdout: 'a\nmore\nby the API\nd\na.txt\nbig\ndist\nmeanwhile\n900000\n',
      changes: [],
    });
    expect(Object.keys(listWorkspace(core))).toEqual([...CHANGED, 'meanwhile']);
    const rows = engine.store.audit.select({ workspace: core.number, limit: 100 });
    const [finished, ...others] = rows.filter(
      ({ commandId }) => commandId === rows.at(-2)?.commandId,
    );
    expect(rows.filter(({ operation }) => operation === 'run')).toHaveLength(3);
    expect(JSON.parse(finished?.metadata ?? '')).toMatchObject({ command: CHANGE, exitCode: 0 });
    expect(others.map(({ path }) => path)).toEqual(['a.txt', 'big', 'src', 'src/b.txt']);
    core.working.change((draft) => undoOperation(draft, () => true));
    expect(Object.keys(listWorkspace(core))).toEqual([...Object.keys(before), 'meanwhile'].sort());
    expect(engine.store.pins.holders()).toEqual([]);
  });

  it('are stored by the next open; the examination names them until then', async () => {
    const { base, engine, core, run } = await overlayBench(FILES);
    await run('true');
    fill(engine);
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'STORE_FULL' });
    const codes = async (afs: AgentFS): Promise<string[]> =>
      (await afs.doctor()).map(({ code }) => code);
    await using before = new AgentFS(base);
    expect(await codes(before)).toContain('RUN_UNFINISHED');
    await using after = await AgentFS.open(base);
    expect(await codes(after)).not.toContain('RUN_UNFINISHED');
    expect(Object.keys(listWorkspace(core))).toEqual(CHANGED);
  });

  it('are stored before garbage collection can take what they are told from', async () => {
    const { base, engine, core, run } = await overlayBench(FILES);
    await run('true');
    fill(engine);
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'STORE_FULL' });
    empty(engine);
    write(core, 'src/b.txt', 'by the API\n');
    await using other = new AgentFS(base);
    await other.gc();
    // The command has deleted that, which is in a snapshot now.
    const now = listWorkspace(core);
    expect([Object.keys(now), now['src/b.txt']]).toEqual([
      [...CHANGED, 'src', 'src/b.txt'],
      '644 by the API\n',
    ]);
    expect(engine.store.snapshots.list(core.number)).toMatchObject([{ tags: ['conflict'] }]);
    expect(await other.verify()).toMatchObject({ ok: true });
  });

  it('are stored before the workspace is materialised, and are there', async () => {
    const { engine, core, strategy, run } = await overlayBench(FILES);
    await run('true');
    fill(engine);
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'STORE_FULL' });
    empty(engine);
    const directory = await handleOn(core, [strategy]).materialize();
    expect(readdirSync(directory).sort()).toEqual(CHANGED);
    expect(Object.keys(listWorkspace(core))).toEqual(CHANGED);
  });

  it('are stored before the next command of a session', async () => {
    const { engine, core, strategy } = await overlayBench(FILES);
    const session = await handleOn(core, [strategy]).session();
    await session.run(CHANGE);
    fill(engine);
    await expect(session.checkpoint()).rejects.toMatchObject({ code: 'STORE_FULL' });
    empty(engine);
    expect((await session.run('ls; echo last > last')).stdout).toBe('a.txt\nbig\ndist\n');
    expect((await session.close()).changes).toMatchObject([{ path: 'last' }]);
    expect(Object.keys(listWorkspace(core))).toEqual([...CHANGED, 'last']);
  });

  it.each([
    ['of a command that failed, and that is asked for', { rollbackOnFailure: true }],
    ['in memory, as their size was bounded', { limits: { diskBytes: 8_000_000 } }],
  ])('are dropped when they are %s', async (_, options) => {
    const { engine, core, run } = await overlayBench(FILES);
    const before = listWorkspace(core);
    fill(engine);
    await expect(run(`${CHANGE}; false`, options)).rejects.toMatchObject({ code: 'STORE_FULL' });
    empty(engine);
    expect((await run('ls')).stdout).toBe('a.txt\nsrc\n');
    expect(listWorkspace(core)).toEqual(before);
  });
});

describe('changes that could not be stored, in a directory', () => {
  async function directoryBench(): Promise<OverlayBench> {
    const base = temporaryDirectory(FILES);
    const engine = openTestEngine(base);
    const core = await forkWorkspace(engine);
    const strategy = strategyOf(engine, 'directory');
    return { base, engine, core, strategy, run: runnerOf(core, strategy) };
  }

  it('are stored by the next command, which sees them', async () => {
    const { engine, core, run } = await directoryBench();
    await run('true');
    const before = listWorkspace(core);
    fill(engine);
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(listWorkspace(core)).toEqual(before);
    await expect(run('touch never')).rejects.toMatchObject({ code: 'STORE_FULL' });
    empty(engine);
    write(core, 'meanwhile', 'by the API\n');
    expect(await run('cat a.txt meanwhile dist/d; ls')).toMatchObject({
      stdout: 'a\nmore\nby the API\nd\na.txt\nbig\ndist\nmeanwhile\n',
      changes: [],
    });
    expect(Object.keys(listWorkspace(core))).toEqual([...CHANGED, 'meanwhile']);
    const rows = engine.store.audit.select({ workspace: core.number, limit: 100 });
    expect(rows.filter(({ operation }) => operation === 'run')).toHaveLength(3);
    expect(engine.store.pins.holders()).toEqual([]);
  });

  it('are stored by the next open, and before the workspace is materialised', async () => {
    const { base, engine, core, strategy, run } = await directoryBench();
    await run('true');
    fill(engine);
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'STORE_FULL' });
    await using before = new AgentFS(base);
    expect((await before.doctor()).map(({ code }) => code)).toContain('RUN_UNFINISHED');
    await using _after = await AgentFS.open(base);
    expect(Object.keys(listWorkspace(core))).toEqual(CHANGED);
    fill(engine);
    await expect(run('head -c 900000 /dev/urandom > more')).rejects.toMatchObject({
      code: 'STORE_FULL',
    });
    empty(engine);
    const directory = await handleOn(core, [strategy]).materialize();
    expect(readdirSync(directory).sort()).toEqual([...CHANGED, 'dist', 'more'].sort());
    expect(Object.keys(listWorkspace(core))).toEqual([...CHANGED, 'more']);
  });

  it('do not count when they are unwanted, or come from somebody else', async () => {
    const { engine, core, run } = await directoryBench();
    await run('true');
    const before = listWorkspace(core);
    fill(engine);
    const unwanted = run(`${CHANGE}; false`, { rollbackOnFailure: true });
    await expect(unwanted).rejects.toMatchObject({ code: 'STORE_FULL' });
    empty(engine);
    expect((await run('ls')).stdout).toBe('a.txt\ndist\nsrc\n');
    fill(engine);
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'STORE_FULL' });
    empty(engine);
    const note = join(engine.layers.path, `${core.uuid}.overlay`, 'left-directory.json');
    writeFileSync(
      note,
      JSON.stringify({ ...JSON.parse(readFileSync(note, 'utf8')), signature: '' }),
    );
    expect((await run('ls')).stdout).toBe('a.txt\ndist\nsrc\n');
    expect(listWorkspace(core)).toEqual(before);
  });
});

const isRoot = process.getuid?.() === 0;

await describeOverlay('standard', 'on a full disk', () => {
  it.skipIf(!isRoot)(
    'what has filled it is dropped, so that others have room again (needs root to mount one)',
    async () => {
      const disk = temporaryDirectory();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'agentfs-test', disk]);
      onTestFinished(() => void execFileSync('umount', ['-l', disk]));
      writeFileSync(join(disk, 'a.txt'), 'a\n');
      await using afs = await AgentFS.open(disk);
      const workspace = await afs.workspace.create('w');
      await workspace.run('true', { strategy: 'overlay' });
      const free = (): number => statfsSync(disk).bavail * statfsSync(disk).bsize;
      const before = free();
      const filling = workspace.run('head -c 40000000 /dev/urandom > big; exit 0', {
        strategy: 'overlay',
      });
      await expect(filling).rejects.toMatchObject({ code: 'STORE_FULL' });
      expect(free()).toBeGreaterThan(before / 2);
      const next = await workspace.run('ls; echo b > b.txt', { strategy: 'overlay' });
      expect(next).toMatchObject({ stdout: 'a.txt\n', changes: [{ path: 'b.txt' }] });
    },
  );
});

await describeOverlay('standard', 'what a killed process was making', () => {
  it('is removed by the next open, and what a living one makes is not', async () => {
    const { base, engine, run } = await overlayBench(FILES);
    await run('true');
    const checkouts = join(engine.work.path, CHECKOUTS);
    const uuid = '00000000-0000-4000-8000-000000000000';
    // Process 1 lives, but did not start at that time.
    for (const place of [engine.work.path, checkouts]) {
      mkdirSync(join(place, `own-1-1-${uuid}`, 'tree'), { recursive: true });
    }
    const count = readdirSync(checkouts).length;
    await using afs = new AgentFS(base);
    const left = (await afs.doctor()).filter(({ code }) => code === 'WORK_DIRECTORY_LEFT');
    expect(left).toHaveLength(2);
    await (await AgentFS.open(base)).close();
    expect(readdirSync(checkouts)).toHaveLength(count - 1);
    expect(readdirSync(engine.work.path).filter((name) => name.startsWith('own-'))).toEqual([]);
  });
});
