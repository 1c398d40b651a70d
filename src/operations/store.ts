/** Looking after the store: measuring, collecting, proving. */

import * as z from 'zod';
import { countField, limitField } from './fields.ts';
import { define, type Operation } from './operation.ts';
import { sandboxField } from './workspace-shape.ts';

const owner = z.strictObject({ kind: z.string(), name: z.string() });

const largePath = z
  .strictObject({
    owner,
    path: z.string(),
    size: countField,
    files: countField.describe('1 for a file.'),
  })
  .meta({ id: 'LargePath' });

const isolation = z
  .strictObject({
    profile: sandboxField,
    filesystem: z.enum(['cooperative', 'confined']),
    network: z.enum(['host', 'none']),
    processes: z.enum(['group', 'namespace']),
    description: z.string(),
    reason: z.string().optional(),
  })
  .meta({ id: 'Isolation' });

/** The operations on the store. */
export const STORE_OPERATIONS: readonly Operation[] = [
  define({
    name: 'storage.usage',
    title: 'Measure the store',
    summary: 'Says how much room the store takes up, and how much of it could be freed.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({}),
    output: z.strictObject({
      databaseBytes: countField,
      walBytes: countField,
      freeBytes: countField,
      objects: z.array(
        z.strictObject({
          kind: z.string(),
          count: countField,
          size: countField,
          stored: countField,
        }),
      ),
      reclaimable: z.strictObject({ objects: countField, bytes: countField }),
      workspaces: countField,
      snapshots: countField,
      beside: z.strictObject({
        stocks: countField.describe('Ignored content, as workspaces began with it.'),
        layers: countField.describe('What workspaces have of their own.'),
        checkouts: countField,
        caches: z.array(z.strictObject({ name: z.string(), bytes: countField })),
      }),
    }),
    run: async ({ afs }) => afs.storage.usage(),
  }),
  define({
    name: 'storage.collect',
    title: 'Free what is not needed',
    summary: 'Removes what nothing refers to any more.',
    effect: 'destructive',
    idempotent: true,
    input: z.strictObject({
      dryRun: z.boolean().default(false).describe('Only says what would be freed.'),
      caches: z.boolean().default(false).describe('Also what package managers have fetched.'),
    }),
    output: z.strictObject({
      objects: countField,
      bytes: countField,
      rows: z.strictObject({
        operations: countField,
        audit: countField,
        pins: countField,
        leases: countField,
      }),
      dryRun: z.boolean(),
      checkouts: z.strictObject({ checkouts: countField, bytes: countField }),
      workDirectories: countField,
      stocks: countField.describe('Ignored content that no workspace shows.'),
      stockBytes: countField,
      cacheBytes: countField.describe('Of the caches of package managers.'),
      exploredWorkspaces: countField.describe('Of explorations whose process has died.'),
    }),
    run: async ({ afs }, options) => afs.gc(options),
  }),
  define({
    name: 'storage.compact',
    title: 'Make the store small',
    summary: 'Removes what nothing refers to, compresses the rest, and gives the room back.',
    effect: 'destructive',
    idempotent: true,
    input: z.strictObject({}),
    output: z.strictObject({
      bytesBefore: countField,
      bytesAfter: countField,
      compressedObjects: countField,
      compressedBytes: countField.describe('That this has saved.'),
    }),
    run: async ({ afs }) => {
      const compacted = await afs.storage.compact();
      const { bytesBefore, bytesAfter, compressedObjects, compressedBytes } = compacted;
      return { bytesBefore, bytesAfter, compressedObjects, compressedBytes };
    },
  }),
  define({
    name: 'storage.analyze',
    title: 'See what the room goes to',
    summary: 'Names the largest files and directories, and says what sharing and compressing save.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ limit: limitField(20, 1000) }),
    output: z.strictObject({
      largestFiles: z.array(largePath),
      largestDirectories: z.array(largePath),
      logicalBytes: countField.describe('Of all files, as if nothing were shared.'),
      contentBytes: countField.describe('Of each content once.'),
      storedBytes: countField.describe('The room that they take up.'),
      dedupRatio: z.number(),
      compressionRatio: z.number(),
    }),
    run: async ({ afs }, { limit }) => afs.storage.analyze({ limit }),
  }),
  define({
    name: 'store.verify',
    title: 'Prove the store',
    summary: 'Checks every object, tree and reference of the store, and says what is damaged.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      readData: z
        .union([z.boolean(), z.number().min(0).max(1)])
        .optional()
        .describe('false leaves file contents out, a number samples that part of them.'),
    }),
    output: z.strictObject({
      ok: z.boolean(),
      objects: countField,
      bytes: countField,
      damage: z.array(
        z.strictObject({
          code: z.string(),
          message: z.string(),
          id: z.string().optional(),
          hits: z.array(z.strictObject({ owner, path: z.string() })),
        }),
      ),
      damageCount: countField,
      auditRows: countField,
    }),
    run: async ({ afs }, { readData }) => afs.verify({ readData }),
  }),
  define({
    name: 'store.doctor',
    title: 'Look for what is wrong',
    summary: 'Looks for what an accident may have left, and says what to do about it.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({}),
    output: z.strictObject({
      findings: z.array(
        z.strictObject({
          code: z.string(),
          severity: z.enum(['info', 'warning', 'error']),
          message: z.string(),
          hint: z.string(),
        }),
      ),
    }),
    run: async ({ afs }) => ({ findings: await afs.doctor() }),
  }),
  define({
    name: 'store.capabilities',
    title: 'Show how commands can be run',
    summary: 'Says in which ways this machine can run commands, and what it cannot keep them from.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({}),
    output: z.strictObject({
      strategies: z.array(
        z.strictObject({
          name: z.enum(['overlay', 'directory']),
          profiles: z.array(
            z.strictObject({
              profile: sandboxField,
              available: z.boolean(),
              isolation: isolation.optional(),
              reason: z.string().optional().describe('Why it is not available.'),
            }),
          ),
        }),
      ),
    }),
    run: async ({ afs }) => afs.capabilities(),
  }),
  define({
    name: 'store.adopt',
    title: 'Adopt a store',
    summary: 'Takes over a store that came along with its project, with what was switched off.',
    effect: 'destructive',
    idempotent: true,
    input: z.strictObject({
      dryRun: z.boolean().default(true).describe('Only says what there is.'),
    }),
    output: z.strictObject({
      adopted: z.boolean(),
      lasts: z.boolean().describe('Whether other processes will know of it.'),
      settings: z.array(
        z.strictObject({
          workspace: z.string(),
          sandbox: z.string().nullable(),
          limits: z.record(z.string(), z.unknown()),
          inForce: z.boolean(),
        }),
      ),
      remotes: z.array(
        z.strictObject({
          workspace: z.string(),
          url: z.string(),
          token: z.string().describe('Where it is taken from.'),
          encryptionKey: z.string().describe('Where it is taken from.'),
          mode: z.string().nullable(),
        }),
      ),
      commits: z.array(
        z.strictObject({
          outcome: z.enum(['take-back', 'tidy-up']),
          paths: z.array(z.string()),
        }),
      ),
    }),
    run: async ({ afs }, { dryRun }) => afs.adopt({ dryRun }),
  }),
];
