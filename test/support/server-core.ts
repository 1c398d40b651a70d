/** The core of a daemon on a project, for tests of what stands on it. */

import type { AgentFS, Clock } from '../../src/index.ts';
import { type CoreOptions, ServerCore } from '../../src/server/core/server-core.ts';
import { type TestFiles, TestProject } from './test-project.ts';
import { whenDone } from './when-done.ts';

/** A core that is closed when the test has finished, and the project that it is about. */
export interface TestCore {
  readonly core: ServerCore;
  readonly project: TestProject;
  readonly afs: AgentFS;
  readonly clock: TestClock;
}

/** A clock that stands still until it is moved. */
export class TestClock implements Clock {
  #now = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  move(ms: number): void {
    this.#now += ms;
  }
}

/** Opens one, with the workspace `w`. */
export async function testCore(
  files: TestFiles = {},
  options: Partial<CoreOptions> = {},
): Promise<TestCore> {
  const project = new TestProject(files);
  const afs = project.open();
  await afs.workspace.create('w');
  const clock = new TestClock();
  const core = await ServerCore.open({ projects: [afs], version: '0', clock, ...options });
  whenDone(() => core.close());
  return { core, project, afs, clock };
}
