/** Telling clients of the protocol how to start the server. */

import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';

describe('agentfs mcp --config', () => {
  it('prints what a client has to be told', async () => {
    const project = await cliProject();
    const args = ['--base', project.dir, '-w', 'a', '--allow-run', '--tools', 'files,run'];
    const typed = ['mcp', '--base', project.dir, '--workspace', 'a', '--tools', 'files,run'];
    const server = { command: 'agentfs', args: [...typed, '--allow-run'] };
    for (const [name, file, config] of [
      ['claude-code', '.mcp.json', { mcpServers: { agentfs: server } }],
      ['vscode', '.vscode/mcp.json', { servers: { agentfs: { type: 'stdio', ...server } } }],
      ['zed', '.zed/settings.json', { context_servers: { agentfs: server } }],
    ] as const) {
      const { stdout, stderr } = await project.run(['mcp', ...args, '--config', name]);
      expect(JSON.parse(stdout)).toEqual(config);
      expect(stderr).toBe(`Add this to ${file}.\n`);
    }
    const toml = await project.ok(['mcp', ...args, '--config', 'codex']);
    expect(toml).toContain('[mcp_servers.agentfs]\ncommand = "agentfs"\nargs = ["mcp",');
    expect(await project.run(['mcp', '--config', 'x'])).toMatchObject({ status: 2 });
  });
});

describe('agentfs mcp --config --write', () => {
  it('adds to what a client has, once, and leaves the rest as it is', async () => {
    const project = await cliProject();
    const before =
      '{\n\t"mcpServers": {\n\t\t"other": { "command": "x" }\n\t},\n\t"more": 1.50\n}\n';
    project.write('.mcp.json', before);
    chmodSync(project.path('.mcp.json'), 0o600);
    const first = await project.run(['mcp', '-w', 'a', '--config', 'claude-code', '--write']);
    expect(first).toEqual({ status: 0, stdout: '', stderr: 'Wrote .mcp.json.\n' });
    const text = project.read('.mcp.json');
    expect(JSON.parse(text)).toEqual({
      mcpServers: {
        other: { command: 'x' },
        agentfs: { command: 'agentfs', args: ['mcp', '--base', project.dir, '--workspace', 'a'] },
      },
      more: 1.5,
    });
    expect(text).toContain('\n\t\t"other"');
    expect(statSync(project.path('.mcp.json')).mode & 0o777).toBe(0o600);
    const again = await project.run(['mcp', '-w', 'a', '--config', 'claude-code', '--write']);
    expect(again.stderr).toBe('.mcp.json has it already.\n');
    await project.ok(['mcp', '-w', 'b', '--allow-run', '--config', 'claude-code', '--write']);
    const changed = JSON.parse(project.read('.mcp.json')).mcpServers.agentfs.args;
    expect(changed).toEqual([...['mcp', '--base', project.dir], '--workspace', 'b', '--allow-run']);
    await project.ok(['mcp', '--config', 'cursor', '--write']);
    expect(JSON.parse(project.read('.cursor/mcp.json'))).toHaveProperty('mcpServers.agentfs');
  });

  it('keeps the comments of TOML, and a link to where somebody has the file', async () => {
    const project = await cliProject();
    const own = join(project.home, 'dotfiles.toml');
    writeFileSync(own, 'model = "x" # mine\n\n[mcp_servers.other]\ncommand = "y"\n');
    mkdirSync(join(project.home, '.codex'));
    symlinkSync(own, join(project.home, '.codex/config.toml'));
    await project.ok(['mcp', '-w', 'a', '--config', 'codex', '--write']);
    await project.ok(['mcp', '-w', 'b', '--config', 'codex', '--write']);
    const args = JSON.stringify(['mcp', '--base', project.dir, '--workspace', 'b']);
    expect(readFileSync(own, 'utf8')).toBe(
      `model = "x" # mine\n\n[mcp_servers.other]\ncommand = "y"\n\n[mcp_servers.agentfs]\ncommand = "agentfs"\nargs = ${args}\n`,
    );
  });

  it('refuses what it cannot change without harm, and changes nothing', async () => {
    const project = await cliProject();
    for (const text of ['// mine\n{}\n', '[]\n', 'null\n']) {
      project.write('.zed/settings.json', text);
      const refused = await project.run(['mcp', '--config', 'zed', '--write']);
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toContain('Leave --write out');
      expect(project.read('.zed/settings.json')).toBe(text);
    }
    expect(await project.run(['mcp', '--write'])).toMatchObject({ status: 2 });
  });
});
