/** git with a configuration of its own: no user's settings, no maintenance in the background. */

import { execFileSync } from 'node:child_process';

const CONFIG = {
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'core.fsmonitor': 'false',
  'core.autocrlf': 'false',
  'commit.gpgSign': 'false',
  'user.name': 'bench',
  'user.email': 'bench@localhost',
  'init.defaultBranch': 'main',
  'advice.detachedHead': 'false',
};

/** Runs git in a directory and returns what it prints. */
export function git(directory, args, { input, gitDir } = {}) {
  const settings = Object.entries(CONFIG).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const place = gitDir === undefined ? [] : [`--git-dir=${gitDir}`, `--work-tree=${directory}`];
  return execFileSync('git', [...settings, ...place, ...args], {
    cwd: directory,
    encoding: 'utf8',
    input,
    maxBuffer: 2 ** 30,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: '1' },
  });
}
