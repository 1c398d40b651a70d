/** Sends a file to a clawdforge server, in a form of several parts. */

import { openAsBlob } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { HttpCall } from '../http.ts';
import type { CallOptions, Sent } from './connection.ts';

/** What can be sent: a path, which is read as it is sent, or bytes. */
export type Uploadable = string | URL | Uint8Array | Blob | AsyncIterable<Uint8Array>;

/** How a file is kept. */
export interface UploadOptions extends CallOptions {
  /** Seconds, 60 to 86,400 (the server says no to others with a 400); default 3,600. */
  readonly ttlSecs?: number;
  /** Default: the last part of the path, or `file`. */
  readonly filename?: string;
  /** Default `application/octet-stream`. */
  readonly contentType?: string;
}

/** Names a file that was sent, in `files` of a run or turn. */
export interface FileToken {
  /** `ff_...` */
  readonly fileToken: string;
  readonly ttlSecs: number;
  /** In bytes. */
  readonly size: number;
}

/** The call that sends a file; @throws what reading it throws, such as ENOENT. */
export async function uploadCall(
  source: Uploadable,
  options: UploadOptions,
  timeout: number,
): Promise<HttpCall> {
  const { ttlSecs = 3600, filename = nameOf(source), signal } = options;
  const type = options.contentType ?? 'application/octet-stream';
  const form = new FormData();
  form.append('file', await blobOf(source, type), filename);
  form.append('ttl_secs', String(ttlSecs));
  const { body, headers } = new Response(form);
  if (body === null) throw new TypeError('The form has no body.');
  const content = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  const contentType = headers.get('content-type') ?? 'multipart/form-data';
  return { method: 'POST', path: '/files', body: { content, type: contentType }, timeout, signal };
}

/** What the server answers. */
export function fileToken(sent: Sent): FileToken {
  const { fileToken: token = '', ttlSecs = 0, size = 0 } = sent as Partial<FileToken>;
  return { fileToken: token, ttlSecs, size };
}

async function blobOf(source: Uploadable, type: string): Promise<Blob> {
  if (typeof source === 'string' || source instanceof URL) {
    await access(source, constants.R_OK);
    if (!(await stat(source)).isFile()) throw new RangeError(`'${source}' is not a file.`);
    return openAsBlob(source, { type });
  }
  if (source instanceof Blob) return new Blob([source], { type });
  if (source instanceof Uint8Array) return new Blob([source], { type });
  return new Blob([await buffer(Readable.from(source))], { type });
}

function nameOf(source: Uploadable): string {
  if (typeof source === 'string') return basename(source);
  return source instanceof URL ? basename(decodeURIComponent(source.pathname)) : 'file';
}
