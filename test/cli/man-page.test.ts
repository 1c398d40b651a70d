import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../src/cli/verb-table.ts';
import { compiledModule } from '../support/compiled.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let directory = '';
let page = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'agentfs-man-'));
  page = join(directory, 'man', 'agentfs.1');
  const compiled = dirname(fileURLToPath(await compiledModule('index.ts')));
  await promisify(execFile)(process.execPath, ['scripts/man.mjs', compiled, page], { cwd: ROOT });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Whether a program is there; says so when it is not. */
function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`skipped: the manual page in ${program}, which is not installed`);
    return false;
  }
}

/** The page as text, without what terminals make bold. */
async function shown(program: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, MANWIDTH: '80', MAN_KEEP_FORMATTING: '', LC_ALL: 'C.UTF-8' };
  const { stdout, stderr } = await promisify(execFile)(program, args, { env });
  expect(stderr).toBe('');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to remove.
  return stdout.replace(/.\u0008|\u001b\[[\d;]*m/g, '');
}

describe('the manual page', () => {
  it('has the parts of one, and every command with its options and examples', () => {
    const text = readFileSync(page, 'utf8');
    expect(text).toMatch(/^\.TH AGENTFS 1 "" "agentfs \d+\.\d+\.\d+" "User Commands"\n/);
    expect([...text.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title)).toEqual([
      ...['NAME', 'SYNOPSIS', 'OPTIONS OF EVERY COMMAND', 'COMMANDS', 'EXIT STATUS'],
      ...['ENVIRONMENT', 'FILES'],
    ]);
    const commands = text.split('\n.SS agentfs ').slice(1);
    expect(commands).toHaveLength(VERBS.length);
    for (const [i, { words, summary }] of VERBS.entries()) {
      const described = commands[i]?.replaceAll('\\-', '-') ?? '';
      expect(described.startsWith(words), words).toBe(true);
      expect(described).toContain(`${summary}.\n`);
      expect(described).toMatch(/\nExamples:\n(?:.*\n)+# .+\nagentfs /);
    }
    expect(text).toContain('.TP\n.B 129, 130, 143\n');
    expect(text).toContain('.B AGENTFS_WORKSPACE\n');
  });

  it.runIf(has('groff'))('is set by groff without a warning', async () => {
    const text = await shown('groff', ['-man', '-Tutf8', '-ww', page]);
    expect(text).toContain('agentfs run [options] [--] <command...>');
    expect(text).toContain('agentfs run -w agent-1 --shell "make > build.log"');
  });

  it.runIf(has('man'))('is shown by man', async () => {
    const text = await shown('man', ['--local-file', page]);
    expect(text).toContain('AGENTFS(1)');
    expect(text).toContain('-w, --workspace <name>');
  });

  it('is part of the package', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ man: ['./dist/man/agentfs.1'] });
    expect(manifest.files).toContain('dist');
    expect(manifest.scripts.build).toContain('node scripts/man.mjs && node scripts/bundle.mjs');
  });
});
