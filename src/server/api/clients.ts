/** What the clients of the API hold between two requests, by principal and project. */

import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server';
import { mcpServers } from '../../mcp/server.ts';
import { Holdings } from '../../operations/holdings.ts';
import type { Gate } from '../../operations/table.ts';
import type { Principal } from '../core/access.ts';
import { gateFor } from '../core/operation-access.ts';
import type { Project } from '../core/project.ts';
import type { ServerCore } from '../core/server-core.ts';

/** One principal in one project. */
export interface ApiClient {
  readonly principal: Principal;
  readonly project: Project;
  readonly holdings: Holdings;
  readonly gate: Gate;
  /** Made when it is first asked for. */
  readonly mcp: () => McpHttpHandler;
}

interface Entry extends ApiClient {
  readonly close: () => Promise<void>;
}

const MAX_BODY_BYTES: number = 16 * 1024 * 1024;

/** Knows the clients. */
export class ApiClients {
  readonly #core: ServerCore;
  readonly #entries = new Map<string, Entry>();

  constructor(core: ServerCore) {
    this.#core = core;
  }

  /** The client that a principal is in a project. */
  get(principal: Principal, project: Project): ApiClient {
    const key = `${principal.id} ${project.name}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry = this.#make(principal, project);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Ends what they hold. */
  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.close()));
    this.#entries.clear();
  }

  #make(principal: Principal, project: Project): Entry {
    const holdings = new Holdings();
    const gate = gateFor(this.#core, project, principal);
    let handler: McpHttpHandler | undefined;
    const mcp = (): McpHttpHandler => {
      handler ??= createMcpHandler(
        mcpServers({
          ...{ open: async () => project.afs, holdings, gate, version: this.#core.version },
          workspace: onlyWorkspace(principal),
          groups: undefined,
          readOnly: !principal.scopes.includes('write'),
          allowRun: principal.scopes.includes('run'),
          currentWorkspace: () => undefined,
        }),
        { maxRequestBodySize: MAX_BODY_BYTES },
      );
      return handler;
    };
    const close = async (): Promise<void> => {
      await handler?.close();
      await holdings.end();
    };
    return { principal, project, holdings, gate, mcp, close };
  }
}

/** The one workspace that a principal reaches, when it is named and no pattern. */
function onlyWorkspace({ workspaces }: Principal): string | undefined {
  const [name, ...others] = workspaces;
  return others.length === 0 && name !== undefined && /^[\w.-]+$/.test(name) ? name : undefined;
}
