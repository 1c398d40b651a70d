/** A Unix socket in the file system: for its user alone, and never in the place of another. */

import { once } from 'node:events';
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { dirname } from 'node:path';
import { AgentFSError } from '../../index.ts';

/** What the kernel has room for in an address, without the byte that ends it. */
export const MOST_PATH_BYTES = 107;

/**
 * Has a server listen at a path. What a daemon that has died left there goes away.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a path that is too long, that something else than a
 *   socket is at, or where somebody listens.
 */
export async function listenAt(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    throw refused(`The path of a socket has at most ${MOST_PATH_BYTES} bytes: ${path}`);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined) {
    if (!there.isSocket()) throw refused(`${path} is there already, and no socket.`);
    if (await isAnswered(path)) throw refused(`Somebody listens at ${path} already.`);
    rmSync(path, { force: true });
  }
  // Made with the mode that it is to have; nobody else can connect in between.
  const mask = process.umask(0o177);
  try {
    server.listen({ path, backlog: 1024 });
  } finally {
    process.umask(mask);
  }
  await once(server, 'listening');
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function refused(message: string): AgentFSError {
  return new AgentFSError('INVALID_ARGUMENT', message, {
    hint: 'Remove what is there, or choose another path, as by --clove PATH.',
  });
}
