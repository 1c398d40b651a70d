/**
 * Finds out whether this host lets agentfs run a command in an overlay, by doing it: a tiny one,
 * set up where the real ones will be, with everything that a profile needs.
 */

import { readNote, writeNote } from '../../disk/note-file.ts';
import type { Place } from '../../disk/place.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import type { TreePath } from '../../primitives/path.ts';
import type { Signer } from '../../primitives/signer.ts';
import { runProgram } from '../../primitives/start-program.ts';
import { transientName } from '../../primitives/transient-name.ts';
import type { SandboxProfile } from '../isolation.ts';
import { isOnOverlay } from '../layers/layers-place.ts';
import { OverlayLayers, UPPER } from '../layers/overlay-layers.ts';
import { sandboxUnavailable } from '../process/host-tools.ts';
import { messagesIn } from '../process/launcher-report.ts';
import { composeLaunch } from '../sandbox/sandbox-launcher.ts';
import { readHostMounts } from '../sandbox/sandbox-mounts.ts';
import { openNamespace } from '../sandbox/sandbox-namespace.ts';
import type { SandboxTools } from '../sandbox/sandbox-tools.ts';
import { planSandbox } from './sandbox-plan.ts';

/** What to try, and where. */
export interface ProbeRequest {
  readonly profile: SandboxProfile;
  /** Where the layers of workspaces are kept. */
  readonly layers: Place;
  readonly signer: Signer;
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
  const { profile, signer } = request;
  if (process.platform !== 'linux') {
    throw sandboxUnavailable('The overlay strategy needs Linux', HINT);
  }
  const tools = request.tools();
  if (isOnOverlay(request.layers.path)) {
    const reason = 'The project lies on an overlay file system itself, as in most containers';
    throw sandboxUnavailable(reason, 'Mount a volume of another kind at /var/tmp, or at .agentfs.');
  }
  request.layers.make().close();
  const place = request.layers.at(transientName());
  try {
    await tryOut(place, signer, profile, tools);
  } finally {
    await place.remove();
  }
}

async function tryOut(
  place: Place,
  signer: Signer,
  profile: SandboxProfile,
  tools: SandboxTools,
): Promise<void> {
  const layers = new OverlayLayers(place, signer);
  layers.create();
  await layers.renew(0o755);
  using base = layers.open();
  base.makePath('checkout/replaced' as TreePath, OWNER_ALL);
  using checkout = base.enter('checkout' as TreePath);
  for (const name of ['gone', 'kept', 'replaced/old'])
    writeNote(checkout, name as TreePath, 'old\n');
  const network = profile === 'restricted' ? 'none' : 'host';
  const plan = planSandbox({
    ...{ tools, profile, base, layers: base, checkout, hidden: [] },
    stock: undefined,
    caches: undefined,
    linked: [],
    mounts: readHostMounts(),
    diskBytes: undefined,
    network,
  });
  const namespace = await openNamespace(plan);
  try {
    checkRoot(namespace.pid, profile);
    using merged = SafeDirectory.open(namespace.hostPath(base.root));
    const { launcher, env } = composeLaunch({
      ...{ tools, enter: namespace.enter(network), perProcess: {}, groups: [] },
      ...{ env: { LC_ALL: 'C' }, program: tools.sh, workdir: '' },
    });
    const { status, stdout, output } = runProgram(
      launcher?.file ?? tools.sh,
      [...(launcher?.args ?? []), tools.sh, '-c', SCRIPT],
      {
        cwd: merged.location,
        env,
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      },
    );
    if (status !== 0 || stdout !== '.:\nkept\nreplaced\n\nreplaced:\n') {
      const reason = messagesIn(output.slice(2).join('')).trim().split('\n')[0] ?? '';
      throw sandboxUnavailable(`A command in an overlay does not work here (${reason})`, HINT);
    }
  } finally {
    await namespace.close();
  }
  using upper = layers.enter(UPPER);
  checkUpper(upper);
}

/** What some version of mount passes over without a word must not go unnoticed. */
function checkRoot(pid: number, profile: SandboxProfile): void {
  const root = readHostMounts(pid).findLast(({ path }) => path === '/');
  if (profile === 'none' || root?.isReadOnly === true) return;
  throw sandboxUnavailable('The root of this host cannot be made read-only', HINT);
}

/** Layers are read and written by plain means: the kernel has to write them as expected. */
function checkUpper(upper: SafeDirectory): void {
  const gone = upper.lstat('gone' as TreePath);
  const isWhiteout = gone?.isCharacterDevice() === true && gone.rdev === 0;
  const isCopied = readNote(upper, 'kept' as TreePath) === 'old\nmore\n';
  const isReplaced = upper.lstat('replaced' as TreePath) !== undefined;
  if (isWhiteout && isCopied && isReplaced) return;
  throw sandboxUnavailable('The overlays of this host are of an unknown kind', HINT);
}
