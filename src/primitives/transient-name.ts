/**
 * Names of transient directories: those that a process fills, tries something out in, or is about to
 * remove. They say whose they are, so that others can tell what it has left when it is gone.
 */

import { randomUUID } from 'node:crypto';
import { isAlive, type ProcessToken, processToken } from './process-token.ts';

const NAME = /^own-(\d+)-(\d*)-[0-9a-f-]{36}$/;

/** A new name for a transient directory of this process. */
export function transientName(): string {
  const { pid, startTime } = processToken();
  return `own-${pid}-${startTime}-${randomUUID()}`;
}

/** Whose name of {@link transientName} that is; undefined for any other name. */
export function ownerOf(name: string): ProcessToken | undefined {
  const [, pid, startTime] = NAME.exec(name) ?? [];
  if (pid === undefined || startTime === undefined) return undefined;
  return { pid: Number(pid), startTime, namespace: processToken().namespace };
}

/** Whether the name is one of {@link transientName} in a process that is gone. */
export function isAbandoned(name: string): boolean {
  const owner = ownerOf(name);
  return owner !== undefined && isAlive(owner) === 'dead';
}
