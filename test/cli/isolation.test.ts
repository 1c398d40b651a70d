/** What people are told when a command was not confined, or less than it could be elsewhere. */

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { HOST_USERS, HostProgram } from '../support/host-program.ts';
import { describeOverlay } from '../support/overlay-host.ts';

/** Runs the program in a host of which something was taken away. */
async function onHost(
  setting: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const program = await HostProgram.create(HOST_USERS[0], { 'a.txt': 'a\n' });
  const options = { cwd: program.base, env: program.env, encoding: 'utf8' } as const;
  const [file = '', ...line] = program.cli;
  spawnSync(file, [...line, 'workspace', 'create', 'w'], options);
  const apart = ['--user', '--map-root-user', '--mount', 'sh', '-c', `${setting}; exec "$@"`, 'sh'];
  const { stdout, stderr } = spawnSync('unshare', [...apart, file, ...line, ...args], options);
  return { stdout, stderr };
}

const NO_NAMESPACES = 'echo 0 > /proc/sys/user/max_user_namespaces';
const NO_DEVICES = [
  'mount -t tmpfs none /mnt',
  'for name in null zero random urandom; do : > /mnt/$name; mount --bind /dev/$name /mnt/$name; done',
  'mount --rbind /mnt /dev',
].join('; ');

const canTry = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true']).status === 0;
const why = canTry ? '' : ' (not tried: no user namespaces here)';

describe.skipIf(!canTry)(`a command that is not confined${why}`, () => {
  it('is told of with the reason, in one line, whatever else is printed', async () => {
    const run = ['run', '-w', 'w', 'echo', 'ran'];
    const told =
      /^warning: The command was not confined \(directory\): This host does not let agentfs .*\.\n$/;
    const plain = await onHost(NO_NAMESPACES, run);
    expect(plain).toEqual({ stdout: 'ran\n', stderr: expect.stringMatching(told) });
    const quiet = await onHost(NO_NAMESPACES, ['--quiet', ...run]);
    expect(quiet.stderr).toMatch(told);
    const json = await onHost(NO_NAMESPACES, ['--json', ...run]);
    expect(json.stderr).toMatch(told);
    const { isolation } = JSON.parse(json.stdout);
    expect(isolation).toMatchObject({ profile: 'none', reason: expect.stringMatching(/sandbox/) });
  });

  it('because a part of the sandbox is missing, too', async () => {
    const { stdout, stderr } = await onHost(NO_DEVICES, ['run', '-w', 'w', 'echo', 'ran']);
    expect(stdout).toBe('ran\n');
    expect(stderr).toMatch(
      /^warning: The command was not confined \(overlay\): .*\/dev\/pt.*\.\n$/,
    );
  });
});

await describeOverlay('none', 'a command that was not to be confined', () => {
  it('is told of as such', async () => {
    const args = ['run', '-w', 'w', '--sandbox-profile', 'none', 'echo', 'ran'];
    const { stderr } = await onHost('true', args);
    expect(stderr).toBe('warning: The command was not confined (overlay): it was asked for.\n');
  });
});

await describeOverlay('standard', 'a command that is confined', () => {
  it.each(['standard', 'restricted'])('needs no words with the profile %s', async (profile) => {
    const args = ['run', '-w', 'w', '--sandbox-profile', profile, 'echo', 'ran'];
    expect(await onHost('true', args)).toEqual({ stdout: 'ran\n', stderr: '' });
  });
});
