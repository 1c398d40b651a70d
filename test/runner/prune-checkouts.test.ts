import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Place } from '../../src/disk/place.ts';
import { Signer } from '../../src/primitives/signer.ts';
import { CHECKOUTS } from '../../src/runner/layers/checkouts.ts';
import { layersPlace } from '../../src/runner/layers/layers-place.ts';
import { OverlayLayers } from '../../src/runner/layers/overlay-layers.ts';
import { type PruneOptions, pruneCheckouts } from '../../src/runner/layers/prune-checkouts.ts';
import { temporaryDirectory } from '../support/run-fixture.ts';

const NOW = Date.now();
const SIGNER = new Signer(randomBytes(32));

/** A checkout that was last used some milliseconds ago. */
function addCheckout(workRoot: string, name: string, bytes: number, ageMs: number): void {
  const directory = join(workRoot, CHECKOUTS, name);
  mkdirSync(join(directory, 'tree'), { recursive: true });
  const marker = join(directory, 'marker.json');
  const text = JSON.stringify({ fingerprint: '', files: 1, bytes });
  const signature = SIGNER.sign(`checkout ${name}`, text);
  writeFileSync(marker, JSON.stringify({ text, signature }));
  utimesSync(marker, (NOW - ageMs) / 1000, (NOW - ageMs) / 1000);
}

function prune(
  workRoot: string,
  options: Partial<PruneOptions>,
): ReturnType<typeof pruneCheckouts> {
  const limits = { maxBytes: 1000, maxAgeMs: 1000, now: NOW };
  const work = new Place(workRoot);
  const places = { work, layers: work, signer: SIGNER };
  return pruneCheckouts({ ...places, ...limits, isRunning: () => false, ...options });
}

function left(workRoot: string): string[] {
  return readdirSync(join(workRoot, CHECKOUTS)).sort();
}

describe('pruning checkouts', () => {
  it('removes those that were not used for long', async () => {
    const workRoot = temporaryDirectory();
    addCheckout(workRoot, 'old', 10, 2000);
    addCheckout(workRoot, 'young', 10, 10);
    expect(await prune(workRoot, {})).toEqual({ checkouts: 1, bytes: 10 });
    expect(left(workRoot)).toEqual(['young']);
  });

  it('removes the oldest until the rest is small enough', async () => {
    const workRoot = temporaryDirectory();
    addCheckout(workRoot, 'first', 500, 300);
    addCheckout(workRoot, 'second', 500, 200);
    addCheckout(workRoot, 'third', 500, 100);
    expect(await prune(workRoot, {})).toEqual({ checkouts: 1, bytes: 500 });
    expect(left(workRoot)).toEqual(['second', 'third']);
  });

  it('keeps one that a running workspace stands on', async () => {
    const workRoot = temporaryDirectory();
    addCheckout(workRoot, 'used', 10, 2000);
    addCheckout(workRoot, 'unused', 10, 2000);
    for (const [uuid, checkout] of [
      ['one', 'used'],
      ['two', 'unused'],
    ] as const) {
      const layers = new OverlayLayers(layersPlace(new Place(workRoot), uuid), SIGNER);
      layers.create();
      layers.write({ checkout, tree: undefined, captured: undefined, ignored: undefined });
    }
    await prune(workRoot, { isRunning: (uuid) => uuid === 'one' });
    expect(left(workRoot)).toEqual(['used']);
  });

  it('only says what would go when that is wanted, and needs no directory', async () => {
    const workRoot = temporaryDirectory();
    expect(await prune(workRoot, {})).toEqual({ checkouts: 0, bytes: 0 });
    addCheckout(workRoot, 'old', 10, 2000);
    expect(await prune(workRoot, { dryRun: true })).toEqual({ checkouts: 1, bytes: 10 });
    expect(left(workRoot)).toEqual(['old']);
  });
});
