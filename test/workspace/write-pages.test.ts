import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { TestProject } from '../support/test-project.ts';

const WRITES = 200;
/** A page of 4 KiB and its header in the log. */
const PAGE_IN_LOG = 4096 + 24;

/** Pages that a write of 1 KiB adds to the log of the store, on average. */
async function pagesAWrite(
  project: TestProject,
  workspace: Workspace,
  path: (i: number) => string,
): Promise<number> {
  const logSize = (): number => statSync(join(project.dir, '.agentfs/agentfs.db-wal')).size;
  const before = logSize();
  for (let i = 0; i < WRITES; i++) {
    await workspace.writeFile(path(i), `${Math.random()}`.padEnd(1024, `${i} `));
  }
  return (logSize() - before) / PAGE_IN_LOG / WRITES;
}

it('a file is written with few pages, new or over another', async () => {
  const project = new TestProject();
  const workspace = await project.open().workspace.create('w');
  const path = (i: number): string => `d${i % 20}/file-${i}`;
  expect(await pagesAWrite(project, workspace, path)).toBeLessThan(6.5);
  expect(await pagesAWrite(project, workspace, path)).toBeLessThan(6.5);
});
