/** Variables of a command by which the shells before it would run code outside of the sandbox. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { USERS, UserSite } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';

const [root] = USERS;
const BASH_AS_SH = 'mount --bind "$(command -v bash)" "$(readlink -f /bin/sh)" && exec "$@"';

await describeOverlay('standard', 'where sh is bash', () => {
  it.skipIf(process.getuid?.() !== 0 || root === undefined || !existsSync('/bin/bash'))(
    'no variable of a command runs code in the shells that confine it',
    async () => {
      const site = await UserSite.of(root ?? { name: '', uid: undefined });
      const victim = site.directory();
      const base = site.directory({ 'a.txt': 'a\n' });
      writeFileSync(join(victim, 'rc'), `touch ${victim}/rc-was-read\n`);
      const trap = `$(touch ${victim}/prompt-was-expanded)`;
      const env = {
        SHELLOPTS: 'xtrace',
        BASHOPTS: 'extdebug',
        PS4: trap,
        PS1: trap,
        PROMPT_COMMAND: `touch ${victim}/prompt-command`,
        BASH_ENV: `${victim}/rc`,
        ENV: `${victim}/rc`,
        'BASH_FUNC_exec%%': `() { touch ${victim}/function; }`,
        IFS: '/',
      };
      const results = site.run({
        base,
        through: ['unshare', '--mount', 'sh', '-c', BASH_AS_SH, 'sh'],
        body: `
          const env = ${JSON.stringify(env)};
          tell(await ws.run(['printenv', 'SHELLOPTS', 'PS4', 'ENV'], { env, strategy: 'overlay' }));
          tell(await ws.run('echo "$0"', { env: { ...env, SHELLOPTS: undefined }, strategy: 'overlay' }));`,
      });
      // The command itself has them: there they are its own affair.
      expect(results).toMatchObject([
        { exitCode: 0, stdout: `xtrace\n${trap}\n${victim}/rc\n` },
        { exitCode: 0, stdout: '/bin/sh\n' },
      ]);
      const left = ['rc-was-read', 'prompt-was-expanded', 'prompt-command', 'function'];
      expect(left.filter((name) => existsSync(join(victim, name)))).toEqual([]);
    },
  );
});
