/** Workspaces that begin as a template of the user's configuration says. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Config } from '../../src/index.ts';
import { CliProject } from '../support/cli.ts';
import { TestProject } from '../support/test-project.ts';

const TEMPLATES = `
[templates.node]
description = "A place to test in"
tags = ["node", "ci"]
sandbox = "none"
commands = ["echo installed > installed.txt", "cat installed.txt > second.txt"]

[templates.broken]
commands = ["echo first > first.txt", "echo no luck >&2; exit 3"]

[templates.wrong]
comands = ["true"]
`;

function projectWith(text: string): CliProject {
  const project = new CliProject({ 'a.txt': 'a\n' });
  const directory = join(project.home, '.config/agentfs');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.toml'), text);
  return project;
}

describe('a template', () => {
  it('gives a new workspace what is not said otherwise, and runs its commands', async () => {
    const project = projectWith(TEMPLATES);
    const create = ['workspace', 'create', 'w', '--template', 'node', '--tag', 'mine'];
    expect(await project.json([...create, '--read-only'])).toMatchObject({
      ...{ description: 'A place to test in', tags: ['mine'], sandbox: 'none', readOnly: true },
    });
    expect(await project.ok(['status', 'w', '--short'])).toBe(' A installed.txt\n A second.txt\n');
  });

  it('leaves no workspace when a command fails, and shows what it has said', async () => {
    const project = projectWith(TEMPLATES);
    const broken = ['workspace', 'create', 'w', '--template', 'broken'];
    const { status, stderr } = await project.run(broken);
    expect(status).toBe(10);
    expect(stderr).toContain('no luck\n');
    expect(stderr).toContain('exited with status 3');
    expect(await project.json(['workspace', 'list'])).toEqual([]);
  });

  it('is refused when it is missing or wrong, with what may be meant', async () => {
    const project = projectWith(TEMPLATES);
    const create = (name: string) => project.run(['workspace', 'create', 'w', '--template', name]);
    expect(await create('nodes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Did you mean node?'),
    });
    expect(await create('wrong')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Did you mean commands?'),
    });
    expect(await project.json(['workspace', 'list'])).toEqual([]);
  });

  it('of the project counts for nothing', async () => {
    const project = projectWith('');
    await project.ok(['init']);
    writeFileSync(project.path('.agentfs/config.toml'), TEMPLATES);
    const { status, stderr } = await project.run([
      'workspace',
      'create',
      'w',
      '--template',
      'node',
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('there are none');
    const found = await project.run(['config', 'validate']);
    expect(found.stdout + found.stderr).toContain('Templates of the project have no effect');
  });

  it('is there for programs too', async () => {
    const project = new TestProject({ 'a.txt': 'a\n' });
    const config = new Config({ templates: { t: { description: 'x', commands: ['echo b > b'] } } });
    const afs = project.open({ config });
    const workspace = await afs.workspace.create('w', { template: 't', description: 'own' });
    expect(workspace.description).toBe('own');
    expect(await workspace.readText('b')).toBe('b\n');
    await expect(afs.workspace.create('v', { template: 'no' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});
