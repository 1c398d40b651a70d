/** What becomes of a command when its host process is killed, and commands of an ordinary user. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { bundledLibrary } from '../support/compiled.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { isRunning, until } from '../support/processes.ts';
import { productForAll } from '../support/product.ts';
import { temporaryDirectory } from '../support/run-fixture.ts';

const NOBODY = '65534';

/** A program that runs commands in a workspace and prints a line of JSON for each. */
async function script(base: string, commands: readonly string[]): Promise<string> {
  return `
    import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
    const afs = await AgentFS.open(${JSON.stringify(base)});
    const known = await afs.workspace.exists('work');
    const ws = known ? await afs.workspace.get('work') : await afs.workspace.create('work');
    for (const command of ${JSON.stringify(commands)}) {
      const result = await ws.run(command, { strategy: 'overlay' });
      const { exitCode, stdout, stderr, changes, isolation } = result;
      const paths = changes.map(({ path }) => path);
      console.log(JSON.stringify({ exitCode, stdout, stderr, paths, profile: isolation.profile }));
    }
    await afs.close();`;
}

/** The processes that have a mount of this base of their own. */
function processesWithMount(base: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(` ${base} `);
    } catch {
      return false;
    }
  });
}

await describeOverlay('standard', 'when the host process is killed', () => {
  it('nothing of the command stays, and the next run starts from what was stored', async () => {
    const base = temporaryDirectory({ 'a.txt': 'a\n' });
    const begin = await script(base, [
      'echo stored > b.txt',
      'echo lost > c.txt; setsid env -i sleep 1000 & sleep 1000',
    ]);
    const child = spawn(process.execPath, ['--input-type=module', '-e', begin], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    await until(() => processesWithMount(base).length >= 3);
    const inside = processesWithMount(base);
    child.kill('SIGKILL');
    await until(() => !inside.some(isRunning));
    expect(processesWithMount(base)).toEqual([]);
    const next = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', await script(base, ['cat a.txt b.txt; ls'])],
      { encoding: 'utf8' },
    );
    expect(next.stderr).toBe('');
    expect(JSON.parse(next.stdout)).toMatchObject({
      stdout: 'a\nstored\na.txt\nb.txt\n',
      paths: [],
    });
  });
});

const isRoot = process.getuid?.() === 0;

await describeOverlay('standard', 'as an ordinary user', () => {
  it.skipIf(!isRoot)('a command runs as that user, confined as well', async () => {
    const base = temporaryDirectory({ 'a.txt': 'a\n', '.gitignore': 'dist/\n', 'dist/x': 'x\n' });
    const product = await productForAll();
    spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, base]);
    const source = (
      await script(base, [
        'id -u; echo b > b.txt; rm a.txt; cat dist/x; echo y > dist/y; touch /etc/canary; umount . 2>&1; stat -c %u .',
        'ls; cat dist/y; mkdir -p d; rm -r d; kill -9 -1; ls /proc/1/root',
      ])
    ).replace(/"file:[^"]*"/, JSON.stringify(`file://${product}/dist/index.js`));
    const { stdout, stderr } = spawnSync(
      'setpriv',
      [
        '--reuid',
        NOBODY,
        '--regid',
        NOBODY,
        '--clear-groups',
        process.execPath,
        '--input-type=module',
        '-e',
        source,
      ],
      {
        encoding: 'utf8',
        cwd: base,
        env: { PATH: process.env['PATH'], HOME: '/nonexistent', OPENSSL_CONF: '/dev/null' },
      },
    );
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line || '{}'));
    expect(results, stderr).toMatchObject([
      { profile: 'standard', paths: ['a.txt', 'b.txt'] },
      { stdout: 'b.txt\ndist\ny\n', paths: [] },
    ]);
    expect(results[0].stdout).toMatch(/^65534\nx\n[\s\S]*\n65534\n$/);
    expect(results[1].stderr).toMatch(/Permission denied/);
  });
});
