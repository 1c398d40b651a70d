/**
 * The difference of one path as a patch in git's format, which `git apply` takes. What that format
 * cannot say is left out: empty directories, and permission bits other than the owner's execute.
 */

import { createHash } from 'node:crypto';
import type { TreePath } from '../primitives/path.ts';
import { decodeText, isBinary } from '../primitives/text.ts';
import { formatBinaryPatch } from './binary-patch.ts';
import { quoteGitPath } from './git-path.ts';
import { formatHunks } from './hunks.ts';
import { diffLines, type LineEdit } from './line-diff.ts';

/** What stands at a path on one side of a comparison. */
export interface DiffSide {
  readonly kind: 'file' | 'symlink';
  /** Permission bits, 0 to 0o777; of no meaning for a symbolic link. */
  readonly mode: number;
  /** The bytes of the file, or of the target of the link. */
  readonly content: Uint8Array;
}

/** One path to be compared, and how to show it. */
export interface FileDiffInput {
  readonly path: TreePath;
  /** Absent: the path is added. */
  readonly before?: DiffSide | undefined;
  /** Absent: the path is deleted. */
  readonly after?: DiffSide | undefined;
  /** Where `before` stood, and how much of it is left, in percent; both sides must be there. */
  readonly rename?: { readonly from: TreePath; readonly similarity: number } | undefined;
  /** Unchanged lines around a change, an integer from 0; 3 when absent. */
  readonly context?: number | undefined;
  /**
   * Whether to write binary content, and text too large for a line diff, as a binary patch, which
   * applies; else (the default) such a file is only named.
   */
  readonly binary?: boolean | undefined;
}

/** The difference of one path. */
export interface FileDiff {
  readonly path: TreePath;
  readonly from?: TreePath;
  /** The patch; `''` when git sees no difference. */
  readonly text: string;
  /** 0, as is `linesRemoved`, for what has no line diff. */
  readonly linesAdded: number;
  readonly linesRemoved: number;
  /** Whether one of the sides is binary. */
  readonly binary: boolean;
  /** Whether a side is text above 1 MiB or 20,000 lines, which is not compared by lines. */
  readonly tooLarge: boolean;
}

interface Body {
  readonly text: string;
  readonly linesAdded: number;
  readonly linesRemoved: number;
  readonly binary: boolean;
  readonly tooLarge: boolean;
  /** Whether the index line needs whole ids, as `git apply` wants it for binary patches. */
  readonly wholeIds: boolean;
}

const NO_CONTENT = new Uint8Array(0);
const DEFAULT_CONTEXT = 3;
const SHORT_ID_LENGTH = 7;

/**
 * Formats the difference of one path.
 *
 * A change between file and link is written as a deletion and an addition, as git does. Without
 * `binary`, `git apply` refuses a patch that names a binary or too large file: nothing is skipped
 * in silence.
 */
export function formatFileDiff(input: FileDiffInput): FileDiff {
  const { path, rename, before, after } = input;
  if (before !== undefined && after !== undefined && before.kind !== after.kind) {
    const { context, binary } = input;
    const removed = formatFileDiff({ path: rename?.from ?? path, before, context, binary });
    const added = formatFileDiff({ path, after, context, binary });
    return {
      ...added,
      text: removed.text + added.text,
      linesRemoved: removed.linesRemoved,
      binary: removed.binary || added.binary,
      tooLarge: removed.tooLarge || added.tooLarge,
    };
  }
  const body = formatBody(input);
  const header = formatHeader(input, body.wholeIds);
  return {
    path,
    ...(rename === undefined ? {} : { from: rename.from }),
    text: header === '' ? '' : header + body.text,
    linesAdded: body.linesAdded,
    linesRemoved: body.linesRemoved,
    binary: body.binary,
    tooLarge: body.tooLarge,
  };
}

/** Joins the differences of many paths into one patch, in the given order. */
export function joinFileDiffs(diffs: Iterable<FileDiff>): string {
  return Array.from(diffs, (diff) => diff.text).join('');
}

/** The lines above the content; `''` when git has nothing to say about the path. */
function formatHeader(input: FileDiffInput, wholeIds: boolean): string {
  const { path, rename, before, after } = input;
  const lines: string[] = [];
  const oldMode = gitMode(before);
  const newMode = gitMode(after);
  if (oldMode === undefined) lines.push(`new file mode ${newMode}`);
  else if (newMode === undefined) lines.push(`deleted file mode ${oldMode}`);
  else if (oldMode !== newMode) lines.push(`old mode ${oldMode}`, `new mode ${newMode}`);
  if (rename !== undefined) {
    lines.push(
      `similarity index ${rename.similarity}%`,
      `rename from ${quoteGitPath(rename.from)}`,
      `rename to ${quoteGitPath(path)}`,
    );
  }
  if (!sameContent(before, after)) {
    const length = wholeIds ? undefined : SHORT_ID_LENGTH;
    const ids = [before, after].map((side) => gitBlobId(side).slice(0, length)).join('..');
    lines.push(oldMode === newMode ? `index ${ids} ${newMode}` : `index ${ids}`);
  }
  if (lines.length === 0) return '';
  const from = quoteGitPath(`a/${rename?.from ?? path}`);
  return `diff --git ${from} ${quoteGitPath(`b/${path}`)}\n${lines.join('\n')}\n`;
}

function formatBody(input: FileDiffInput): Body {
  const before = input.before?.content ?? NO_CONTENT;
  const after = input.after?.content ?? NO_CONTENT;
  const binary = isBinary(before) || isBinary(after);
  const edits = binary ? undefined : diffLines(decode(before), decode(after));
  if (edits !== undefined) {
    const hunks = formatHunks(edits, input.context ?? DEFAULT_CONTEXT);
    return {
      text: hunks === '' ? '' : `${formatLabelLines(input)}${hunks}`,
      linesAdded: countLines(edits, 'insert'),
      linesRemoved: countLines(edits, 'delete'),
      binary: false,
      tooLarge: false,
      wholeIds: false,
    };
  }
  const shown = { linesAdded: 0, linesRemoved: 0, binary, tooLarge: !binary };
  if (sameContent(input.before, input.after)) return { ...shown, text: '', wholeIds: false };
  if (input.binary === true) {
    return { ...shown, text: formatBinaryPatch(before, after), wholeIds: true };
  }
  return { ...shown, text: nameDifference(input, binary), wholeIds: false };
}

function formatLabelLines(input: FileDiffInput): string {
  // The tab keeps programs that cut a date off the line from cutting a name with a space in it.
  const [from, to] = labels(input).map((label) => (label.includes(' ') ? `${label}\t` : label));
  return `--- ${from}\n+++ ${to}\n`;
}

function nameDifference(input: FileDiffInput, binary: boolean): string {
  const [from, to] = labels(input);
  if (binary) return `Binary files ${from} and ${to} differ\n`;
  // Starts and ends as `git apply` expects of what it must refuse.
  return `Files ${from} and ${to}, too large for a line diff, differ\n`;
}

function labels({ path, rename, before, after }: FileDiffInput): [from: string, to: string] {
  return [
    before === undefined ? '/dev/null' : quoteGitPath(`a/${rename?.from ?? path}`),
    after === undefined ? '/dev/null' : quoteGitPath(`b/${path}`),
  ];
}

function gitMode(side: DiffSide | undefined): string | undefined {
  if (side === undefined) return undefined;
  if (side.kind === 'symlink') return '120000';
  return (side.mode & 0o100) === 0 ? '100644' : '100755';
}

/** The id that git gives the content; zeros when there is none. */
function gitBlobId(side: DiffSide | undefined): string {
  if (side === undefined) return '0'.repeat(40);
  const header = `blob ${side.content.length}\0`;
  return createHash('sha1').update(header).update(side.content).digest('hex');
}

/** Whether both sides are there with the same bytes. */
function sameContent(before: DiffSide | undefined, after: DiffSide | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return Buffer.compare(before.content, after.content) === 0;
}

function decode(content: Uint8Array): string {
  return decodeText(content) ?? '';
}

function countLines(edits: readonly LineEdit[], kind: LineEdit['kind']): number {
  return edits.reduce((sum, edit) => sum + (edit.kind === kind ? edit.lines.length : 0), 0);
}
