/** Completion as the shells do it: with the real script in a real shell, and names of a real store. */

import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { ARGUMENTS } from '../../src/cli/complete/values.ts';
import { VERBS } from '../../src/cli/verb-table.ts';
import { type CliProject, cliProject } from '../support/cli.ts';
import { programOnPath } from '../support/program-on-path.ts';

/** Whether a shell is there; says so when it is not. */
function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`skipped: completion in ${shell}, which is not installed`);
    return false;
  }
}

/** A project with workspaces, a snapshot and a commit, whose names are to be completed. */
async function namedProject(): Promise<{ project: CliProject; commit: string }> {
  const project = await cliProject({ 'a.txt': 'a\n' });
  const afs = project.open();
  const first = await afs.workspace.create('agent-1', { description: 'the first one' });
  await afs.workspace.create('agent-2');
  await first.snapshot.create('before');
  await first.writeFile('b.txt', 'b\n');
  const { id } = await first.commit('Add b');
  return { project, commit: id };
}

/** What the program answers the script of a shell with. */
async function answer(project: CliProject, ...words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const lines = await project.ok(['__complete', `=${current}`, ...words.slice(0, -1)]);
  return lines.split('\n').filter((line) => line !== '');
}

async function values(project: CliProject, ...words: readonly string[]): Promise<string[]> {
  return (await answer(project, ...words)).map((line) => line.split('\t', 1)[0] ?? '');
}

describe('what may come next', () => {
  it('is commands, those of a group, and options, each with what it is for', async () => {
    const { project } = await namedProject();
    expect(await answer(project, 'sta')).toEqual(['status\tShow what a workspace has changed']);
    expect(await values(project, 'workspace', '')).toEqual(
      expect.arrayContaining(['create', 'list', 'delete']),
    );
    expect(await values(project, '--base', '.', 'workspace', 'cr')).toEqual(['create']);
    expect(await values(project, 'status', '--por')).toEqual(['--porcelain']);
    expect(await values(project, '__')).toEqual([]);
    expect(await values(project, 'nonsense', '')).toEqual([]);
  });

  it('is a name of the store', async () => {
    const { project, commit } = await namedProject();
    expect(await answer(project, 'status', 'agent-')).toEqual([
      'agent-1\tthe first one',
      'agent-2\t',
    ]);
    expect(await values(project, 'run', '-w', 'agent-2')).toEqual(['agent-2']);
    expect(await values(project, 'run', '-w', 'agent-1', '--snapshot', '')).toEqual(['before']);
    await project.ok(['workspace', 'use', 'agent-1']);
    expect(await values(project, 'run', '--snapshot', '')).toEqual(['before']);
    expect(await values(project, 'export', 'agent-1')).toEqual(['agent-1', 'agent-1/before']);
    expect(await values(project, 'workspace', 'create', 'x', '--from-snapshot', '')).toEqual([
      'agent-1/before',
    ]);
    expect(await values(project, 'workspace', 'create', '')).toEqual([]);
    expect(await values(project, 'snapshot', 'restore', 'agent-1', '')).toEqual(['before']);
    expect(await values(project, 'revert', commit.slice(0, 7))).toEqual([commit.slice(0, 12)]);
    expect(await values(project, 'config', 'get', 'storage.cache')).toEqual([
      'storage.cache_size_mb',
    ]);
  });

  it('is one of the choices of an option, whole or behind a sign', async () => {
    const { project } = await namedProject();
    const list = ['workspace', 'list'];
    expect(await values(project, ...list, '--format', 'c')).toEqual(['csv']);
    expect(await values(project, ...list, '--format=c')).toEqual(['--format=csv']);
    // As bash has it.
    expect(await values(project, ...list, '--format', '=', 'c')).toEqual(['csv']);
    expect(await values(project, ...list, '--format', '=')).toContain('json');
    expect(await values(project, 'completions', 'f')).toEqual(['fish']);
  });

  it('is left to the shell where files are wanted, and to the command that is run', async () => {
    const { project } = await namedProject();
    expect(await values(project, 'import', 'new', '')).toEqual([':files']);
    expect(await values(project, 'status', '--base', '')).toEqual([':directories']);
    expect(await values(project, 'run', '-w', 'agent-1', 'npm', '--')).toEqual([':files']);
  });

  it('is nothing where there is no store, or one that cannot be read', async () => {
    const project = await cliProject();
    project.write('.agentfs/agentfs.db', 'damaged');
    expect(await project.run(['__complete', '=', 'status'])).toEqual({
      ...{ status: 0, stdout: '', stderr: '' },
    });
    project.remove('.agentfs');
    expect(await values(project, 'status', '')).toEqual([]);
    expect(project.has('.agentfs')).toBe(false);
  });

  it('leaves the store that it looks into as it was, whether others have it open or not', async () => {
    const project = await cliProject();
    const state = (): unknown => {
      const names = readdirSync(project.path('.agentfs')).sort();
      return names.map((name) => [name, readFileSync(project.path(`.agentfs/${name}`), 'latin1')]);
    };
    const closed = state();
    expect(await values(project, 'status', '')).toEqual(['w']);
    expect(state()).toEqual(closed);
    const afs = project.open();
    await (await afs.workspace.get('w')).writeFile('a.txt', 'a\n');
    await afs.workspace.create('x');
    expect(await values(project, 'status', '')).toEqual(['w', 'x']);
    expect(project.has('.agentfs/agentfs.db-wal')).toBe(true);
  });
});

it('is decided for each argument of each command', async () => {
  const undecided: string[] = [];
  for (const { words, load } of VERBS) {
    const command = new Command();
    (await load()).verb.define(command);
    for (const argument of command.registeredArguments) {
      const known = ARGUMENTS[`${words} ${argument.name()}`] ?? ARGUMENTS[argument.name()];
      if ((known ?? argument.argChoices) === undefined)
        undecided.push(`${words} ${argument.name()}`);
    }
  }
  expect(undecided).toEqual([]);
});

describe('in a real shell', () => {
  async function inShell(shell: string, script: string): Promise<string[]> {
    const { project } = await namedProject();
    const env = project.environment({ PATH: await programOnPath(project.home) });
    const options = { cwd: project.dir, env };
    const { stdout } = await promisify(execFile)(shell, ['-c', script], options);
    return stdout.trim().split('\n');
  }

  it.runIf(has('bash'))('bash completes names, options and files', async () => {
    const script = `
      source <(agentfs completions bash)
      try() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _agentfs
        echo "\${COMPREPLY[*]}"
      }
      complete -p agentfs
      try agentfs run -w agent-
      try agentfs export agent-1/
      try agentfs workspace list --format = js
      touch 'two words.tar'
      try agentfs import new two
      try agentfs nonsense x`;
    expect(await inShell('bash', script)).toEqual([
      'complete -F _agentfs agentfs',
      'agent-1 agent-2',
      'agent-1/before',
      'json',
      'two words.tar',
    ]);
  });

  it.runIf(has('zsh'))('zsh completes names with what they are', async () => {
    const script = `
      autoload -Uz compinit && compinit -u -d "$HOME/zcompdump"
      source <(agentfs completions zsh)
      _describe() { print -l -- "\${(@)values}" }
      compset() { : }
      words=(agentfs run -w agent-) CURRENT=4 PREFIX=agent-
      _agentfs`;
    expect(await inShell('zsh', script)).toEqual(['agent-1:the first one', 'agent-2']);
  });

  it.runIf(has('fish'))('fish completes names with what they are', async () => {
    const script = `agentfs completions fish | source; complete -C 'agentfs run -w agent-'`;
    expect(await inShell('fish', script)).toEqual(['agent-1\tthe first one', 'agent-2']);
  });

  it.runIf(has('pwsh'))('PowerShell completes names', async () => {
    const script = `agentfs completions powershell | Out-String | Invoke-Expression
      $line = 'agentfs run -w agent-'
      (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText`;
    expect(await inShell('pwsh', script)).toEqual(['agent-1', 'agent-2']);
  });
});
