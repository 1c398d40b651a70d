/** What goes through of all that a command can try by itself: for each user, profile and way to run it. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { USERS, type User, UserSite, WAYS } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { listDirectory } from '../support/run-fixture.ts';
import { visibleDirectory } from '../support/visible-place.ts';
import { whenDone } from '../support/when-done.ts';
import { type Targets, wayOut } from './support/way-out.ts';

/** Listens and reads on the host, holds a lock, and makes one of its sockets anew all the time. */
const SERVICES = `
import fcntl, os, socket, sys, time
victim, name = sys.argv[1:]
def listen(address):
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    if address[0] != '\\0': os.chmod(address, 0o777)
    server.listen(1000)
    return server
kept = [listen(victim + '/now.sock'), listen('\\0' + name)]
os.mkfifo(victim + '/fifo')
os.chmod(victim + '/fifo', 0o666)
kept.append(os.open(victim + '/fifo', os.O_RDWR))
locked = open(victim + '/locked', 'w')
fcntl.flock(locked, fcntl.LOCK_EX)
port = socket.create_server(('127.0.0.1', 0))
turns = open(victim + '/turns', 'w')
before, late = None, None
while True:
    before, late = late, listen(victim + '/fresh.sock')
    os.rename(victim + '/fresh.sock', victim + '/late.sock')
    turns.write('.')
    turns.flush()
    if before is None: print(port.getsockname()[1], flush=True)
    time.sleep(0.02)
`;

/** Files of the user, each for one attempt. */
const KEPT = [
  ...['overwrite', 'append', 'remove', 'rename', 'link', 'chmod', 'chown', 'utime', 'xattr'],
  ...['proc', 'namespaces'],
];

/** A host with something to find: the targets, without its process. */
async function furnish(site: UserSite): Promise<Omit<Targets, 'pid'>> {
  const victim = visibleDirectory();
  mkdirSync(join(victim, 'keep'));
  for (const name of KEPT) writeFileSync(join(victim, 'keep', name), 'mine\n');
  const name = `agentfs-way-out-${process.pid}-${Math.random()}`;
  const services = spawn('python3', ['-c', SERVICES, victim, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  whenDone(() => services.kill('SIGKILL'));
  const [port] = await once(services.stdout, 'data');
  chmodSync(victim, 0o777);
  site.own(join(victim, 'keep'));
  return {
    victim,
    base: site.directory({ 'a.txt': 'a\n' }),
    home: site.home,
    port: Number(port),
    name,
  };
}

interface Attempted {
  readonly found: Readonly<Record<string, unknown>>;
  readonly kept: Readonly<Record<string, string>>;
}

/** What goes through, for all ways to run a command, and what it has left of the user's files. */
async function tryAll(user: User, options: object): Promise<Attempted> {
  const home = visibleDirectory();
  spawnSync('sh', ['-c', `mkdir ${home}/.ssh; echo secret > ${home}/.ssh/id`]);
  const site = await UserSite.of(user, home);
  try {
    const targets = await furnish(site);
    const command = JSON.stringify(wayOut({ ...targets, pid: 0 }));
    const told = await site.tell({
      base: targets.base,
      body: `
        const command = ${command};
        command[3] = JSON.stringify({ ...JSON.parse(command[3]), pid: process.pid });
        for (const way of ${JSON.stringify(WAYS)}) {
          const [result] = await ways[way]([command], ${JSON.stringify(options)});
          tell(await attempt(async () => JSON.parse(await ws.readFile('found', 'utf8'))) ?? result);
          await ws.delete('found', { force: true });
        }`,
    });
    const found = Object.fromEntries(WAYS.map((way, index) => [way, told[index]]));
    return { found, kept: listDirectory(join(targets.victim, 'keep')) };
  } finally {
    await site.end();
  }
}

/** With this profile all of it has to go through, or the attempts prove nothing. */
const WITHOUT = [
  ...['write', 'overwrite', 'append', 'remove', 'rename', 'link', 'chmod', 'chown', 'utime'],
  ...['xattr', 'through /proc', 'secret', 'write in namespaces of its own', 'control groups'],
];

/** What THREAT_MODEL.md says is not protected. */
const SERVICES_OF_THE_HOST = ['abstract socket', 'fifo', 'late socket', 'lock', 'socket', 'tcp'];

const UNTOUCHED = Object.fromEntries(KEPT.map((name) => [name, '644 mine\n']));

await describeOverlay('none', 'without a profile', () => {
  it.each(USERS)('a command of $name finds ways out, however it is run', async (user) => {
    const { found } = await tryAll(user, { strategy: 'overlay', sandbox: 'none' });
    expect(found['run']).toEqual(expect.arrayContaining([...WITHOUT, ...SERVICES_OF_THE_HOST]));
    for (const way of WAYS) {
      expect(found[way], way).toEqual(expect.arrayContaining(SERVICES_OF_THE_HOST));
    }
  });
});

await describeOverlay('restricted', 'in a sandbox', () => {
  describe.each([
    { options: { sandbox: 'standard' }, through: SERVICES_OF_THE_HOST },
    { options: { sandbox: 'standard', limits: { network: 'none' } }, through: [] },
    { options: { sandbox: 'restricted' }, through: [] },
  ])('with $options', ({ options, through }) => {
    it.each(USERS)('a command of $name finds none but those, however it is run', async (user) => {
      const { found, kept } = await tryAll(user, { strategy: 'overlay', ...options });
      for (const way of WAYS) expect([...Object(found[way])].sort(), way).toEqual(through);
      expect(kept).toEqual(UNTOUCHED);
    });
  });
});
