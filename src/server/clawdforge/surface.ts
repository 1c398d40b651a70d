/** The surface of clawdforge: `agentfs serve --forge 8800`. */

import type { ServerCore } from '../core/server-core.ts';
import type { StartedSurface, Surface } from '../core/surface.ts';
import { openHttp } from '../http/open-http.ts';
import { answerOf } from './answers.ts';
import { forgeApp } from './app.ts';
import { ForgeSessions } from './sessions.ts';
import { TurnQueue } from './turn-queue.ts';
import { Uploads } from './uploads.ts';

/** How it is served. */
export interface ForgeSurfaceOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
  /** Sessions that are open at a time; default 64. */
  readonly maxSessions?: number | undefined;
  /** Seconds without a turn after which a session is closed; default 3,600. */
  readonly sessionTtlSecs?: number | undefined;
  /** Seconds after which a closed session is forgotten, with its workspace; default 86,400. */
  readonly sessionHardTtlSecs?: number | undefined;
}

/** The surface, when it listens. */
export interface StartedForge extends StartedSurface {
  /** Closes idle sessions, and forgets old ones and expired files; happens by itself every minute. */
  sweep(): Promise<void>;
}

/** Started, it can be swept by hand. */
export interface ForgeSurface extends Surface<ForgeSurfaceOptions> {
  start(core: ServerCore, options: ForgeSurfaceOptions): Promise<StartedForge>;
}

const SWEEP_MS = 60_000;
const MAX_BODY_BYTES: number = 64 * 1024 * 1024;

/** Speaks with clients of clawdforge. */
export const forgeSurface: ForgeSurface = { name: 'forge', start };

async function start(core: ServerCore, options: ForgeSurfaceOptions): Promise<StartedForge> {
  const { host = '127.0.0.1', port, maxSessions: most = 64 } = options;
  const { sessionTtlSecs = 3600, sessionHardTtlSecs = 86_400 } = options;
  const stop = new AbortController();
  const turns = new TurnQueue();
  const times = { idleMs: sessionTtlSecs * 1000, keptMs: sessionHardTtlSecs * 1000 };
  const sessions = new ForgeSessions(core, { most, ...times }, turns);
  const uploads = new Uploads(core);
  const app = forgeApp({ core, sessions, turns, uploads, stopping: stop.signal });
  const http = await openHttp(
    core,
    { surface: 'forge', host, port, maxBodyBytes: MAX_BODY_BYTES, answerOf },
    app,
  );
  const sweep = async (): Promise<void> => {
    await sessions.sweep();
    await uploads.sweep();
  };
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => core.logger.error('A sweep failed.', { error }));
  }, SWEEP_MS).unref();
  return {
    addresses: http.addresses,
    sweep,
    async close() {
      clearInterval(timer);
      // Nobody would wait for the end of a daemon as long as agents may take.
      stop.abort();
      await http.close();
    },
  };
}
