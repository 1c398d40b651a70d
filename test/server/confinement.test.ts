/** What holders of tokens may ask of the isolation of commands: as much as there is, never less. */

import { expect, it } from 'vitest';
import { findOperation } from '../../src/operations/table.ts';
import { gateFor } from '../../src/server/core/operation-access.ts';
import { testCore } from '../support/server-core.ts';

const command = { workspace: 'w', command: 'true' };

it('only an administrator weakens what commands are kept in', async () => {
  const { core, afs } = await testCore({ '.agentfs/': '' });
  await afs.workspace.create('strict', {
    sandbox: 'restricted',
    limits: { processes: 9, outputBytes: 100 },
  });
  const allows = async (role: 'api' | 'admin', name: string, input: object): Promise<boolean> => {
    const token = `${role}-${Math.random()}`;
    const { principal } = core.tokens.create({ name: token, role });
    const operation = findOperation(name);
    if (operation === undefined) throw new Error(`There is no operation ${name}.`);
    const gate = gateFor(core, core.projects.first, principal);
    return Promise.resolve(gate(operation, input)).then(
      () => true,
      ({ code, details }) => {
        expect([code, details]).toEqual(['PERMISSION_DENIED', { scope: 'admin' }]);
        return false;
      },
    );
  };
  const strict = { ...command, workspace: 'strict' };
  for (const [name, input, isAllowed] of [
    ['command.run', command, true],
    ['command.run', { ...command, sandbox: 'none' }, false],
    ['command.run', { ...command, sandbox: 'standard' }, true],
    ['command.run', { ...command, sandbox: 'restricted', limits: { processes: 9 } }, true],
    ['command.run', { ...strict, sandbox: 'standard' }, false],
    ['command.run', { ...strict, sandbox: 'restricted' }, true],
    ['command.run', { ...strict, limits: { processes: 10 } }, false],
    ['command.run', { ...strict, limits: { processes: 8 } }, true],
    ['workspace.update', { workspace: 'strict', sandbox: null }, false],
    ['workspace.update', { workspace: 'strict', limits: null }, false],
    // The other limit would be gone.
    ['workspace.update', { workspace: 'strict', limits: { processes: 9 } }, false],
    ['workspace.update', { workspace: 'strict', limits: { processes: 9, outputBytes: 9 } }, true],
    ['workspace.update', { workspace: 'strict', description: 'x' }, true],
    ['workspace.create', { name: 'n', sandbox: 'none' }, false],
  ] as const) {
    expect(await allows('api', name, input), `${name} ${JSON.stringify(input)}`).toBe(isAllowed);
    expect(await allows('admin', name, input)).toBe(true);
  }
});
