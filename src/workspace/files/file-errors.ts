/** Errors about a path in a workspace, with the codes and words of node:fs. */

import { FileNotFoundError, FileSystemError } from '../../primitives/errors.ts';

/** Nothing is at the path. */
export function notFound(path: string): FileNotFoundError {
  return new FileNotFoundError(`/${path}`);
}

/** The path, or what should be a directory on the way to it, is a file. */
export function notDirectory(path: string): FileSystemError {
  return new FileSystemError('ENOTDIR', `ENOTDIR: not a directory, '/${path}'`, {
    path: `/${path}`,
    hint: 'Delete or move the file first, or choose another path.',
  });
}

/** The path is a directory where a file is needed. */
export function isDirectory(path: string): FileSystemError {
  return new FileSystemError('EISDIR', `EISDIR: illegal operation on a directory, '/${path}'`, {
    path: `/${path}`,
    hint: 'Use listDir() to read it, or delete() with recursive to remove it.',
  });
}

/** Something is at the path already. */
export function alreadyExists(path: string): FileSystemError {
  return new FileSystemError('EEXIST', `EEXIST: file already exists, '/${path}'`, {
    path: `/${path}`,
    hint: 'Choose another path, or allow overwriting.',
  });
}

/** The file has not the content any more that its writer has read. */
export function changedMeanwhile(path: string): FileSystemError {
  return new FileSystemError('FILE_CHANGED', `'/${path}' was changed meanwhile.`, {
    path: `/${path}`,
    hint: 'Read it again, and write with the hash that it has now.',
  });
}

/** The directory still has entries. */
export function notEmpty(path: string): FileSystemError {
  return new FileSystemError('ENOTEMPTY', `ENOTEMPTY: directory not empty, '/${path}'`, {
    path: `/${path}`,
    hint: 'Pass recursive: true to delete it with everything in it.',
  });
}

/** The operation makes no sense for this path. */
export function impossible(path: string, why: string): FileSystemError {
  return new FileSystemError('EINVAL', `EINVAL: ${why}, '/${path}'`, {
    path: `/${path}`,
    hint: 'Choose another path.',
  });
}

/** Symbolic links go round in circles. */
export function tooManyLinks(path: string): FileSystemError {
  return new FileSystemError('ELOOP', `ELOOP: too many symbolic links, '/${path}'`, {
    path: `/${path}`,
    hint: 'Check the links on the way with readlink().',
  });
}

/** The file does not fit into one buffer. */
export function tooLarge(path: string, size: number): FileSystemError {
  return new FileSystemError('EFBIG', `EFBIG: ${size} bytes do not fit into a buffer, '/${path}'`, {
    path: `/${path}`,
    hint: 'Read it with createReadStream() or readStream().',
  });
}

/** A write far beyond the end would make the file longer than may be made in this way. */
export function outgrown(path: string, size: number): FileSystemError {
  return new FileSystemError('EFBIG', `EFBIG: a file of ${size} bytes is too large, '/${path}'`, {
    path: `/${path}`,
    hint: 'Check the position; a larger file can be written with createWriteStream().',
  });
}
