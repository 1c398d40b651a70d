/** Ten small changes, and what the disk takes to keep them. */

import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileContent } from './project.mjs';

export const CHANGES = 10;

/** Numbers of ten files that are spread over a project; other ones in each run. */
export function changedFiles(project, run) {
  const step = Math.floor(project.files / CHANGES);
  return Array.from({ length: CHANGES }, (_, i) => i * step + ((run + 1) % step));
}

/** What file number i is after a change of one line in its middle, another one at each call. */
export function changedContent(i) {
  const lines = fileContent(i).split('\n');
  lines[Math.floor(lines.length / 2)] = `// changed at ${process.hrtime.bigint()}`;
  return lines.join('\n');
}

/** Changes ten files of a workspace, each on its own. */
export async function changeWorkspace(workspace, project, run) {
  for (const i of changedFiles(project, run)) {
    await workspace.writeFile(project.path(i), changedContent(i));
  }
}

/** Changes ten files of the real directory. */
export function changeBase(project, run) {
  for (const i of changedFiles(project, run)) {
    writeFileSync(join(project.base, project.path(i)), changedContent(i));
  }
}

/** Writes a file and waits until the disk has it. */
export function writeDurably(path, content) {
  const file = openSync(path, 'w');
  writeSync(file, content);
  fsyncSync(file);
  closeSync(file);
}
