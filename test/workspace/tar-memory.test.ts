/** Shows that archives cost bounded memory, in a process of its own whose peak can be read. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundledLibrary } from '../support/compiled.ts';
import { makeTar } from '../support/tar-bytes.ts';
import { TestProject } from '../support/test-project.ts';

const MEBIBYTE = 1024 * 1024;
const SIZE = 400 * MEBIBYTE;

it('takes in and gives out a file of 400 MiB in flat memory', async () => {
  const project = new TestProject();
  const size = SIZE.toString(8).padStart(11, '0');
  const [header, end] = [makeTar([{ name: 'large', size }]).subarray(0, 512), Buffer.alloc(1024)];
  const script = `import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
    const afs = new AgentFS(process.argv[1]);
    async function* archive() {
      yield Buffer.from('${header.toString('base64')}', 'base64');
      for (let i = 0; i < ${SIZE / MEBIBYTE}; i++) yield Buffer.alloc(${MEBIBYTE}, 'abc');
      yield Buffer.alloc(${end.length});
    }
    await afs.workspace.create('before');
    const idle = process.resourceUsage().maxRSS;
    const workspace = await afs.workspace.importTar('w', archive());
    const { size } = await workspace.stat('large');
    let bytes = 0;
    for await (const piece of workspace.exportTar()) bytes += piece.length;
    const grown = (process.resourceUsage().maxRSS - idle) * 1024;
    console.log(JSON.stringify({ size, bytes, grown }));
    await afs.close();`;
  const args = ['--input-type=module', '-e', script, project.dir];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({ size: SIZE, bytes: SIZE + 512 + 1024 });
  const isFlat = expect.toSatisfy((grown: number) => grown < 80 * MEBIBYTE);
  expect(report).toHaveProperty('grown', isFlat);
});
