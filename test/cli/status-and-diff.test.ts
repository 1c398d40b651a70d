import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type CliProject, cliProject } from '../support/cli.ts';

const FILES = {
  'a.txt': 'one\ntwo words here\nthree\n',
  'b.txt': 'b\n',
  'gone.txt': 'gone\n',
  'old name.txt': 'a file that moves, and keeps what it says\n',
  '.gitignore': 'ignored/\n',
  'ignored/x': 'x',
};

async function changedProject(): Promise<CliProject> {
  const project = await cliProject(FILES);
  const workspace = await project.open().workspace.get('w');
  await workspace.writeFile('a.txt', 'one\ntwo wards here\nthree\n');
  await workspace.writeFile('new "quoted"\n.txt', 'new\n');
  await workspace.delete('gone.txt');
  await workspace.move('old name.txt', 'sub/new name.txt');
  return project;
}

describe('agentfs status', () => {
  it('says what was changed, for people and in formats that never change', async () => {
    const project = await changedProject();
    const lines = [
      ' M a.txt',
      ' D gone.txt',
      ' A "new \\"quoted\\"\\n.txt"',
      'R  old name.txt -> sub/new name.txt',
    ];
    const text = `${lines.join('\n')}\n`;
    expect(await project.ok(['status', 'w', '--short'])).toBe(text);
    expect(await project.ok(['status', '-w', 'w', '--porcelain'])).toBe(text);
    expect(await project.ok(['status', '-w', 'w'])).toBe(`Workspace w\n${text}`);
    expect(await project.ok(['status', '-w', 'w', '-z'])).toBe(
      ' M a.txt\0 D gone.txt\0 A new "quoted"\n.txt\0R  sub/new name.txt\0old name.txt\0',
    );
    expect(await project.ok(['status', 'w', '--short', '--ignored'])).toBe(`${text}!! ignored\n`);
    expect(await project.json(['status', 'w'])).toEqual({
      workspace: 'w',
      modified: [{ path: 'a.txt', size: 25, mode: 0o644 }],
      added: [{ path: 'new "quoted"\n.txt', size: 4, mode: 0o644 }],
      deleted: [{ path: 'gone.txt', size: 5, mode: 0o644 }],
      renamed: [{ path: 'sub/new name.txt', from: 'old name.txt' }],
      hasChanges: true,
      conflicts: [],
      behind: 0,
    });
  });

  it('says how the project has moved, and where both have changed the same', async () => {
    const project = await changedProject();
    project.write('a.txt', 'one\nother words\nthree\n');
    project.write('b.txt', 'B\n');
    expect(await project.ok(['status', 'w', '--no-refresh'])).not.toContain('moved on');
    const status = await project.ok(['status', 'w']);
    expect(status).toContain('The project has 2 changes since the fork.\n');
    expect(status).toContain('CM a.txt\n');
    expect(await project.ok(['status', 'w', '--porcelain'])).toMatch(/^CM a\.txt\n D gone/);
  });

  it('is empty when nothing has changed', async () => {
    const project = await cliProject({ 'a.txt': 'a' });
    expect(await project.ok(['status', 'w'])).toBe('Workspace w\nNo changes.\n');
    expect(await project.run(['status', 'w', '--porcelain'])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('agentfs diff', () => {
  it('says where paths stand, of one that only the workspace has too', async () => {
    const project = await changedProject();
    project.write('b c', 'b c');
    for (const path of ['a.txt', 'gone.txt', 'sub/new name.txt', 'b c']) {
      const { status, stderr } = await project.run(['diff', '-w', 'w', path]);
      expect([status, stderr]).toEqual([
        2,
        `error: '${path}' is a path.\nhint: Paths stand after --: agentfs diff -w w -- ${path.includes(' ') ? `'${path}'` : path}.\n`,
      ]);
    }
    const unknown = await project.run(['diff', '-w', 'w', 'nothing']);
    expect(unknown.stderr).toContain('hint: List snapshots with agentfs snapshot list -w w.\n');
  });

  it('is a patch that git takes, a summary, or names', async () => {
    const project = await changedProject();
    const patch = await project.ok(['diff', '-w', 'w']);
    execFileSync('git', ['apply', '--check', '-'], { cwd: project.dir, input: patch });
    expect(await project.ok(['diff', 'w', '--name-only', '--exclude', 'new "*'])).toBe(
      'a.txt\ngone.txt\nsub/new name.txt\n',
    );
    expect(await project.ok(['diff', 'w', '--stat', '--include', 'a.txt'])).toBe(
      ' a.txt | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n',
    );
    expect(await project.ok(['diff', 'w', '--include', 'a.txt', '-U', '0'])).toContain(
      '@@ -2 +2 @@',
    );
    expect(await project.ok(['diff', 'w', '--no-renames', '--name-only'])).toContain(
      'old name.txt\n',
    );
    expect(await project.json(['diff', 'w'])).toMatchObject({
      text: patch,
      changes: [{ type: 'modified', path: 'a.txt', linesAdded: 1 }, {}, {}, { type: 'renamed' }],
      stats: { files: 4 },
    });
  });

  it('marks the words that differ when it has colours', async () => {
    const project = await changedProject();
    const diff = await project.ok(['diff', 'w', '--include', 'a.txt', '--color']);
    expect(diff).toContain('\x1b[31m-two \x1b[7mwords\x1b[27m here\x1b[39m\n');
    expect(diff).toContain('\x1b[32m+two \x1b[7mwards\x1b[27m here\x1b[39m\n');
    expect(await project.ok(['diff', 'w', '--stat', '--include', 'a.txt', '--color'])).toContain(
      '| 2 \x1b[32m+\x1b[39m\x1b[31m-\x1b[39m\n',
    );
  });

  it('compares whatever has a name, and says with its status whether there is a difference', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const workspace = await project.open().workspace.get('w');
    await workspace.writeFile('a.txt', 'A\n');
    await workspace.snapshot.create('s');
    await workspace.writeFile('b.txt', 'b\n');
    project.write('c.txt', 'c\n');
    const names = (...refs: string[]): Promise<string> =>
      project.ok(['diff', '--name-only', ...refs]);
    expect(await names('w/s')).toBe('a.txt\n');
    expect(await names('w/s', 'w')).toBe('b.txt\n');
    expect(await names('-w', 'w', 's')).toBe('b.txt\n');
    expect(await names('base', 'w')).toBe('a.txt\nb.txt\nc.txt\n');
    const { id } = await workspace.commit('Both');
    expect(await names(id.slice(0, 8))).toBe('a.txt\nb.txt\n');
    expect(await project.run(['diff', 'w/s', 'w', '--exit-code', '--name-only'])).toEqual({
      status: 1,
      stdout: 'b.txt\nc.txt\n',
      stderr: '',
    });
    expect(await project.run(['diff', 'w', '--exit-code'])).toMatchObject({
      status: 0,
      stdout: '',
    });
    expect(await project.run(['diff', 'w/none'])).toMatchObject({ status: 1 });
    expect(await project.run(['diff', 'a', 'b', '-w', 'w'])).toMatchObject({ status: 2 });
  });
});
