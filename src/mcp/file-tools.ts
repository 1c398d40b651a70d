/**
 * The file tools that models know, under the names and arguments of the official file server, and
 * those that it has not.
 */

import * as z from 'zod';
import { liveField } from '../operations/fields.ts';
import { customTool, type Result, type Tool, toolOf } from './tool.ts';

const path = z.string().describe('Path in the workspace.');
const live = liveField;
const lines = z.int().min(1).optional();
const patterns = z.array(z.string()).default([]).describe('Glob patterns to leave out.');

/** What one answer has of a file at most. */
const MOST_BYTES: number = 1024 * 1024;

/** The tools of the official file server. */
export const FILE_TOOLS: readonly Tool[] = [
  customTool('file.read', {
    name: 'read_text_file',
    description: 'Reads a text file, as a whole or its first or last lines.',
    input: z.strictObject({
      path,
      head: lines.describe('Only so many lines from the beginning.'),
      tail: lines.describe('Only so many lines from the end.'),
      live,
    }),
    toInput: ({ head, tail, ...rest }) => {
      if (tail !== undefined) return { ...rest, unit: 'lines', offset: -tail, limit: head ?? tail };
      return head === undefined ? rest : { ...rest, unit: 'lines', limit: head };
    },
    text: ({ content, size, nextOffset }) =>
      nextOffset !== undefined && Number(size) > MOST_BYTES
        ? `${content}\n[More follows; read it with file_read.]`
        : String(content),
  }),
  customTool('file.readMany', {
    name: 'read_multiple_files',
    description: 'Reads several text files; one that cannot be read does not hinder the others.',
    input: z.strictObject({ paths: z.array(z.string()).min(1).max(100), live }),
    toInput: (args) => args,
    text: ({ files }) => listOf(files).map(textOfFile).join('\n---\n'),
  }),
  customTool('file.write', {
    name: 'write_file',
    description: 'Writes a text file as a whole, and makes its directories.',
    input: z.strictObject({ path, content: z.string() }),
    toInput: (args) => args,
    text: (result) => `Wrote ${result['bytes']} bytes to ${result['path']}.`,
  }),
  customTool('file.edit', {
    name: 'edit_file',
    description: 'Replaces exact pieces of a text file, and shows the change as a patch.',
    input: z.strictObject({
      path,
      edits: z
        .array(z.strictObject({ oldText: z.string(), newText: z.string() }))
        .describe('Each oldText must stand in one place of the file only.'),
      dryRun: z.boolean().default(false).describe('Only shows what would change.'),
    }),
    toInput: (args) => args,
    text: ({ diff }) => String(diff) || 'Nothing changed.',
  }),
  customTool('file.makeDirectory', {
    name: 'create_directory',
    input: z.strictObject({ path }),
    toInput: (args) => args,
    text: (result) => `${result['path']} is there.`,
  }),
  customTool('file.list', {
    name: 'list_directory',
    description: 'Lists a directory: a line for each file and directory in it.',
    input: z.strictObject({ path: path.default('/'), live }),
    toInput: (args) => args,
    text: (result) => {
      const more = result['nextCursor'] === undefined ? '' : `\n${result['total']} in all.`;
      return listOf(result['files']).map(lineOf).join('\n') + more;
    },
  }),
  customTool('file.tree', {
    name: 'directory_tree',
    description: 'Shows the names of all below a directory as a tree.',
    input: z.strictObject({ path: path.default('/'), excludePatterns: patterns }),
    toInput: ({ excludePatterns, ...rest }) => ({ ...rest, exclude: excludePatterns }),
  }),
  customTool('file.move', {
    name: 'move_file',
    description: 'Moves or renames a file or directory; fails where the destination exists.',
    input: z.strictObject({ source: path, destination: path }),
    toInput: ({ source, destination }) => ({ from: source, to: destination }),
    text: ({ from, to }) => `Moved ${from} to ${to}.`,
  }),
  customTool('file.search', {
    name: 'search_files',
    description: 'Finds files by a glob pattern for their names or paths, and lines by a text.',
    input: z.strictObject({
      path: path.default('/'),
      pattern: z.string().default('**').describe('Such as *.ts or src/**.'),
      excludePatterns: patterns,
      text: z.string().min(1).optional().describe('Only lines that have this text.'),
    }),
    toInput: ({ pattern, excludePatterns, ...rest }) => ({
      ...rest,
      include: [pattern],
      exclude: excludePatterns,
    }),
    text: ({ matches }) => listOf(matches).map(textOfMatch).join('\n') || 'Nothing was found.',
  }),
  customTool('file.stat', {
    name: 'get_file_info',
    input: z.strictObject({ path, live }),
    toInput: (args) => args,
  }),
  toolOf('file.delete'),
];

/** The tools for files by bytes, which hold what is not text, or too large for one answer. */
export const BYTE_TOOLS: readonly Tool[] = [
  customTool('file.read', {
    name: 'file_read',
    description: 'Reads a part of a file by bytes; what is not text comes in base64.',
    input: z.strictObject({
      path,
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(MOST_BYTES).default(MOST_BYTES),
      live,
    }),
    toInput: (args) => ({ ...args, encoding: 'auto' }),
    text: textOfPart,
  }),
  toolOf('file.write', {
    name: 'file_write',
    fields: ['workspace', 'path', 'content', 'encoding', 'append'],
    text: (result) => `Wrote ${result['bytes']} bytes to ${result['path']}.`,
  }),
  toolOf('file.list', { name: 'directory_list' }),
];

function textOfPart({ content, nextOffset, size }: Result): string {
  if (nextOffset === undefined) return String(content);
  return `${content}\n[More follows from offset ${nextOffset}; the file has ${size} bytes.]`;
}

function textOfFile(file: Result): string {
  const { message } = Object(file['error']);
  return message === undefined
    ? `${file['path']}:\n${textOfPart(file)}`
    : `${file['path']}: Error: ${message}`;
}

function lineOf({ kind, name, target }: Result): string {
  if (kind === 'directory') return `[DIR] ${name}`;
  return target === undefined ? `[FILE] ${name}` : `[LINK] ${name} -> ${target}`;
}

function textOfMatch({ path: where, line, text }: Result): string {
  return line === undefined ? String(where) : `${where}:${line}: ${text}`;
}

function listOf(value: unknown): Result[] {
  return Array.isArray(value) ? value : [];
}
