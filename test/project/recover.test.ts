import { appendFileSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import type { ChangeStep } from '../../src/project/change-step.ts';
import { beginJournal, decodeSteps, encodeSteps } from '../../src/project/journal.ts';
import { planChange } from '../../src/project/plan-change.ts';
import { diffTrees } from '../../src/tree/diff-trees.ts';
import { type Project, temporaryProject } from './support/project.ts';
import {
  completed,
  directory,
  file,
  type ProjectFiles,
  readProject,
} from './support/project-files.ts';
import { FIRST, SECOND } from './support/versions.ts';

const OLD: ProjectFiles = { 'a.txt': file('old\n'), 'd/e/x.txt': file('x\n') };

/** A process that died after writing its journal: what it did since is up to the test. */
class Interrupted {
  readonly project: Project;
  readonly steps: readonly ChangeStep[];
  readonly number: number;

  constructor(before: ProjectFiles, after: ProjectFiles) {
    this.project = temporaryProject(before);
    const { trees, store, root } = this.project;
    const changes = diffTrees(trees, this.project.treeOf(before), this.project.treeOf(after));
    const base = SafeDirectory.open(root);
    this.steps = planChange(base, changes).steps;
    base.close();
    this.number = beginJournal(store, this.steps, 0).number;
  }

  /** The place of a path. */
  at(path: string): string {
    return join(this.project.root, path);
  }

  /** The place where something of the step for a path waits. */
  staged(path: string, as: string): string {
    const step = this.steps.find((each) => each.path === path);
    if (step === undefined) throw new Error(`No step changes ${path}.`);
    return join(
      this.project.root,
      step.anchor,
      `.agentfs-stage-${this.number}-${step.number}.${as}`,
    );
  }

  /** Recovers, and once more to see that nothing is left to do. */
  recover(): ReturnType<Project['recover']> {
    const reports = this.project.recover();
    const found = readProject(this.project.root);
    expect(this.project.recover()).toEqual([]);
    expect(readProject(this.project.root)).toEqual(found);
    return reports;
  }
}

describe('recoverBase', () => {
  it('does nothing when no change was interrupted', () => {
    expect(temporaryProject(OLD).recover()).toEqual([]);
  });

  it('takes back a change of which nothing had happened', () => {
    const { project } = new Interrupted(FIRST, SECOND);
    expect(project.recover()).toMatchObject([{ outcome: 'taken-back', kept: [] }]);
    expect(readProject(project.root)).toEqual(completed(FIRST));
  });

  it('puts a file back that was moved away, and removes what was placed', () => {
    const change = new Interrupted(OLD, { ...OLD, 'a.txt': file('new\n'), 'n/b.txt': file('b\n') });
    renameSync(change.at('a.txt'), change.staged('a.txt', 'old'));
    writeFileSync(change.staged('a.txt', 'new'), 'new\n');
    linkSync(change.staged('a.txt', 'new'), change.at('a.txt'));
    mkdirSync(change.at('n'), 0o700);
    writeFileSync(change.at('n/b.txt'), 'b\n');
    expect(change.recover()).toMatchObject([{ outcome: 'taken-back', kept: [] }]);
    expect(readProject(change.project.root)).toEqual(completed(OLD));
  });

  it('makes removed directories anew, with their modes', () => {
    const before = { ...OLD, 'd/e': directory(0o750) };
    const change = new Interrupted(before, { 'a.txt': file('old\n') });
    renameSync(change.at('d/e/x.txt'), change.staged('d/e/x.txt', 'old'));
    rmSync(change.at('d'), { recursive: true });
    change.recover();
    expect(readProject(change.project.root)).toEqual(completed(before));
  });

  it('does not bring back a directory that the user has removed', () => {
    const change = new Interrupted(OLD, { 'a.txt': file('old\n') });
    rmSync(change.at('d'), { recursive: true });
    change.recover();
    expect(readProject(change.project.root)).toEqual({ 'a.txt': file('old\n') });
  });

  it('leaves a file that the user has put where one was moved away', () => {
    const change = new Interrupted(OLD, { ...OLD, 'a.txt': file('new\n') });
    renameSync(change.at('a.txt'), change.staged('a.txt', 'old'));
    writeFileSync(change.at('a.txt'), 'mine\n');
    const [report] = change.recover();
    expect(report?.kept).toMatchObject([{ path: 'a.txt' }]);
    expect(readProject(change.project.root)).toEqual(
      completed({ ...OLD, 'a.txt': file('mine\n') }),
    );
  });

  it('keeps both when what was moved away has been written to as well', () => {
    const change = new Interrupted(OLD, { ...OLD, 'a.txt': file('new\n') });
    renameSync(change.at('a.txt'), change.staged('a.txt', 'old'));
    appendFileSync(change.staged('a.txt', 'old'), 'and more\n');
    writeFileSync(change.at('a.txt'), 'mine\n');
    writeFileSync(change.at('a.txt.agentfs-conflict-1'), 'from before\n');
    const [report] = change.recover();
    expect(report?.kept).toMatchObject([
      { path: 'a.txt' },
      { path: 'a.txt', copy: 'a.txt.agentfs-conflict-2' },
    ]);
    expect(readProject(change.project.root)).toEqual(
      completed({
        ...OLD,
        'a.txt': file('mine\n'),
        'a.txt.agentfs-conflict-1': file('from before\n'),
        'a.txt.agentfs-conflict-2': file('old\nand more\n'),
      }),
    );
  });

  it('puts back what was written to after it was moved away', () => {
    const change = new Interrupted(OLD, { ...OLD, 'a.txt': file('new\n') });
    renameSync(change.at('a.txt'), change.staged('a.txt', 'old'));
    appendFileSync(change.staged('a.txt', 'old'), 'and more\n');
    writeFileSync(change.at('a.txt'), 'new\n');
    change.recover();
    const edited = { ...OLD, 'a.txt': file('old\nand more\n') };
    expect(readProject(change.project.root)).toEqual(completed(edited));
  });

  it('puts an edit back that an earlier recovery had moved away when it died', () => {
    const change = new Interrupted(OLD, { ...OLD, 'a.txt': file('new\n') });
    renameSync(change.at('a.txt'), change.staged('a.txt', 'old'));
    writeFileSync(change.staged('a.txt', 'undo'), 'mine\n');
    const [report] = change.recover();
    expect(report?.kept).toMatchObject([{ path: 'a.txt' }]);
    expect(readProject(change.project.root)).toEqual(
      completed({ ...OLD, 'a.txt': file('mine\n') }),
    );
  });

  it('leaves a new directory in which the user has made something', () => {
    const change = new Interrupted(OLD, { ...OLD, 'n/b.txt': file('b\n') });
    mkdirSync(change.at('n'));
    writeFileSync(change.at('n/b.txt'), 'b\n');
    writeFileSync(change.at('n/mine.txt'), 'mine\n');
    const [report] = change.recover();
    expect(report?.kept).toMatchObject([{ path: 'n' }]);
    expect(readProject(change.project.root)).toEqual(
      completed({ ...OLD, 'n/mine.txt': file('mine\n') }),
    );
  });

  it('tidies up after a change that was final, and keeps what was written to meanwhile', () => {
    const after = { ...OLD, 'a.txt': file('new\n') };
    const change = new Interrupted(OLD, after);
    renameSync(change.at('a.txt'), change.staged('a.txt', 'old'));
    writeFileSync(change.at('a.txt'), 'new\n');
    appendFileSync(change.staged('a.txt', 'old'), 'late\n');
    change.project.store.journals.markApplied(change.number);
    const [report] = change.recover();
    expect(report).toMatchObject({
      outcome: 'completed',
      paths: ['a.txt'],
      kept: [{ path: 'a.txt', copy: 'a.txt.agentfs-conflict-1' }],
    });
    expect(readProject(change.project.root)).toEqual(
      completed({ ...after, 'a.txt.agentfs-conflict-1': file('old\nlate\n') }),
    );
  });

  it('makes the next change meet a conflict when an interrupted one had to be taken back', async () => {
    const change = new Interrupted(OLD, { ...OLD, 'a.txt': file('new\n') });
    renameSync(change.at('a.txt'), change.staged('a.txt', 'old'));
    const { project } = change;
    const wanted = project.treeOf({ 'a.txt': file('newer\n') });
    const next = project.changeFrom(project.treeOf({}), wanted);
    await expect(next).rejects.toMatchObject({ code: 'CONFLICT', details: { paths: ['a.txt'] } });
    expect(readProject(project.root)).toEqual(completed(OLD));
  });
});

describe('the journal', () => {
  it('reads the steps that it wrote', () => {
    const { steps } = new Interrupted(FIRST, SECOND);
    expect(decodeSteps(1, encodeSteps(steps))).toEqual(steps);
  });

  const id = 'a'.repeat(64);
  it.each([
    'nonsense',
    '{}',
    '[1]',
    '[["../x","",null,[1,420,1,"ID"],false]]',
    '[[".git/config","",null,[1,420,1,"ID"],false]]',
    '[["/a","",null,[1,420,1,"ID"],false]]',
    '[["a/b","c",null,[1,420,1,"ID"],false]]',
    '[["a","",null,[4,420,1,"ID"],false]]',
    '[["a","",null,[1,-1,1,"ID"],false]]',
    '[["a","",null,[1,420,1,"short"],false]]',
    '[["a","",null,7,false]]',
  ])('is refused when it is damaged, and the base is left alone: %s', (steps) => {
    const project = temporaryProject(OLD);
    const number = project.store.journals.begin(0);
    project.store.journals.setSteps(number, steps.replace('ID', id));
    expect(() => project.recover()).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    expect(readProject(project.root)).toEqual(completed(OLD));
  });
});
