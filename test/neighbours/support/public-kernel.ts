/**
 * A kernel that answers as the public one does, byte for byte where its clients could tell, at both
 * ages: what its replies are called, and what they lack. It shares no code with the client.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenDone } from '../../support/when-done.ts';

/** Which version it is: that of the reference, or a later one. */
export type Age = 'early' | 'late';

export interface Received {
  readonly opcode: number;
  readonly agentId: number;
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What it answers, by opcode. */
const EARLY: Readonly<Record<number, (request: Fields) => unknown>> = {
  1: () => ({
    success: false,
    content: '',
    error: 'LLM not configured (set GEMINI_API_KEY)',
  }),
  2: () => ({ success: true, stdout: 'out and err\n', stderr: '', exit_code: 0 }),
  3: ({ path }) =>
    path === '/there'
      ? { success: true, content: 'héllo', size: 6 }
      : { success: false, content: '', size: 0, error: 'failed to open file' },
  4: ({ content }) => ({ success: true, bytes_written: Buffer.byteLength(String(content)) }),
  16: ({ name, script }) =>
    script === ''
      ? { error: 'script path required' }
      : { id: 2, name, pid: 99, restart_policy: 'never', status: 'running' },
  17: ({ name }) => ({ killed: name === 'worker', agent_id: name === 'worker' ? 2 : 0 }),
  18: () => [{ id: 2, name: 'worker', pid: 99, running: true }],
  32: ({ to }) => ({ success: true, delivered_to: to ?? 2 }),
  33: () => ({
    success: true,
    count: 1,
    messages: [{ from: 1, from_name: 'orchestrator', message: { user_key: 1 }, age_ms: 7 }],
  }),
  64: () => ({ success: true, permissions: { can_exec: true, max_exec_time_ms: 30_000 } }),
  97: () => ({ success: true }),
  98: () => ({
    success: true,
    count: 1,
    events: [
      { type: 'CUSTOM', data: { user_key: 1 }, source_agent_id: 1, timestamp: Date.now() - 5000 },
    ],
  }),
  99: ({ event }) => ({ success: true, event: event ?? 'CUSTOM' }),
  192: () => ({
    success: true,
    metrics: { cpu: { percent: 1, per_core: [1], load_avg: [1, 2, 3] } },
  }),
};

const LATE: typeof EARLY = {
  ...EARLY,
  2: ({ async }) =>
    async === false
      ? { success: true, stdout: 'out\n', stderr: '', exit_code: 0 }
      : { success: true, async: true, request_id: 1, status: 'accepted' },
  18: () => [{ id: 2, name: 'worker', pid: 99, state: 'RUNNING', uptime_ms: 12 }],
  33: () => ({
    success: true,
    count: 1,
    messages: [{ from_id: 1, from_name: 'orchestrator', message: 'hi', age_ms: 7 }],
  }),
  254: () => ({ success: true, protocol_version: 1, kernel_version: '0.1.0', features: {} }),
};

/** A kernel of the test's own. */
export class PublicKernel {
  readonly path: string;
  readonly received: Received[] = [];
  readonly #sockets = new Set<Socket>();

  static async start(age: Age): Promise<PublicKernel> {
    const kernel = new PublicKernel();
    const replies = age === 'early' ? EARLY : LATE;
    let agents = 0;
    const server = createServer((socket) => {
      agents += 1;
      kernel.#serve(socket, agents, replies);
    });
    await new Promise<void>((resolve) => server.listen(kernel.path, resolve));
    whenDone(async () => {
      kernel.drop();
      await new Promise((resolve) => server.close(resolve));
      if (existsSync(kernel.path)) rmSync(kernel.path);
    });
    return kernel;
  }

  private constructor() {
    const directory = mkdtempSync(join(tmpdir(), 'agentfs-kernel-'));
    whenDone(() => rmSync(directory, { recursive: true, force: true }));
    this.path = join(directory, 'clove.sock');
  }

  /** Ends all connections. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket, agentId: number, replies: typeof EARLY): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 17) {
        const end = 17 + Number(rest.readBigUInt64LE(9));
        if (rest.length < end) return;
        const opcode = rest.readUInt8(8);
        const text = rest.toString('utf8', 17, end);
        this.received.push({ opcode, agentId: rest.readUInt32LE(4), text });
        rest = rest.subarray(end);
        socket.write(frame(agentId, opcode, answer(replies, opcode, text)));
      }
    });
  }
}

function answer(replies: typeof EARLY, opcode: number, text: string): string {
  if (opcode === 0xff) return 'goodbye';
  const reply = replies[opcode];
  // The public kernel sends back what it does not understand.
  return reply === undefined ? text : JSON.stringify(reply(JSON.parse(text || '{}')));
}

function frame(agentId: number, opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(17);
  header.write('TNGA', 'latin1');
  header.writeUInt32LE(agentId, 4);
  header.writeUInt8(opcode, 8);
  header.writeBigUInt64LE(BigInt(payload.length), 9);
  return Buffer.concat([header, payload]);
}
