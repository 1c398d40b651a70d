/** Options that do not exist: refused by name, before anything is done. */

import { describe, expect, it } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { setUp } from '../support/test-project.ts';

describe('an option that does not exist', () => {
  it('is refused by name everywhere, with the one that may be meant', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'a\n' });
    const calls: readonly (readonly [object, string, readonly unknown[]])[] = [
      [workspace, 'run', ['true']],
      [workspace, 'session', []],
      [workspace, 'commit', ['m']],
      [workspace, 'rebase', []],
      [workspace, 'status', []],
      [workspace, 'diff', []],
      [workspace, 'log', []],
      [workspace, 'revert', ['0'.repeat(64)]],
      [workspace, 'history', []],
      [workspace, 'update', []],
      [workspace, 'materialize', []],
      [workspace, 'writeFile', ['b.txt', 'b']],
      [workspace, 'appendFile', ['b.txt', 'b']],
      [workspace, 'mkdir', ['d']],
      [workspace, 'copy', ['a.txt', 'b.txt']],
      [workspace, 'move', ['a.txt', 'b.txt']],
      [workspace, 'delete', ['a.txt']],
      [workspace, 'listDir', ['/']],
      [workspace.snapshot, 'create', ['s']],
      [workspace.snapshot, 'list', []],
      [workspace.snapshot, 'temp', []],
      [workspace.audit, 'logs', []],
      [workspace.sync, 'enable', []],
      [workspace.sync, 'push', []],
      [workspace.sync, 'pull', []],
      [afs, 'gc', []],
      [afs, 'verify', []],
      [afs, 'log', []],
      [afs.workspace, 'create', ['x']],
      [afs.workspace, 'list', []],
      [afs.workspace, 'delete', ['w']],
    ];
    const commit = await workspace.commit('empty', { allowEmpty: true });
    for (const [target, method, args] of calls) {
      const given = args.map((arg) => (arg === '0'.repeat(64) ? commit.id : arg));
      const call = async (): Promise<unknown> =>
        Reflect.apply(Reflect.get(target, method), target, [...given, { nonsense: 1 }]);
      await expect(call(), method).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^(options|settings|filter) has no "nonsense"\.$/),
      });
    }
    expect((await workspace.listDir('/')).map(({ name }) => name)).toEqual(['a.txt']);
  });

  it('has a hint, and is no matter when it is undefined', async () => {
    const { workspace } = await setUp({ 'a.txt': 'a\n' });
    const run = (options: object): Promise<unknown> => workspace.run('true', options);
    await expect(run({ timeOut: 5 })).rejects.toMatchObject({ hint: 'Did you mean timeout?' });
    await expect(run({ limits: { memory: 1 } })).rejects.toThrow('limits has no "memory"');
    await expect(run({ nonsense: undefined })).resolves.toMatchObject({ exitCode: 0 });
  });

  it('is refused when an AgentFS is made, in sections too', () => {
    const open = (options: object): AgentFS => new AgentFS('/tmp', options);
    expect(() => open({ nonsense: 1 })).toThrow(/no configuration key "nonsense"/);
    expect(() => open({ runner: { strategie: 'directory' } })).toThrow(/runner.strategie/);
    expect(() => open({ cacheSizes: 1 })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('mean') }),
    );
  });
});
