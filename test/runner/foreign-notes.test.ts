/** Notes beside layers and checkouts that somebody else has written: what they say does not count. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takeFingerprint } from '../../src/runner/layers/checkout-fingerprint.ts';
import { CHECKOUTS } from '../../src/runner/layers/checkouts.ts';
import { layersPlace } from '../../src/runner/layers/layers-place.ts';
import { describeOverlay, overlayBench, overlayOf, runnerOf } from '../support/overlay-host.ts';

const FILES = { 'a.txt': 'a\n', 'src/b.txt': 'b\n' };

await describeOverlay('standard', 'notes that came along', () => {
  it.each([
    ['linked', 'of another note'],
    ['mounted', 'of another note'],
    ['mounted', undefined],
  ])(
    'show nothing of the base in the workspace as %s, with a signature %s',
    async (how, signed) => {
      const { base, engine, core, run } = await overlayBench(FILES);
      await run('true');
      const note = join(layersPlace(engine.layers, core.uuid).path, 'state.json');
      const { signature, ignored, ...known } = JSON.parse(readFileSync(note, 'utf8'));
      const hostile = { ...known, ignored: { ...ignored, [how]: ['src'] } };
      writeFileSync(note, JSON.stringify(signed ? { ...hostile, signature } : hostile));
      writeFileSync(join(base, 'src/b.txt'), 'edited\n');
      const { stdout, changes } = await run('cat src/b.txt; echo evil > src/b.txt');
      expect(stdout).toBe('b\n');
      expect(changes).toMatchObject([{ path: 'src/b.txt' }]);
      expect(readFileSync(join(base, 'src/b.txt'), 'utf8')).toBe('edited\n');
    },
  );

  it('do not vouch for a checkout with other content', async () => {
    const { engine, core, run } = await overlayBench(FILES);
    await run('true');
    const checkouts = join(engine.work.path, CHECKOUTS);
    const [name = ''] = readdirSync(checkouts);
    const tree = join(checkouts, name, 'tree');
    writeFileSync(join(tree, 'a.txt'), 'evil\n');
    const steps = takeFingerprint(tree);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    const { digest: fingerprint, ...counts } = step.value;
    const text = JSON.stringify({ fingerprint, ...counts });
    const marker = join(checkouts, name, 'marker.json');
    const { signature } = JSON.parse(readFileSync(marker, 'utf8'));
    writeFileSync(marker, JSON.stringify({ text, signature }));
    // Another process, which has not looked at the checkout yet.
    expect((await runnerOf(core, overlayOf(engine))('cat a.txt')).stdout).toBe('a\n');
  });
});
