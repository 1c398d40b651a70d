/** Options of the wrong type: an error that names them, before anything happens. */

import { describe, expect, it } from 'vitest';
import { AgentFS, type Workspace } from '../../src/index.ts';
import { setUp } from '../support/test-project.ts';

const INVALID = { code: 'INVALID_ARGUMENT', name: 'TypeError' };

type Call = (workspace: Workspace, value: never, afs: AgentFS) => unknown;

const TAKING_OPTIONS: readonly (readonly [string, Call])[] = [
  ['runStream', (workspace, value) => workspace.runStream('true', value)],
  ['materialize', (workspace, value) => workspace.materialize(value)],
  ['appendFile', (workspace, value) => workspace.appendFile('new', '', value)],
  ['batch.writeFile', (workspace, value) => workspace.batch((b) => b.writeFile('new', '', value))],
  ['audit.logs', (workspace, value) => workspace.audit.logs(value)],
];

describe('options that are no object', () => {
  const wrong = [null, ['x'], 5, 'text', true];
  it.each(TAKING_OPTIONS)('are refused by %s', async (_name, call) => {
    const { afs, workspace } = await setUp();
    for (const value of wrong) {
      const called = (async () => call(workspace, value as never, afs))();
      await expect(called).rejects.toMatchObject(INVALID);
    }
    expect(await workspace.listDir()).toEqual([]);
  });

  it('are refused by revert', async () => {
    const { afs, workspace } = await setUp();
    await workspace.writeFile('a', '1');
    const { id } = await workspace.commit('a');
    for (const value of wrong) {
      await expect(afs.revert(id, value as never)).rejects.toMatchObject(INVALID);
      if (typeof value === 'string') continue;
      await expect(afs.revert(value as never)).rejects.toMatchObject(INVALID);
    }
    await expect(afs.log()).resolves.toHaveLength(1);
  });

  it('are refused as those of readFile when they are a list', async () => {
    const { workspace } = await setUp({ a: '1' });
    await expect(workspace.readFile('a', ['utf8'] as never)).rejects.toMatchObject(INVALID);
  });
});

describe('values that are of no use', () => {
  it('are named: a signal of materialize, an action of withTemp, a blank base', async () => {
    const { afs, workspace } = await setUp();
    const noSignal = workspace.materialize({ signal: {} as never });
    await expect(noSignal).rejects.toThrow('signal must be an AbortSignal');
    await expect(afs.workspace.withTemp('t', 5 as never)).rejects.toThrow('action must be');
    await expect(afs.workspace.list()).resolves.toHaveLength(1);
    expect(() => new AgentFS(' ')).toThrow('basePath must be a path that is not blank');
  });
});
