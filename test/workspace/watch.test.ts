import { execFile } from 'node:child_process';
import { chmodSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { materialize } from '../../src/workspace/commands/materialized.ts';
import type { ChangeNotice, WorkspaceCore } from '../../src/workspace/core/workspace-core.ts';
import { MAX_NOTICES, WatchQueue } from '../../src/workspace/watching/watch-queue.ts';
import { WorkspaceWatch } from '../../src/workspace/watching/watch-workspace.ts';
import { compiledModule } from '../support/compiled.ts';
import {
  forkWorkspace,
  openTestEngine,
  temporaryDirectory,
  write,
  writeFiles,
} from '../support/run-fixture.ts';
import { TestProject } from '../support/test-project.ts';

async function workspace(): Promise<WorkspaceCore> {
  const base = temporaryDirectory({
    '.gitignore': 'dist/\n*.log\n',
    'a.txt': 'a',
    'src/b.txt': 'b',
  });
  return forkWorkspace(openTestEngine(base));
}

async function watching(core: WorkspaceCore): Promise<WorkspaceWatch> {
  const watch = new WorkspaceWatch(core);
  onTestFinished(() => watch.close());
  await watch.ready;
  return watch;
}

/** The notices up to and with the one about `path`, sorted. */
async function until(watch: WorkspaceWatch, path: string): Promise<string[]> {
  const seen: string[] = [];
  for (let last = ''; last !== path; ) {
    const { value } = await watch.next();
    if (value === undefined) throw new Error('The watch has ended.');
    last = value.path;
    seen.push(`${value.source} ${value.type} ${value.path}`);
  }
  return seen.sort();
}

describe('watching a workspace', () => {
  it('tells of changes through the API, in their order', async () => {
    const core = await workspace();
    const watch = await watching(core);
    write(core, 'new.txt', 'new');
    write(core, 'a.txt', 'changed');
    expect(await watch.next()).toEqual({
      done: false,
      value: { type: 'added', path: 'new.txt', source: 'workspace' },
    });
    expect(await watch.next()).toMatchObject({ value: { type: 'modified', path: 'a.txt' } });
  });

  it('tells of edits in the materialised directory, but not of ignored paths', async () => {
    const core = await workspace();
    const root = await materialize(core, []);
    const watch = await watching(core);
    writeFiles(root, {
      'dist/out.js': 'x',
      'some.log': 'x',
      'node_modules/x/i.js': 'x',
      '.git/HEAD': 'x',
      '.agentfs/x': 'x',
      'new/file.txt': 'x',
    });
    symlinkSync('/etc', join(root, 'link'));
    expect(await until(watch, 'new/file.txt')).toEqual(
      expect.arrayContaining(['directory added new', 'directory added new/file.txt']),
    );
    rmSync(join(root, 'a.txt'));
    renameSync(join(root, 'src/b.txt'), join(root, 'src/c.txt'));
    writeFiles(root, { 'last.txt': 'x' });
    const seen = new Set<string>();
    const awaited = ['deleted a.txt', 'deleted src/b.txt', 'added src/c.txt', 'added last.txt'];
    while (!awaited.every((each) => seen.has(each))) {
      const { value } = await watch.next();
      seen.add(`${value?.type} ${value?.path}`);
    }
    expect([...seen].filter((each) => /log|dist|node_modules|\.git\b|agentfs/.test(each))).toEqual(
      [],
    );
  });

  it('follows the rules as they change', async () => {
    const core = await workspace();
    const root = await materialize(core, []);
    const watch = await watching(core);
    writeFiles(root, { '.gitignore': '*.tmp\n' });
    await until(watch, '.gitignore');
    writeFiles(root, { 'x.tmp': 'x', 'x.log': 'x' });
    expect(await until(watch, 'x.log')).not.toContain('directory added x.tmp');
  });

  it('watches what is versioned even where the rules ignore it', async () => {
    const core = await workspace();
    write(core, 'kept.log', 'versioned');
    const root = await materialize(core, []);
    const watch = await watching(core);
    writeFiles(root, { 'kept.log': 'edited' });
    chmodSync(root, 0o700);
    expect(await until(watch, 'kept.log')).toContain('directory modified kept.log');
  });

  it('ends with the loop, a signal or close, and then tells nothing more', async () => {
    const core = await workspace();
    await materialize(core, []);
    const abort = new AbortController();
    const aborted = new WorkspaceWatch(core, { signal: abort.signal });
    const pending = aborted.next();
    abort.abort();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await new WorkspaceWatch(core, { signal: AbortSignal.abort() }).next()).toMatchObject({
      done: true,
    });
    const left = await watching(core);
    write(core, 'x', 'x');
    const seen: ChangeNotice[] = [];
    for await (const notice of left) {
      seen.push(notice);
      break;
    }
    write(core, 'y', 'y');
    expect(seen).toMatchObject([{ path: 'x' }]);
    expect(await left.next()).toMatchObject({ done: true });
    await left.close();
    expect(() => new WorkspaceWatch(core, { signal: 'now' as never })).toThrow('signal must be');
  });

  it('does not keep the process alive', async () => {
    const core = await workspace();
    await materialize(core, []);
    const imports = Object.entries({
      openEngine: 'workspace/core/engine.ts',
      WorkspaceCore: 'workspace/core/workspace-core.ts',
      WorkspaceWatch: 'workspace/watching/watch-workspace.ts',
    }).map(async ([name, file]) => `import { ${name} } from '${await compiledModule(file)}';`);
    const script = `${(await Promise.all(imports)).join('\n')}
      const options = { settings: {}, runtime: {}, announcer: { emit() {} }, closing: new AbortController().signal, env: {} };
      const engine = openEngine({ basePath: process.argv[1], ...options });
      const core = new WorkspaceCore(engine, engine.store.workspaces.find('work'));
      const watch = new WorkspaceWatch(core);
      await watch.ready;
      console.log('watching');
      watch.next();`;
    const args = ['--input-type=module', '-e', script, core.engine.basePath];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe('watching\n');
  });
});

describe('a watch of all processes', () => {
  it('tells what another AgentFS changes, also whole trees, and ends with the workspace', async () => {
    const project = new TestProject({ 'a.txt': 'a\n' });
    const [here, there] = [project.open(), project.open()];
    await here.workspace.create('w');
    const watch = (await here.workspace.get('w')).watch({ processes: 'all' });
    const other = await there.workspace.get('w');
    await other.writeFile('b.txt', 'b\n');
    const added = { type: 'added', path: 'b.txt', source: 'workspace' };
    expect(await watch.next()).toMatchObject({ value: added });
    await other.undo();
    expect(await watch.next()).toMatchObject({ value: { ...added, type: 'deleted' } });
    await (await here.workspace.get('w')).chmod('a.txt', 0o600);
    expect(await watch.next()).toMatchObject({ value: { type: 'mode', path: 'a.txt' } });
    await there.workspace.delete('w');
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  it('is asked for by its name', async () => {
    const core = await workspace();
    expect(() => new WorkspaceWatch(core, { processes: 'some' as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('the queue of notices', () => {
  const notice = (index: number): ChangeNotice => ({
    type: 'added',
    path: String(index),
    source: 'workspace',
  });

  it('keeps everything up to its limit, in order', async () => {
    const queue = new WatchQueue();
    for (let index = 0; index < MAX_NOTICES; index++) queue.add(notice(index));
    for (let index = 0; index < MAX_NOTICES; index++) {
      expect((await queue.take()).value).toEqual(notice(index));
    }
    const waiting = [queue.take(), queue.take()];
    for (const index of [1, 2]) queue.add(notice(index));
    expect(await Promise.all(waiting)).toMatchObject([{ value: notice(1) }, { value: notice(2) }]);
  });

  it('gives way to one notice about everything, and then goes on', async () => {
    const queue = new WatchQueue();
    for (let index = 0; index < MAX_NOTICES + 500; index++) queue.add(notice(index));
    expect((await queue.take()).value).toMatchObject({ type: 'modified', path: '' });
    const next = queue.take();
    queue.add(notice(7));
    expect((await next).value).toEqual(notice(7));
  });

  it('lets all readers end', async () => {
    const queue = new WatchQueue();
    const waiting = [queue.take(), queue.take()];
    queue.end();
    queue.add(notice(1));
    const ended = { done: true, value: undefined };
    expect(await Promise.all([...waiting, queue.take()])).toEqual([ended, ended, ended]);
  });
});
