/**
 * What the program prints: data to standard output, words to standard error. A reader that has left
 * (`agentfs log | head -1`) is no error, and stops nothing that is under way.
 */

import picocolors from 'picocolors';
import type { Globals } from './globals.ts';
import { inJson, manyLines, styledLine } from './visible.ts';

/** Functions that colour text, or leave it as it is. */
export type Style = ReturnType<typeof picocolors.createColors>;

/** The two outputs of the program. */
export class Output {
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;
  readonly #env: NodeJS.ProcessEnv;
  readonly #closed = new AbortController();
  #quiet = false;
  #color: boolean | undefined;
  #isColorConfigured = true;
  #statusLines = 0;

  constructor(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#env = env;
    for (const stream of [stdout, stderr]) {
      stream.on('error', () => this.#closed.abort());
    }
  }

  /** Follows the global options, and where these say nothing, the configuration. */
  configure({ quiet, color }: Pick<Globals, 'quiet' | 'color'>, isColorConfigured = true): void {
    this.#quiet = quiet;
    this.#color = color;
    this.#isColorConfigured = isColorConfigured;
  }

  /** Fires when the reader of the output is gone: for what would print for ever. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether people look at the output. */
  get isTerminal(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** Columns of the terminal; undefined when the output is none. */
  get width(): number | undefined {
    return this.isTerminal ? this.#stdout.columns || 80 : undefined;
  }

  /** Rows of the terminal. */
  get height(): number {
    return this.#stdout.rows || 24;
  }

  /** Colours for data. */
  get style(): Style {
    return picocolors.createColors(this.#wantsColors(this.#stdout));
  }

  /** Colours for words. */
  get errorStyle(): Style {
    return picocolors.createColors(this.#wantsColors(this.#stderr));
  }

  /** Prints text of many lines: as it stands to programs, to people without anything hidden. */
  async printText(text: string): Promise<void> {
    await this.write(this.isTerminal ? manyLines(text) : text);
  }

  /** Prints data as it stands; waits while the reader is slow, so that memory stays flat. */
  async write(data: string | Uint8Array): Promise<void> {
    this.clearStatus();
    if (this.#closed.signal.aborted || this.#stdout.write(data)) return;
    await new Promise<void>((resolve) => {
      this.#stdout.once('drain', resolve);
      this.#closed.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Prints lines of data, each without anything hidden. */
  async print(...lines: readonly string[]): Promise<void> {
    await this.write(lines.map((line) => `${styledLine(line)}\n`).join(''));
  }

  /** Prints a value as JSON, two spaces deep unless `indent` says otherwise. */
  async json(value: unknown, indent = 2): Promise<void> {
    await this.write(`${inJson(JSON.stringify(value, undefined, indent))}\n`);
  }

  /** Says what was done; not with `--quiet`. */
  say(words: string): void {
    if (!this.#quiet) this.complain(words);
  }

  /** Says what people must know even with `--quiet`. */
  complain(words: string): void {
    this.clearStatus();
    this.#stderr.write(`${styledLine(words)}\n`);
  }

  /** Shows how far something has come, in lines that the next output replaces. */
  showStatus(...lines: readonly string[]): void {
    if (!this.showsStatus) return;
    this.clearStatus();
    this.#statusLines = lines.length;
    const width = (this.#stderr.columns || 80) - 1;
    this.#stderr.write(lines.map((line) => styledLine(line).slice(0, width)).join('\n'));
  }

  /** Removes those lines. */
  clearStatus(): void {
    if (this.#statusLines === 0) return;
    this.#stderr.write(`\r\x1b[2K${'\x1b[1A\x1b[2K'.repeat(this.#statusLines - 1)}`);
    this.#statusLines = 0;
  }

  /** Whether anybody sees them. */
  get showsStatus(): boolean {
    return !this.#quiet && this.#stderr.isTTY === true && this.#env['TERM'] !== 'dumb';
  }

  /** https://no-color.org; FORCE_COLOR is what other programs of Node go by. */
  #wantsColors(stream: NodeJS.WriteStream): boolean {
    const forced = this.#env['FORCE_COLOR'];
    if (this.#color !== undefined) return this.#color;
    if (this.#env['NO_COLOR']) return false;
    if (forced !== undefined) return forced !== '0' && forced !== 'false';
    return this.#isColorConfigured && stream.isTTY === true && this.#env['TERM'] !== 'dumb';
  }
}
