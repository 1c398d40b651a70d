/** What the README has people type at a terminal, section by section, and what it says comes back. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** Something that is typed, and what it prints. */
export interface Step {
  readonly typed: string;
  readonly printed: string;
}

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const MARK = '--- next ---';

/** The `console` blocks of each section, in order. */
export function tours(): [section: string, steps: readonly Step[]][] {
  return README.split(/^## /m)
    .map((section): [string, readonly Step[]] => {
      const texts = blocksOf(section, 'console').flatMap((text) => text.split(/^\$ /m).slice(1));
      return [section.slice(0, section.indexOf('\n')), texts.map(stepOf)];
    })
    .filter(([, steps]) => steps.length > 0);
}

/** The blocks of one language in a section; `''` is the language of those that name none. */
export function blocksIn(title: string, language: string): string[] {
  return blocksOf(
    README.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? '',
    language,
  );
}

/** Types all of it into one shell, so that `cd` holds; returns what each step printed. */
export async function printedBy(
  steps: readonly Step[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<string[]> {
  const script = steps.map(({ typed }) => `${typed}\necho '${MARK}'`).join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], options);
  return stdout.split(`${MARK}\n`);
}

function blocksOf(section: string, language: string): string[] {
  const blocks = section.matchAll(/^```([^\n]*)\n(.*?)^```$/gms);
  return [...blocks].filter((each) => each[1] === language).map((each) => each[2] ?? '');
}

function stepOf(text: string): Step {
  const end = text.indexOf('\n');
  return { typed: text.slice(0, end), printed: text.slice(end + 1) };
}
