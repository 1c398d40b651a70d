/** The documents lead where they say: every link, and every file of the repository that they name. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['bench', 'schema', 'scripts', 'src', 'test'];

const DOCUMENTS = [
  ...['README.md', 'ARCHITECTURE.md', 'THREAT_MODEL.md', 'CHANGELOG.md', 'bench/RESULTS.md'],
  ...readdirSync(join(PROJECT, 'docs')).map((name) => `docs/${name}`),
].filter((path) => path.endsWith('.md'));

const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' }).map(
    (path) => `${folder}/${path}`,
  ),
);

function read(document: string): string {
  return readFileSync(join(PROJECT, document), 'utf8');
}

/** The text without blocks of code. */
function prose(document: string): string {
  return read(document).replace(/^```.*?^```$/gms, '');
}

/** The links to files, from the root, each with the heading that it leads to. */
function linksIn(document: string): { readonly path: string; readonly heading: string }[] {
  return [...prose(document).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
    ([, target = '', heading = '']) => ({
      path: target === '' ? document : normalize(join(dirname(document), target)),
      heading,
    }),
  );
}

/** What a site makes of the headings of a document, to lead to them. */
function headingsOf(document: string): string[] {
  const titles = [...prose(document).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
  return titles.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name);
}

describe.each(DOCUMENTS)('%s', (document) => {
  it('has no link that leads nowhere', () => {
    const broken = linksIn(document).filter(({ path, heading }) => {
      if (!existsSync(join(PROJECT, path))) return true;
      return heading !== '' && !headingsOf(path).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  it('names no file of the sources that there is not', () => {
    const paths = namesIn(prose(document)).filter((name) => !/[*<>]/.test(name));
    const missing = paths.filter((name) => {
      if (new RegExp(`^(?:${FOLDERS.join('|')})/`).test(name))
        return !existsSync(join(PROJECT, name));
      // A file may go by the end of its path, and a folder of the sources by its name.
      if (/^[a-z/-]+\.(?:ts|mjs|sql)$/.test(name))
        return !FILES.some((path) => path.endsWith(`/${name}`));
      return false;
    });
    expect(missing).toEqual([]);
  });
});

it('docs/FAULTS.md names tests that there are', () => {
  const rows = read('docs/FAULTS.md')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const tests = rows.flatMap((row) => namesIn(row.split('|').at(-2) ?? ''));
  const named = tests.filter((name) => /^[a-z]+\/[a-z-]+$/.test(name));
  expect(named.length).toBeGreaterThan(80);
  const endings = ['.test.ts', '.fault.ts'];
  const missing = named.filter(
    (name) => !endings.some((end) => FILES.includes(`test/${name}${end}`)),
  );
  expect(missing).toEqual([]);
});

it('the package holds what its README links to', () => {
  const { files }: { readonly files: readonly string[] } = JSON.parse(read('package.json'));
  // npm adds these by itself.
  const packed = [...files, 'README.md', 'LICENSE', 'package.json'];
  const left = linksIn('README.md').filter(
    ({ path }) => !packed.some((each) => path === each || path.startsWith(`${each}/`)),
  );
  expect(left).toEqual([]);
});
