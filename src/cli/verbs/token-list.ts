/** `agentfs token list`: lists the tokens of the daemon. */

import type { TokenForm } from '../../server/core/tokens.ts';
import { FORMAT } from '../options/parameters.ts';
import { answerList, type FormatOption } from '../print/format.ts';
import { humanAge, humanTime } from '../print/human.ts';
import type { Column } from '../print/list.ts';
import { defineVerb, type Verb } from './define-verb.ts';

const COLUMNS: readonly Column<TokenForm>[] = [
  { name: 'name', value: ({ name }) => name },
  { name: 'role', value: ({ role }) => role },
  { name: 'enabled', value: ({ enabled }) => String(enabled) },
  { name: 'scopes', value: ({ scopes }) => scopes.join(',') },
  { name: 'workspaces', value: ({ workspaces }) => workspaces.join(',') },
  { name: 'project', value: ({ project }) => project ?? '' },
  { name: 'ipCidrs', value: ({ ipCidrs }) => ipCidrs.join(',') },
  {
    name: 'expiresAt',
    value: ({ expiresAt }) => expiresAt ?? '',
    shown: ({ expiresAt }) => (expiresAt ? humanTime(new Date(expiresAt)) : ''),
  },
  {
    name: 'lastUsedAt',
    value: ({ lastUsedAt }) => lastUsedAt ?? '',
    shown: ({ lastUsedAt }) => (lastUsedAt ? humanAge(new Date(lastUsedAt)) : ''),
  },
];

export const verb: Verb = defineVerb<FormatOption>({
  options: [FORMAT],
  examples: [['agentfs token list', 'all tokens, revoked ones too; never the secrets']],
  async run({ call, flags }) {
    const { storage } = await call.open();
    const { tokenForm, withTokens } = await import('../../server/core/tokens.ts');
    const rows = withTokens(storage.path, (tokens) => tokens.list()).map(tokenForm);
    return answerList(call, flags, { columns: COLUMNS, rows });
  },
});
