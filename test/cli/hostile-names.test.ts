/** Names, messages and descriptions that a terminal or a reader would take for something else. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inJson, manyLines, oneLine, quotedPath, styledLine } from '../../src/cli/visible.ts';
import { quotePathInList } from '../../src/snapshot/git-path.ts';
import { type CliProject, cliProject } from '../support/cli.ts';
import { hasTerminal, Terminal } from '../support/terminal.ts';

/** A title of the window, a colour, an 8-bit sequence, a line of its own, text that runs backwards. */
const EVIL = 'e\x1b]0;owned\x07\x1b[31m\u009b2J\nforged line\r\u202ekcab\u007f';

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what the program itself writes.
const STYLES = /\u001b\[(?:[0-9]|2[0-9]|3[0-9]|9[0-7])m/g;

/** A project whose files, texts and history are named like that. */
async function evilProject(): Promise<CliProject> {
  const project = await cliProject({ 'a.txt': 'a\n', [`old ${EVIL}`]: 'old\n' });
  const settings = ['--description', EVIL, '--tag', EVIL, '--owner', EVIL];
  await project.ok(['workspace', 'config', 'w', ...settings]);
  const afs = project.open();
  const workspace = await afs.workspace.get('w');
  await workspace.writeFile(`/new ${EVIL}`, 'new\n');
  await workspace.move(`/old ${EVIL}`, `/moved ${EVIL}`);
  await workspace.snapshot.create('s', { description: EVIL, tags: [EVIL] });
  await workspace.commit(`message ${EVIL}`, { author: 'somebody' });
  await workspace.writeFile(`/dir ${EVIL}/x ${EVIL}`, 'x\n');
  await workspace.writeFile('/a.txt', 'changed\n');
  await afs.close();
  return project;
}

const CALLS: readonly (readonly string[])[] = [
  ['status', 'w'],
  ['status', 'w', '--short'],
  ['status', 'w', '--porcelain'],
  ['diff', 'w'],
  ['diff', 'w', '--stat'],
  ['diff', 'w', '--name-only'],
  ['diff', 'base', 'w', '--stat'],
  ['log'],
  ['log', '--oneline', '--graph'],
  ['history', 'w'],
  ['snapshot', 'list', 'w'],
  ['snapshot', 'list', 'w', '--format', 'table'],
  ['snapshot', 'list', 'w', '--tree'],
  ['snapshot', 'show', 's', '-w', 'w'],
  ['snapshot', 'diff', 's', '-w', 'w', '--name-only'],
  ['workspace', 'list', '--format', 'table'],
  ['workspace', 'list', '--format', 'text'],
  ['workspace', 'show', 'w', '--tree', '--stats'],
  ['workspace', 'config', 'w'],
  ['audit', 'query', '--format', 'table'],
  ['audit', 'query', '--format', 'text'],
  ['storage', 'analyze'],
  ['commit', '-w', 'w', '--dry-run', '-m', 'x'],
  ['status', EVIL],
  ['diff', EVIL, 'w'],
  ['snapshot', 'show', EVIL, '-w', 'w'],
  ['config', 'get', EVIL],
  ['config', 'set', EVIL, EVIL],
  ['revert', EVIL],
  [EVIL],
  ['status', `--${EVIL}`],
  ['run', '-w', 'w', '--env', EVIL, 'true'],
  ['run', '-w', 'w', EVIL],
  ['run', '-w', 'w', '--', 'mkfifo', `fifo ${EVIL}`],
  ['undo', '-w', 'w'],
  ['doctor'],
];

describe('names, messages and descriptions', () => {
  it.each([
    ['without colours', '0'],
    ['in colours', '1'],
  ])('are printed as what they are, and do nothing, %s', async (_, color) => {
    const project = await evilProject();
    writeFileSync(
      project.path('.agentfs/config.toml'),
      `"key \\u001b[2J" = "\\u001b]0;x\\u0007"\n`,
    );
    const check = async (call: readonly string[]): Promise<void> => {
      const { stdout, stderr } = await project.run(call, { env: { FORCE_COLOR: color } });
      const shown = (stdout + stderr).replaceAll(color === '1' ? STYLES : '', '');
      expect(shown.match(HIDDEN), `${call.join(' ')}: ${JSON.stringify(shown)}`).toBeNull();
      expect(shown.split('\n').filter((line) => line.startsWith('forged'))).toEqual([]);
    };
    const changing = new Set(['run', 'undo']);
    const reading = CALLS.filter(([verb = '']) => !changing.has(verb));
    for (let i = 0; i < reading.length; i += 4) {
      await Promise.all(reading.slice(i, i + 4).map(check));
    }
    for (const call of CALLS) if (changing.has(call[0] ?? '')) await check(call);
  });

  it('stay exact for programs', async () => {
    const project = await evilProject();
    const moved = `moved ${EVIL}`;
    const status = await project.json(['diff', 'base', 'w', '--name-only']);
    expect(status).toMatchObject({ changes: expect.arrayContaining([]) });
    expect(await project.ok(['status', 'w', '--porcelain', '-z'])).toContain(`x ${EVIL}\0`);
    expect(await project.json(['workspace', 'show', 'w'])).toMatchObject({ description: EVIL });
    const raw = await project.ok(['--json', 'workspace', 'show', 'w', '--tree']);
    expect(raw.match(HIDDEN)).toBeNull();
    const { files } = JSON.parse(raw);
    expect(files.map(({ path }: { path: string }) => path)).toContain(moved);
  });

  it.runIf(hasTerminal())('of a patch and its content are harmless at a terminal', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    rmSync(join(project.dir, 'a.txt'));
    const afs = project.open();
    await (await afs.workspace.get('w')).writeFile('/a.txt', 'b\x1b[2J\x1b]0;owned\x07\u009b2J\n');
    await afs.close();
    const terminal = await Terminal.open(project);
    await terminal.enter('agentfs diff w --no-pager');
    await terminal.waitFor('+b\\x1b[2J\\x1b]0;owned\\x07\\x9b2J');
    expect(await project.ok(['diff', 'w'])).toContain('+b\x1b[2J\x1b]0;owned\x07');
  });
});

describe('what is hidden in a text', () => {
  it.each([
    [oneLine, 'a\tb\nc\x1b[1m\u009bd\u2028', 'a\\tb\\nc\\x1b[1m\\x9bd\\u2028'],
    [manyLines, 'a\tb\nc\x1b[1m\r\u202e', 'a\tb\nc\\x1b[1m\\r\\u202e'],
    [styledLine, '\x1b[31ma\x1b[39m\tb\n\x1b[2J\x1b[8m', '\x1b[31ma\x1b[39m\tb\\n\\x1b[2J\\x1b[8m'],
    [quotedPath, 'plain ü', 'plain ü'],
    [quotedPath, 'a\u009b"', '"a\\u009b\\""'],
    [inJson, '{\n"a":"\u009b\u202e"}', '{\n"a":"\\u009b\\u202e"}'],
    [quotePathInList, 'ü 😀', 'ü 😀'],
    [quotePathInList, 'a\x1b\n"\\ü\u009b', '"a\\033\\n\\"\\\\ü\\302\\233"'],
  ] as const)('is shown by %o', (show, text, expected) => {
    expect(show(text)).toBe(expected);
  });
});
