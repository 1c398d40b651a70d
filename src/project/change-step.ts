/**
 * The steps of a change to the base directory: what each path is before and after, what has to be
 * done for that, and under which names files wait beside their targets.
 */

import type { EntryKind } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { joinPath, STAGE_PREFIX, type TreePath } from '../primitives/path.ts';

/** What a path is on one side of the change. */
export interface Side {
  readonly kind: EntryKind;
  /** Permission bits; before the change also the set-id and sticky bits that the disk had. */
  readonly mode: number;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** The content or target text; the empty tree for a directory. */
  readonly id: ObjectId;
}

/** One path that becomes something else. */
export interface ChangeStep {
  /** The position among the steps of the change, from which staged names are made. */
  readonly number: number;
  readonly path: TreePath;
  /** The nearest directory above that exists before and after: where files wait. */
  readonly anchor: TreePath;
  readonly before: Side | undefined;
  readonly after: Side | undefined;
  /** Nothing but the mode changes, of the very file or directory that is there. */
  readonly inPlace: boolean;
}

/** A change that has been written down: what it takes to finish it or to take it back. */
export interface ChangeJournal {
  readonly number: number;
  /** Parents before children. */
  readonly steps: readonly ChangeStep[];
}

/**
 * What waits under a staged name: `new` content on its way in, `old` content that was moved away,
 * or content that taking the change back (`undo`) has moved away.
 */
export type StagedAs = 'new' | 'old' | 'undo';

/** An edit of the user that a change or its recovery has met, and what became of it. */
export interface KeptEdit {
  readonly path: TreePath;
  /** Where the bytes are now, when not at `path`. */
  readonly copy?: TreePath;
  /** One sentence for people. */
  readonly message: string;
}

/** Whether the change needs a file or link of this step out of the way. */
export function takesAway(step: ChangeStep): boolean {
  return isContent(step.before) && !step.inPlace;
}

/** Whether the change puts a file or link at the path. */
export function places(step: ChangeStep): boolean {
  return isContent(step.after) && !step.inPlace;
}

/** Whether a file or link goes and nothing takes its place, unless a directory does. */
export function onlyTakesAway(step: ChangeStep): boolean {
  return takesAway(step) && !places(step);
}

/** Whether there is a directory before and none after. */
export function removesDirectory(step: ChangeStep): boolean {
  return step.before?.kind === 'directory' && step.after?.kind !== 'directory';
}

/** Whether there is a directory after and none before. */
export function makesDirectory(step: ChangeStep): boolean {
  return step.after?.kind === 'directory' && step.before?.kind !== 'directory';
}

/** The name beside the target, reserved for us, under which something of this step waits. */
export function stagedPath(journal: number, step: ChangeStep, as: StagedAs): TreePath {
  return joinPath(step.anchor, `${STAGE_PREFIX}${journal}-${step.number}.${as}`);
}

function isContent(side: Side | undefined): boolean {
  return side !== undefined && side.kind !== 'directory';
}
