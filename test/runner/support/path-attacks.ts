/** Commands that lay links and move directories so that the host follows them. */

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SandboxProfile } from '../../../src/index.ts';
import { type User, UserSite } from '../../support/as-user.ts';
import { listDirectory } from '../../support/run-fixture.ts';

/** The attacks of one user with one profile: each on a base of its own, by one program. */
export function itResistsLinks(user: User, profile: SandboxProfile): void {
  let site: UserSite;
  let victim: string;
  let base: string;
  const untouched = { keep: '644 mine\n', sub: '755/', 'sub/file': '644 mine\n' };

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

  const runs = async (commands: readonly string[], options = {}): Promise<void> => {
    const all = JSON.stringify({ sandbox: profile, strategy: 'overlay', ...options });
    await site.tell({
      base,
      body: `for (const command of ${JSON.stringify(commands)}) await attempt(() => ws.run(command, ${all}));`,
    });
  };

  it.each([
    [
      'written',
      [
        'rm d; mkdir d; echo EVIL > d/keep; echo EVIL > d/new; printf "d/keep\\nd/new\\n" > .gitignore',
      ],
    ],
    [
      'removed',
      [
        'rm d; mkdir d; echo x > d/keep; echo d/keep > .gitignore',
        'rm -r d',
        'mkdir -p d; rm -rf d',
      ],
    ],
    [
      'entered',
      ['rm d; mkdir -p d/sub; echo EVIL > d/sub/file; echo d/sub > .gitignore', 'rm -r d/sub'],
    ],
    [
      'chmodded',
      [
        'rm d; mkdir -p d/sub; echo x > d/sub/file; chmod 500 d d/sub; echo d/sub/file > .gitignore',
      ],
    ],
  ])('do not lead to what is %s outside', async (_, commands) => {
    const all = [`ln -s ${victim} d`, ...commands, 'true'];
    await runs(all, profile === 'restricted' ? { limits: { diskBytes: 16_000_000 } } : {});
    expect(listDirectory(victim)).toEqual(untouched);
  });

  it('do not lead a command out of the sandbox by its working directory', async () => {
    const results = await site.tell({
      base,
      body: `
          const options = { sandbox: '${profile}', strategy: 'overlay' };
          await ws.run('mkdir -p node_modules; ln -s ${victim} node_modules/out; ln -s / node_modules/top', options);
          for (const workdir of ['node_modules/out/sub', 'node_modules/out', 'node_modules/top/etc', 'node_modules/top']) {
            tell(await attempt(() => ws.run('pwd -P; echo EVIL > new; echo EVIL > ../new; ls -A ${base}/.agentfs ../.agentfs', { ...options, workdir })));
          }
          const session = await ws.session(options);
          await session.run('mv packages away; ln -s ${victim} packages; ln -s ${base}/packages again');
          for (const workdir of ['packages/sub', 'packages/web', 'again/sub']) {
            tell(await attempt(() => session.run('pwd -P; echo EVIL > new', { workdir })));
          }
          await session.close();`,
    });
    expect(results).toHaveLength(7);
    expect(JSON.stringify(results)).not.toContain('agentfs.db');
    expect(listDirectory(victim)).toEqual(untouched);
    expect(existsSync(join(base, '../new'))).toBe(false);
    expect(existsSync(join(base, 'packages/web/new'))).toBe(false);
  });

  it('are not followed when a command that has a terminal-less start goes on', async () => {
    await site.tell({
      base,
      body: `
          const running = await ws.start('mv packages away; ln -s ${victim} packages; echo x > packages/new; sleep 0.1', { sandbox: '${profile}', strategy: 'overlay' });
          await running.wait();
          tell(await attempt(() => ws.run('cat packages/keep', { sandbox: '${profile}' })));`,
    });
    expect(listDirectory(victim)).toEqual(untouched);
  });

  it('are read through the library only inside of the workspace', async () => {
    symlinkSync(join(victim, 'keep'), join(base, 'node_modules'));
    const results = await site.tell({
      base,
      body: `
          await ws.run('rm -f node_modules; mkdir node_modules; ln -s ${victim}/keep node_modules/file; ln -s ${victim} node_modules/dir; ln -s file node_modules/again', { sandbox: '${profile}' });
          for (const path of ['node_modules/file', 'node_modules/dir/keep', 'node_modules/again']) {
            tell(await attempt(() => ws.readFile(path, 'utf8')));
          }`,
    });
    expect(results).toMatchObject([{ code: 'ENOENT' }, { code: 'ENOENT' }, { code: 'ENOENT' }]);
  });

  it('do not move the base away below a capture, where its parents are the command’s own', async () => {
    const place = join(base, 'place/base');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'k'), 'own\n');
    site.own(base);
    writeFileSync(join(victim, 'k'), 'SECRET\n');
    const move = `echo decoy > k; p=${join(base, 'place')}; cd /; mv $p $p.away && mkdir -p $p && ln -s ${victim} $p/base; exit 0`;
    const results = await site.tell({
      base: place,
      body: `
          const options = { sandbox: '${profile}', strategy: 'overlay' };
          await attempt(() => ws.run(${JSON.stringify(move)}, options));
          tell(await ws.readFile('k', 'utf8'));
          const session = await ws.session(options);
          await attempt(() => session.run(${JSON.stringify(move)}));
          tell(await attempt(async () => (await session.run('cat k; pwd -P; echo EVIL > new')).stdout));
          await session.close();
          tell(await ws.readFile('k', 'utf8'));`,
    });
    expect(JSON.stringify(results)).not.toContain('SECRET');
    expect(existsSync(join(victim, 'new'))).toBe(false);
  });

  it('leave a project that its user can remove', async () => {
    mkdirSync(join(base, 'node_modules/big'), { recursive: true });
    for (let i = 0; i < 300; i++) writeFileSync(join(base, `node_modules/big/${i}`), '');
    site.own(base);
    await runs(['echo x > node_modules/big/x; mkdir -m 000 shut', 'true']);
    const removed = site.spawn(['rm', '-rf', join(base, '.agentfs')], '/');
    expect(removed.stderr).toBe('');
    expect(existsSync(join(base, '.agentfs'))).toBe(false);
  });
}
