/** Our own surface over HTTP: the operations, jobs, events and tokens, MCP, and figures. */

import type { ServerCore } from '../core/server-core.ts';
import type { StartedSurface, Surface } from '../core/surface.ts';
import { openHttp } from '../http/open-http.ts';
import { apiApp } from './app.ts';
import { ApiClients } from './clients.ts';
import { RpcUpgrades } from './rpc-upgrade.ts';

/** Where it listens. */
export interface ApiOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** The surface. */
export const apiSurface: Surface<ApiOptions> = {
  name: 'api',
  start: async (core: ServerCore, { host, port }: ApiOptions): Promise<StartedSurface> => {
    const clients = new ApiClients(core);
    const upgrades = new RpcUpgrades(core);
    const { upgrade } = upgrades;
    const options = { surface: 'api', host, port, upgrade };
    const http = await openHttp(core, options, apiApp(core, clients));
    return {
      addresses: http.addresses,
      close: async () => {
        await Promise.all([clients.close(), upgrades.close()]);
        await http.close();
      },
    };
  },
};
