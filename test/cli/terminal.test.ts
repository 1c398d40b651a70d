/** What only people at a terminal see. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';
import { hasTerminal, Terminal } from '../support/terminal.ts';

/** Command lines of all processes of this machine. */
function processes(): string[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.flatMap((number) => {
    try {
      return [readFileSync(`/proc/${number}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}

describe.runIf(hasTerminal())('on a terminal', () => {
  it('a long scan shows how far it is, in a line that is gone afterwards', async () => {
    const files = Array.from({ length: 3000 }, (_, i) => [`f/${i}.txt`, `${i}\n`] as const);
    const project = new CliProject(Object.fromEntries(files));
    // What would be prepared in the background would be removed under it at the end.
    await project.ok(['init']);
    await project.ok(['config', 'set', '--project', 'runner.prepare', 'false']);
    const terminal = await Terminal.open(project);
    await terminal.enter('agentfs workspace create w');
    const screen = await terminal.waitFor('Created workspace w.');
    expect(await terminal.recorded('Created workspace w.')).toMatch(/scan: [\d,]+ files/);
    expect(screen).not.toContain('scan:');
    await terminal.enter('clear; agentfs workspace create quiet --quiet');
    expect(await terminal.status()).toBe(0);
    expect(await terminal.screen()).not.toContain('Created');
  });

  it('lists are tables, in colour, and NO_COLOR is obeyed', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    await project.ok(['run', '-w', 'w', '--', 'rm', 'a.txt']);
    const terminal = await Terminal.open(project);
    await terminal.enter('agentfs workspace list');
    expect(await terminal.waitFor(/^w +active/m)).toMatch(/^NAME +STATE/im);
    await terminal.enter('agentfs status w');
    await terminal.waitFor(' D a.txt');
    expect(await terminal.recorded('a.txt')).toContain('\u001b[31m');
    const plain = await Terminal.open(project, { env: { NO_COLOR: '1' } });
    await plain.enter('agentfs status w');
    await plain.waitFor(' D a.txt');
    await plain.enter('agentfs status nobody');
    await plain.waitFor('error:');
    expect(await plain.recorded('error:')).not.toMatch(/\[3\dm/);
  });

  it('fits into 40 columns', async () => {
    const project = await cliProject();
    const afs = project.open();
    const description = 'what this workspace is for, told at length and in detail';
    await (await afs.workspace.get('w')).update({ description, tags: ['one', 'two', 'three'] });
    const terminal = await Terminal.open(project, { columns: 40 });
    await terminal.enter('agentfs workspace list');
    const list = await terminal.waitFor(/^w +active/m);
    expect(list.split('\n').filter((line) => line.includes('w  '))).toHaveLength(1);
    await terminal.enter('clear; agentfs gc --help');
    const help = await terminal.waitFor('Examples:');
    // Words stay whole: the terminal has nothing to break.
    expect(help).toMatch(/show what would be/);
    expect(help.split('\n').every((line) => line.length <= 40)).toBe(true);
  });

  it('long output goes through the pager, and comes back to the prompt', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `line ${i}\n`);
    const project = await cliProject({ 'long.txt': '' });
    project.write('new.txt', lines.join(''));
    await project.ok(['run', '-w', 'w', '--', 'sh', '-c', 'seq -f "line %g" 0 199 > long.txt']);
    const terminal = await Terminal.open(project, { rows: 20 });
    await terminal.enter('agentfs diff w');
    const first = await terminal.waitFor(/^:$/m);
    expect(first).toContain('+line 3');
    expect(first).not.toContain('+line 199');
    await terminal.press('G');
    await terminal.waitFor('+line 199');
    await terminal.press('q');
    expect(await terminal.status()).toBe(0);
    await terminal.enter('clear; agentfs diff w --no-pager; echo done');
    expect(await terminal.waitFor(/^done$/m)).toContain('+line 199');
  });

  it('asks before something is destroyed, and takes no for an answer', async () => {
    const project = await cliProject();
    const terminal = await Terminal.open(project);
    await terminal.enter('agentfs workspace delete w');
    await terminal.waitFor('Delete workspace w? [y/N]');
    await terminal.answer('n');
    await terminal.waitFor('nothing was changed.');
    expect(await terminal.status()).not.toBe(0);
    await terminal.enter('clear; agentfs workspace delete w');
    await terminal.waitFor('[y/N]');
    await terminal.press('C-c');
    expect(await terminal.status()).toBe(130);
    expect(await project.ok(['workspace', 'list'])).toContain('w\t');
    await terminal.enter('clear; agentfs workspace delete w');
    await terminal.waitFor('[y/N]');
    await terminal.answer('y');
    await terminal.waitFor('Deleted workspace w.');
    expect(await project.ok(['workspace', 'list'])).toBe('');
  });

  it('the wizard asks, takes what it is told, and leaves nothing when it is left', async () => {
    const project = new CliProject({ 'a.txt': 'a\n' });
    const terminal = await Terminal.open(project);
    await terminal.enter('agentfs init --setup');
    await terminal.waitFor('Which paths should be ignored');
    await terminal.press('C-c');
    expect(await terminal.status()).toBe(130);
    expect(project.has('.agentfs')).toBe(false);
    await terminal.enter('clear; agentfs init --setup');
    await terminal.waitFor('Which paths should be ignored');
    await terminal.answer('*.log, tmp/');
    await terminal.waitFor('How should commands be isolated?');
    await terminal.press('Down', 'Enter');
    await terminal.waitFor('What should the first workspace be called?');
    await terminal.answer('no/name');
    await terminal.waitFor('Use letters, digits');
    await terminal.press('C-u');
    await terminal.answer('agent-1');
    await terminal.waitFor('Created workspace agent-1.');
    expect(await terminal.status()).toBe(0);
    expect(project.read('.agentfs/config.toml')).toContain('patterns = [ "*.log", "tmp/" ]');
    expect(project.read('.agentfs/config.toml')).toContain('profile = "standard"');
    expect(await project.ok(['workspace', 'list'])).toContain('agent-1');
  });

  it('Ctrl-C ends a run with all that it has started, and the program with 130', async () => {
    const project = await cliProject();
    const terminal = await Terminal.open(project);
    const sleep = 'sleep 31536042';
    await terminal.enter(`agentfs run -w w --shell '${sleep} & ${sleep} & echo begun; wait'`);
    await terminal.waitFor(/^begun$/m);
    const sleeps = (): string[] => processes().filter((line) => line.startsWith(sleep));
    await expect.poll(sleeps).toHaveLength(2);
    await terminal.press('C-c');
    expect(await terminal.status()).toBe(130);
    expect(sleeps()).toEqual([]);
    await terminal.enter('clear; agentfs run -w w echo again');
    await terminal.waitFor(/^again$/m);
  });

  it('a command that runs has the terminal: its size, its keys, and its answers', async () => {
    const project = await cliProject();
    const terminal = await Terminal.open(project, { columns: 77 });
    await terminal.enter(`agentfs run -w w --shell 'stty size; read x; echo "got $x" | tee a.txt'`);
    await terminal.waitFor(/^30 77$/m);
    await terminal.answer('keys');
    await terminal.waitFor(/^got keys$/m);
    expect(await terminal.status()).toBe(0);
    expect(await project.ok(['status', '-w', 'w', '--porcelain'])).toBe(' A a.txt\n');
  });

  it('the tab key completes the names of workspaces', async () => {
    const project = await cliProject();
    await project.ok(['workspace', 'create', 'agent-1']);
    const terminal = await Terminal.open(project);
    await terminal.enter('source <(agentfs completions bash)');
    expect(await terminal.status()).toBe(0);
    await terminal.type('agentfs workspace show ag');
    await terminal.press('Tab');
    await terminal.waitFor('agentfs workspace show agent-1');
    await terminal.press('Enter');
    await terminal.waitFor(/active/);
  });

  it('an archive is not written to it, nor read from it', async () => {
    const project = await cliProject();
    const terminal = await Terminal.open(project);
    await terminal.enter('agentfs export w');
    await terminal.waitFor('Refusing to write an archive to a terminal.');
    expect(await terminal.status()).toBe(2);
    await terminal.enter('agentfs import copy');
    await terminal.waitFor('No archive is named.');
  });
});
