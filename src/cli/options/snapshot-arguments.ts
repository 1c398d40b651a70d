/** Which snapshot a command is about: `<workspace> <snapshot>`, `workspace/snapshot`, or `-w`. */

import type { Workspace } from '../../index.ts';
import type { Call } from '../call.ts';
import { UsageError } from '../exit-status.ts';
import { type ArgumentRow, type OptionRow, WORKSPACE } from './parameters.ts';

/** A snapshot that a command names. */
export interface NamedSnapshot {
  readonly workspace: Workspace;
  readonly name: string;
}

/** Its arguments and options, as they are declared. */
export const SNAPSHOT: {
  readonly usage: string;
  readonly arguments: readonly ArgumentRow[];
  readonly options: readonly OptionRow[];
} = {
  usage: '[options] <workspace> <snapshot>',
  arguments: [['<names...>', 'also workspace/snapshot, or -w and one name']],
  options: [WORKSPACE],
};

/** The snapshot that is named. @throws {UsageError} when more than one is. */
export async function namedSnapshot(
  call: Call,
  args: readonly string[],
  { workspace: option }: { readonly workspace?: string },
): Promise<NamedSnapshot> {
  const [first = '', second, ...more] = args;
  if (more.length > 0) throw new UsageError('Name one workspace and one snapshot.');
  if (second !== undefined) return { workspace: await call.workspace(first, option), name: second };
  const { workspace, snapshot = first } = splitReference(first);
  return { workspace: await call.workspace(workspace, option), name: snapshot };
}

/** `workspace/snapshot` in its parts; without a slash there are none. */
export function splitReference(text: string): { workspace?: string; snapshot?: string } {
  const slash = text.indexOf('/');
  if (slash < 0) return {};
  return { workspace: text.slice(0, slash), snapshot: text.slice(slash + 1) };
}
