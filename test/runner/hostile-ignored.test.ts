/** Commands that write into ignored files, which the base may share with what they see by a second name. */

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { USERS, UserSite } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { listDirectory } from '../support/run-fixture.ts';

const FILES = Object.fromEntries(
  Array.from({ length: 300 }, (_, index) => [`node_modules/p/${index}.js`, 'mine\n']),
);

const IN_PLACE = `
import mmap, os
os.truncate('node_modules/p/5.js', 0)
os.setxattr('node_modules/p/6.js', 'user.evil', b'1')
file = open('node_modules/p/7.js', 'r+b')
memory = mmap.mmap(file.fileno(), 0)
memory[0:4] = b'EVIL'
memory.flush()
os.rename('node_modules/p/8.js', 'node_modules/p/9.js')
`;

const COMMANDS = [
  'echo EVIL >> node_modules/p/0.js; chmod 4777 node_modules/p/1.js; touch -d 2001-01-01 node_modules/p/2.js',
  'ln node_modules/p/3.js second && echo EVIL >> second; rm node_modules/p/4.js second',
  ['python3', '-c', IN_PLACE],
  'chmod -R 777 node_modules; for file in node_modules/p/1*.js; do echo EVIL > "$file"; done',
  'rm -r node_modules',
];

/** Contents, modes, times and attributes. */
function stateOf(base: string): string {
  const print = ['-printf', '%P %m %s %T@\\n'];
  const { stdout } = spawnSync('find', [`${base}/node_modules`, ...print], { encoding: 'utf8' });
  const list = "import os, sys; print([each for each in os.listdir('.') if os.listxattr(each)])";
  const marked = spawnSync('python3', ['-c', list], { cwd: `${base}/node_modules/p` });
  return JSON.stringify([stdout, String(marked.stdout), listDirectory(base)]);
}

async function attack(user: (typeof USERS)[number], options: object): Promise<void> {
  const site = await UserSite.of(user);
  try {
    const base = site.directory({ ...FILES, '.gitignore': 'node_modules\n', 'a.txt': 'a\n' });
    const before = stateOf(base);
    const told = await site.tell({
      base,
      body: `
        for (const command of ${JSON.stringify(COMMANDS)}) {
          const { stderr, exitCode } = await ws.run(command, ${JSON.stringify(options)});
          tell([exitCode, stderr]);
        }
        await afs.workspace.delete('work', { force: true });
        await afs.gc();`,
    });
    expect(told).toEqual(COMMANDS.map(() => [0, '']));
    expect(stateOf(base)).toBe(before);
  } finally {
    await site.end();
  }
}

describe('ignored files of the base', () => {
  it.each(USERS)('are not changed by commands of $name in a directory', async (user) => {
    await attack(user, { strategy: 'directory' });
    expect.hasAssertions();
  });
});

await describeOverlay('standard', 'ignored files of the base', () => {
  it.each(USERS)('are not changed by commands of $name in an overlay', async (user) => {
    await attack(user, { strategy: 'overlay' });
    expect.hasAssertions();
  });
});
