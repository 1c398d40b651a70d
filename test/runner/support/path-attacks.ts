/** Commands that lay links and move directories so that the host follows them. */

import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SandboxProfile } from '../../../src/index.ts';
import { type User, UserSite, type Way } from '../../support/as-user.ts';
import { listDirectory } from '../../support/run-fixture.ts';

/** Who attacks, and how its commands are run. */
export interface Attacker {
  readonly user: User;
  readonly way: Way;
  /** Undefined for the strategy that confines nothing: there the host has to follow no link all the same. */
  readonly profile: Exclude<SandboxProfile, 'none'> | undefined;
}

/** What is done with a workspace once its commands have laid their links, in this order. */
const VERBS = [
  ['status', `ws.status({ refresh: true, ignored: true })`],
  ['materialize', `ws.materialize()`],
  ['export', `pipeline(ws.exportTar(), new Writable({ write: (bytes, _, next) => next() }))`],
  ['import', `ws.importTar(ws.exportTar(), { allowOutsideSymlinks: true })`],
  ['snapshot', `ws.snapshot.create('s')`],
  ['restore', `(await ws.undo(), await ws.snapshot.restore('s'))`],
  ['rebase', `ws.rebase()`],
  ['commit', `ws.commit('c')`],
  ['revert', `afs.revert((await afs.log())[0].id)`],
  ['explore', `afs.explore({ candidates: [{ run: 'ls -R' }], base: 'work', keep: 'none' })`],
  ['gc', `afs.gc()`],
  ['delete', `afs.workspace.delete('work', { force: true })`],
] as const;

const ALL_VERBS = `
  const { pipeline } = await import('node:stream/promises');
  const { Writable } = await import('node:stream');
  ${VERBS.map(([name, call]) => `tell(['${name}', (await attempt(async () => ${call}))?.code]);`).join('\n')}`;

/** Where links lead to, as its user has left it. */
const UNTOUCHED = { keep: '644 mine\n', sub: '755/', 'sub/file': '644 mine\n' };

/** The attacks, each on a base of its own, by one program. */
export function itResistsLinks({ user, way, profile }: Attacker): void {
  let site: UserSite;
  let victim: string;
  let base: string;
  const options =
    profile === undefined ? { strategy: 'directory' } : { strategy: 'overlay', sandbox: profile };

  beforeAll(async () => {
    site = await UserSite.of(user);
  });
  afterAll(() => site.end());

  beforeEach(() => {
    victim = site.directory({ keep: 'mine\n', 'sub/file': 'mine\n' });
    base = site.directory({
      'a.txt': 'a\n',
      '.gitignore': 'd\nnode_modules\n',
      'packages/web/x': 'x\n',
    });
  });

  const calls = (commands: readonly string[], more = {}): string =>
    `ways.${way}(${JSON.stringify(commands)}, ${JSON.stringify({ ...options, ...more })})`;

  /** Kills the host once a command has printed. */
  const dieDuring = (command: string): string => `
    const running = ws.start(${JSON.stringify(`${command}; sleep 1000`)}, ${JSON.stringify(options)});
    while (!running.output().stdout.includes('up')) await new Promise(setImmediate);
    process.kill(process.pid, 'SIGKILL');`;

  it('do not lead to what is outside: not the runs after it, no verb, not after a kill', async () => {
    const attacks = {
      written: ['rm $; mkdir $; echo EVIL > $/keep; echo EVIL > $/new'],
      removed: ['rm $; mkdir $; echo x > $/keep', 'rm -r $', 'mkdir -p $; rm -rf $'],
      entered: ['rm $; mkdir -p $/sub; echo EVIL > $/sub/file', 'rm -r $/sub'],
      chmodded: ['rm $; mkdir -p $/sub; echo x > $/sub/file; chmod 500 $ $/sub'],
    };
    const names = Object.keys(attacks);
    const all = (line: string): string =>
      names.map((name) => line.replaceAll('$', name)).join('; ');
    const ignored = ['$/keep', '$/new', '$/sub', '$/sub/file'];
    const commands = [
      all(`ln -sfn ${victim} $`),
      `${step(0)}; printf '%s\\n' ${all(ignored.join(' ')).replaceAll(';', '')} > .gitignore`,
      step(1),
      step(2),
      'true',
    ];
    function step(number: number): string {
      return Object.entries(attacks)
        .flatMap(([name, lines]) => lines[number]?.replaceAll('$', name) ?? [])
        .join('; ');
    }
    writeFileSync(join(base, '.gitignore'), `${names.join('\n')}\nnode_modules\n`);
    // The host dies with the links laid: another one begins with what that has left.
    await site.tellLast({ base, body: dieDuring(`${commands[0]}; echo up`) });
    const limits = profile === 'restricted' ? { diskBytes: 16_000_000 } : {};
    const more = profile === undefined ? {} : { limits };
    const told = await site.tell({
      base,
      body: `tell(await ${calls(commands, more)}); ${ALL_VERBS}`,
    });
    expect(listDirectory(victim)).toEqual(UNTOUCHED);
    const [runs, ...verbs] = told as [unknown[], ...(readonly [string, string | null])[]];
    for (const run of runs) expect(run).toMatchObject({ stderr: '' });
    expect(verbs.map(([verb]) => verb)).toEqual(VERBS.map(([verb]) => verb));
    // What was committed shut, an ordinary user cannot remove again.
    const failed = verbs.filter(([, code]) => code !== null && code !== 'BASE_READ_ONLY');
    expect(failed).toEqual([]);
  });

  it.skipIf(profile === undefined)(
    'do not lead a command out by its working directory',
    async () => {
      const name = `agentfs-new-${process.pid}`;
      const look = `pwd -P; echo EVIL > ${name}; echo EVIL > ../${name}; ls -A ${base}/.agentfs ../.agentfs > found 2>&1; cp found ${base}/found; exit 0`;
      const lay = `mkdir -p node_modules; ln -s ${victim} node_modules/out; ln -s / node_modules/top; ln -s ${base}/packages again; mv packages away; ln -s ${victim} packages`;
      const workdirs = [
        ...['node_modules/out/sub', 'node_modules/out', 'node_modules/top/etc', 'node_modules/top'],
        ...['packages/sub', 'packages/web', 'again/sub', 'away/../packages/sub'],
      ];
      const results = await site.tell({
        base,
        body: `
        await ${calls([lay])};
        for (const workdir of ${JSON.stringify(workdirs)}) {
          const given = { ...${JSON.stringify(options)}, workdir };
          tell(await attempt(() => ways.${way}(${JSON.stringify([look])}, given)));
          tell(await attempt(() => ws.readFile('found', 'utf8')));
        }`,
      });
      expect(results).toHaveLength(2 * workdirs.length);
      expect(JSON.stringify(results)).not.toContain('agentfs.db');
      expect(listDirectory(victim)).toEqual(UNTOUCHED);
      for (const place of ['/', '/etc', join(base, '..'), join(base, 'packages/web')]) {
        expect(readdirSync(place)).not.toContain(name);
      }
    },
  );

  it('are read through the library only inside of the workspace', async () => {
    symlinkSync(join(victim, 'keep'), join(base, 'node_modules'));
    const lay = `rm -f node_modules; mkdir node_modules; ln -s ${victim}/keep node_modules/file; ln -s ${victim} node_modules/dir; ln -s file node_modules/again; ln -s node_modules/dir versioned`;
    const paths = ['node_modules/file', 'node_modules/dir/keep', 'node_modules/again'];
    const results = await site.tell({
      base,
      body: `
        await ${calls([lay])};
        for (const path of ${JSON.stringify([...paths, 'versioned/keep'])}) {
          tell(await attempt(() => ws.readFile(path, 'utf8')));
          tell(await attempt(() => ws.fs.readFile(path, 'utf8')));
          tell(await attempt(async () => (await ws.open(path)).readFile('utf8')));
        }`,
    });
    for (const result of results) expect(result).toMatchObject({ code: 'ENOENT' });
    expect(results).toHaveLength(12);
  });

  it.skipIf(profile === undefined)(
    'do not move the base away below a capture, where its parents are the command’s own',
    async () => {
      const place = join(base, 'place/base');
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'k'), 'own\n');
      site.own(base);
      writeFileSync(join(victim, 'k'), 'SECRET\n');
      const move = `echo decoy > k; p=${join(base, 'place')}; cd /; mv $p $p.away && mkdir -p $p && ln -s ${victim} $p/base; exit 0`;
      const results = await site.tell({
        base: place,
        body: `
          await ${calls([move, 'cat k > read; pwd -P >> read; echo EVIL > new'])};
          for (const path of ['k', 'read']) tell(await attempt(() => ws.readFile(path, 'utf8')));`,
      });
      expect(JSON.stringify(results)).not.toContain('SECRET');
      expect(existsSync(join(victim, 'new'))).toBe(false);
    },
  );

  it('leave a project that its user can remove', async () => {
    mkdirSync(join(base, 'node_modules/big'), { recursive: true });
    for (let i = 0; i < 300; i++) writeFileSync(join(base, `node_modules/big/${i}`), '');
    site.own(base);
    const shut = 'echo x > node_modules/big/x; mkdir -m 000 shut';
    await site.tell({ base, body: `await ${calls([shut, 'true'])};` });
    await site.tellLast({ base, body: dieDuring('mkdir -p own; chmod 000 own; echo up') });
    const own = join(base, '.agentfs');
    // What a command of its own has shut, in a plain directory, is as shut to its user.
    if (profile === undefined) site.spawn(['chmod', '-R', 'u+rwx', own], '/');
    // Until the kernel has taken the mounts of the dead away, one of them is busy.
    const removed = (): boolean => site.spawn(['rm', '-rf', own], '/').status === 0;
    await expect.poll(removed).toBe(true);
  });
}
