/**
 * A real terminal with a shell in it, for tests of what only people see. tmux holds it. What is typed
 * too early is lost, or read by a program that is ending: so a line waits for a prompt that no other
 * line was typed at, which is why prompts have numbers; they also tell how the last line has ended.
 */

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

/** Far more than anything takes, also on a machine with much else to do. */
const PATIENCE_MS = 60_000;

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

/** Sets what the prompt shows: how many there were, and the status of the last line. */
const PROMPT = { PROMPT_COMMAND: 'prompts=$((prompts + 1))', PS1: '$prompts:$?> ' };

/** A terminal that shows a prompt, in the directory of a project, with `agentfs` on the path. */
export class Terminal {
  readonly #server: string;
  readonly #record: string;
  readonly #env: Readonly<Record<string, string>>;
  /** The prompt at which a line was typed last. */
  #used = 0;

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
    const own = { PATH: path, ...PROMPT, HISTFILE: '', TMUX_TMPDIR: project.home };
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
    await terminal.#prompt();
    return terminal;
  }

  /** Types a command and Return, at the next prompt. */
  async enter(line: string): Promise<void> {
    await this.type(line);
    await this.press('Enter');
  }

  /** Types as it stands, at the next prompt. */
  async type(text: string): Promise<void> {
    const { number } = await this.#prompt();
    this.#used = number;
    await this.#tmux('send-keys', '-l', text);
  }

  /** Types a line and Return, for the program that runs. */
  async answer(line: string): Promise<void> {
    await this.#tmux('send-keys', '-l', line);
    await this.press('Enter');
  }

  /** Presses keys, as tmux names them: `Enter`, `C-c`, `Tab`, `Down`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  /** What can be seen. */
  async screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p');
  }

  /** Waits until something can be seen from the last prompt on, and returns all that is there. */
  async waitFor(wanted: string | RegExp): Promise<string> {
    let seen = '';
    const isSeen = expect.toSatisfy((text: string) =>
      typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text),
    );
    const look = async (): Promise<string> => {
      const screen = await this.screen();
      const typed = screen.search(new RegExp(`^${this.#used}:\\d+>`, 'm'));
      // Without that prompt the screen was cleared, or taken by a program.
      seen = typed < 0 ? screen : screen.slice(typed);
      return seen;
    };
    await expect.poll(look, { timeout: PATIENCE_MS, interval: 50 }).toEqual(isSeen);
    return seen;
  }

  /** Waits until the line that was entered has ended, and returns the status that it ended with. */
  async status(): Promise<number> {
    return (await this.#prompt()).status;
  }

  /** All that was written to the terminal, control characters included, once `last` is among it. */
  async recorded(last: string): Promise<string> {
    const record = (): string => readFileSync(this.#record, 'utf8');
    await expect.poll(record, { timeout: PATIENCE_MS }).toContain(last);
    return record();
  }

  /** Waits for a prompt at which nothing was typed yet. */
  async #prompt(): Promise<{ readonly number: number; readonly status: number }> {
    const seen = await this.waitFor(new RegExp(`^${this.#used + 1}:\\d+> *$`, 'm'));
    const status = new RegExp(`^${this.#used + 1}:(\\d+)>`, 'm').exec(seen)?.[1];
    return { number: this.#used + 1, status: Number(status) };
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    // What is in the terminal inherits the environment of whoever starts it.
    const options = { env: this.#env };
    const { stdout } = await run('tmux', ['-L', this.#server, '-f', '/dev/null', ...args], options);
    return stdout;
  }
}
