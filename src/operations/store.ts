/** Looking after the store: measuring, collecting, proving. */

import * as z from 'zod';
import { countField } from './fields.ts';
import { define, type Operation } from './operation.ts';

const owner = z.strictObject({ kind: z.string(), name: z.string() });

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
    }),
    run: async ({ afs }, { dryRun }) => afs.gc({ dryRun }),
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
];
