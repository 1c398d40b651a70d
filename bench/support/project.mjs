/**
 * Projects to measure on: real directories under git, 8 KiB a file on average, five levels deep.
 * git writes the files, so that its index is warm, and agentfs is opened on the same directory.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentFS } from '../../dist/index.js';
import { git } from './git.mjs';

const AVERAGE_BYTES = 8192;
const DIRECTORY_FILES = 20;

/** Makes each project once, when it is first asked for, and removes all of them at the end. */
export class Projects {
  #root = mkdtempSync(join(tmpdir(), 'agentfs-bench-'));
  #opened = new Map();
  #others = [];
  #directories = 0;

  /** An empty directory that is removed at the end. */
  directory() {
    this.#directories += 1;
    const path = join(this.#root, `${this.#directories}`);
    mkdirSync(path);
    return path;
  }

  /** The project of this many files: its directory, an AgentFS on it, and the path of each file. */
  async of(files) {
    const known = this.#opened.get(files);
    if (known !== undefined) return known;
    const base = this.directory();
    makeProject(base, files);
    const afs = await AgentFS.open(base, {
      core: { maxWorkspaces: 0 },
      runner: { prepare: false },
    });
    await afs.workspace.create('origin');
    const project = { base, afs, files, path: filePath };
    this.#opened.set(files, project);
    return project;
  }

  /** A workspace of a project that has just been forked from its base. */
  async fork(project) {
    this.#directories += 1;
    return project.afs.workspace.create(`fork-${this.#directories}`, { fromWorkspace: 'origin' });
  }

  /** An AgentFS that is closed at the end. */
  async open(directory, settings = {}) {
    const afs = await AgentFS.open(directory, {
      core: { maxWorkspaces: 0 },
      runner: { prepare: false },
      ...settings,
    });
    this.#others.push(afs);
    return afs;
  }

  async close() {
    for (const afs of this.#others) await afs.close();
    for (const { afs } of this.#opened.values()) await afs.close();
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** The path of file number i, five levels deep. */
export function filePath(i) {
  const directory = Math.floor(i / DIRECTORY_FILES);
  return `src/p${directory % 10}/m${Math.floor(directory / 10) % 10}/d${directory}/file-${i}.ts`;
}

/** Text of 2 to 14 KiB, about 8 on average, another one for each number. */
export function fileContent(i) {
  const bytes = AVERAGE_BYTES / 4 + ((i * 7919) % (AVERAGE_BYTES * 1.5));
  const line = `export const value${i} = ${(i * 2654435761) % 4294967296}; // a line of file ${i}\n`;
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
}

/** Fills a directory with files and commits them to a repository in it. */
function makeProject(directory, files) {
  git(directory, ['init', '-q']);
  git(directory, ['fast-import', '--quiet'], { input: fastImport(files) });
  git(directory, ['reset', '-q', '--hard', 'main']);
}

function fastImport(files) {
  const parts = [Buffer.from('commit refs/heads/main\ncommitter b <b@b> 0 +0000\ndata 4\nbase\n')];
  for (let i = 0; i < files; i++) {
    const content = Buffer.from(fileContent(i));
    parts.push(Buffer.from(`M 100644 inline ${filePath(i)}\ndata ${content.length}\n`), content);
    parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}
