/** Exact replacements in a text, and what they change, as a patch. */

import { AgentFSError } from '../index.ts';

/** What is to be replaced by what. */
export interface Replacement {
  readonly oldText: string;
  readonly newText: string;
  /** Wherever it stands; else it must stand in one place only. */
  readonly all?: boolean | undefined;
}

const CONTEXT_LINES = 3;

/**
 * The text after the replacements, each made in what the one before it has left.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT when an old text is not there, or in several places.
 */
export function replaceTexts(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((before, { oldText, newText, all }, index) => {
    const parts = before.split(oldText);
    const places = parts.length - 1;
    if (places === 1 || (places > 1 && all === true)) return parts.join(newText);
    const where = places === 0 ? 'not in the file' : `in ${places} places of the file`;
    throw new AgentFSError('INVALID_ARGUMENT', `The oldText of edit ${index} is ${where}.`, {
      hint:
        places === 0
          ? 'Read the file and copy the text exactly, spaces and line ends included.'
          : 'Give more of the text around it, or set all.',
      details: { edit: index, places },
    });
  }, text);
}

/** The change of a text as one hunk of a patch; `''` when there is none. */
export function describeEdit(path: string, before: string, after: string): string {
  if (before === after) return '';
  const [old, now] = [linesOf(before), linesOf(after)];
  const head = commonLength(old, now);
  const most = Math.min(old.length, now.length) - head;
  const tail = Math.min(commonLength(old.toReversed(), now.toReversed()), most);
  const start = Math.max(head - CONTEXT_LINES, 0);
  const end = Math.max(tail - CONTEXT_LINES, 0);
  const lines = [
    ...prefixed(' ', old.slice(start, head)),
    ...prefixed('-', old.slice(head, old.length - tail)),
    ...prefixed('+', now.slice(head, now.length - tail)),
    ...prefixed(' ', old.slice(old.length - tail, old.length - end)),
  ];
  const range = (count: number): string => {
    const shown = count - start - end;
    return `${shown === 0 ? start : start + 1},${shown}`;
  };
  const name = path.replace(/^\/+/, '');
  const heading = `--- a/${name}\n+++ b/${name}\n@@ -${range(old.length)} +${range(now.length)} @@\n`;
  return heading + lines.join('');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function commonLength(left: readonly string[], right: readonly string[]): number {
  const different = left.findIndex((line, index) => line !== right[index]);
  return different < 0 ? Math.min(left.length, right.length) : different;
}

function prefixed(sign: string, lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`,
  );
}
