/** `agentfs token revoke`: revokes a token. */

import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  arguments: [['<name>', 'the token']],
  notes: 'A daemon that runs lets it in no more, from the next request on.',
  examples: [['agentfs token revoke laptop', 'the token opens nothing any more']],
  async run({ call, args: [name = ''] }) {
    const { storage } = await call.open();
    const { tokenForm, withTokens } = await import('../../server/core/tokens.ts');
    const revoked = withTokens(storage.path, (tokens) => tokens.revoke(name));
    return { json: tokenForm(revoked), says: `Revoked token ${revoked.name}.` };
  },
});
