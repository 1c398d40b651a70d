/** Shows that streams cost a host bounded memory, in a process of its own whose peak can be read. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundledLibrary } from '../support/compiled.ts';
import { TestProject } from '../support/test-project.ts';

const MEBIBYTE = 1024 * 1024;

it('streams 200 MB into a command and back, line by line, in flat memory', async () => {
  const project = new TestProject({ 'a.txt': 'a\n' });
  const script = `import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
    const afs = new AgentFS(process.argv[1]);
    const workspace = await afs.workspace.create('w');
    await workspace.run('true');
    const line = 'x'.repeat(9999) + '\\n';
    async function* lines() {
      for (let i = 0; i < 20000; i++) yield line;
    }
    const idle = process.resourceUsage().maxRSS;
    const stream = workspace.runStream('cat', { input: lines(), maxBuffer: 1000 });
    let bytes = 0;
    for await (const line of stream) {
      bytes += line.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { truncated, stdout } = await stream.result;
    const grown = (process.resourceUsage().maxRSS - idle) * 1024;
    console.log(JSON.stringify({ bytes, truncated, kept: stdout.length, grown }));
    await afs.close();`;
  const args = ['--input-type=module', '-e', script, project.dir];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({ bytes: 200_000_000, truncated: true, kept: 1000 });
  const isFlat = expect.toSatisfy((grown: number) => grown < 80 * MEBIBYTE);
  expect(report).toHaveProperty('grown', isFlat);
});
