/** The daemon as a Clove kernel: a Unix socket that real Clove clients talk to. */

import { createServer, type Socket } from 'node:net';
import { AgentFSError } from '../../index.ts';
import { Slots } from '../core/limits.ts';
import type { ServerCore } from '../core/server-core.ts';
import { listenAt } from '../core/socket-file.ts';
import type { StartedSurface, Surface } from '../core/surface.ts';
import { serveConnection } from './connection.ts';
import { Kernel, type KernelOptions } from './kernel.ts';

/** Where the kernel listens, and how it works. */
export interface CloveOptions extends KernelOptions {
  /** Path of the socket. Clients look at `/tmp/clove.sock` unless told otherwise. */
  readonly path: string;
}

/** A kernel that listens. */
export interface StartedKernel extends StartedSurface {
  readonly kernel: Kernel;
}

const MOST_CONNECTIONS = 4096;
const CLOSING_MS = 2000;

/** The surface, whose kernel the relay works with. */
interface CloveSurface extends Surface<CloveOptions> {
  start(core: ServerCore, options: CloveOptions): Promise<StartedKernel>;
}

/** Speaks with Clove clients. */
export const cloveSurface: CloveSurface = { name: 'clove', start };

async function start(core: ServerCore, { path, ...options }: CloveOptions): Promise<StartedKernel> {
  const kernel = await Kernel.open(core, options, { socketPath: path, serve: serveConnection });
  /** Each with the promise that it is gone, and its agent with it. */
  const sockets = new Map<Socket, Promise<void>>();
  const slots = new Slots('connections', MOST_CONNECTIONS);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    const leave = connect(kernel, socket, slots);
    if (leave === undefined) return;
    const gone = new Promise<void>((resolve) => {
      socket.once('close', () => {
        sockets.delete(socket);
        leave();
        resolve();
      });
    });
    sockets.set(socket, gone);
  });
  server.on('error', (error) => core.logger.error('The Clove socket failed.', { error }));
  await listenAt(server, path);
  return {
    kernel,
    addresses: [`unix:${path}`],
    close: async () => {
      // Its path goes with it.
      server.close();
      await kernel.close();
      for (const socket of sockets.keys()) socket.destroySoon();
      const rest = setTimeout(() => {
        for (const socket of sockets.keys()) socket.destroy();
      }, CLOSING_MS);
      await Promise.all(sockets.values());
      clearTimeout(rest);
    },
  };
}

/** Takes a connection in; undefined when there are too many. */
function connect(kernel: Kernel, socket: Socket, slots: Slots): (() => void) | undefined {
  try {
    const leave = slots.take();
    const agent = kernel.connect();
    kernel.serve(socket, agent);
    return () => {
      leave();
      kernel.disconnect(agent);
    };
  } catch (error) {
    if (!(error instanceof AgentFSError)) throw error;
    kernel.core.logger.warn('A Clove connection was refused.', { error });
    socket.destroy();
    return undefined;
  }
}
