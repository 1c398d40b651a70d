/** A project that itself lies on an overlay, as in a container. */

import { it as base, expect } from 'vitest';
import { USERS, UserSite } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';

const [root = { name: '', uid: undefined }] = USERS;

/** The base on an overlay, in a mount namespace whose /var/tmp is the test's own. */
const MOUNT =
  'mkdir lower upper work base var && echo a > lower/a.txt && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay base && mount --bind var /var/tmp && shift && eval "$1" && shift && exec "$@"';

/** Runs a program there; the text is a line of shell that prepares more. */
async function inContainer(body: string, prepare = 'true'): Promise<unknown[]> {
  const site = await UserSite.of(root);
  const place = site.directory();
  const through = ['unshare', '--mount', 'sh', '-c', MOUNT, 'sh', '--', prepare];
  return site.run({ base: `${place}/base`, cwd: place, through, body });
}

const confined = { strategy: 'overlay', filesystem: 'confined' };

await describeOverlay('standard', 'a base on an overlay file system', () => {
  const it = base.skipIf(process.getuid?.() !== 0);

  it('keeps its layers on another file system, and its commands confined', async () => {
    const results = await inContainer(`
      const first = await ws.run('cat a.txt; echo b > b.txt; rm a.txt; echo x > /etc/agentfs-canary');
      const second = await ws.run('ls; mkdir node_modules; echo n > node_modules/n');
      const third = await ws.run('cat node_modules/n');
      const last = await ws.run('cat node_modules/n', { sandbox: 'restricted' });
      for (const { stdout, strategy, isolation } of [first, second, third, last]) {
        tell({ stdout, strategy, filesystem: isolation.filesystem });
      }
      tell(await ws.status());
      await afs.workspace.delete('work');`);
    expect(results).toMatchObject([
      { stdout: 'a\n', ...confined },
      { stdout: 'b.txt\n', ...confined },
      { stdout: 'n\n', ...confined },
      { stdout: 'n\n', ...confined },
      { added: [{ path: 'b.txt' }], deleted: [{ path: 'a.txt' }] },
    ]);
  });

  it.each([
    ['is a link', 'mkdir /var/tmp/mine && ln -s mine /var/tmp/agentfs-0'],
    ['is somebody else’s', 'mkdir -m 700 /var/tmp/agentfs-0 && chown 65534 /var/tmp/agentfs-0'],
    ['is open to others', 'mkdir -m 777 /var/tmp/agentfs-0 && chmod 777 /var/tmp/agentfs-0'],
    ['is a file', 'touch /var/tmp/agentfs-0'],
  ])('passes over a place for them that %s', async (_, prepare) => {
    const results = await inContainer(
      `
      const { readdirSync } = await import('node:fs');
      const { strategy, isolation } = await ws.run('true');
      tell({ strategy, filesystem: isolation.filesystem });
      tell(readdirSync('/var/tmp', { recursive: true }).filter((name) => name.includes('overlay')));
      await afs.workspace.delete('work');`,
      prepare,
    );
    expect(results).toEqual([confined, []]);
  });

  it('removes those of stores that are gone, once nobody has used them for long', async () => {
    const place = '/var/tmp/agentfs-0';
    const results = await inContainer(
      `
      const { readdirSync, utimesSync } = await import('node:fs');
      await ws.run('true');
      for (const name of ['old', 'old/x.overlay', 'used', 'there']) {
        const path = '${place}/' + name.replace(/^\\w+/, (each) => each === 'there' ? encodeURIComponent(base) : '%2Fgone%2F' + each);
        utimesSync(path, 1000, 1000);
      }
      await afs.gc();
      tell(readdirSync('${place}').map((name) => decodeURIComponent(name).replace(base, 'BASE')).sort());`,
      `mkdir -m 700 ${place} && there=$(pwd)/base && (cd ${place} && mkdir -p %2Fgone%2Fold/x.overlay %2Fgone%2Fused/x.overlay not-a-path "$(echo "$there" | sed s,/,%2F,g)")`,
    );
    expect(results).toEqual([['/gone/used', 'BASE', 'BASE/.agentfs/work', 'not-a-path']]);
  });
});
