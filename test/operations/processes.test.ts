import { describe, expect, it } from 'vitest';
import { failureOf, operationsOf } from '../support/operations.ts';
import { setUp } from '../support/test-project.ts';

const workspace = 'w';

describe('a process', () => {
  it('goes on after the call, is read and written to, and its changes count at its end', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    const command = 'printf "name? "; read name; echo "hello $name" | tee hello.txt; cat';
    const started = await call('process.start', { workspace, command });
    expect(started).toMatchObject({ workspace, command, state: 'running' });
    const { process } = started;
    // A prompt ends no line.
    const prompt = await call('process.output', { process, waitMs: 60_000 });
    expect(prompt).toMatchObject({ text: 'name? ', cursor: 6, lost: 0, state: 'running' });
    await call('process.input', { process, content: 'Ada\n' });
    const answer = await call('process.output', { process, cursor: 6, waitMs: 60_000 });
    expect(answer).toMatchObject({ text: 'hello Ada\n', cursor: 16 });
    expect(await call('process.list')).toMatchObject({ processes: [{ process }] });
    await call('process.input', { process, content: 'x\n', end: true });
    const stopped = await call('process.stop', { process, graceMs: 60_000, signal: 'SIGHUP' });
    expect(stopped).toMatchObject({
      state: 'over',
      end: { changes: [{ type: 'added', path: 'hello.txt' }], discarded: false },
    });
    expect(await call('process.stop', { process })).toEqual(stopped);
    const late = await failureOf(call('process.input', { process, content: 'y' }));
    expect(late).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('writes what can be read before it is stored', async () => {
    const { afs } = await setUp({ 'a.txt': 'before\n' });
    const call = operationsOf(afs);
    const command = 'echo now > a.txt; mkdir d; echo new > d/b.txt; echo up; cat';
    const { process } = await call('process.start', { workspace, command });
    await call('process.output', { process, waitMs: 60_000 });
    const live = true;
    const read = async (fields: object): Promise<unknown> =>
      (await call('file.read', { workspace, path: 'a.txt', ...fields }))['content'];
    expect(await read({})).toBe('before\n');
    expect(await read({ live })).toBe('now\n');
    expect(await read({ live, unit: 'lines', offset: -1 })).toBe('now\n');
    expect(await read({ live, offset: 1, limit: 4 })).toBe('ow\n');
    const many = { workspace, paths: ['d/b.txt'], live };
    expect(await call('file.readMany', many)).toMatchObject({ files: [{ content: 'new\n' }] });
    expect(await call('file.list', { workspace, path: 'd', live })).toMatchObject({ total: 1 });
    const stat = { workspace, path: 'd/b.txt' };
    expect(await call('file.stat', { ...stat, live })).toMatchObject({ size: 4 });
    expect(await failureOf(call('file.stat', stat))).toMatchObject({ code: 'ENOENT' });
    const unfollowed = await failureOf(call('file.stat', { ...stat, live, follow: false }));
    expect(unfollowed).toMatchObject({ code: 'INVALID_ARGUMENT' });
    await call('process.input', { process, content: '', end: true });
    await call('process.stop', { process, graceMs: 60_000 });
    expect(await read({})).toBe('now\n');
  });

  it('that does not heed is killed', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    const command = 'trap "" TERM; echo up; while :; do sleep 1; done';
    const { process } = await call('process.start', { workspace, command });
    await call('process.output', { process, waitMs: 60_000 });
    expect(await call('process.stop', { process, graceMs: 1 })).toMatchObject({
      end: { exitCode: null, signal: 'SIGKILL', failed: true },
    });
  });

  it('keeps the end of what it prints, and says how much is lost', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    const command = 'seq 1000000; echo done';
    const { process } = await call('process.start', { workspace, command });
    let last: Record<string, unknown> = { state: 'running' };
    let cursor: unknown = 0;
    let heard = 0;
    while (last['state'] === 'running' || last['text'] !== '') {
      last = await call('process.output', { process, cursor, waitMs: 60_000 });
      heard += String(last['text']).length + Number(last['lost']);
      cursor = last['cursor'];
    }
    expect(heard).toBe(6_888_896 + 'done\n'.length);
    const again = await call('process.output', { process, limit: 524_288 });
    expect(String(again['text'])).toMatch(/^[\d\n]+done\n$/);
    expect(Number(again['lost']) + String(again['text']).length).toBe(heard);
  });

  it('never gives half a character', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    const { process } = await call('process.start', { workspace, command: 'printf 🐟🐟; cat' });
    await call('process.output', { process, waitMs: 60_000, cursor: 3 });
    const part = await call('process.output', { process, limit: 3 });
    expect(part).toMatchObject({ text: '🐟', cursor: 2 });
    expect(await call('process.output', { process, cursor: 2 })).toMatchObject({ text: '🐟' });
  });

  it('keeps others of its client from waiting for it for ever', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    const { process } = await call('process.start', { workspace, command: 'cat' });
    for (const [name, input] of [
      ['process.start', { command: 'true' }],
      ['command.run', { command: 'true' }],
      ['session.open', {}],
    ] as const) {
      const failure = await failureOf(call(name, { workspace, ...input }));
      expect(failure).toMatchObject({
        code: 'WORKSPACE_BUSY',
        message: `Workspace 'w' is in use by ${process}.`,
      });
    }
    await call('process.stop', { process });
    expect(await call('command.run', { workspace, command: 'true' })).toMatchObject({
      exitCode: 0,
    });
  });

  it('that cannot be started is an error, and is not held', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    const wrong = { workspace, command: ['no-such-program'] };
    expect(await failureOf(call('process.start', wrong))).toMatchObject({
      code: 'COMMAND_NOT_STARTED',
    });
    const stopped = operationsOf(afs, { signal: AbortSignal.abort() });
    const aborted = stopped('process.start', { workspace, command: 'cat' });
    expect(await failureOf(aborted)).toMatchObject({ code: 'ABORTED' });
    expect(await call('process.list')).toEqual({ processes: [] });
    for (const [name, input] of [
      ['process.output', { process: 'process-0' }],
      ['process.input', { process: 'process-0', content: '' }],
      ['process.stop', { process: 'process-0' }],
      ['session.run', { session: 'x', command: 'true' }],
      ['session.checkpoint', { session: 'x' }],
      ['session.close', { session: 'x' }],
      ['watch.read', { watch: 'x' }],
      ['watch.close', { watch: 'x' }],
    ] as const) {
      expect(await failureOf(call(name, input)), name).toMatchObject({ code: 'NOT_OPEN' });
    }
  });

  it('is one of so many at most, of which those that are over are forgotten first', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    for (let count = 0; count < 64; count += 1) await call('watch.open', { workspace });
    const failure = await failureOf(call('process.start', { workspace, command: 'true' }));
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', message: '64 are open already.' });
  });
});

describe('a session', () => {
  it('runs commands that find each other’s files, and takes them in when it is told to', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    const { session } = await call('session.open', { workspace });
    await call('session.run', { session, command: 'echo 1 > a.txt' });
    expect(await call('session.run', { session, command: 'cat a.txt' })).toMatchObject({
      stdout: '1\n',
      changeCount: 0,
    });
    expect(await call('session.checkpoint', { session })).toMatchObject({
      changes: [{ type: 'added', path: 'a.txt' }],
    });
    await call('session.run', { session, command: 'echo 2 > b.txt' });
    expect(await call('session.close', { session })).toMatchObject({
      changes: [{ path: 'b.txt' }],
    });
    const next = await call('session.open', { workspace });
    await call('session.run', { session: next['session'], command: 'rm *' });
    expect(await call('session.close', { session: next['session'], discard: true })).toMatchObject({
      changeCount: 0,
    });
    expect(await call('file.list', { workspace })).toMatchObject({ total: 2 });
  });
});

describe('a watch', () => {
  it('tells what changes, and ends with the workspace', async () => {
    const { afs, workspace: handle } = await setUp();
    const call = operationsOf(afs);
    const { watch } = await call('watch.open', { workspace, processes: 'own' });
    expect(await call('watch.read', { watch })).toEqual({ changes: [], isOver: false });
    const waiting = call('watch.read', { watch, waitMs: 60_000 });
    await handle.writeFile('a', '1');
    expect(await waiting).toEqual({
      changes: [{ type: 'added', path: 'a', source: 'workspace' }],
      isOver: false,
    });
    await handle.writeFile('b', '1');
    expect(await call('watch.close', { watch })).toEqual({ watch, lost: 1 });
  });
});
