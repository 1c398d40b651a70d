import { describe, expect, it } from 'vitest';
import {
  checkEnvironment,
  childEnvironment,
  type Environment,
  type EnvironmentRequest,
  newCommandId,
} from '../../src/runner/process/environment.ts';

const commandId = newCommandId();
const own = {
  AGENTFS_WORKSPACE: 'ws',
  AGENTFS_BASE: '/base',
  AGENTFS_WORKDIR: '/work',
  AGENTFS_COMMAND_ID: commandId,
};

function environmentOf(more: Partial<EnvironmentRequest>): Record<string, string> {
  const place = { workspace: 'ws', base: '/base', workdir: '/work', commandId };
  return childEnvironment({ hostEnv: {}, ...place, ...more });
}

describe('childEnvironment', () => {
  it("passes the host's variables on, and says where the command runs", () => {
    const hostEnv = { PATH: '/bin', EMPTY: '', ABSENT: undefined };
    expect(environmentOf({ hostEnv })).toEqual({ PATH: '/bin', EMPTY: '', ...own });
  });

  it.each([
    'TURSO_AUTH_TOKEN',
    'TURSO_X',
    'AGENTFS_ENCRYPTION_KEY',
    'AGENTFS_ADMIN_TOKEN',
    'AGENTFS_MCP_TOKEN',
    'NODE_CHANNEL_FD',
    'NODE_CHANNEL_SERIALIZATION_MODE',
    'NODE_UNIQUE_ID',
  ])('withholds %s, unless the caller names it', (name) => {
    const hostEnv = { [name]: 'secret' };
    expect(environmentOf({ hostEnv })).toEqual(own);
    expect(environmentOf({ hostEnv, env: { [name]: 'mine' } })).toEqual({ [name]: 'mine', ...own });
  });

  it('withholds what the configuration names as a secret', () => {
    const hostEnv = { MY_TOKEN: 'secret', OTHER: 'x' };
    expect(environmentOf({ hostEnv, withheld: ['MY_TOKEN'] })).toEqual({ OTHER: 'x', ...own });
  });

  it('lets the caller add, replace and remove', () => {
    const hostEnv = { A: 'host', B: 'host', C: 'host' };
    const env = { A: 'mine', B: undefined, D: 'new', E: undefined };
    expect(environmentOf({ hostEnv, env })).toEqual({ A: 'mine', C: 'host', D: 'new', ...own });
  });

  it('starts from nothing with inheritEnv false', () => {
    const request = { hostEnv: { A: 'host' }, env: { B: 'mine' }, inheritEnv: false };
    expect(environmentOf(request)).toEqual({ B: 'mine', ...own });
  });

  it('does not let its own variables be overridden', () => {
    const env = { AGENTFS_COMMAND_ID: 'other', AGENTFS_WORKSPACE: undefined };
    expect(environmentOf({ env })).toEqual(own);
  });

  it('takes __proto__ for a name like any other', () => {
    const env: Environment = JSON.parse('{"__proto__":"x"}');
    const keys = Object.keys(environmentOf({ env }));
    expect(keys).toContain('__proto__');
  });

  it.each<[string, unknown]>([
    ['env must be an object', 'A=B'],
    ['env must be an object', null],
    ['env must be an object', ['A']],
    ['A name in env must be', { '': 'x' }],
    ['A name in env must be', { 'A=B': 'x' }],
    ['A name in env must be', { 'A\0': 'x' }],
    ['env.A must be a string', { A: 5 }],
    ['env.A must be a string', { A: null }],
    ['env.A must be without NUL', { A: 'x\0' }],
  ])('refuses with "%s"', (message, env) => {
    expect(() => checkEnvironment(env as Environment)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('never quotes a value in an error', () => {
    expect(() => checkEnvironment({ A: 'hunter2\0' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});
