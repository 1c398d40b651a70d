/** `agentfs completions`: prints the completion script for a shell. */

import { COMPLETION_SCRIPTS } from '../print/completion-scripts.ts';
import { defineVerb, type Verb } from './define-verb.ts';

type Shell = keyof typeof COMPLETION_SCRIPTS;

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
