import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeOverlay } from '../support/overlay-host.ts';
import { temporaryDatabase } from '../support/remote-fixture.ts';
import { setUp } from '../support/test-project.ts';

await describeOverlay('standard', 'files with secrets', () => {
  it('are hidden from commands, wherever they are', async () => {
    // Not below the system's temporary directory, which is hidden anyway.
    const directory = mkdtempSync('/var/tmp/agentfs-secrets-');
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
});
