import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { TestProject } from '../support/test-project.ts';

const SIZE = 4 * 1024 * 1024;

/** Overwrites a file in place, piece by piece, with one letter and then with the other. */
const WRITER = `
  import { openSync, writeSync } from 'node:fs';
  const file = openSync(process.argv[1], 'r+');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let turn = 0; ; turn++) {
    const piece = Buffer.alloc(64 * 1024, turn % 2 === 0 ? 'B' : 'A');
    for (let at = 0; at < ${SIZE}; at += piece.length) writeSync(file, piece, 0, piece.length, at);
    if (turn === 1) process.stdout.write('writing');
    // A while in which one version stands still.
    Atomics.wait(pause, 0, 0, turn % 40);
  }
`;

it('imports one version of a file that is being overwritten, or none', async () => {
  const project = new TestProject({ file: Buffer.alloc(SIZE, 'A') });
  const args = ['--input-type=module', '-e', WRITER, join(project.dir, 'file')];
  const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    writer.kill('SIGKILL');
  });
  await once(writer.stdout, 'data');
  const afs = project.open();
  let imported = 0;
  for (let i = 0; imported < 5; i++) {
    const workspace = await afs.workspace.create(`w${i}`);
    if (!(await workspace.exists('file'))) continue;
    imported += 1;
    const content = await workspace.readFile('file');
    expect(content.equals(Buffer.alloc(SIZE, content.subarray(0, 1)))).toBe(true);
  }
});
