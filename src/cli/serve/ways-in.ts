/** How a daemon is reached, for people and for programs. */

import type { Daemon } from '../../server/daemon.ts';
import { labelled } from '../print/answer.ts';

/** The ways in. */
export interface WaysIn {
  readonly lines: readonly string[];
  readonly json: object;
  /** All addresses. */
  readonly addresses: readonly string[];
}

/** Tells of them. */
export function waysIn({ core, addressesOf }: Daemon): WaysIn {
  const { all, first } = core.projects;
  const { rpc: _, api = [], ...others } = addressesOf(first);
  const [http] = api;
  const sockets = all.map((project) => addressesOf(project)['rpc']?.[0] ?? '');
  const rows: [string, string | null][] = [
    ['API', http === undefined ? null : `${http}/api/v1, described at /api/v1/openapi.json`],
    ['MCP', http === undefined ? null : `${http}/mcp`],
    ...sockets.map((address): [string, string] => ['JSON-RPC', address]),
    ...Object.entries(others).map(([name, found]): [string, string] => [name, found.join(', ')]),
  ];
  return {
    lines: [
      `Serving ${all.map(({ afs }) => afs.basePath).join(', ')}`,
      ...labelled(rows).map((line) => `  ${line}`),
      ...(http === undefined ? [] : ['Clients over HTTP need a token: agentfs token create NAME']),
    ],
    addresses: [...new Set(all.flatMap((project) => Object.values(addressesOf(project)).flat()))],
    json: {
      pid: process.pid,
      projects: all.map((project) => ({
        name: project.name,
        base: project.afs.basePath,
        addresses: addressesOf(project),
      })),
    },
  };
}
