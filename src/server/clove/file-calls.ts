/** READ and WRITE. */

import { AgentFSError } from '../../index.ts';
import type { Answer, Call, Handler } from './call.ts';
import { type HostFile, readHostFile, writeHostFile } from './host-files.ts';
import { type Place, placeOf } from './paths.ts';
import { isAllowedPath, isBlockedPath } from './permission-rules.ts';
import { Refusal } from './request.ts';

const MAX_READ_BYTES = 16 * 1024 * 1024;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const READ: Handler = { answer: read, empty: { content: '', size: 0 } };
export const WRITE: Handler = { answer: write, empty: { bytes_written: 0 } };

async function read({ kernel, agent, request }: Call): Promise<Answer> {
  const place = await placeOf(kernel, request.requireText('path', 'path required'));
  const { can_read: canRead, filesystem } = agent.permissions;
  const { path } = place;
  if (
    !canRead ||
    isBlockedPath(path, filesystem.blocked) ||
    !isAllowedPath(path, filesystem.read)
  ) {
    const reason = 'path not allowed for reading';
    kernel.deny(agent, { syscall: 'READ', reason, target: path });
  }
  const { onHost } = place;
  const bytes = onHost === undefined ? await readWorkspace(kernel, path) : readHost(onHost);
  agent.statistics.bytesRead += bytes.length;
  const content = textOf(bytes);
  if (content === undefined) {
    throw new Refusal('file is not UTF-8 text; content_base64 has its bytes', {
      size: bytes.length,
      content_base64: bytes.toString('base64'),
    });
  }
  return { success: true, content, size: bytes.length };
}

async function write({ kernel, agent, request }: Call): Promise<Answer> {
  const place = await placeOf(kernel, request.requireText('path', 'path required'));
  const { can_write: canWrite, filesystem } = agent.permissions;
  const { path } = place;
  if (
    !canWrite ||
    isBlockedPath(path, filesystem.blocked) ||
    !isAllowedPath(path, filesystem.write)
  ) {
    const reason = 'path not allowed for writing';
    kernel.deny(agent, { syscall: 'WRITE', reason, target: path });
  }
  const content = Buffer.from(request.text('content') ?? '');
  const isAppended = request.text('mode') === 'append';
  await writing(kernel, place, content, isAppended);
  agent.statistics.bytesWritten += content.length;
  return { success: true, bytes_written: content.length };
}

async function readWorkspace(kernel: Call['kernel'], path: string): Promise<Buffer> {
  const files = await kernel.files();
  try {
    const { size } = await files.stat(path);
    if (size > MAX_READ_BYTES) throw tooLarge(size);
    return await files.readFile(path);
  } catch (error) {
    throw refused(error, 'failed to open file', ['ENOENT']);
  }
}

async function writing(
  kernel: Call['kernel'],
  { path, onHost }: Place,
  content: Buffer,
  isAppended: boolean,
): Promise<void> {
  if (onHost !== undefined) {
    writeHost(onHost, content, isAppended);
    return;
  }
  const files = await kernel.files();
  try {
    await files.writeFile(path, content, { flag: isAppended ? 'a' : 'w' });
  } catch (error) {
    throw refused(error, 'failed to open file for writing', []);
  }
}

/** @throws {Refusal} for what is there and no file, or too large. */
export function readHost(file: HostFile): Buffer {
  try {
    return readHostFile(file, MAX_READ_BYTES);
  } catch (error) {
    throw refused(error, 'failed to open file', ['ENOENT']);
  }
}

function writeHost(file: HostFile, content: Buffer, isAppended: boolean): void {
  try {
    writeHostFile(file, content, isAppended);
  } catch (error) {
    throw refused(error, 'failed to open file for writing', []);
  }
}

/** @param silent - codes that the message says enough about. */
function refused(error: unknown, message: string, silent: readonly string[]): unknown {
  const isOurs = error instanceof AgentFSError;
  const isSystems = error instanceof Error && 'syscall' in error;
  if (!isOurs && !isSystems) return error;
  const code = String((error as { code?: unknown }).code);
  return new Refusal(silent.includes(code) ? message : `${message}: ${error.message}`);
}

function tooLarge(size: number): Refusal {
  return new Refusal(`file too large: ${size} bytes, at most ${MAX_READ_BYTES}`, { size });
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
