/** How patterns are read, compared with git's own answers. */

import { describe, expect, it } from 'vitest';
import { type IgnoreCase, ignoredByGit, ignoredByRules } from './support/git-ignore.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);

const PATHS = [
  ...words('q/ qx/ qx/y/ a/ a/b/ a/b/c/ build/ src/ src/build/ [a]/ deep/ deep/q/'),
  ...words('qr q/r qx/r qx/y/r a/r a/b/r a/b/c/r build/r src/build/r r deep/q/r'),
  ...words(
    String.raw`é éx e ee eee 日本 #c !n \ a\b * a* .a ..a - ] [ [x] x X x.log .log x.log.1 ^ !`,
  ),
  ...['a b', 'a ', ' ', 'a\t', 'a\r', 'a\nb'],
];

const PATTERNS = [
  // Two stars, alone between slashes and not.
  ...words(String.raw`q**/r /q**/r q** /q** ?**/r [q]**/r \q**/r q\**/r q**\/r **\/r **/r /**/r`),
  ...words('**/a/** a/** /a/**/ a/**/r **/q/**/r **/**/r ***/r a/***/r ** /** **/ a/b**'),
  ...words(String.raw`a/**b a/**/**/r **r */**/r **/*/r a/*/** **/build/ **/q**/r a/**\/r`),
  // Where a pattern holds.
  ...words('r /r a/r /a/r a//r //r build build/ /build/ src/build src/build/ / // ./r'),
  ...words('a/./r ../r a/b/ a/b */r */*/r /* /*/ * */ r// a/r/ qr/'),
  // Bytes, not characters.
  ...words(String.raw`? ?? ??? ?x [é] [é][é] [\é] é [^x] ?????? *[é]* 日* *本`),
  // Blanks, marks and comments.
  ...[
    'a ',
    'a  ',
    'a\\ ',
    'a\\  ',
    '\\ ',
    ' ',
    '  ',
    'a\t',
    ' r',
    'r ',
    'r\r',
    'r \r',
    'r\r ',
    '\r',
  ],
  ...['a\r\r', '# r', ' #c', 'r # no comment', 'a\\\\ ', 'a \\', 'a b', 'a b '],
  ...words(String.raw`#c \#c !n \!n ! !! !!n`),
  // Escapes.
  ...words(String.raw`\ a\ a\\b \\ \* a\* \r a\/r r\/ \[x] \[x\] \? a\\ \a\b/r`),
  // Classes.
  ...words(
    String.raw`[x] [!x] [^x] []x] [!]] [x-] [-x] [a-z] [z-a] [a- [ [] [!] [x [\]] [\[x] [[x]`,
  ),
  ...words(String.raw`[[]x] [a-\x] [\a-x] [a-x-z] [--] [!-] [^^] [!!] a[/]r a[!x]r [[:alpha:]]`),
  ...words('[[:ALPHA:]] [![:alpha:]] [[:alpha:] [[:alpha]] [[::]] [:alpha:] [[:no:]]'),
  ...words('[[:digit:]x] [x[:upper:]] [[:alpha:]-z] [a-[:digit:]] [[: [[:] [[:]] [[:x'),
  // Stars in a name.
  ...words('*.log *.log* .* *.* **.log *.[lo]og ?.log x*g *x* *o*g* x*.*'),
];

const CLASSES = words('alnum alpha blank cntrl digit graph lower print punct space upper xdigit');

/** All names of two characters that begin with this one. */
const NAMES = Array.from({ length: 127 }, (_, i) => `x${String.fromCharCode(i + 1)}`).filter(
  (name) => name !== 'x/',
);

function compare(cases: readonly IgnoreCase[]): void {
  const byGit = ignoredByGit(cases);
  for (const [i, each] of cases.entries()) {
    expect(ignoredByRules(each), JSON.stringify(each.rules)).toEqual(byGit[i]);
  }
}

describe('a pattern', () => {
  it('ignores what git ignores for it', () => {
    compare(PATTERNS.map((pattern) => ({ rules: { '.gitignore': `${pattern}\n` }, paths: PATHS })));
  });

  it('re-includes what git re-includes for it', () => {
    const rules = PATTERNS.map((pattern) => ({ '.gitignore': `*\n!*/\n!${pattern}` }));
    compare(rules.map((each) => ({ rules: each, paths: PATHS })));
  });

  it('has the classes of characters that git has', () => {
    const patterns = CLASSES.flatMap((name) => [`x[[:${name}:]]`, `x[^[:${name}:]]`]);
    compare(patterns.map((pattern) => ({ rules: { '.gitignore': pattern }, paths: NAMES })));
  });
});

describe('a file with rules', () => {
  it.each([
    ['after a mark of its byte order', '\u{feff}r\n', ['r']],
    ['with such a mark on a later line', 'x\n\u{feff}r\n', ['x', '\u{feff}r']],
    ['with lines that end as on Windows', 'r\r\n!r \r\nx\r\n', ['x']],
    ['without a last line end', 'x\nr', ['r', 'x']],
    ['with a NUL, which ends the pattern', 'r\0x\n\0x\n', ['r']],
    ['with empty lines', '\n\r\n \n\nr\n', ['r']],
    ['with bytes that are no text', Buffer.from([0xff, 10, 0x72, 10]), ['r']],
    ['where the last match decides', 'r\n!r\nx\n!x\nx\n', ['x']],
  ])('is read %s', (_, content, ignored) => {
    const given = { rules: { '.gitignore': content }, paths: ['r', 'x', '\u{feff}r'] };
    expect(ignoredByRules(given)).toEqual(ignored);
    compare([given]);
  });
});
