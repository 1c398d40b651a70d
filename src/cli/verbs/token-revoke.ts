/** `agentfs token revoke`: lets somebody in no more. */

import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Revokes a token. */
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
