/** The surface of Ambient: `agentfs serve --ambient 8081`. */

import type { Rate } from '../core/limits.ts';
import type { ServerCore } from '../core/server-core.ts';
import type { StartedSurface, Surface } from '../core/surface.ts';
import { openHttp } from '../http/open-http.ts';
import { answerOf } from './answers.ts';
import { ambientApp } from './app.ts';
import { AmbientSessions } from './sessions.ts';

/** How it is served. */
export interface AmbientSurfaceOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
  /** Sessions that are under way at a time; default 64. */
  readonly maxSessions?: number | undefined;
  /** Seconds that the agent may take; default 3,600. */
  readonly taskSecs?: number | undefined;
  /** Requests of one address; default 100 a second, 200 at once. */
  readonly rate?: Rate | undefined;
  /** Whether repositories may be on this machine; default no. */
  readonly allowLocalRepos?: boolean | undefined;
}

const DEFAULT_RATE: Rate = { perSecond: 100, burst: 200 };

/** Speaks with clients of Ambient. */
export const ambientSurface: Surface<AmbientSurfaceOptions> = { name: 'ambient', start };

async function start(core: ServerCore, options: AmbientSurfaceOptions): Promise<StartedSurface> {
  const { host = '127.0.0.1', port, maxSessions: most = 64, taskSecs = 3600 } = options;
  const sessions = new AmbientSessions(core, { most, taskMs: taskSecs * 1000 });
  const { rate = DEFAULT_RATE, allowLocalRepos: mayBeLocal = false } = options;
  const app = ambientApp(core, sessions, { rate, mayBeLocal });
  const http = await openHttp(core, { surface: 'ambient', host, port, answerOf }, app);
  return {
    addresses: http.addresses,
    async close() {
      await sessions.close();
      await http.close();
    },
  };
}
