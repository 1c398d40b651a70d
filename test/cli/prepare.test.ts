/** What the program writes out before the first command of a workspace. */

import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CliProject } from '../support/cli.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { until } from '../support/processes.ts';

const FILES = Object.fromEntries(
  Array.from({ length: 600 }, (_, index) => [`d${index % 20}/${index}.txt`, `${index}\n`]),
);

function checkouts(project: CliProject): string[] {
  try {
    return readdirSync(project.path('.agentfs/work/checkouts'));
  } catch {
    return [];
  }
}

await describeOverlay('standard', 'the files of a workspace', () => {
  it('are written out after the program that created it has ended', async () => {
    const project = new CliProject(FILES);
    await project.spawn(['init']);
    expect(await project.spawn(['workspace', 'create', 'w'])).toMatchObject({ status: 0 });
    await until(() => checkouts(project).some((name) => !name.startsWith('own-')));
    const run = await project.spawn(['run', '-w', 'w', '--', 'cat', 'd7/7.txt']);
    expect(run).toMatchObject({ status: 0, stdout: '7\n' });
    expect(checkouts(project)).toHaveLength(1);
  });

  it('are written out when that is asked for', async () => {
    const project = new CliProject({ 'a.txt': 'a\n' });
    await project.spawn(['init']);
    await project.spawn(['workspace', 'create', 'w']);
    expect(checkouts(project)).toEqual([]);
    const prepared = await project.spawn(['workspace', 'prepare', 'w', '--json']);
    expect(JSON.parse(prepared.stdout)).toEqual({ workspace: 'w' });
    expect(checkouts(project)).toHaveLength(1);
    const again = await project.spawn(['workspace', 'prepare', 'w', '--gives-way']);
    expect(again).toMatchObject({
      status: 0,
      stderr: 'The files of workspace w are written out.\n',
    });
    expect(checkouts(project)).toHaveLength(1);
  });

  it('are not, where the settings say so', async () => {
    const project = new CliProject(FILES);
    await project.spawn(['init']);
    await project.spawn(['config', 'set', '--project', 'runner.prepare', 'false']);
    await project.spawn(['workspace', 'create', 'w']);
    const run = await project.spawn(['run', '-w', 'w', '--', 'true']);
    expect(run).toMatchObject({ status: 0 });
    expect(checkouts(project)).toHaveLength(1);
  });
});
