/** Credentials below the home directory, and commands that look for them. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CREDENTIALS, credentialPlaces } from '../../src/runner/sandbox/credentials.ts';
import { HOST_USERS, HostProgram } from '../support/host-program.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { type Files, temporaryDirectory, writeFiles } from '../support/run-fixture.ts';

/** A file in every place of the table; for a name with `*` in one such place. */
const SECRETS: Files = Object.fromEntries(
  Object.values(CREDENTIALS)
    .flat()
    .map((place, index) => [
      `${place.replace(/\*$/, '-x')}${index % 2 === 0 ? '' : '/inside'}`,
      'a secret\n',
    ]),
);

const SETTINGS: Files = {
  '.npmrc': '//registry.example/:_authToken=a secret\n',
  '.pip/pip.conf': '[global]\nindex-url = https://name:a secret@example.org/simple\n',
  '.gradle/gradle.properties': 'signing.password=a secret\n',
};

const HARMLESS: Files = {
  '.yarnrc': 'registry "https://registry.example/"\n',
  '.cargo/bin/tool': 'needed\n',
  '.cargo/config.toml': 'needed\n',
  '.config/tool/settings': 'needed\n',
  '.cache/huggingface/hub/model': 'needed\n',
  '.m2/repository/library.jar': 'needed\n',
  '.gradle/init.d/x': 'needed\n',
  '.gitconfig': 'needed\n',
};

describe('places with credentials', () => {
  it('are told apart from settings without any, and need not exist', () => {
    const home = temporaryDirectory({ ...SETTINGS, ...HARMLESS, '.aider.chat': '', '.ssh/id': '' });
    const expected = [...Object.keys(SETTINGS), '.aider.chat', '.ssh'];
    const found = credentialPlaces(home).map((path) => path.slice(home.length + 1));
    expect(found.sort()).toEqual(expected.sort());
    expect(credentialPlaces(join(home, 'nowhere'))).toEqual([]);
  });
});

/** A home directory that is not hidden with what is above it. */
function visibleHome(): string {
  const parent = process.getuid?.() === 0 ? '/srv' : realpathSync('.');
  const home = mkdtempSync(join(parent, '.agentfs-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

for (const sandbox of ['standard', 'restricted'] as const) {
  await describeOverlay(sandbox, `with the profile ${sandbox}, a command`, () => {
    it.each(HOST_USERS)('of $name finds no credentials at home, and all else', async (user) => {
      const program = await HostProgram.create(user);
      const home = visibleHome();
      writeFiles(home, { ...SECRETS, ...SETTINGS, ...HARMLESS });
      mkdirSync(join(home, 'empty'));
      program.own(home);
      const command = `cd ${home}; grep -rl 'a secret' . ; cat ${Object.keys(HARMLESS).join(' ')}; cat ${home}/.npmrc ${home}/.ssh/*; exit 0`;
      const [file = '', ...args] = program.script(
        `print((await workspace.run(${JSON.stringify(command)}, { sandbox: '${sandbox}' })).stdout);`,
      );
      const output = execFileSync(file, args, {
        encoding: 'utf8',
        env: { ...program.env, HOME: home },
      });
      expect(JSON.parse(output)).toBe(Object.values(HARMLESS).join(''));
    });
  });
}
