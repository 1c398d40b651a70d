/** `agentfs acp`: starts an agent of the Agent Client Protocol for an editor, in a workspace. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { AgentFSError } from '../../index.ts';
import { startProgram } from '../../primitives/start-program.ts';
import type { Call } from '../call.ts';
import { codeOf } from '../exit-status.ts';
import { WORKSPACE } from '../options/parameters.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface AcpFlags {
  readonly workspace?: string;
}

/** How long an agent may take to end when its editor has gone. */
const GRACE_MS = 1000;

export const verb: Verb = defineVerb<AcpFlags>({
  usage: '[options] [--] <command...>',
  arguments: [['<command...>', 'the agent program and its arguments']],
  passesThrough: true,
  options: [WORKSPACE],
  notes: `What the agent asks of its client, files and commands, is answered from the
workspace, which is created if needed. What it does by itself happens outside.`,
  examples: [
    ['agentfs acp -w zed -- gemini --experimental-acp', 'the command that an editor starts'],
    ['agentfs diff -w zed', 'what the agent has changed'],
  ],
  async run({ call, args: [file = '', ...args], flags }) {
    const name = await call.workspaceName(flags.workspace);
    const afs = await call.open({ create: true });
    if (!(await afs.workspace.exists(name))) {
      await afs.workspace.create(name, { signal: call.signal });
    }
    const { serveAcp } = await import('../../acp/proxy.ts');
    const roots = [afs.basePath, await call.base()];
    const child = await startAgent(call, { file, args, workspace: name, base: afs.basePath });
    const ended = once(child, 'exit');
    const stop = (): void => {
      child.kill();
      setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
    };
    call.signal.addEventListener('abort', stop, { once: true });
    process.stdin.once('end', () => setTimeout(stop, GRACE_MS).unref());
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error('The agent has no pipes.');
    try {
      await serveAcp({
        ...{ afs, workspace: name, roots },
        editor: { input: process.stdin, output: process.stdout },
        agent: { input: stdout, output: stdin },
      });
    } finally {
      stop();
    }
    await ended;
    call.exitStatus = child.exitCode ?? 128 + constants.signals[child.signalCode ?? 'SIGKILL'];
    const workspace = await afs.workspace.get(name);
    if ((await workspace.status()).hasChanges) {
      call.output.say(`Workspace ${name} has changes: agentfs diff -w ${name}`);
    }
  },
});

/** What is started, and where. */
interface Agent {
  readonly file: string;
  readonly args: readonly string[];
  readonly workspace: string;
  readonly base: string;
}

/** @throws {AgentFSError} COMMAND_NOT_STARTED */
async function startAgent(
  call: Call,
  { file, args, workspace, base }: Agent,
): Promise<ChildProcess> {
  const env = { ...call.env, AGENTFS_WORKSPACE: workspace, AGENTFS_BASE: base };
  const child = startProgram(file, args, { cwd: base, env, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child, 'spawn');
    return child;
  } catch (cause) {
    throw new AgentFSError(
      'COMMAND_NOT_STARTED',
      `The agent '${file}' cannot be started (${codeOf(cause)}).`,
      { cause, hint: 'Check its name, and that it is installed.' },
    );
  }
}
