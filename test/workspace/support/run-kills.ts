/** Kills a process while it runs commands in a workspace, and looks at what is left of it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { AgentFS } from '../../../src/index.ts';
import { CHECKOUTS } from '../../../src/runner/layers/checkouts.ts';
import type { StrategyName } from '../../../src/runner/strategy.ts';
import { bundledLibrary } from '../../support/compiled.ts';
import { until } from '../../support/processes.ts';
import { TestProject } from '../../support/test-project.ts';

/** Changes several files and content that is not versioned, and leaves a process that stays on. */
const COMMAND =
  'echo $1 >> log; for i in 1 2 3 4 5 6 7 8; do echo $1 > some/file-$i; done; mkdir -p dist; echo $1 >> dist/log; (setsid sleep 3600 &)';

/** One project, one workspace, and a process for each round. */
export class RunKills {
  readonly #project: TestProject = new TestProject({
    log: '',
    'some/file-1': '0\n',
    '.gitignore': 'dist/\n',
  });
  readonly #strategy: StrategyName;
  #acknowledged = 0;

  constructor(strategy: StrategyName) {
    this.#strategy = strategy;
  }

  /** Kills a process that many ms after its first line, then takes its place. */
  async round(killAfterMs: number): Promise<void> {
    const child = await this.#start();
    const lines = createInterface(child.stdout ?? process.stdin);
    const ended = new Promise((resolve) => child.once('close', resolve));
    let isDoomed = false;
    for await (const line of lines) {
      this.#acknowledged = Number(line);
      if (!isDoomed) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      isDoomed = true;
    }
    await ended;
    await this.#examine();
  }

  async #start(): Promise<ChildProcess> {
    const script = `import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
      const [base, strategy, command, first] = process.argv.slice(1);
      const afs = await AgentFS.open(base);
      const known = await afs.workspace.exists('w');
      const ws = known ? await afs.workspace.get('w') : await afs.workspace.create('w');
      console.log(first);
      for (let number = Number(first) + 1; ; number++) {
        await ws.run(['sh', '-c', command, 'sh', String(number)], { strategy, check: true });
        console.log(number);
      }`;
    const args = [this.#project.dir, this.#strategy, COMMAND, `${this.#acknowledged}`];
    return spawn(process.execPath, ['--input-type=module', '-e', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async #examine(): Promise<void> {
    const { dir } = this.#project;
    await until(() => processesOf(dir).length === 0);
    const opened = performance.now();
    await using afs = await AgentFS.open(dir);
    const workspace = await afs.workspace.get('w');
    const log = (await workspace.readText('log')).split('\n').filter(Boolean).map(Number);
    const last = log.at(-1) ?? 0;
    // Everything that was acknowledged, perhaps one more, and that one as a whole.
    expect(log).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect([this.#acknowledged, this.#acknowledged + 1]).toContain(last);
    for (let i = 1; last > 0 && i <= 8; i++) {
      expect(await workspace.readText(`some/file-${i}`)).toBe(`${last}\n`);
    }
    const next = await workspace.run('cat log', { strategy: this.#strategy, check: true });
    // Nothing waits for the dead to answer, as for a minute it would for the living.
    expect(performance.now() - opened).toBeLessThan(50_000);
    expect(next).toMatchObject({ stdout: log.map((each) => `${each}\n`).join(''), changes: [] });
    const findings = (await afs.doctor()).filter(({ severity }) => severity !== 'info');
    expect(findings).toEqual([]);
    expect(transient(join(dir, '.agentfs', 'work'))).toEqual([]);
    this.#acknowledged = last;
  }
}

/** The processes that have the base mounted, work in it, or were told of it. */
function processesOf(base: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) =>
    ['mountinfo', 'environ'].some((file) => textOf(`/proc/${pid}/${file}`).includes(base)),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function transient(workRoot: string): string[] {
  return [workRoot, join(workRoot, CHECKOUTS)].flatMap((directory) => {
    try {
      return readdirSync(directory).filter((name) => name.startsWith('own-'));
    } catch {
      return [];
    }
  });
}
