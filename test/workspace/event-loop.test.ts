/**
 * Promises that are kept by themselves: a program that does nothing but await them, with no timer or
 * socket of its own, lives until each is settled. Node ends one that does not with status 13.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { StrategyName } from '../../src/runner/strategy.ts';
import { bundledLibrary } from '../support/compiled.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { TestProject } from '../support/test-project.ts';

/** Each step awaits, and is the only thing that could keep the process alive. */
const STEPS = `
  const afs = await AgentFS.open(base);
  done('open');
  const ws = await afs.workspace.create('w');
  done('create');
  await ws.run('true', { strategy });
  done('first run');
  await ws.run('echo a > a.txt', { strategy });
  done('second run');
  for await (const line of ws.runStream('echo line', { strategy })) done('runStream ' + line.trim());
  const background = ws.start('cat', { strategy, input: 'in' });
  await background.pid;
  done('start');
  await background.wait();
  done('wait');
  await Promise.all([ws.run('true', { strategy }), ws.run('true', { strategy })]);
  done('queue');
  const session = await ws.session({ strategy });
  done('session');
  await session.run('echo b > b.txt');
  done('session.run');
  await session.checkpoint();
  done('checkpoint');
  await session.run('echo c > c.txt');
  await session.close();
  done('session.close');
  await (await ws.session({ strategy })).discard();
  done('discard');
  await ws.run('sleep 1000', { strategy, timeout: 20 });
  done('timeout');
  await ws.materialize();
  done('materialize');
  await ws.commit('c');
  done('commit');
  await afs.gc();
  done('gc');
  await afs.doctor();
  done('doctor');
  await afs.workspace.delete('w', { force: true });
  done('delete');
  await ws.session({ strategy }).catch(() => done('refusal'));
  await afs.close();
  done('close');`;

async function follow(strategy: StrategyName): Promise<void> {
  const project = new TestProject({
    'a.txt': 'old\n',
    '.gitignore': 'ignored/\n',
    'ignored/x': '',
  });
  const script = `import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
    const [base, strategy] = process.argv.slice(1);
    const done = (step) => process.stdout.write(step + '\\n');
    ${STEPS}`;
  const args = ['--input-type=module', '-e', script, project.dir, strategy];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => error);
  const steps = [...STEPS.matchAll(/done\('([^']*)'/g)].map(([, step]) => step);
  expect(stdout.trim().split('\n')).toEqual(
    steps.map((step) => (step === 'runStream ' ? 'runStream line' : step)),
  );
}

it('with the directory strategy, every promise is kept by itself', () => follow('directory'));

await describeOverlay('standard', 'with the overlay strategy', () => {
  it('every promise is kept by itself', () => follow('overlay'));
});
