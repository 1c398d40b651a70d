/** Commands of a session whose launchers were started before them: as any other command. */

import { expect, it } from 'vitest';
import type { RunSession } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { setUp } from '../support/test-project.ts';

await describeOverlay('standard', 'the launchers of a session', () => {
  async function open(): Promise<RunSession> {
    const { workspace } = await setUp({ 'a.txt': 'a\n', 'src/b.txt': 'b\n' });
    return workspace.session({ strategy: 'overlay' });
  }

  it('give each command its own arguments, variables, input and directory', async () => {
    await using session = await open();
    const words = ["it's", '', '$(id)', 'two\nlines', '`x`', '\\', '*'];
    const env = {
      ...{ QUOTED: "a'b", LINES: 'x\ny', 'with.dot': '1', UID: '77', IFS: '/' },
      ...{ LD_BIND_NOW: '1', PWD: '/elsewhere', PATH: process.env['PATH'] },
    };
    const show = 'printf "<%s>" "$@"; printenv QUOTED UID LD_BIND_NOW; cat; pwd';
    for (let turn = 0; turn < 5; turn++) {
      const command = ['sh', '-c', show, 'sh', String(turn), ...words];
      const result = await session.run(command, { env, input: `in ${turn}\n`, workdir: 'src' });
      const shown = [String(turn), ...words].map((word) => `<${word}>`).join('');
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(result.stdout).toMatch(`${shown}a'b\n77\n1\nin ${turn}\n`);
      expect(result.stdout).toMatch(/\/src\n$/);
    }
    expect((await session.run(['printenv', 'with.dot'], { env })).stdout).toBe('1\n');
  });

  it('leave a command without input at the end of it', async () => {
    await using session = await open();
    for (const _ of [1, 2, 3]) {
      expect(await session.run('cat; echo end; echo no >&2; exit 3')).toMatchObject({
        ...{ stdout: 'end\n', stderr: 'no\n', exitCode: 3 },
      });
    }
  });

  it('leave a command that is too long for them to the system', async () => {
    await using session = await open();
    const long = 'x'.repeat(100_000);
    expect((await session.run(['echo', long])).stdout).toBe(`${long}\n`);
    await expect(session.run(['echo', 'x'.repeat(3_000_000)])).rejects.toMatchObject({
      code: 'COMMAND_NOT_STARTED',
    });
    expect((await session.run('echo again')).stdout).toBe('again\n');
  });

  it('are replaced when a command has killed them', async () => {
    await using session = await open();
    for (let turn = 0; turn < 4; turn++) {
      await session.run('kill -9 -1');
      const result = await session.run('cat; echo ran >> ran', { input: `${turn}` });
      expect(result).toMatchObject({ exitCode: 0, stdout: `${turn}` });
    }
    // Each command ran once, whatever became of its first launcher.
    expect((await session.run('wc -l < ran')).stdout.trim()).toBe('4');
  });

  it('end with the session, and with a host that closes meanwhile', async () => {
    const { afs, workspace } = await setUp({
      'a.txt': 'a\n',
    });
    const session = await workspace.session({ strategy: 'overlay' });
    await session.run('true');
    await session.discard();
    expect((await workspace.run('echo after', { strategy: 'overlay' })).stdout).toBe('after\n');
    await workspace.session({ strategy: 'overlay' });
    await afs.close();
  });
});
