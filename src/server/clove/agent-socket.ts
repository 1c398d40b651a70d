/**
 * The socket by which a started agent finds the kernel. Each agent has its own, so that whoever
 * comes through it is that agent. Inside of a sandbox it lies where clients look for it by default,
 * in a directory that nobody outside sees.
 */

import { lstatSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Where an agent in a sandbox finds it. */
export const INSIDE = '/tmp/clove.sock';

const LOOK_MS = 5;

/** A socket for one agent, in one place at a time. */
export class AgentSocket {
  readonly #serve: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #path: string | undefined;

  constructor(serve: (socket: Socket) => void) {
    this.#serve = (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      serve(socket);
    };
  }

  /** Listens at a path of the host. */
  async listen(path: string): Promise<void> {
    await this.close();
    rmSync(path, { force: true });
    this.#path = path;
    await this.#listen(path);
  }

  /**
   * Listens inside of the sandbox that a process is about to enter; gives up when the process ends.
   * Nothing that the agent could run is there before: it waits for the socket.
   */
  async listenInside(pid: number): Promise<void> {
    await this.close();
    const ours = namespaceOf('self');
    for (;;) {
      const theirs = namespaceOf(pid);
      if (theirs === undefined) return;
      if (theirs !== ours) break;
      await delay(LOOK_MS);
    }
    const path = `/proc/${pid}/root${INSIDE}`;
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
    await this.#listen(path);
  }

  /** Takes nobody in any more, and ends the connections of a process that has outlived its agent. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
    this.#path = undefined;
  }

  async #listen(path: string): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, this.#serve);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const mask = process.umask(0o177);
      try {
        server.listen(path, resolve);
      } finally {
        process.umask(mask);
      }
    });
  }
}

/** The mount namespace of a process; undefined when it has ended. */
function namespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}
