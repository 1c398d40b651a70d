import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeOverlay, visibleDirectory } from '../support/overlay-host.ts';
import { temporaryDatabase } from '../support/remote-fixture.ts';
import { setUp } from '../support/test-project.ts';

it('keeps the variables of secrets from commands, unless they are given', async () => {
  process.env['AGENTFS_TEST_CANARY'] = 'canary';
  onTestFinished(() => {
    delete process.env['AGENTFS_TEST_CANARY'];
  });
  const { workspace } = await setUp();
  const read = async (env = {}): Promise<string> =>
    (await workspace.run('echo "$AGENTFS_TEST_CANARY"', { env })).stdout;
  expect(await read()).toBe('canary\n');
  const tursoDb = `file:${temporaryDatabase()}`;
  await workspace.sync.enable({ tursoDb, token: 'env:AGENTFS_TEST_CANARY' });
  expect(await read()).toBe('\n');
  expect(await read({ AGENTFS_TEST_CANARY: 'mine' })).toBe('mine\n');
});

await describeOverlay('standard', 'files with secrets', () => {
  it('are hidden from commands, wherever they are', async () => {
    const directory = visibleDirectory();
    const [configured = '', own = '', other = ''] = ['configured', 'own', 'other'].map((name) => {
      const path = join(directory, name);
      writeFileSync(path, `canary-${name}\n`, { mode: 0o600 });
      return path;
    });
    const { workspace } = await setUp({}, { sync: { turso: { tokenFile: configured } } });
    const read = async (): Promise<string> => {
      const options = { strategy: 'overlay', sandbox: 'standard' } as const;
      return (await workspace.run(['cat', configured, own, other], options)).stdout;
    };
    expect(await read()).toBe('canary-own\ncanary-other\n');
    await workspace.sync.enable({ tursoDb: `file:${temporaryDatabase()}`, tokenFile: own });
    expect(await read()).toBe('canary-other\n');
  });
});
