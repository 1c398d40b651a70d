/** A project that itself lies on an overlay, as in a container. */

import { expect, it } from 'vitest';
import { USERS, UserSite } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';

const [root] = USERS;
const MOUNT =
  'mkdir lower upper work base && echo a > lower/a.txt && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay base && shift && exec "$@"';

await describeOverlay('standard', 'a base on an overlay file system', () => {
  it.skipIf(process.getuid?.() !== 0 || root === undefined)(
    'keeps its layers on another file system, and its commands confined',
    async () => {
      const site = await UserSite.of(root ?? { name: '', uid: undefined });
      const place = site.directory();
      const body = `
        const first = await ws.run('cat a.txt; echo b > b.txt; rm a.txt; echo x > /etc/agentfs-canary');
        const second = await ws.run('ls; mkdir node_modules; echo n > node_modules/n');
        const third = await ws.run('cat node_modules/n');
        for (const { stdout, strategy, isolation } of [first, second, third]) {
          tell({ stdout, strategy, filesystem: isolation.filesystem });
        }
        tell(await ws.status());
        await afs.workspace.delete('work');`;
      const results = site.run({
        ...{ base: `${place}/base`, body },
        cwd: place,
        through: ['unshare', '--mount', 'sh', '-c', MOUNT, 'sh', '--'],
      });
      const confined = { strategy: 'overlay', filesystem: 'confined' };
      expect(results).toMatchObject([
        { stdout: 'a\n', ...confined },
        { stdout: 'b.txt\n', ...confined },
        { stdout: 'n\n', ...confined },
        { added: [{ path: 'b.txt' }], deleted: [{ path: 'a.txt' }] },
      ]);
    },
  );
});
