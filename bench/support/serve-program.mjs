/** `agentfs serve` as its clients see it: a process of its own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export class ServeProgram {
  #child;

  constructor(base, args) {
    const stdio = ['ignore', 'ignore', 'inherit'];
    this.#child = spawn(process.execPath, [PROGRAM, 'serve', '--quiet', '--base', base, ...args], {
      stdio,
    });
  }

  /** Waits until somebody listens at a Unix socket. */
  async listensAt(path) {
    while (!(await isAnswered(path))) {
      if (this.#child.exitCode !== null) throw new Error('agentfs serve has ended');
      await delay(20);
    }
  }

  /** What is resident now, in MB. */
  residentMegabytes() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(status) ?? [];
    return (Number(kibibytes) * 1024) / 1e6;
  }

  async end() {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
  }
}

function isAnswered(path) {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
