/** The fields that many operations share, so that each is described once. */

import * as z from 'zod';

/** Bytes of text or data that one call may carry in or out. */
export const MAX_CONTENT_BYTES: number = 10 * 1024 * 1024;

/** Of which workspace. */
export const workspaceField: z.ZodString = z.string().describe('Name of the workspace.');

/** Of which moment. */
export const liveField: z.ZodOptional<z.ZodBoolean> = z
  .boolean()
  .optional()
  .describe('As the running command has it now, stored or not.');

/** Where in the workspace. */
export const pathField: z.ZodString = z
  .string()
  .describe('Path in the workspace; /src/a and src/a are the same.');

/** How text or bytes stand in a JSON string. */
export const encodingField: z.ZodDefault<z.ZodEnum<{ utf8: 'utf8'; base64: 'base64' }>> = z
  .enum(['utf8', 'base64'])
  .default('utf8')
  .describe('utf8 for text, base64 for any bytes.');

/** Some of the paths. */
export const globsField: z.ZodOptional<z.ZodArray<z.ZodString>> = z
  .array(z.string())
  .optional()
  .describe('Glob patterns of paths, such as src/**.');

/** Where to go on. */
export const cursorField: z.ZodOptional<z.ZodString> = z
  .string()
  .optional()
  .describe('The nextCursor of the page before.');

/** Where the next page begins. */
export const nextCursorField: z.ZodOptional<z.ZodString> = z
  .string()
  .optional()
  .describe('Give this as cursor to go on; absent at the end.');

/** A whole number from 0. */
export const countField: z.ZodNumber = z.int().min(0);

/** A time as JSON has it. */
export const timeField: z.ZodString = z.string().describe('ISO 8601, in UTC.');

/** How many items one page may have. */
export function limitField(byDefault: number, most: number): z.ZodDefault<z.ZodNumber> {
  return z.int().min(1).max(most).default(byDefault).describe('Items at most.');
}
