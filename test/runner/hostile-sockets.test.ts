/** Restricted commands that look for Unix sockets of the host, by every path that they can see. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { HOST_USERS, HostProgram } from '../support/host-program.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { visibleDirectory } from '../support/visible-place.ts';

const canUnshare = spawnSync('unshare', ['--user', '--net', 'true']).status === 0;

/** Connects to each path, and tells what comes of it. */
const CONNECT = `
import errno, socket, sys
for path in sys.argv[1:]:
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect(path)
        print('reached', path)
    except OSError as error:
        print(errno.errorcode[error.errno], path)
`;

/** Listens for everybody. */
async function listen(path: string): Promise<string> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  chmodSync(path, 0o777);
  return path;
}

/** Listens in a process of its own, that begins in the directory. */
async function listenFrom(
  directory: string,
  name: string,
  line: (server: readonly string[]) => readonly string[],
): Promise<string> {
  const quoted = JSON.stringify(name);
  const server = `require('node:net').createServer().listen(${quoted}, () => {
    require('node:fs').chmodSync(${quoted}, 0o777);
    console.log('up');
  });`;
  const [file = '', ...args] = line([process.execPath, '-e', server]);
  const child = spawn(file, args, { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return join(directory, name);
}

const BULK = Object.fromEntries(
  Array.from({ length: 300 }, (_, index) => [`node_modules/${index}.js`, '']),
);

await describeOverlay('restricted', 'a restricted command', () => {
  it.each(HOST_USERS)('of $name reaches no Unix socket of the host', async (user) => {
    const files = {
      'a.txt': 'a\n',
      '.gitignore': 'node_modules/\ncache/\n',
      'cache/x': 'x\n',
      ...BULK,
    };
    const program = await HostProgram.create(user, files);
    const visible = visibleDirectory();
    const varTmp = mkdtempSync('/var/tmp/agentfs-sockets-');
    onTestFinished(() => rmSync(varTmp, { recursive: true, force: true }));
    chmodSync(varTmp, 0o755);
    const elsewhere = join(visible, 'elsewhere');
    mkdirSync(elsewhere);
    program.own(elsewhere);
    symlinkSync(visible, join(program.base, 'way'));
    const home = join(visible, 'home');
    mkdirSync(home);
    program.own(home);
    const sockets = [
      await listen(join(visible, 'plain.sock')),
      await listenFrom(elsewhere, 'relative.sock', (server) => program.asUser(server)),
      await listen(join(varTmp, 'temporary.sock')),
      await listen(join(home, 'home.sock')),
      await listen(join(program.base, 'base.sock')),
      await listen(join(program.base, 'cache/ignored.sock')),
      await listen(join(program.base, 'node_modules/mounted.sock')),
    ];
    program.own(program.base);
    const apart = ['unshare', '--user', '--map-root-user', '--net'];
    if (canUnshare) {
      const path = join(elsewhere, 'other-network.sock');
      await listenFrom(elsewhere, path, (server) => program.asUser([...apart, ...server]));
      sockets.push(path);
    }
    const paths = [...sockets, join(program.base, 'way/plain.sock')];
    const command = JSON.stringify(['python3', '-c', CONNECT, ...paths]);
    for (const ignored of ['link', 'copy']) {
      const script = program.script(
        `print((await workspace.run(${command}, { sandbox: 'restricted' })).stdout);`,
        { runner: { ignored } },
      );
      const [file = '', ...args] = script;
      const output = execFileSync(file, args, {
        encoding: 'utf8',
        env: { ...program.env, HOME: home },
      });
      const told: string = JSON.parse(output);
      expect(told.split('\n').filter((line) => line !== '')).toHaveLength(paths.length);
      expect(told).not.toContain('reached');
    }
  });
});
