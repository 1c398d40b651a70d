/** Sorts what can go wrong with one path during a scan. */

import { systemCode } from './disk-error.ts';
import type { ScanWarningKind } from './scan-result.ts';

const PROBLEMS: ReadonlyMap<string, ScanWarningKind | 'moved'> = new Map([
  // Not what it was a moment ago: gone, a link now, a FIFO now, below a file now.
  ...(['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EISDIR', 'ENXIO', 'INVALID_PATH'] as const).map(
    (code) => [code, 'moved'] as const,
  ),
  ...(['EACCES', 'EPERM', 'EIO', 'ESTALE', 'EBUSY', 'ETXTBSY', 'ENODEV', 'ENOTCONN'] as const).map(
    (code) => [code, 'unreadable'] as const,
  ),
  ['ENAMETOOLONG', 'too-long'],
  ['EFBIG', 'too-large'],
  ['FILE_UNSTABLE', 'unstable'],
]);

const DESCRIPTIONS: Readonly<Record<ScanWarningKind, string>> = {
  name: 'The name is one that no tree can hold.',
  'non-utf8': 'The name is not UTF-8; the path is left alone and not versioned.',
  'too-long': 'The path is too long; it is left alone and not versioned.',
  special: 'It is no file, directory or symbolic link; it is left alone and not versioned.',
  unreadable: 'It could not be read; what is known of it stays as it was.',
  'too-large': 'The file is above the size limit; what is known of it stays as it was.',
  rules:
    'The file is too large, or its patterns would cost too much; none of its rules has effect.',
  unstable: 'It went on changing while it was read; what is known of it stays as it was.',
};

/**
 * What an error says about the path alone; `moved` asks for another look, and undefined is for
 * errors that concern more than this path and have to end the scan.
 */
export function problemOf(error: unknown): ScanWarningKind | 'moved' | undefined {
  return PROBLEMS.get(systemCode(error) ?? '');
}

/** One sentence for people. */
export function describeProblem(kind: ScanWarningKind): string {
  return DESCRIPTIONS[kind];
}
