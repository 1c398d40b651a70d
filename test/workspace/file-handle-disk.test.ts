/** An open file on a disk that is full. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProcess } from './support/store-process.ts';

const UNSHARE = ['unshare', process.getuid?.() === 0 ? '-m' : '-Urm'];

function canMount(): boolean {
  const [command = '', ...args] = [...UNSHARE, 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'];
  return spawnSync(command, args).status === 0;
}

describe.skipIf(!canMount())('a file handle on a full disk (needs mounts of its own)', () => {
  it('says ENOSPC, keeps the file and its position, and goes on when there is room', async () => {
    const base = mkdtempSync(join(tmpdir(), 'agentfs-disk-'));
    onTestFinished(() => rmSync(base, { recursive: true }));
    const script = `
      import { randomBytes } from 'node:crypto';
      import { rmSync, writeFileSync } from 'node:fs';
      import { join } from 'node:path';
      print('working');
      const spare = join(task.base, '.spare');
      writeFileSync(join(task.base, '.gitignore'), '.spare\\n');
      writeFileSync(spare, randomBytes(4 << 20));
      const afs = new AgentFS(task.base);
      const workspace = await afs.workspace.create('one');
      const file = await workspace.open('file', 'w+');
      const pieces = [];
      let failure;
      while (failure === undefined) {
        const piece = randomBytes(200_000);
        await file.write(piece).then(() => pieces.push(piece), (error) => { failure = error; });
      }
      print([failure.code, failure.syscall, failure.cause.code].join());
      const same = async () => {
        const whole = Buffer.concat(pieces);
        return whole.equals(await workspace.readFile('file')) && (await file.stat()).size === whole.length;
      };
      print(String(await same()));
      const other = await workspace.fs.writeFile('other', randomBytes(900_000)).catch((error) => error);
      print([other.code, other.errno, other.path, await workspace.exists('other')].join());
      rmSync(spare);
      const last = randomBytes(200_000);
      await file.write(last);
      await file.sync();
      pieces.push(last);
      print(String(await same()));
      await afs.close();
    `;
    const launcher = [...UNSHARE, 'sh', '-c', MOUNT, 'sh', base];
    const end = await runProcess(script, { base }, { launcher });
    expect(end).toMatchObject({
      errors: '',
      lines: ['ENOSPC,write,STORE_FULL', 'true', 'ENOSPC,-28,other,false', 'true'],
    });
  }, 60_000);
});

const MOUNT = 'mount -t tmpfs -o size=16m none "$1" && shift && exec "$@"';
