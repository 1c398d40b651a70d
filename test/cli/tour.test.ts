/** What the README types at a terminal, as it stands there; what comes back has to be what it shows. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { CliProject } from '../support/cli.ts';
import { programOnPath } from '../support/program-on-path.ts';

/** Something that is typed, and what it prints. */
interface Step {
  readonly typed: string;
  readonly printed: string;
}

/** The `console` blocks of each section of the README, in order. */
function tours(): [section: string, steps: readonly Step[]][] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  return readme
    .split(/^## /m)
    .map((section): [string, readonly Step[]] => {
      const blocks = [...section.matchAll(/^```console\n(.*?)^```$/gms)];
      const texts = blocks.flatMap(([, text = '']) => text.split(/^\$ /m).slice(1));
      return [section.slice(0, section.indexOf('\n')), texts.map(stepOf)];
    })
    .filter(([, steps]) => steps.length > 0);
}

function stepOf(text: string): Step {
  const end = text.indexOf('\n');
  return { typed: text.slice(0, end), printed: text.slice(end + 1) };
}

/** Without what is another each time: ids of commits, times, and who is at the keyboard. */
function withoutChance(text: string): string {
  return text
    .replace(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, '<commit>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z \([^)]*\)/g, '<time>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/ (?:just now|\d+ minutes? ago) /g, ' <age> ')
    .replace(/^Author: .*$/gm, 'Author: <name>');
}

it.each(tours())('prints what the README shows, command by command: %s', async (_, steps) => {
  const project = new CliProject();
  const env = project.environment({ PATH: await programOnPath(project.home) });
  const mark = '--- next ---';
  // One shell for all, so that `cd` holds.
  const script = steps.map(({ typed }) => `${typed}\necho '${mark}'`).join('\n');
  const options = { cwd: project.dir, env };
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], options);
  const printed = stdout.split(`${mark}\n`);
  for (const [i, step] of steps.entries()) {
    expect(withoutChance(printed[i] ?? ''), step.typed).toBe(withoutChance(step.printed));
  }
});

it('shows the tour, and a way in for agents and for those who explore', () => {
  const sections = tours();
  expect(sections.flatMap(([, steps]) => steps).length).toBeGreaterThan(25);
  expect(sections.map(([section]) => section)).toEqual(
    expect.arrayContaining(['For agents', 'To try several ways']),
  );
});
