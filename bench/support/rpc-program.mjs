/** `agentfs rpc` as a program in another language sees it: a process, and frames in its pipes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const END_OF_HEADER = '\r\n\r\n';

/** Frames over two streams. */
export class RpcConnection {
  #output;
  #answers = new Map();
  #rest = Buffer.alloc(0);
  #lastId = 0;

  constructor(input, output) {
    this.#output = output;
    input.on('data', (chunk) => this.#take(chunk));
  }

  /** The result of an operation. */
  ask(method, params) {
    this.#lastId += 1;
    const id = this.#lastId;
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    const length = Buffer.byteLength(body);
    this.#output.write(`Content-Length: ${length}${END_OF_HEADER}${body}`);
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  #take(chunk) {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const header = this.#rest.indexOf(END_OF_HEADER);
      if (header < 0) return;
      const start = header + END_OF_HEADER.length;
      const end = start + Number(this.#rest.toString('latin1', 'Content-Length: '.length, header));
      if (this.#rest.length < end) return;
      const { id, result, error } = JSON.parse(this.#rest.toString('utf8', start, end));
      this.#rest = this.#rest.subarray(end);
      const { resolve, reject } = this.#answers.get(id);
      this.#answers.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error.message));
    }
  }
}

/** The program, over its pipes. */
export class RpcProgram extends RpcConnection {
  #child;

  constructor(base) {
    const stdio = ['pipe', 'pipe', 'inherit'];
    const child = spawn(process.execPath, [PROGRAM, 'rpc', '--base', base], { stdio });
    super(child.stdout, child.stdin);
    this.#child = child;
  }

  async end() {
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }
}
