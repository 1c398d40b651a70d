/** Writes a checkout before a command needs it. */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { AheadOptions } from '../strategy.ts';
import { limitFor, type OverlayContext } from './overlay-show.ts';

/** Sees to it that there is a checkout near a tree. */
export async function writeAhead(
  { checkouts, trees }: Pick<OverlayContext, 'checkouts' | 'trees'>,
  tree: ObjectId,
  options: AheadOptions,
): Promise<void> {
  const limit = limitFor(trees.summary(tree).files);
  const near = await checkouts.nearest(tree, limit, options.signal);
  if (near === undefined) await checkouts.build(tree, options);
}
