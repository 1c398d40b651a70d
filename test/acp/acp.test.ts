import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CliProject, cliProject } from '../support/cli.ts';
import { isRunning, until } from '../support/processes.ts';

const AGENT = fileURLToPath(new URL('agent.mjs', import.meta.url));

/** The editor's side of a talk with `agentfs acp`. */
class Editor {
  readonly child: ChildProcess;
  /** What came besides answers. */
  readonly heard: Record<string, unknown>[] = [];
  readonly #answers = new Map<unknown, (message: Record<string, unknown>) => void>();
  #next = 1;

  constructor(child: ChildProcess) {
    this.child = child;
    if (child.stdout === null) throw new Error('There is no output.');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message: Record<string, unknown> = JSON.parse(line);
      if ('method' in message) this.heard.push(message);
      else this.#answers.get(message['id'])?.(message);
    });
  }

  static async start(project: CliProject, args: readonly string[] = []): Promise<Editor> {
    const words = ['acp', '-w', 'v', ...args, '--', process.execPath, AGENT];
    return new Editor(await project.start(words));
  }

  async ask(method: string, params: object): Promise<Record<string, unknown>> {
    const id = this.#next++;
    const answer = new Promise<Record<string, unknown>>((resolve) =>
      this.#answers.set(id, resolve),
    );
    this.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return answer;
  }

  /** What the agent is answered to these calls. */
  async calls(...calls: readonly (readonly [method: string, params: object])[]): Promise<unknown> {
    const prompt = [{ type: 'text', text: JSON.stringify(calls) }];
    const { result } = await this.ask('session/prompt', { sessionId: 's', prompt });
    return Object(result)['answers'];
  }

  async end(): Promise<number | null> {
    const closed = once(this.child, 'close');
    this.child.stdin?.end();
    const [status] = await closed;
    return status;
  }
}

describe('an agent of the Agent Client Protocol', () => {
  it('reads and writes the files of a workspace, whatever its editor can', async () => {
    const project = await cliProject({ 'a.txt': '1\n2\n3\n' });
    const editor = await Editor.start(project);
    const hello = await editor.ask('initialize', {
      protocolVersion: 1,
      clientCapabilities: { fs: { readTextFile: false }, elicitation: {} },
    });
    expect(hello).toMatchObject({
      result: {
        heard: {
          clientCapabilities: {
            fs: { readTextFile: true, writeTextFile: true },
            terminal: true,
            elicitation: {},
          },
        },
      },
    });
    const path = project.path('a.txt');
    const answers = await editor.calls(
      ['fs/read_text_file', { path }],
      ['fs/read_text_file', { path, line: 2, limit: 1 }],
      ['fs/write_text_file', { path: project.path('b/c.txt'), content: 'new' }],
      ['fs/read_text_file', { path: project.path('b/c.txt') }],
      ['fs/read_text_file', { path: project.path('nothing') }],
      ['fs/read_text_file', { path: '/etc/hostname' }],
      ['fs/write_text_file', { path: project.path('.git/config'), content: '' }],
      ['fs/read_text_file', { path: 3 }],
    );
    expect(answers).toMatchObject([
      { content: '1\n2\n3\n' },
      { content: '2\n' },
      {},
      { content: 'new' },
      { code: -32_002, data: { code: 'ENOENT' } },
      { code: -32_602, message: "'/etc/hostname' is outside of the project." },
      { code: -32_602, data: { code: 'INVALID_PATH' } },
      { code: -32_602, message: 'path must be of type string.' },
    ]);
    expect(project.has('b/c.txt')).toBe(false);
    expect(await editor.end()).toBe(0);
    expect(await project.json(['status', 'v'])).toMatchObject({ added: [{ path: 'b/c.txt' }] });
  });

  it('runs commands there, and its editor is shown what they print', async () => {
    const project = await cliProject({ 'a.txt': 'one\n' });
    const editor = await Editor.start(project);
    const content = [{ type: 'terminal', terminalId: '$1' }];
    const update = { sessionUpdate: 'tool_call_update', toolCallId: 'c', content };
    const args = ['-c', 'cat a.txt; echo $NAME; echo made > made.txt; exit 3'];
    const env = [{ name: 'NAME', value: 'zwölf' }];
    const answers = await editor.calls(
      ['terminal/create', { command: 'sh', args, env, cwd: project.dir, outputByteLimit: 5 }],
      ['terminal/wait_for_exit', { terminalId: '$1' }],
      ['terminal/output', { terminalId: '$1' }],
      ['session/update', { update }],
      ['terminal/release', { terminalId: '$1' }],
      ['terminal/output', { terminalId: '$1' }],
      ['fs/read_text_file', { path: project.path('made.txt') }],
    );
    expect(answers).toMatchObject([
      { terminalId: expect.any(String) },
      { exitCode: 3, signal: null },
      { output: 'ölf\n', truncated: true, exitStatus: { exitCode: 3, signal: null } },
      {},
      { data: { code: 'NOT_OPEN' } },
      { content: 'made\n' },
    ]);
    expect(editor.heard).toMatchObject([
      {
        method: 'session/update',
        params: { update: { content: [{ content: { text: 'ölf\n' } }], toolCallId: 'c' } },
      },
    ]);
    const unknown = await editor.ask('session/unheard_of', {});
    expect(unknown).toMatchObject({ error: { code: -32_601 } });
    expect(await editor.end()).toBe(0);
  });

  it('is stopped with its commands when the editor vanishes', async () => {
    const project = await cliProject();
    const editor = await Editor.start(project);
    const stubborn = 'trap "" TERM; echo $$; while :; do sleep 1; done';
    await editor.calls(['terminal/create', { command: stubborn }]);
    const closed = once(editor.child, 'close');
    editor.child.stdin?.destroy();
    editor.child.stdout?.destroy();
    await closed;
    const { pid = 0 } = editor.child;
    await until(() => !isRunning(pid));
    expect(await project.run(['run', '-w', 'v', 'true'])).toMatchObject({ status: 0 });
  });

  it('that is not there is an error', async () => {
    const project = await cliProject();
    const missing = await project.run(['acp', '-w', 'v', '--', 'no-such-agent']);
    expect(missing).toMatchObject({ status: 1, stdout: '' });
    expect(missing.stderr).toContain("The agent 'no-such-agent' cannot be started (ENOENT).");
  });
});
