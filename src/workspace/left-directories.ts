/**
 * What is on disk of workspaces and processes that are gone, of runs that could not be stored, and
 * what the host lacks for running commands.
 */

import { dirname } from 'node:path';
import { Place } from '../disk/place.ts';
import { runInSlices } from '../disk/time-slices.ts';
import type { Finding } from '../maintenance/doctor.ts';
import { CHECKOUTS } from '../runner/layers/checkouts.ts';
import { forgottenLayers, layersPlace } from '../runner/layers/layers-place.ts';
import { diskBytes } from '../runner/layers/measure.ts';
import {
  MAX_CHECKOUT_AGE_MS,
  MAX_CHECKOUT_BYTES,
  type PrunedCheckouts,
  pruneCheckouts,
} from '../runner/layers/prune-checkouts.ts';
import { abandonedIn } from '../runner/layers/transient.ts';
import type { RunStrategy } from '../runner/strategy.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import { describeCapabilities } from './commands/capabilities.ts';
import { workspacesWithRuns } from './commands/unfinished-run.ts';
import type { Engine } from './core/engine.ts';
import { UUID } from './core/workspace-core.ts';

const MIN_STOCK_AGE_MS = 60 * 60 * 1000;

/** Directories that were removed, or would be. */
export interface CollectedDirectories {
  /** Shared checkouts that no workspace has used for long, or that were too many. */
  readonly checkouts: PrunedCheckouts;
  /** What processes that died have left, of deleted workspaces or of their own. */
  readonly workDirectories: number;
  /** The base's ignored content as it was when workspaces began that are gone. */
  readonly stocks: number;
  /** The bytes of these. */
  readonly stockBytes: number;
}

/** Removes directories that are no longer needed; safe while others run commands. */
export async function collectDirectories(
  engine: Engine,
  dryRun: boolean,
): Promise<CollectedDirectories> {
  const { store, work, layers, signer, clock } = engine;
  const checkouts = await pruneCheckouts({
    ...{ work, layers, signer, dryRun },
    now: clock.now(),
    maxBytes: MAX_CHECKOUT_BYTES,
    maxAgeMs: MAX_CHECKOUT_AGE_MS,
    isRunning: (uuid) => store.leases.get(`run:${uuid}`) !== undefined,
  });
  const left = directoriesLeft(engine);
  if (!dryRun) for (const place of left) await place.remove();
  return { checkouts, workDirectories: left.length, ...(await collectStocks(engine, dryRun)) };
}

/** One that was taken a moment ago may be for a workspace that is not there yet. */
async function collectStocks(
  { store, stocks }: Engine,
  dryRun: boolean,
): Promise<Pick<CollectedDirectories, 'stocks' | 'stockBytes'>> {
  const isUsed = (name: string): boolean =>
    store.workspaces.list().some(({ stock }) => stock === name);
  const unused = stocks.list(Date.now() - MIN_STOCK_AGE_MS).filter((name) => !isUsed(name));
  let stockBytes = 0;
  let removed = 0;
  for (const name of unused) {
    const bytes = await runInSlices(diskBytes(stocks.treeOf(name)));
    if (!dryRun && !(await stocks.remove(name, () => isUsed(name)))) continue;
    removed++;
    stockBytes += bytes;
  }
  return { stocks: removed, stockBytes };
}

/** What there is to say about the host and the work directories. */
export async function examineHost(
  engine: Engine,
  strategies: readonly RunStrategy[],
): Promise<Finding[]> {
  const findings: Finding[] = directoriesLeft(engine).map(({ path }) => ({
    code: 'WORK_DIRECTORY_LEFT',
    severity: 'warning',
    message: `A deleted workspace or a dead process left a directory behind: ${path}.`,
    hint: 'Run gc(): it removes the directory.',
  }));
  for (const { name } of workspacesWithRuns(engine, strategies)) {
    findings.push({
      code: 'RUN_UNFINISHED',
      severity: 'warning',
      message: `The changes of a command in workspace '${name}' could not be stored yet.`,
      hint: 'Free some space on the disk, then open the store again to store them.',
    });
  }
  const capabilities = await describeCapabilities(strategies);
  for (const { name, profiles } of capabilities.strategies) {
    const standard = profiles.find(({ profile }) => profile === 'standard');
    if (name !== 'overlay' || standard?.available !== false) continue;
    findings.push({
      code: 'OVERLAY_UNAVAILABLE',
      severity: 'info',
      message: `Commands run in plain directories, unconfined: ${standard.reason}`,
      hint: 'Allow user namespaces and overlays on this host, or trust the commands.',
    });
  }
  return findings;
}

/** Only directories that are known to have belonged to us: others are not ours to judge. */
function directoriesLeft({ store, work, layers, stocks, clock }: Engine): Place[] {
  // A row that was edited must not name a directory elsewhere.
  const isOurs = ({ state, uuid }: WorkspaceRow): boolean => state === 'deleted' && UUID.test(uuid);
  const deleted = store.workspaces.all().filter(isOurs);
  const candidates = deleted.flatMap(({ uuid }) => [work.at(uuid), layersPlace(layers, uuid)]);
  // A store that a process died in making was never opened, but lies beside the one that is.
  const beside = new Place(dirname(store.database.path));
  const places = new Map(
    [work, work.at(CHECKOUTS), stocks.place, layers, beside].map((place) => [place.path, place]),
  );
  return [
    ...candidates.filter((each) => each.exists),
    ...[...places.values()].flatMap(abandonedIn),
    ...forgottenLayers(layers, work, clock.now() - MAX_CHECKOUT_AGE_MS),
  ];
}
