import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectId } from '../../src/primitives/object-id.ts';
import { applyMerge, mergeTrees } from '../../src/snapshot/merge-trees.ts';
import { anyPath, anyText } from '../support/tree-arbitraries.ts';
import { type Thing, type Things, TreeFixture } from '../support/tree-fixture.ts';

// What git sees: texts that are not empty (it merges an added empty file with any other), one
// executable bit, links; no empty directories.
const anyThing: fc.Arbitrary<Thing> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ text: anyText }) },
  { weight: 2, arbitrary: fc.record({ text: anyText, mode: fc.constant(0o755) }) },
  { weight: 1, arbitrary: fc.record({ link: fc.constantFrom('x', 'y') }) },
);
const settings = { maxKeys: 5, noNullPrototype: true } as const;
const anyThings = fc.dictionary(anyPath, anyThing, settings).map(tellApart);
const anyEdits = fc
  .dictionary(
    anyPath,
    fc.oneof({ weight: 2, arbitrary: anyThing }, { weight: 1, arbitrary: fc.constant(null) }),
    settings,
  )
  .map(tellApart);
const ENVIRONMENT = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** Makes what is at different paths so different that git sees no renames, which it would follow. */
function tellApart(things: Things): Things {
  const told = Object.entries(things).map(([path, thing]): [string, Thing] => {
    if (thing === null || typeof thing === 'string' || 'directory' in thing) return [path, thing];
    if ('link' in thing) return [path, { link: `${path}-${thing.link}` }];
    const lines = Array.from({ length: 12 }, (_, i) => `${path} ${i}\n`).join('');
    return [path, { ...thing, text: `${lines}${String(thing.text)}` }];
  });
  return Object.fromEntries(told);
}

let fixture: TreeFixture;
let repository: string;

beforeEach(() => {
  fixture = new TreeFixture();
  repository = mkdtempSync(join(tmpdir(), 'merge-with-git-'));
  execFileSync('git', ['init', '-q', '--bare', repository], { env: ENVIRONMENT });
});

afterEach(() => {
  fixture.close();
  rmSync(repository, { recursive: true, force: true });
});

/** A branch with one commit that holds the tree, as `git fast-import` reads it. */
function importCommit(branch: string, root: ObjectId, parent?: string): string {
  const lines = [`commit refs/heads/${branch}`, 'committer a <a@b> 0 +0000', 'data 0'];
  if (parent !== undefined) lines.push(`from refs/heads/${parent}`);
  lines.push('deleteall');
  for (const [path, { entry, content }] of fixture.files(root)) {
    const executable = entry.mode === 0o755 ? '100755' : '100644';
    lines.push(`M ${entry.kind === 'symlink' ? '120000' : executable} inline ${path}`);
    lines.push(`data ${content.length}`, content.toString());
  }
  return `${lines.join('\n')}\n`;
}

/** The files of what git merges, as {@link showFiles} shows them; undefined for a conflict. */
function mergeWithGit(name: string): Map<string, string> | undefined {
  const git = (args: string[], input = ''): { readonly status: number | null; stdout: string } =>
    spawnSync('git', args, { cwd: repository, encoding: 'utf8', env: ENVIRONMENT, input });
  const merge = git(['merge-tree', '--write-tree', `${name}-ours`, `${name}-theirs`]);
  if (merge.status === 1) return undefined;
  expect(merge.status).toBe(0);
  const format = '--format=%(objectmode) %(objectname) %(path)';
  const { stdout: listed } = git(['ls-tree', '-r', format, merge.stdout.trim()]);
  const files = [...listed.matchAll(/^(\d+) (\w+) (.*)$/gm)].map(([, ...file]) => file);
  // Each content between lines that no text has.
  const ids = files.map(([, id]) => `${id}\n`).join('');
  const { stdout: contents } = git(['cat-file', '--batch=\x01'], ids);
  const texts = contents.split('\x01\n').slice(1);
  return new Map(
    files.map(([mode, , path = ''], index) => [path, `${mode} ${texts[index]?.slice(0, -1)}`]),
  );
}

function showFiles(root: ObjectId): Map<string, string> {
  const files = [...fixture.files(root)];
  return new Map(
    files.map(([path, { entry, content }]) => {
      const executable = entry.mode === 0o755 ? '100755' : '100644';
      return [path, `${entry.kind === 'symlink' ? '120000' : executable} ${content}`];
    }),
  );
}

/** The tree without directories in which no file is: git has none. */
function withoutEmptyDirectories(root: ObjectId): ObjectId {
  const files = [...fixture.files(root)].map(([path, { entry, content }]): [string, Thing] => [
    path,
    entry.kind === 'symlink'
      ? { link: content.toString() }
      : { text: content.toString(), mode: entry.mode },
  ]);
  return fixture.tree(Object.fromEntries(files));
}

describe('a merge of trees', () => {
  it('agrees with git on whether there is a conflict, and on the result when there is none', () => {
    const sides: fc.Arbitrary<{ base: Things; ours: Things; theirs: Things }> = fc.record({
      base: anyThings,
      ours: anyEdits,
      theirs: anyEdits,
    });
    const samples = fc.sample(sides, 120).map(({ base, ours, theirs }) => {
      const root = fixture.tree(base);
      const edited = [ours, theirs].map((edits) =>
        withoutEmptyDirectories(fixture.edit(root, edits)),
      );
      return { base: root, ours: edited[0] ?? root, theirs: edited[1] ?? root };
    });
    const commits = samples.map(
      (trees, i) =>
        importCommit(`${i}-base`, trees.base) +
        importCommit(`${i}-ours`, trees.ours, `${i}-base`) +
        importCommit(`${i}-theirs`, trees.theirs, `${i}-base`),
    );
    execFileSync('git', ['fast-import', '--quiet'], {
      cwd: repository,
      input: commits.join(''),
      env: ENVIRONMENT,
    });
    let clean = 0;
    samples.forEach((trees, i) => {
      const outcome = mergeTrees(fixture, trees);
      const merged =
        outcome.kind === 'merged'
          ? showFiles(applyMerge(fixture, trees.ours, outcome).id)
          : undefined;
      const context = JSON.stringify(
        [trees.base, trees.ours, trees.theirs].map((root) => fixture.show(root)),
      );
      expect(merged, context).toEqual(mergeWithGit(String(i)));
      if (merged !== undefined) clean += 1;
    });
    // Both outcomes have to be among the samples, or the comparison says little.
    expect(clean).toBeGreaterThan(10);
    expect(clean).toBeLessThan(110);
  });
});
