/** `agentfs completions`: the script that makes a shell complete our commands and names. */

import { Argument } from 'commander';
import { COMPLETION_SCRIPTS } from '../completion-scripts.ts';
import { addExamples, type Verb } from '../verb.ts';

type Shell = keyof typeof COMPLETION_SCRIPTS;

/** Prints the script. */
export const verb: Verb = {
  define(command) {
    const shells = Object.keys(COMPLETION_SCRIPTS);
    command.addArgument(new Argument('<shell>', 'the shell').choices(shells));
    addExamples(
      command,
      ['source <(agentfs completions bash)', 'in ~/.bashrc'],
      ['source <(agentfs completions zsh)', 'in ~/.zshrc, behind compinit'],
      ['agentfs completions fish | source', 'in ~/.config/fish/config.fish'],
      ['agentfs completions powershell | Out-String | Invoke-Expression', 'in $PROFILE'],
    );
  },
  async run(call, command) {
    const [shell] = command.processedArgs as [Shell];
    await call.output.write(COMPLETION_SCRIPTS[shell]);
  },
};
