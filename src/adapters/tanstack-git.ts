/** The git calls of TanStack AI, by the git program in the sandbox. */

import { quoteWords } from '../primitives/quote-words.ts';
import type { CommandOutcome } from './run-in-workspace.ts';

/** The `SandboxGit` of TanStack AI, structurally. */
export interface GitCalls {
  clone: (input: {
    url: string;
    dir?: string;
    ref?: string;
    auth?: { username?: string; token: string };
    depth?: number | 'full';
  }) => Promise<void>;
  status: (dir?: string) => Promise<string>;
  add: (paths: string[], dir?: string) => Promise<void>;
  commit: (message: string, dir?: string) => Promise<void>;
  push: (dir?: string) => Promise<void>;
  pull: (dir?: string) => Promise<void>;
  branch: (dir?: string) => Promise<string>;
}

type Exec = (
  command: string,
  options: { cwd: string; env?: Record<string, string> },
) => Promise<CommandOutcome>;

/** @param root - where git runs unless a directory is given. */
export function gitBy(exec: Exec, root: string): GitCalls {
  const git = async (
    args: readonly string[],
    cwd = root,
    env?: Record<string, string>,
  ): Promise<string> => {
    const command = quoteWords(['git', ...args]);
    const { stdout, stderr, exitCode } = await exec(command, { cwd, ...(env && { env }) });
    if (exitCode !== 0) throw new Error(`git ${args[0]} ended with ${exitCode}: ${stderr.trim()}`);
    return stdout.trim();
  };
  const silently = async (args: readonly string[], dir?: string): Promise<void> => {
    await git(args, dir);
  };
  return {
    clone: async ({ url, dir = '.', ref, auth, depth = 1 }) => {
      const shallow = depth === 'full' ? [] : ['--depth', String(depth)];
      const branch = ref === undefined ? [] : ['--branch', ref];
      await git(['clone', ...shallow, ...branch, '--', url, dir], root, credentials(auth));
    },
    status: (dir) => git(['status', '--porcelain'], dir),
    add: (paths, dir) => silently(['add', '--', ...paths], dir),
    commit: (message, dir) => silently(['commit', '--message', message], dir),
    push: (dir) => silently(['push'], dir),
    pull: (dir) => silently(['pull'], dir),
    branch: (dir) => git(['branch', '--show-current'], dir),
  };
}

/** A token goes through the environment: a command line is in the audit log. */
function credentials(
  auth: { username?: string; token: string } | undefined,
): Record<string, string> | undefined {
  if (auth === undefined) return undefined;
  const pair = Buffer.from(`${auth.username ?? 'x-access-token'}:${auth.token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${pair}`,
  };
}
