/** `agentfs serve` as its clients see it: a process of its own. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export class ServeProgram {
  #child;

  constructor(base, args) {
    const stdio = ['ignore', 'ignore', 'inherit'];
    this.#child = spawn(process.execPath, [PROGRAM, 'serve', '--quiet', '--base', base, ...args], {
      stdio,
      // A line for each request would be measured, too.
      env: { ...process.env, AGENTFS_LOG_LEVEL: 'warn' },
    });
  }

  /** Waits until somebody listens at a Unix socket. */
  async listensAt(path) {
    while (!(await isAnswered(path))) {
      if (this.#child.exitCode !== null) throw new Error('agentfs serve has ended');
      await delay(20);
    }
  }

  /** How it is reached, as it says itself once it can be. */
  async addresses(base) {
    const note = join(base, '.agentfs', 'serve.json');
    while (!existsSync(note)) {
      if (this.#child.exitCode !== null) throw new Error('agentfs serve has ended');
      await delay(20);
    }
    return JSON.parse(readFileSync(note, 'utf8')).addresses;
  }

  /** Makes a token for clients over HTTP. */
  token(base, name) {
    const args = [PROGRAM, 'token', 'create', name, '--quiet', '--base', base];
    return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
  }

  get pid() {
    return this.#child.pid;
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
