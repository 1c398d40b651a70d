/**
 * JSON-RPC over HTTP: a request that asks to go on in the frames of `agentfs rpc` does so, with what
 * its token allows. For clients in other languages, which have one protocol for pipes, sockets and
 * other machines.
 */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AgentFSError, actingAs } from '../../index.ts';
import { serveSession } from '../../rpc/session.ts';
import { agentOf, type Principal, requireScope } from '../core/access.ts';
import { gateFor } from '../core/operation-access.ts';
import type { Project } from '../core/project.ts';
import type { ServerCore } from '../core/server-core.ts';
import { bearerIn } from '../http/request.ts';
import type { Upgrade } from '../http/upgrade.ts';

const PATH = '/api/v1/rpc';
const PROTOCOL = 'agentfs-rpc';

/** The sessions that go on over connections which were HTTP before. */
export class RpcUpgrades {
  readonly #core: ServerCore;
  readonly #open = new Set<Promise<void>>();

  constructor(core: ServerCore) {
    this.#core = core;
  }

  /**
   * Lets a request go on as a session.
   *
   * @throws {AgentFSError} UNAUTHENTICATED, PERMISSION_DENIED, PROJECT_NOT_FOUND, RATE_LIMITED;
   *   ENOENT for another path or protocol.
   */
  readonly upgrade: Upgrade = (incoming) => {
    const [path] = (incoming.url ?? '').split('?');
    if (path !== PATH || incoming.headers.upgrade?.toLowerCase() !== PROTOCOL) {
      throw new AgentFSError('ENOENT', `There is no such protocol at ${path}.`, {
        hint: `Ask for ${PATH} with Upgrade: ${PROTOCOL}.`,
      });
    }
    const { headers, socket } = incoming;
    const token = bearerIn(headers.authorization);
    const address = socket.remoteAddress ?? '';
    const principal = this.#core.enter({ token, address });
    requireScope(principal, 'read');
    const project = this.#core.projects.get(projectOf(incoming), principal);
    return {
      protocol: PROTOCOL,
      serve: (connection) => {
        const session = this.#serve(principal, project, connection);
        const over = session.finally(() => this.#open.delete(over));
        this.#open.add(over);
        return over;
      },
    };
  };

  /** Waits for the sessions, which end with the daemon. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#open);
  }

  async #serve(principal: Principal, project: Project, socket: Duplex): Promise<void> {
    const { version, stopping: signal } = this.#core;
    const gate = gateFor(this.#core, project, principal);
    const { afs } = project;
    try {
      await actingAs(agentOf(principal), () =>
        serveSession({
          ...{ afs, input: socket, output: socket, version, readOnly: false, gate, signal },
        }),
      );
    } finally {
      socket.end();
    }
  }
}

function projectOf({ headers }: IncomingMessage): string | undefined {
  const name = headers['x-agentfs-project'];
  return typeof name === 'string' ? name : undefined;
}
