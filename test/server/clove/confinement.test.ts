/** Agents that want more of the kernel than they may have, by its own calls. */

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPCODES } from '../../../src/neighbours/clove/index.ts';
import { privateDirectory, testKernel } from '../../support/clove-kernel.ts';
import { canExchange, exchange } from '../../support/exchange.ts';
import { describeOverlay } from '../../support/overlay-host.ts';
import { hasPython } from '../../support/python.ts';
import { listDirectory } from '../../support/run-fixture.ts';
import { whenDone } from '../../support/when-done.ts';

const RAW_CLIENT = readFileSync(new URL('./support/raw_clove.py', import.meta.url), 'utf8');

describe('permissions', () => {
  it('are about what a link in the workspace leads to', async () => {
    const { client, afs } = await testKernel({ '.env': 'KEY=1\n', 'a.txt': 'a\n' });
    const files = await afs.workspace.get('clove');
    await files.symlink('.env', 'plain');
    await files.symlink('..', 'deep/up');
    const agent = client();
    for (const path of ['/.env', '/plain', '/deep/up/.env', 'deep/up/plain']) {
      expect((await agent.readFile(path)).error, path).toMatch(/^Permission denied/);
      expect((await agent.writeFile(path, 'x')).error, path).toMatch(/^Permission denied/);
    }
    expect((await agent.readFile('/deep/up/a.txt')).content).toBe('a\n');
    expect((await agent.writeFile('/deep/up/new/b.txt', 'b\n')).success).toBe(true);
    expect(await files.readText('new/b.txt')).toBe('b\n');
  });

  it('do not keep the kernel busy, whatever their patterns say', async () => {
    const { client } = await testKernel();
    const agent = client();
    const { permissions } = await agent.getPermissions();
    const { filesystem, blockedCommands } = permissions ?? { filesystem: undefined };
    const stars = `/${'*a'.repeat(500)}b`;
    const blocked = [...(filesystem?.blocked ?? []), stars];
    const commands = [...(blockedCommands ?? []), `x${' | '.repeat(300)}y`, `a${'|'.repeat(300)}b`];
    const change = { filesystem: { read: [], write: [], blocked }, blockedCommands: commands };
    expect((await agent.setPermissions({ permissions: change })).success).toBe(true);
    expect((await agent.readFile(`/${'a'.repeat(4000)}`)).error).toMatch(/failed to open/);
    expect((await agent.readFile(`/${'aa'.repeat(2000)}b`)).error).toMatch(/^Permission denied/);
    expect((await agent.exec(`: x${'|'.repeat(100_000)}`)).success).toBe(false);
    expect((await agent.exec(`: a${' |   '.repeat(100_000)}c`)).success).toBe(false);
    expect(await agent.noop('answers')).toBe('answers');
  });

  it.skipIf(!canExchange)(
    'hold while directories of the host are exchanged with links',
    async () => {
      const directory = privateDirectory();
      const outside = privateDirectory();
      mkdirSync(join(directory, 'sub'));
      writeFileSync(join(directory, 'sub/a.txt'), 'mine\n');
      writeFileSync(join(outside, 'a.txt'), 'SECRET\n');
      symlinkSync(outside, join(directory, 'swap'));
      const before = listDirectory(outside);
      const { client } = await testKernel({}, { kernel: { map: [directory] } });
      const agent = client();
      await exchange([join(directory, 'sub'), join(directory, 'swap')]);
      let done = 0;
      for (let round = 0; round < 300 || (done < 2 && round < 30_000); round++) {
        const path = join(directory, 'sub/a.txt');
        const { content, success } = await agent.readFile(path);
        expect(content ?? '').not.toContain('SECRET');
        const written = await agent.writeFile(path, 'mine\n');
        if (success && written.success) done++;
        await agent.writeFile(join(directory, `sub/new-${round % 3}`), 'x');
      }
      expect(done).toBeGreaterThan(0);
      expect(listDirectory(outside)).toEqual(before);
    },
  );
});

/** Tries to reach a port, by itself and by what the kernel does for it; writes down what went through. */
const REACHING = `
import json, os
from raw_clove import Clove
probe = 'python3 probe.py'
found = []
if os.system(probe) == 0: found.append('itself')
clove = Clove()
if clove.call(OPCODES_EXEC, command=probe)['exit_code'] == 0: found.append('EXEC')
child = clove.call(OPCODES_SPAWN, name='child', script='child.py', network=True, sandboxed=True)
if not child['success']: found.append(child['error'])
json.dump(found, open('found.json', 'w'))
`
  .replace('OPCODES_EXEC', String(OPCODES.EXEC))
  .replace('OPCODES_SPAWN', String(OPCODES.SPAWN));

const PROBE = `
import socket, sys
try: socket.create_connection(('127.0.0.1', int(open('port').read())), 3)
except OSError: sys.exit(1)
`;

const CHILD = `
import json, os
json.dump('reached' if os.system('python3 probe.py') == 0 else 'refused', open('child.json', 'w'))
`;

await describeOverlay('restricted', 'an agent that is kept from the network', () => {
  it.skipIf(!hasPython)('does not reach it through the kernel either', async () => {
    const server = createServer((socket) => socket.end());
    whenDone(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = String(typeof address === 'object' ? address?.port : 0);
    const scripts = {
      'raw_clove.py': RAW_CLIENT,
      'reaching.py': REACHING,
      'child.py': CHILD,
      'probe.py': PROBE,
    };
    const { client, started: kernel } = await testKernel({ ...scripts, port });
    const agent = client();
    const started = async (name: string, network: boolean): Promise<unknown[]> => {
      const spawned = await agent.spawn({ name, script: 'reaching.py', network });
      expect(spawned.error).toBe(undefined);
      // Its child is there before it ends itself.
      await expect.poll(() => kernel.kernel.started.length).toBe(0);
      const names = ['found.json', 'child.json'];
      const replies = await Promise.all(names.map((each) => agent.readFile(each)));
      const found = replies.map(({ content }) => JSON.parse(content ?? 'null'));
      await agent.exec('rm found.json child.json');
      return found;
    };
    expect(await started('kept', false)).toEqual([[], 'refused']);
    expect(await started('free', true)).toEqual([['itself', 'EXEC'], 'reached']);
  });
});
