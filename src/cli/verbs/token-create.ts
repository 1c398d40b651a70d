/** `agentfs token create`: makes a token for the daemon. */

import { UsageError } from '../exit-status.ts';
import { LIST, oneOf, REPEATED } from '../options/parameters.ts';
import { parseSpan } from '../options/quantities.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface CreateFlags {
  readonly role?: 'admin' | 'app' | 'api';
  readonly project?: string;
  readonly cidr?: readonly string[];
  readonly scope?: readonly string[];
  readonly only?: readonly string[];
  readonly expires?: string;
}

const SCOPES = ['read', 'write', 'run', 'admin'] as const;

export const verb: Verb = defineVerb<CreateFlags>({
  arguments: [['<name>', 'what to call it']],
  options: [
    ['--role <role>', 'whose it is; default api', oneOf(['admin', 'app', 'api'])],
    ['--scope <scopes>', `some of ${SCOPES.join(', ')}; default all but admin`, LIST],
    ['--only <glob>', 'only workspaces with such names; may be repeated', REPEATED],
    ['--project <name>', 'only this project'],
    ['--cidr <network>', 'only from these addresses; may be repeated', REPEATED],
    ['--expires <when>', 'a time in ISO 8601, or a span such as 30d; default never'],
  ],
  notes: 'It is printed once: only a hash is kept. A daemon that runs knows it at once.',
  examples: [
    ['agentfs token create laptop', 'for the API and MCP'],
    ['agentfs token create ci --scope read,run --only "ci-*" --expires 30d', 'for a few things'],
    ['agentfs token create forge-app --role app', 'for a client of clawdforge'],
    ['agentfs token create ambient --project my-project', 'for a client of Ambient'],
  ],
  async run({ call, args: [name = ''], flags }) {
    const { role = 'api', scope, only, project, cidr, expires } = flags;
    const unknown = scope?.find((each) => !SCOPES.some((known) => known === each));
    if (unknown !== undefined) {
      throw new UsageError(`There is no scope '${unknown}'.`, `Choose from ${SCOPES.join(', ')}.`);
    }
    const expiresAt = expires === undefined ? undefined : timeOf(expires);
    const { storage } = await call.open();
    const { tokenForm, withTokens } = await import('../../server/core/tokens.ts');
    const scopes = scope && SCOPES.filter((each) => scope.includes(each));
    const request = { name, role, project, expiresAt, scopes, workspaces: only, ipCidrs: cidr };
    const { token, principal } = withTokens(storage.path, (tokens) => tokens.create(request));
    return {
      json: { ...tokenForm(principal), token },
      lines: [token],
      says: 'Keep it: it is not shown again.',
    };
  },
});

/** Ms since 1970. @throws {UsageError} */
function timeOf(text: string): number {
  const time = /^\d{4}-/.test(text)
    ? Date.parse(text)
    : Date.now() + parseSpan(text, '--expires', 'days');
  if (Number.isNaN(time)) throw new UsageError(`--expires takes a time, not '${text}'.`);
  if (time > Date.now()) return time;
  throw new UsageError(`--expires takes a time to come, not '${text}'.`);
}
