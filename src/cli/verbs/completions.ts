/** `agentfs completions`: the script that makes a shell complete our commands and names. */

import { COMPLETION_SCRIPTS } from '../print/completion-scripts.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

type Shell = keyof typeof COMPLETION_SCRIPTS;

/** Prints the script. */
export const verb: Verb = defineVerb({
  arguments: [['<shell>', 'the shell', Object.keys(COMPLETION_SCRIPTS)]],
  examples: [
    ['source <(agentfs completions bash)', 'in ~/.bashrc'],
    ['source <(agentfs completions zsh)', 'in ~/.zshrc, after compinit'],
    ['agentfs completions fish | source', 'in ~/.config/fish/config.fish'],
    ['agentfs completions powershell | Out-String | Invoke-Expression', 'in $PROFILE'],
  ],
  run: async ({ call, args: [shell] }) => call.output.write(COMPLETION_SCRIPTS[shell as Shell]),
});
