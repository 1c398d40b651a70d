import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { inHome } from '../support/other-home.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { temporaryDatabase } from '../support/remote-fixture.ts';
import { setUp } from '../support/test-project.ts';
import { visiblePlace } from '../support/visible-place.ts';

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
    // Not below the system's temporary directory, which is hidden anyway.
    const directory = mkdtempSync(join(visiblePlace(), 'secrets-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
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

  it('are also the one by which the user knows a store, wherever it is', async () => {
    const home = mkdtempSync(join(visiblePlace(), 'home-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    await inHome(home, async () => {
      const { afs, workspace } = await setUp();
      const options = { strategy: 'overlay', sandbox: 'standard' } as const;
      const shell = `cat ${home}/agentfs/secret; ls -A ${home}/agentfs; echo x > ${home}/agentfs/x`;
      expect((await workspace.run(shell, options)).stdout).toBe('');
      expect(readdirSync(join(home, 'agentfs'))).toEqual(['secret']);
      await afs.close();
    });
  });
});
