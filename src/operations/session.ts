/** Several commands in one set-up, which find each other's files; they end with the client. */

import * as z from 'zod';
import type { RunSession } from '../index.ts';
import { workspaceField } from './fields.ts';
import type { Held } from './holdings.ts';
import { define, type Operation } from './operation.ts';
import {
  checkpointForm,
  checkpointShape,
  follow,
  isolationFields,
  runFields,
  runForm,
  runShape,
  waitField,
} from './run-shape.ts';

const sessionField = z.string().describe('The id that session.open has given.');

/** A session that a client has opened. */
class HeldSession implements Held {
  readonly session: RunSession;
  readonly #workspaceId: string;
  #isOver = false;

  constructor(session: RunSession, workspaceId: string) {
    this.session = session;
    this.#workspaceId = workspaceId;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get occupied(): string | undefined {
    return this.#isOver ? undefined : this.#workspaceId;
  }

  /** What was not taken at a checkpoint is dropped with its client, as when a process dies. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.session.discard().catch(() => undefined);
  }
}

/** The operations on sessions. */
export const SESSION_OPERATIONS: readonly Operation[] = [
  define({
    name: 'session.open',
    title: 'Open a session',
    summary: 'Sets a workspace up for several commands, and keeps others waiting until its end.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({ workspace: workspaceField, waitMs: waitField, ...isolationFields }),
    output: z.strictObject({
      session: sessionField,
      strategy: z.enum(['overlay', 'directory']),
      isolation: z.string().describe('What its commands are kept from.'),
    }),
    run: async ({ afs, holdings, signal }, { workspace: name, waitMs, ...options }) => {
      const workspace = await afs.workspace.get(name);
      holdings.requireFree(workspace);
      const session = await workspace.session({ ...options, wait: waitMs, signal });
      try {
        const [id] = holdings.add('session', () => new HeldSession(session, workspace.id));
        const { strategy, isolation } = session;
        return { session: id, strategy, isolation: isolation.description };
      } catch (error) {
        await session.discard();
        throw error;
      }
    },
  }),
  define({
    name: 'session.run',
    title: 'Run a command in a session',
    summary: 'Runs a command in the files that the ones before it have left; nothing counts yet.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({ session: sessionField, ...runFields }),
    output: runShape,
    run: async (context, { session: id, command, stream, timeoutMs, maxOutputBytes, ...rest }) => {
      const { holdings, signal } = context;
      const { session } = holdings.find(HeldSession, id);
      const options = { ...rest, maxBuffer: maxOutputBytes, timeout: timeoutMs, signal };
      return runForm(await follow(session.runStream(command, options), context, stream));
    },
  }),
  define({
    name: 'session.checkpoint',
    title: 'Take in what a session has changed',
    summary: 'Takes what the commands of a session have changed into its workspace, as one step.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({ session: sessionField }),
    output: checkpointShape,
    run: async ({ holdings }, { session: id }) =>
      checkpointForm(await holdings.find(HeldSession, id).session.checkpoint()),
  }),
  define({
    name: 'session.close',
    title: 'Close a session',
    summary: 'Takes a last checkpoint, or drops what came after the last one, and ends a session.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({
      session: sessionField,
      discard: z.boolean().default(false).describe('Drops what was changed since a checkpoint.'),
    }),
    output: checkpointShape,
    run: async ({ holdings }, { session: id, discard }) => {
      const held = holdings.find(HeldSession, id);
      holdings.drop(id);
      if (discard) await held.end();
      return checkpointForm(await held.session.close());
    },
  }),
];
