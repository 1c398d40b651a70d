/** A real terminal with a shell in it, for tests of what only people see. tmux holds it. */

import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import type { CliProject } from './cli.ts';
import { programOnPath } from './program-on-path.ts';

const run = promisify(execFile);

/** How the terminal is. */
export interface TerminalOptions {
  /** Default 100. */
  readonly columns?: number;
  /** Default 30. */
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Whether there can be terminals; says so when there cannot. */
export function hasTerminal(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('skipped: terminals, as tmux is not installed');
    return false;
  }
}

/** A terminal that shows a prompt, in the directory of a project, with `agentfs` on the path. */
export class Terminal {
  readonly #server: string;
  readonly #record: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(server: string, record: string, env: Readonly<Record<string, string>>) {
    this.#server = server;
    this.#record = record;
    this.#env = env;
  }

  /** Opens one; it is gone when the test has finished. */
  static async open(project: CliProject, options: TerminalOptions = {}): Promise<Terminal> {
    const { columns = 100, rows = 30, env = {} } = options;
    const server = `agentfs-${randomUUID()}`;
    const record = join(tmpdir(), `${server}.txt`);
    const path = await programOnPath(project.home);
    const own = { PATH: path, PS1: '> ', HISTFILE: '', TMUX_TMPDIR: project.home };
    const variables = project.environment({ ...own, ...env });
    const terminal = new Terminal(server, record, variables);
    const shell = ['bash', '--noprofile', '--norc', '-i'];
    const size = ['-x', String(columns), '-y', String(rows)];
    onTestFinished(async () => {
      await terminal.#tmux('kill-server');
      rmSync(record, { force: true });
    });
    await terminal.#tmux('new-session', '-d', ...size, '-c', project.dir, ...shell);
    await terminal.#tmux('pipe-pane', `cat > '${record}'`);
    await terminal.waitFor(/^>/m);
    return terminal;
  }

  /** Types a line and Return. */
  async enter(line: string): Promise<void> {
    await this.#tmux('send-keys', '-l', line);
    await this.press('Enter');
  }

  /** Types as it stands. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** Presses keys, as tmux names them: `Enter`, `C-c`, `Tab`, `Down`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  /** What can be seen. */
  async screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p');
  }

  /** Waits until something can be seen, and returns all that can be. */
  async waitFor(wanted: string | RegExp): Promise<string> {
    let seen = '';
    const isSeen = expect.toSatisfy((text: string) =>
      typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text),
    );
    const look = async (): Promise<string> => {
      seen = await this.screen();
      return seen;
    };
    await expect.poll(look, { timeout: 20_000, interval: 50 }).toEqual(isSeen);
    return seen;
  }

  /** Waits until the line that was entered has ended, and returns the status that it ended with. */
  async status(): Promise<number> {
    const mark = randomUUID().slice(0, 8);
    // What is typed while a command still has the terminal is the command's.
    await this.waitFor(/^> *$/m);
    await this.enter(`echo "${mark}=$?"`);
    const seen = await this.waitFor(new RegExp(`^${mark}=\\d+$`, 'm'));
    return Number(new RegExp(`^${mark}=(\\d+)$`, 'm').exec(seen)?.[1]);
  }

  /** All that was ever written to the terminal, control characters included. */
  recorded(): string {
    return readFileSync(this.#record, 'utf8');
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    // What is in the terminal inherits the environment of whoever starts it.
    const options = { env: this.#env };
    const { stdout } = await run('tmux', ['-L', this.#server, '-f', '/dev/null', ...args], options);
    return stdout;
  }
}
