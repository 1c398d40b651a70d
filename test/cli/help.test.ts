import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Call } from '../../src/cli/call.ts';
import { EXIT } from '../../src/cli/exit-status.ts';
import { Interrupts } from '../../src/cli/interrupts.ts';
import { Output } from '../../src/cli/output.ts';
import { loadProgram } from '../../src/cli/program.ts';
import { VERBS } from '../../src/cli/verb-table.ts';

describe('docs/CLI.md', () => {
  const text = readFileSync(new URL('../../docs/CLI.md', import.meta.url), 'utf8');

  it('has every command, and every status that the program ends with', () => {
    const named = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => {
      const [first = '', ...others] = code.split(' \\| ');
      const group = first.split(' ')[0];
      return [first, ...others.map((each) => `${group} ${each}`)];
    });
    const missing = VERBS.filter(({ words }) => !named.includes(words));
    expect(missing.map(({ words }) => words)).toEqual([]);
    for (const status of Object.values(EXIT))
      expect(text).toMatch(new RegExp(`^\\| ${status} \\|`, 'm'));
  });
});

describe('help', () => {
  it('shows of every command what it is for, its options and examples', async () => {
    const { stdout, stderr, env } = process;
    const output = new Output(stdout, stderr, env);
    const interrupts = new Interrupts(process);
    const program = await loadProgram(new Call({ env, cwd: () => '/', output, interrupts }));
    for (const { words } of VERBS) {
      const command = words
        .split(' ')
        .reduce(
          (above, name) => above.commands.find((each) => each.name() === name) ?? above,
          program,
        );
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help, words).toContain(`Usage: agentfs ${words}`);
      expect(help, words).toMatch(/\nExamples:\n {2}# .+\n {2}.*agentfs /);
      const wide = help
        .split('\n')
        .filter((line) => line.length > 80 && !/^ {2}(agentfs|#)/.test(line));
      expect(wide, words).toEqual([]);
      const bare = command.options.filter(({ description }) => description === '');
      expect(
        bare.filter(({ hidden }) => !hidden),
        words,
      ).toEqual([]);
    }
  });
});
