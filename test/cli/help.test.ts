import { describe, expect, it } from 'vitest';
import { Call } from '../../src/cli/call.ts';
import { Interrupts } from '../../src/cli/interrupts.ts';
import { Output } from '../../src/cli/output.ts';
import { loadProgram } from '../../src/cli/program.ts';
import { VERBS } from '../../src/cli/verb-table.ts';

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
