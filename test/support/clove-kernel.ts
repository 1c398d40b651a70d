/** A kernel of the daemon on a socket, with clients, for one test. */

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloveCalls, CloveClient, type EventType } from '../../src/neighbours/clove/index.ts';
import {
  type CloveOptions,
  cloveSurface,
  type StartedKernel,
} from '../../src/server/clove/surface.ts';
import type { CoreOptions } from '../../src/server/core/server-core.ts';
import { type TestCore, testCore } from './server-core.ts';
import type { TestFiles } from './test-project.ts';
import { whenDone } from './when-done.ts';

export interface TestKernel extends TestCore {
  readonly path: string;
  readonly started: StartedKernel;
  /** One more client, gone when the test has finished. */
  client(): CloveClient;
}

/** Starts one on a project with these files. */
export async function testKernel(
  files: TestFiles = {},
  {
    kernel = {},
    core: coreOptions = {},
  }: { readonly kernel?: Partial<CloveOptions>; readonly core?: Partial<CoreOptions> } = {},
): Promise<TestKernel> {
  const test = await testCore(files, coreOptions);
  const path = join(privateDirectory(), 'clove.sock');
  const started = await cloveSurface.start(test.core, { path, ...kernel });
  whenDone(() => started.close());
  const client = (): CloveClient => {
    const made = new CloveClient({ socketPath: path });
    whenDone(() => made.disconnect());
    return made;
  };
  return { ...test, path, started, client };
}

/** A new directory that is gone when the test has finished. */
export function privateDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-clove-'));
  chmodSync(directory, 0o700);
  whenDone(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A connection that says what it likes, and what has come back. */
export class RawConnection {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);

  static async open(path: string): Promise<RawConnection> {
    const socket = createConnection(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawConnection(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    whenDone(() => socket.destroy());
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
  }

  /** Sends a request by its bytes alone. */
  send(opcode: number, payload: string | Buffer = ''): void {
    this.socket.write(rawFrame(opcode, payload));
  }

  /** The replies so far. */
  replies(): { readonly agentId: number; readonly opcode: number; readonly text: string }[] {
    const found = [];
    let rest = this.#received;
    while (rest.length >= 17) {
      const end = 17 + Number(rest.readBigUInt64LE(9));
      if (rest.length < end) break;
      const text = rest.toString('utf8', 17, end);
      found.push({ agentId: rest.readUInt32LE(4), opcode: rest.readUInt8(8), text });
      rest = rest.subarray(end);
    }
    return found;
  }
}

/** A frame, made without the code under test. */
export function rawFrame(opcode: number, payload: string | Buffer = '', length?: bigint): Buffer {
  const bytes = Buffer.from(payload as string);
  const header = Buffer.alloc(17);
  header.write('TNGA', 'latin1');
  header.writeUInt8(opcode, 8);
  header.writeBigUInt64LE(length ?? BigInt(bytes.length), 9);
  return Buffer.concat([header, bytes]);
}

/** The data of events that have come, by type, until one of the wanted type is there. */
export async function eventsUntil(
  client: CloveCalls,
  type: EventType,
): Promise<{ readonly type: EventType; readonly data: Record<string, unknown> }[]> {
  const seen: { type: EventType; data: Record<string, unknown> }[] = [];
  for (;;) {
    const { events } = await client.pollEvents(100);
    for (const each of events) {
      seen.push({ type: each.type, data: each.data as Record<string, unknown> });
    }
    if (seen.some((each) => each.type === type)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
