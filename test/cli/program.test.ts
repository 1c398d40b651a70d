import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';

describe('the program', () => {
  it('shows its commands, and of a group those of the group', async () => {
    const project = new CliProject();
    const whole = await project.ok([]);
    expect(whole).toContain('status');
    expect(whole).toContain('--base <path>');
    expect(await project.ok(['--help'])).toBe(whole);
    expect(await project.ok(['workspace'])).toContain('create');
    expect(project.has('.agentfs')).toBe(false);
  });

  it('tells its version', async () => {
    const project = new CliProject();
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest);
    expect(await project.ok(['--version'])).toBe(`agentfs ${version}\n`);
    expect(await project.json(['version'])).toMatchObject({ version, shapes: 1 });
  });

  it('says what is wrong with a call, what may be meant, and ends with 2', async () => {
    const project = new CliProject();
    const misspelt = await project.run(['stauts']);
    expect(misspelt).toEqual({
      status: 2,
      stdout: '',
      stderr: "error: Unknown command 'stauts'.\nhint: Did you mean status?\n",
    });
    const option = await project.run(['status', '--porcelian']);
    expect(option.status).toBe(2);
    expect(option.stderr).toContain('Did you mean --porcelain?');
    const json = await project.run(['status', '--porcelian', '--json']);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('works in a project from its first command on', async () => {
    const project = await cliProject({ 'src/a.txt': 'a\n', 'b.txt': 'b\n' });
    const run = await project.run([
      'run',
      '-w',
      'w',
      '--',
      'sh',
      '-c',
      'echo x > src/a.txt; echo done',
    ]);
    expect(run).toEqual({ status: 0, stdout: 'done\n', stderr: '' });
    expect(await project.ok(['status', '-w', 'w', '--porcelain'])).toBe(' M src/a.txt\n');
    const id = await project.ok(['commit', '-w', 'w', '-m', 'Change a']);
    expect(id).toMatch(/^[0-9a-f]{64}\n$/);
    expect(project.read('src/a.txt')).toBe('x\n');
  });
});
