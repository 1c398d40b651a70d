/** A project directory with its store, and changes to it made as a commit makes them. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { IgnoreSettings } from '../../../src/disk/ignore-settings.ts';
import { systemClock } from '../../../src/primitives/clock.ts';
import type { ObjectId } from '../../../src/primitives/object-id.ts';
import { parsePath } from '../../../src/primitives/path.ts';
import { type AppliedChange, type ApplyRequest, applyToBase } from '../../../src/project/apply.ts';
import { BaseDirectory } from '../../../src/project/base-directory.ts';
import { type RecoveryReport, recoverBase } from '../../../src/project/recover.ts';
import { prepareContent } from '../../../src/store/contents.ts';
import { BASE_DIRECTORY } from '../../../src/store/stat-rows.ts';
import { Store } from '../../../src/store/store.ts';
import { diffTrees } from '../../../src/tree/diff-trees.ts';
import { emptyDirectory, PendingTree } from '../../../src/tree/pending-tree.ts';
import { EMPTY_TREE, Trees } from '../../../src/tree/trees.ts';
import { TEST_SIGNER } from '../../support/signer.ts';
import { type ProjectFiles, withDirectories, writeProject } from './project-files.ts';

export class Project {
  readonly root: string;
  readonly store: Store;
  readonly trees: Trees;
  readonly base: BaseDirectory;

  constructor(root: string, storePath: string = join(root, '.agentfs', 'agentfs.db')) {
    this.root = root;
    this.store = new Store(storePath, {
      cacheBytes: 8 * 1024 * 1024,
      process: 'test',
      signer: TEST_SIGNER,
    });
    this.trees = new Trees(this.store.objects, 8 * 1024 * 1024);
    this.base = new BaseDirectory({
      root,
      store: this.store,
      trees: this.trees,
      clock: systemClock,
      ignore: new IgnoreSettings(),
    });
  }

  /** Stores a tree with these files and returns its id. */
  treeOf(files: ProjectFiles): ObjectId {
    return this.edited(EMPTY_TREE, files);
  }

  /** Stores a tree with these files put into another and returns its id. */
  edited(root: ObjectId, files: ProjectFiles): ObjectId {
    return this.store.database.transaction(() => {
      this.trees.put({ kind: 'leaf', entries: new Map() });
      const tree = new PendingTree(this.trees, root);
      for (const [path, entry] of withDirectories(files)) {
        const place = parsePath(path);
        if (entry.kind === 'directory') {
          tree.set(place, emptyDirectory(entry.mode, 0));
          continue;
        }
        const bytes = Buffer.from(entry.kind === 'file' ? entry.text : entry.target);
        const content = prepareContent(bytes);
        this.store.contents.put(content);
        const { id, size } = content;
        const mode = entry.kind === 'file' ? entry.mode : 0o777;
        tree.set(place, { kind: entry.kind, mode, mtime: 0, size, files: 1, id });
      }
      return tree.fold().id;
    });
  }

  /** Scans the base and makes it like the tree. */
  async change(files: ProjectFiles, options: Partial<ApplyRequest> = {}): Promise<AppliedChange> {
    const { tree: before } = await this.base.scan();
    return this.changeFrom(before, this.treeOf(files), options);
  }

  /** Makes the difference between two trees in the base, which was scanned as the first. */
  changeFrom(
    before: ObjectId,
    after: ObjectId,
    options: Partial<ApplyRequest> = {},
  ): Promise<AppliedChange> {
    const { store, root, trees } = this;
    const index = store.stats.load(BASE_DIRECTORY);
    return applyToBase(
      { store, root, clock: systemClock },
      {
        changes: [...diffTrees(trees, before, after)],
        indexed: (path) => index.get(path),
        finish: (applied) => this.record(after, applied),
        ...options,
      },
    );
  }

  /** Records a change as a commit does. */
  record(tree: ObjectId, { rows }: AppliedChange): void {
    const { stats } = this.store;
    for (const { path, entry } of rows) {
      if (entry === undefined) stats.delete(BASE_DIRECTORY, path);
      else stats.put(BASE_DIRECTORY, path, entry);
    }
    stats.setDirectory(BASE_DIRECTORY, { tree, dirty: false, scannedAt: systemClock.now() });
  }

  recover(): RecoveryReport[] {
    return recoverBase(this);
  }

  close(): void {
    this.store.close();
  }
}

/** A project in a directory of its own, removed when the test is over. */
export function temporaryProject(files: ProjectFiles = {}): Project {
  const top = mkdtempSync(join(tmpdir(), 'agentfs-project-'));
  const root = join(top, 'base');
  mkdirSync(root);
  writeProject(root, files);
  const project = new Project(root);
  onTestFinished(() => {
    project.close();
    rmSync(top, { recursive: true, force: true });
  });
  return project;
}
