/**
 * Finds out whether this host lets agentfs run a command in an overlay, by doing it: a tiny one,
 * set up where the real ones will be, with everything that a profile needs.
 */

import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removePath } from '../disk/remove-tree.ts';
import { runProgram } from '../primitives/start-program.ts';
import { transientName } from '../primitives/transient-name.ts';
import { type SandboxProfile, sandboxUnavailable } from './isolation.ts';
import { OverlayLayers } from './overlay-layers.ts';
import { composeLaunch } from './sandbox-launcher.ts';
import { isPlainPath, readHostMounts } from './sandbox-mounts.ts';
import { openNamespace } from './sandbox-namespace.ts';
import { planSandbox } from './sandbox-plan.ts';
import type { SandboxTools } from './sandbox-tools.ts';

/** What to try, and where. */
export interface ProbeRequest {
  readonly profile: SandboxProfile;
  readonly workRoot: string;
  /** Absolute path of the base. */
  readonly base: string;
  /** Finds the programs, or throws. */
  tools(): SandboxTools;
}

const TIMEOUT_MS = 10_000;

/** Changes everything that an overlay has to be able to change. */
const SCRIPT =
  'rm gone && echo more >> kept && rm -r replaced && mkdir replaced && ls -A . replaced';

const HINT = 'Use the directory strategy, which works everywhere.';

/**
 * Tries a profile.
 *
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE with the reason.
 */
export async function probeOverlay(request: ProbeRequest): Promise<void> {
  const { profile, workRoot, base } = request;
  if (process.platform !== 'linux') {
    throw sandboxUnavailable('The overlay strategy needs Linux', HINT);
  }
  const tools = request.tools();
  if (!workRoot.startsWith(`${base}/`) && !isPlainPath(workRoot)) {
    throw sandboxUnavailable(`The path '${workRoot}' cannot be named in a mount`, HINT);
  }
  mkdirSync(workRoot, { recursive: true, mode: 0o700 });
  const directory = join(workRoot, transientName());
  try {
    await tryOut(directory, profile, tools);
  } finally {
    await removePath(directory);
  }
}

async function tryOut(
  directory: string,
  profile: SandboxProfile,
  tools: SandboxTools,
): Promise<void> {
  const layers = new OverlayLayers(directory);
  const checkout = join(directory, 'checkout');
  layers.create();
  mkdirSync(join(checkout, 'replaced'), { recursive: true });
  for (const name of ['gone', 'kept', 'replaced/old']) writeFileSync(join(checkout, name), 'old\n');
  await layers.renew(0o755, []);
  const namespace = await openNamespace(
    planSandbox({
      ...{ tools, profile, base: directory, layers, checkout, hidden: [] },
      ignored: { kept: [], mounted: [], linked: [] },
      mounts: readHostMounts(),
      diskBytes: undefined,
    }),
  );
  try {
    checkRoot(namespace.pid, profile);
    const network = profile === 'restricted' ? 'none' : 'host';
    const { launcher, env } = composeLaunch({
      ...{ tools, network, pid: namespace.pid, perProcess: {}, groups: [], env: { LC_ALL: 'C' } },
    });
    const { status, stdout, output } = runProgram(
      launcher?.file ?? tools.sh,
      [...(launcher?.args ?? []), tools.sh, '-c', SCRIPT],
      {
        cwd: namespace.hostPath(directory),
        env,
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      },
    );
    if (status !== 0 || stdout !== '.:\nkept\nreplaced\n\nreplaced:\n') {
      const reason = output.slice(2).join('').trim().split('\n')[0] ?? '';
      throw sandboxUnavailable(`A command in an overlay does not work here (${reason})`, HINT);
    }
  } finally {
    await namespace.close();
  }
  checkUpper(layers);
}

/** What some version of mount passes over without a word must not go unnoticed. */
function checkRoot(pid: number, profile: SandboxProfile): void {
  const root = readHostMounts(pid).findLast(({ path }) => path === '/');
  if (profile === 'none' || root?.isReadOnly === true) return;
  throw sandboxUnavailable('The root of this host cannot be made read-only', HINT);
}

/** Layers are read and written by plain means: the kernel has to write them as expected. */
function checkUpper({ upper }: OverlayLayers): void {
  const gone = lstatSync(join(upper, 'gone'), { throwIfNoEntry: false });
  const isWhiteout = gone?.isCharacterDevice() === true && gone.rdev === 0;
  const isCopied = readFileSync(join(upper, 'kept'), 'utf8') === 'old\nmore\n';
  if (isWhiteout && isCopied && existsSync(join(upper, 'replaced'))) return;
  throw sandboxUnavailable('The overlays of this host are of an unknown kind', HINT);
}
