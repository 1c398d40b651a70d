/**
 * Prints the steps of the demo with what they cost, compares outcomes with what is expected, and
 * reports what differs on the error stream.
 */

import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { inspect, isDeepStrictEqual } from 'node:util';

const WIDTH = 78;
const INDENT = '    ';

/** An outcome that is not the expected one. */
export class UnexpectedOutcome extends Error {}

/** What the demo says, on a stream. Colours only on a terminal, and not with NO_COLOR. */
export class Report {
  #stream;
  #errorStream;
  #hasColour;
  #steps = 0;
  #checks = 0;

  constructor(stream, errorStream) {
    this.#stream = stream;
    this.#errorStream = errorStream;
    this.#hasColour = stream.isTTY === true && !process.env.NO_COLOR;
  }

  /** How many outcomes have been compared. */
  get checks() {
    return this.#checks;
  }

  heading(text) {
    this.#print(`\n${this.#paint(1, text)}`);
  }

  /** Does something, and says how long it took. */
  async step(title, action) {
    const started = performance.now();
    const result = await action();
    const cost = formatMilliseconds(performance.now() - started);
    this.#steps += 1;
    const label = `${String(this.#steps).padStart(2)}  ${title} `;
    const dots = '.'.repeat(Math.max(2, WIDTH - label.length - cost.length - 1));
    this.#print(`\n${label}${this.#paint(2, dots)} ${this.#paint(36, cost)}`);
    return result;
  }

  note(text) {
    this.#print(`${INDENT}${text}`);
  }

  /** Shows a text as it is: patches and messages. */
  quote(text) {
    for (const line of text.trimEnd().split('\n')) {
      this.#print(`${INDENT}${this.#paint(2, '|')} ${this.#paint(colourOfPatchLine(line), line)}`);
    }
  }

  /** @throws {UnexpectedOutcome} when the two differ. */
  expect(what, actual, expected) {
    if (!isDeepStrictEqual(actual, expected)) {
      const values = `expected ${inspect(expected)}\n     got ${inspect(actual)}`;
      throw new UnexpectedOutcome(`${what}:\n${values}`);
    }
    this.#checks += 1;
    this.#print(`${INDENT}${this.#paint(32, 'ok')} ${what}`);
  }

  failure(error) {
    const text = error instanceof UnexpectedOutcome ? error.message : inspect(error);
    this.#errorStream.write(`\nThe demo failed. ${text}\n`);
  }

  #print(line) {
    this.#stream.write(`${line}\n`);
  }

  #paint(code, text) {
    return this.#hasColour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** Bytes for people, in decimal units. */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `1 file`, `2 files`. */
export function count(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

function formatMilliseconds(milliseconds) {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

function colourOfPatchLine(line) {
  if (line.startsWith('+')) return 32;
  if (line.startsWith('-')) return 31;
  return line.startsWith('@@') ? 36 : 0;
}
