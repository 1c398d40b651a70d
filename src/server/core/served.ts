/**
 * Who serves a project: one daemon at a time, by a lease in its store, and `.agentfs/serve.json`
 * beside it, which says how it is reached.
 */

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentFSError } from '../../index.ts';
import {
  decodeProcessToken,
  encodeProcessToken,
  isAlive,
  processToken,
} from '../../primitives/process-token.ts';
import type { LeaseRow, Leases } from '../../store/leases.ts';
import type { ServiceStore } from '../../store/service-store.ts';

/** How each surface is reached, by its name. */
export type Addresses = Readonly<Record<string, readonly string[]>>;

/** What `.agentfs/serve.json` says. */
export interface ServeNote {
  readonly pid: number;
  readonly addresses: Addresses;
  /** ISO 8601. */
  readonly startedAt: string;
}

const LEASE = 'serve';
const BEAT_MS = 2000;
/** After this a daemon that cannot be seen from here, and whose heart does not beat, is gone. */
const STALE_MS = 8000;
const LOOK_MS = 250;

/** The right to serve a project, until it is given back. */
export class ServeLease {
  readonly #leases: Leases;
  readonly #grantId: string;
  readonly #notePath: string;
  readonly #heart: NodeJS.Timeout;

  private constructor(leases: Leases, grantId: string, notePath: string) {
    this.#leases = leases;
    this.#grantId = grantId;
    this.#notePath = notePath;
    this.#heart = setInterval(() => leases.beat(LEASE, grantId), BEAT_MS).unref();
  }

  /**
   * Takes the right; from a daemon that has died at once.
   *
   * @throws {AgentFSError} ALREADY_SERVED, with pid and addresses of the daemon that has it.
   */
  static async take(store: ServiceStore, basePath: string): Promise<ServeLease> {
    const notePath = notePathOf(basePath);
    const since = performance.now();
    let seen: LeaseRow | undefined;
    for (;;) {
      const grantId = randomUUID();
      const holder = tryTake(store, grantId);
      if (holder === undefined) return new ServeLease(store.leases, grantId, notePath);
      const isStill = seen === undefined || seen.heartbeat === holder.heartbeat;
      if (livenessOf(holder) === 'alive' || !isStill) throw alreadyServed(basePath);
      if (performance.now() - since > STALE_MS) store.leases.release(LEASE, holder.grantId);
      seen = holder;
      await delay(LOOK_MS);
    }
  }

  /** Writes down how the daemon is reached. */
  note(addresses: Addresses, startedAt: number): void {
    const note: ServeNote = {
      pid: process.pid,
      addresses,
      startedAt: new Date(startedAt).toISOString(),
    };
    mkdirSync(dirname(this.#notePath), { recursive: true, mode: 0o700 });
    // Whoever looks for it must not find half of it.
    const draft = `${this.#notePath}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(note, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.#notePath);
  }

  /** Gives the right back. */
  release(): void {
    clearInterval(this.#heart);
    rmSync(this.#notePath, { force: true });
    this.#leases.release(LEASE, this.#grantId);
  }
}

/** What the daemon of a project has written down; undefined when there is nothing. */
function readServeNote(basePath: string): ServeNote | undefined {
  try {
    const {
      pid,
      addresses = {},
      startedAt,
    }: Partial<ServeNote> = JSON.parse(readFileSync(notePathOf(basePath), 'utf8'));
    return typeof pid === 'number' ? { pid, addresses, startedAt: startedAt ?? '' } : undefined;
  } catch {
    // None, or half of one: what a daemon that has died may leave.
    return undefined;
  }
}

/** Takes the lease, or says who has it. */
function tryTake(store: ServiceStore, grantId: string): LeaseRow | undefined {
  return store.database.transaction(() => {
    const row = store.leases.get(LEASE);
    if (row !== undefined && livenessOf(row) !== 'dead') return row;
    store.leases.grant(LEASE, encodeProcessToken(processToken()), grantId);
    return undefined;
  });
}

function livenessOf({ holder }: LeaseRow): ReturnType<typeof isAlive> {
  const token = decodeProcessToken(holder);
  return token === undefined ? 'dead' : isAlive(token);
}

function alreadyServed(basePath: string): AgentFSError {
  const note = readServeNote(basePath);
  const addresses = Object.values(note?.addresses ?? {}).flat();
  const where = addresses.length === 0 ? '' : ` at ${addresses.join(', ')}`;
  const who = note === undefined ? 'Another daemon' : `The daemon with process id ${note.pid}`;
  return new AgentFSError('ALREADY_SERVED', `${who} serves ${basePath} already${where}.`, {
    path: basePath,
    hint: note === undefined ? 'Stop it first.' : `Use that one, or stop it: kill ${note.pid}.`,
    details: { pid: note?.pid ?? null, addresses },
  });
}

function notePathOf(basePath: string): string {
  return join(basePath, '.agentfs', 'serve.json');
}
