/** Programs that change a project while it is committed to, and the proof that nothing was lost. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { AgentFSError } from '../../../src/primitives/errors.ts';
import { contentId, type ObjectId } from '../../../src/primitives/object-id.ts';
import { parsePath } from '../../../src/primitives/path.ts';
import { Editor } from './editor.ts';
import { type Project, temporaryProject } from './project.ts';
import { file, type ProjectFiles, readProject, writeProject } from './project-files.ts';

const FILES = 30;

/** Commits to a project whose files an editor rewrites all the time, until enough have succeeded. */
export class EditRace {
  readonly #project: Project;
  /** The tree that the scan before each commit saw. */
  readonly #seen = new Map<string, ObjectId>();
  readonly #done = new Set<string>();

  constructor() {
    this.#project = temporaryProject({ '.gitignore': file('*.log\n'), ...numbered('start') });
  }

  /** Runs the race and looks where every edit has gone. */
  async run(commits: number): Promise<void> {
    const editor = await Editor.start(this.#project.root, FILES);
    for (let i = 0; this.#done.size < commits && i < 10 * commits; i++) await this.#commit(i);
    const { last, replaced } = await editor.stop();
    for (const { name, wrote, text } of replaced) this.#expectSeen(name, wrote, text);
    const found = readProject(this.#project.root);
    for (const [name, wrote] of Object.entries(last)) {
      const entry = found[name];
      const text = entry?.kind === 'file' ? entry.text : '';
      if (text === wrote) continue;
      this.#expectSeen(name, wrote, text);
      expect(this.#done).toContain(commitOf(text));
    }
    expect(this.#done.size).toBeGreaterThan(0);
    expect(Object.keys(found).filter((path) => path.startsWith('.agentfs-'))).toEqual([]);
  }

  async #commit(number: number): Promise<void> {
    const { tree } = await this.#project.base.scan();
    const commit = `commit ${number}`;
    this.#seen.set(commit, tree);
    const wanted = this.#project.edited(tree, numbered(commit, number % FILES, 3));
    try {
      await this.#project.changeFrom(tree, wanted);
      this.#done.add(commit);
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFLICT' });
    }
  }

  #expectSeen(name: string, edit: string, text: string): void {
    expect(this.#wasSeen(name, edit, text), `'${edit}' was lost to '${text}'`).toBe(true);
  }

  /** Whether the scan for the commit that wrote `text`, or for one before it, had seen the edit. */
  #wasSeen(name: string, edit: string, text: string): boolean {
    const tree = this.#seen.get(commitOf(text) ?? '');
    const before = tree && this.#project.trees.lookup(tree, parsePath(name));
    if (before === undefined) return false;
    if (before.id === contentId(Buffer.from(edit))) return true;
    return this.#wasSeen(name, edit, this.#project.store.contents.read(before).toString());
  }
}

/** Whether two paths can be exchanged here in one system call. */
export const canExchange: boolean = spawnSync('python3', ['-c', 'import ctypes']).status === 0;

/** Commits to a directory that is exchanged with a link to elsewhere all the time. */
export async function raceWithFlips(commits: number): Promise<void> {
  const outside = mkdtempSync(join(tmpdir(), 'agentfs-outside-'));
  onTestFinished(() => rmSync(outside, { recursive: true }));
  const project = temporaryProject(flipped(0));
  writeProject(outside, { 'a.txt': file('outside\n'), 'sub/b1.txt': file('outside\n') });
  mkdirSync(join(project.root, '.agentfs'), { recursive: true });
  const swap = join(project.root, '.agentfs/swap');
  symlinkSync(outside, swap);
  const before = readProject(outside);
  const flipper = spawn('python3', ['-c', FLIP, join(project.root, 'flip'), swap]);
  let done = 0;
  for (let commit = 1; commit <= commits; commit++) {
    // What the error is depends on the moment; that it is one of ours does not.
    const error = await project.change(flipped(commit)).catch((reason: unknown) => reason);
    if (error instanceof Error) expect(error).toBeInstanceOf(AgentFSError);
    else done++;
    expect(readProject(outside)).toEqual(before);
  }
  flipper.kill('SIGKILL');
  await once(flipper, 'close');
  expect(done).toBeGreaterThan(0);
}

const FLIP = `
import ctypes, sys
libc = ctypes.CDLL(None)
one, other = (path.encode() for path in sys.argv[1:])
while True:
    libc.renameat2(-100, one, -100, other, 2)
`;

function flipped(commit: number): ProjectFiles {
  const text = file(`${commit}\n`);
  return { 'flip/a.txt': text, [`flip/sub/b${commit % 3}.txt`]: text, 'c.txt': text };
}

/** Some of the numbered files, with a text that says who wrote them. */
function numbered(author: string, from = 0, count = FILES): ProjectFiles {
  const names = Array.from({ length: count }, (_, i) => `file-${(from + i) % FILES}.txt`);
  return Object.fromEntries(names.map((name) => [name, file(`${name} ${author}\n`)]));
}

function commitOf(text: string): string | undefined {
  return /commit \d+/.exec(text)?.[0];
}
