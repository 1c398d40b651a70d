/** Real directories for tests, removed when the test is over. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes a directory with these files; a path that ends with a slash is an empty directory. */
export function temporaryDirectory(files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'agentfs-disk-'));
  onTestFinished(() => {
    // Node's own rm gives up on modes of 000; these are our own files.
    spawnSync('chmod', ['-R', 'u+rwx', root]);
    spawnSync('rm', ['-rf', root]);
  });
  writeFiles(root, files);
  return root;
}

/** Writes files below a directory, making the directories on the way. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    if (path.endsWith('/')) {
      mkdirSync(join(root, path), { recursive: true });
      continue;
    }
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
