/**
 * What commands leave in a workspace, compared with what they leave in a plain copy of the project at
 * the same path, which they get when the workspace has been looked at.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './run-fixture.ts';
import { type TestFiles, TestProject } from './test-project.ts';

/** Who commits, and when: so that commits have the same ids. */
export const GIT_IDENTITY: Readonly<Record<string, string>> = {
  ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@a', GIT_AUTHOR_DATE: '2020-01-01T00:00:00Z' },
  ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@a' },
  ...{ GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z', GIT_CONFIG_GLOBAL: '/dev/null' },
};

/** A directory that is ignored, and in which nothing is compared: for caches. */
export const CACHE = '.cache';

/** What is done, and looked at. */
export interface PlainCopyRun {
  readonly files: TestFiles;
  /** Done in the project before the workspace begins. */
  readonly begin?: string | undefined;
  /** Done one after the other in the workspace, and then in the copy. */
  readonly commands: readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Patterns of paths whose names are compared, and not the content: it tells the time. */
  readonly timed?: readonly string[] | undefined;
  /** Patterns of paths that are not compared: their names are different each time. */
  readonly random?: readonly string[] | undefined;
}

/** A test that needs programs; says which of them this machine has not. */
export function itWith(
  programs: readonly string[],
  title: string,
  test: () => Promise<void>,
): void {
  const missing = programs.find((name) => !hasProgram(name));
  if (missing === undefined) it(title, { timeout: 900_000 }, test);
  else it.skip(`${title}: there is no ${missing} here`, test);
}

function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** Runs commands in both, and expects the same statuses and trees; undo and redo between them too. */
export async function expectAsInPlainCopy(run: PlainCopyRun): Promise<void> {
  const { files, begin = 'true', commands, timed = [], random = [] } = run;
  const project = new TestProject(files);
  const env = { ...GIT_IDENTITY, ...run.env };
  const plain = (command: string): { status: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      ...{ cwd: project.dir, env: { ...process.env, ...env }, maxBuffer: 2 ** 30 },
    });
    return { status, output: `${stdout}${stderr}` };
  };
  const begun = plain(begin);
  expect(begun.status, begun.output).toBe(0);
  const copy = temporaryDirectory();
  execFileSync('cp', ['-a', `${project.dir}/.`, copy]);

  const afs = project.open();
  const workspace = await afs.workspace.create('w');
  const look = lookCommand([`^${CACHE}$`, ...random], timed);
  const seen = async (): Promise<string> =>
    (await workspace.run(look, { maxBuffer: 2 ** 28, check: true, env })).stdout;
  const states = [await seen()];
  const statuses: (number | null)[] = [];
  const kept = [states[0]];
  for (const command of commands) {
    const { exitCode, operationId } = await workspace.run(`(${command}) > /dev/null`, { env });
    statuses.push(exitCode);
    states.push(await seen());
    if (operationId !== null) kept.push(states.at(-1));
  }
  for (let state = kept.length - 2; state >= 0; state--) {
    await workspace.undo();
    expect(linesOf(await seen()), `back to ${state}`).toEqual(linesOf(kept[state]));
  }
  for (let state = 1; state < kept.length; state++) await workspace.redo();
  expect(linesOf(await seen()), 'forth again').toEqual(linesOf(states.at(-1)));
  expect(plain(look).output, 'the project').toBe(states[0]);
  await afs.close();

  for (const name of readdirSync(project.dir)) {
    rmSync(join(project.dir, name), { recursive: true, force: true });
  }
  cpSync(copy, project.dir, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  expect(plain(look).output, 'the copy').toBe(states[0]);
  for (const [index, command] of commands.entries()) {
    const { status, output } = plain(`(${command}) > /dev/null`);
    expect(statuses[index], `${command}\n${output}`).toBe(status);
    expect(linesOf(states[index + 1]), command).toEqual(linesOf(plain(look).output));
  }
}

function linesOf(listing: string | undefined): string[] {
  return listing?.split('\n') ?? [];
}

/** A command that prints what is there: modes, names, digests of files, and where links lead. */
function lookCommand(skipped: readonly string[], timed: readonly string[]): string {
  const patterns = JSON.stringify([skipped.join('|'), timed.join('|') || '^$']);
  return `'${process.execPath}' -e '${LOOK}' '${patterns}'`;
}

const LOOK = `
const fs = require("fs"), { createHash } = require("crypto");
const [skipped, timed] = JSON.parse(process.argv[1]).map((each) => new RegExp(each));
const digest = (path) => createHash("sha256").update(fs.readFileSync(path)).digest("hex");
const walk = (directory) => {
  for (const name of fs.readdirSync(directory || ".").sort()) {
    const path = directory ? directory + "/" + name : name;
    if (path === ".agentfs" || skipped.test(path)) continue;
    const stats = fs.lstatSync(path), mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) console.log(path + " -> " + fs.readlinkSync(path));
    else if (stats.isFile()) console.log(mode, path, timed.test(path) ? "" : digest(path));
    else if (stats.isDirectory()) { console.log(mode, path + "/"); walk(path); }
    else console.log(mode, path, "special");
  }
};
walk("");
`;
