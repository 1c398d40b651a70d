/** Hearing of changes to a workspace, from any process. */

import { once } from 'node:events';
import * as z from 'zod';
import type { WorkspaceWatch } from '../index.ts';
import { countField, workspaceField } from './fields.ts';
import type { Held } from './holdings.ts';
import { define, type Operation } from './operation.ts';

const watchField = z.string().describe('The id that watch.open has given.');

const notice = z
  .strictObject({
    type: z.enum(['added', 'modified', 'deleted', 'renamed', 'mode']),
    path: z.string().describe("'' when there were too many: anything may have changed."),
    from: z.string().optional(),
    source: z.enum(['workspace', 'directory']).describe('Where it was made: the store, or files.'),
  })
  .meta({ id: 'ChangeNotice' });

type Notice = z.output<typeof notice>;

/** What may wait for a client. */
const MOST_NOTICES = 10_000;
const MOST_WAIT_MS = 60_000;

/** A watch that a client has opened, and what it has not told yet. */
class HeldWatch implements Held {
  readonly #watch: WorkspaceWatch;
  readonly #news = new EventTarget();
  #waiting: Notice[] = [];
  #isOver = false;

  constructor(watch: WorkspaceWatch) {
    this.#watch = watch;
    void this.#follow();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What has changed since the last call; when that is nothing, waits for something. */
  async take(waitMs: number, signal: AbortSignal): Promise<Notice[]> {
    if (this.#waiting.length === 0 && !this.#isOver && waitMs > 0) {
      const until = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
      await once(this.#news, 'news', { signal: until }).catch(() => undefined);
    }
    return this.#waiting.splice(0);
  }

  end(): Promise<void> {
    return this.#watch.close();
  }

  async #follow(): Promise<void> {
    for await (const { type, path, from, source } of this.#watch) {
      this.#waiting.push({ type, path, source, ...(from !== undefined && { from }) });
      if (this.#waiting.length > MOST_NOTICES) this.#waiting = [ANYTHING];
      this.#news.dispatchEvent(new Event('news'));
    }
    this.#isOver = true;
    this.#news.dispatchEvent(new Event('news'));
  }
}

const ANYTHING: Notice = { type: 'modified', path: '', source: 'workspace' };

/** The operations on watches. */
export const WATCH_OPERATIONS: readonly Operation[] = [
  define({
    name: 'watch.open',
    title: 'Watch a workspace',
    summary: 'Begins to take note of what changes in a workspace, so that it can be read.',
    effect: 'read',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      processes: z
        .enum(['own', 'all'])
        .default('all')
        .describe('Whose changes: of this server alone, or of every process.'),
    }),
    output: z.strictObject({ watch: watchField }),
    run: async ({ afs, holdings }, { workspace: name, processes }) => {
      const workspace = await afs.workspace.get(name);
      const watch = workspace.watch({ processes });
      try {
        const [id] = holdings.add('watch', () => new HeldWatch(watch));
        await watch.ready;
        return { watch: id };
      } catch (error) {
        await watch.close();
        throw error;
      }
    },
  }),
  define({
    name: 'watch.read',
    title: 'Hear what has changed',
    summary: 'Gives the changes since the last call, and may wait for some.',
    effect: 'read',
    idempotent: false,
    input: z.strictObject({
      watch: watchField,
      waitMs: z
        .int()
        .min(0)
        .max(MOST_WAIT_MS)
        .default(0)
        .describe('How long to wait when nothing has changed.'),
    }),
    output: z.strictObject({
      changes: z.array(notice),
      isOver: z.boolean().describe('Whether the workspace is gone and nothing more will come.'),
    }),
    run: async ({ holdings, signal }, { watch: id, waitMs }) => {
      const held = holdings.find(HeldWatch, id);
      const changes = await held.take(waitMs, signal);
      return { changes, isOver: held.isOver };
    },
  }),
  define({
    name: 'watch.close',
    title: 'Stop watching',
    summary: 'Ends a watch.',
    effect: 'read',
    idempotent: false,
    input: z.strictObject({ watch: watchField }),
    output: z.strictObject({ watch: z.string(), lost: countField.describe('Changes not read.') }),
    run: async ({ holdings, signal }, { watch: id }) => {
      const held = holdings.find(HeldWatch, id);
      holdings.drop(id);
      const lost = (await held.take(0, signal)).length;
      await held.end();
      return { watch: id, lost };
    },
  }),
];
