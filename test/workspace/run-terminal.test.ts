/** Commands that have the terminal, in a pseudo-terminal that a script types into. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { StrategyName } from '../../src/index.ts';
import { bundledLibrary } from '../support/compiled.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { markedProcesses } from '../support/processes.ts';
import { setUp, TestProject } from '../support/test-project.ts';
import { TYPIST, type Typing } from '../support/typist.ts';

interface Outcome {
  readonly code: string | undefined;
  readonly result: {
    readonly commandId: string;
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly timedOut: boolean;
    readonly stdout: string;
    readonly changes: readonly { readonly path: string }[];
  };
  readonly listeners: number;
}

async function hostScript(options: object): Promise<string> {
  return `import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
    const afs = new AgentFS(process.argv[1]);
    const workspace = await afs.workspace.create('w');
    let result, code;
    try {
      const options = { tty: true, ...${JSON.stringify(options)} };
      result = await workspace.run(process.argv[2], options);
    } catch (error) {
      code = error.code;
    }
    const listeners = process.listenerCount('SIGINT');
    await afs.close();
    console.log('outcome' + JSON.stringify({ result, code, listeners }));`;
}

/** Runs a command in a host process that has a terminal; returns what came of it. */
async function onTerminal(
  command: string,
  typing: Typing,
  options: object = {},
): Promise<Outcome & { readonly screen: string; readonly project: TestProject }> {
  const project = new TestProject({ 'a.txt': 'a\n' });
  const host = ['--input-type=module', '-e', await hostScript(options), project.dir, command];
  const args = ['-c', TYPIST, JSON.stringify(typing), process.execPath, ...host];
  const { stdout } = await promisify(execFile)('python3', args, { timeout: 150_000 });
  const [screen = '', outcome = ''] = stdout.split('outcome');
  return { ...JSON.parse(outcome), screen, project };
}

function describeTerminal(strategy: StrategyName): void {
  it('reads keys, writes to the screen, and has its changes captured', async () => {
    const command =
      'test -t 0 && test -t 1 && printf "name? "; read name; echo "hi $name" | tee out';
    const { result, screen, project } = await onTerminal(command, [['name? ', 'Ada\n']], {
      strategy,
    });
    expect(screen).toContain('hi Ada');
    expect(result).toMatchObject({ exitCode: 0, stdout: '', changes: [{ path: 'out' }] });
    const afs = project.open();
    expect(await (await afs.workspace.get('w')).readText('out')).toBe('hi Ada\n');
  });

  it('gets Ctrl-C, which its host lives through', async () => {
    const command = 'trap "echo caught > caught; exit 3" INT; echo ready; read line';
    const { result, listeners } = await onTerminal(command, [['ready', '\x03']], { strategy });
    expect(result).toMatchObject({ exitCode: 3, changes: [{ path: 'caught' }] });
    // Afterwards the host is as it was.
    expect(listeners).toBe(0);
  });

  it('that takes no notice of Ctrl-C is ended by it', async () => {
    const { result } = await onTerminal('echo ready; exec sleep 1000', [['ready', '\x03']], {
      strategy,
    });
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGINT' });
  });

  it('may be a shell with job control', async () => {
    const typing: Typing = [
      ['now>', 'sh -c "echo run""ning; exec sleep 1000"\n'],
      ['running', '\x1a'],
      ['Stopped', 'kill -KILL %1; fg; echo x > x; exit 4\n'],
    ];
    const shell = 'exec bash --norc --noprofile -i';
    const { result, screen } = await onTerminal(shell, typing, { strategy, env: { PS1: 'now>' } });
    expect(screen).toContain('Stopped');
    expect(result).toMatchObject({ exitCode: 4, changes: [{ path: 'x' }] });
  });

  it('is ended by its time, with what it started', async () => {
    const command = '(sleep 1000 &); sleep 1000';
    const { result } = await onTerminal(command, [], { strategy, timeout: 500 });
    expect(result).toMatchObject({ timedOut: true, exitCode: null });
    expect(await markedProcesses(result.commandId)).toEqual([]);
  });
}

describe('a command with the terminal in a directory', () => describeTerminal('directory'));

await describeOverlay('standard', 'a command with the terminal in an overlay', () =>
  describeTerminal('overlay'),
);

describe('options of a command with the terminal', () => {
  it.each([
    { options: { input: 'x' }, name: 'input' },
    { options: { capture: true }, name: 'capture' },
    { options: { tty: 1 }, name: 'tty' },
  ])('do not go with $name', async ({ options }) => {
    const { code } = await onTerminal('touch never', [], options);
    expect(code).toBe('INVALID_ARGUMENT');
  });
});

describe('without a terminal', () => {
  it('a command that wants one is refused, and nothing is touched', async () => {
    const project = new TestProject({ 'a.txt': 'a\n' });
    const host = ['--input-type=module', '-e', await hostScript({}), project.dir, 'touch never'];
    const running = promisify(execFile)(process.execPath, host);
    running.child.stdin?.end();
    const { stdout } = await running;
    expect(JSON.parse(stdout.replace('outcome', ''))).toEqual({
      code: 'NOT_A_TERMINAL',
      listeners: 0,
    });
  });

  it('streams and background runs are refused whatever the input is', async () => {
    const { workspace } = await setUp();
    const options: object = { tty: true };
    for (const start of [
      () => workspace.runStream('true', options),
      () => workspace.start('true', options),
    ]) {
      expect(start).toThrow(/tty|terminal/);
    }
  });
});
