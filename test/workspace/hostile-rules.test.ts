/**
 * Ignore rules that a project or a command has written against whoever reads them. All of it happens
 * in a process of its own: one that never came back to its event loop could only be killed.
 */

import { expect, it } from 'vitest';
import type { StrategyName } from '../../src/runner/strategy.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { TestProject } from '../support/test-project.ts';
import { runProcess } from './support/store-process.ts';

/** So much longer than it takes that only what has no end gets there. */
const END_MS = 120_000;

const DEEP = 'a/'.repeat(100);

/** Rules for which a matcher that tries one way after the other has more ways than it can try. */
const RULES = [
  `${'**/a/'.repeat(7)}**/b`,
  `${'**/'.repeat(50)}b`,
  `/${'**/*a*/'.repeat(20)}b`,
  `${'*a'.repeat(100)}b`,
  `${'*/'.repeat(90)}**/b`,
  `!${'**/?/'.repeat(30)}b`,
].join('\n');

const SCRIPT = `
  print('working');
  const afs = await AgentFS.open(task.base);
  const ws = await afs.workspace.create('w');
  print('created');
  const command = ['node', '-e', task.command, task.rules, task.deep];
  const result = await ws.run(command, { strategy: task.strategy, check: true });
  print('captured ' + (await ws.exists(task.deep + 'new')));
  await ws.commit('c');
  print('committed');
  const found = await ws.readFile('b').catch(codeOf);
  print('read ' + found);
  await afs.close();`;

const COMMAND = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  const [rules, deep] = process.argv.slice(1);
  writeFileSync('.gitignore', rules + '\\n# by a command');
  mkdirSync('x/' + deep, { recursive: true });
  writeFileSync('x/' + deep + 'aaaa', '');
  writeFileSync(deep + 'new', '');
  writeFileSync('a'.repeat(255), '');`;

async function attack(strategy: StrategyName): Promise<void> {
  const project = new TestProject({ '.gitignore': RULES, [`${DEEP}old`]: '', [`${DEEP}b`]: '' });
  const task = { base: project.dir, rules: RULES, deep: DEEP, strategy, command: COMMAND };
  const { lines, errors, status } = await runProcess(SCRIPT, task, { killAfterMs: END_MS });
  expect({ lines, errors, status }).toEqual({
    lines: ['created', 'captured true', 'committed', 'read ENOENT'],
    errors: '',
    status: 0,
  });
}

it('cannot stop a create, a capture or a commit', { timeout: 2 * END_MS }, () =>
  attack('directory'),
);

await describeOverlay('standard', 'with the overlay strategy', () => {
  it('cannot stop a create, a capture or a commit', { timeout: 2 * END_MS }, () =>
    attack('overlay'),
  );
});
