/** The bytes that text or base64 of an input stands for. */

import { FileSystemError } from '../index.ts';
import { MAX_CONTENT_BYTES } from './fields.ts';

/**
 * The bytes that content of an input stands for.
 *
 * @throws {FileSystemError} EFBIG above 10 MiB; EINVAL when it is not what its encoding says.
 */
export function bytesOf(path: string, content: string, encoding: 'utf8' | 'base64'): Buffer {
  const bytes = Buffer.from(content, encoding);
  const isWrong = encoding === 'base64' ? !isBase64(content) : !content.isWellFormed();
  if (isWrong) {
    throw new FileSystemError('EINVAL', `The content for '${path}' is not valid ${encoding}.`, {
      path,
      hint: 'Give text that is well-formed Unicode, or bytes in base64.',
    });
  }
  if (bytes.length <= MAX_CONTENT_BYTES) return bytes;
  throw new FileSystemError('EFBIG', `The content for '${path}' has ${bytes.length} bytes.`, {
    path,
    hint: 'Write at most 10 MiB at a time; append the rest.',
    details: { size: bytes.length, limit: MAX_CONTENT_BYTES },
  });
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
