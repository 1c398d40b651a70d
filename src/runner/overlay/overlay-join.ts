/**
 * Starting commands beside those of a run in an overlay, from this process or another: in the same
 * namespaces, over the same mounts and in the same control groups. All of it is held open by handles
 * before the number of a process is believed, which may have been given out anew.
 */

import { closeSync, openSync } from 'node:fs';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import {
  decodeProcessToken,
  encodeProcessToken,
  isAlive,
  processToken,
} from '../../primitives/process-token.ts';
import type { ResourceLimits } from '../isolation.ts';
import { composeLaunch } from '../sandbox/sandbox-launcher.ts';
import { namespacesOf } from '../sandbox/sandbox-namespace.ts';
import type { SandboxTools } from '../sandbox/sandbox-tools.ts';
import type { CommandStart, JoinedRun, Launch, LiveAddress } from '../strategy.ts';

/** A run in an overlay while it is prepared. */
interface OverlayPlace {
  /** Where commands see the workspace, and what they need to know. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly network: 'host' | 'none';
  readonly perProcess: ResourceLimits;
  readonly groups: readonly string[];
  /** A handle on the mounted root: the paths that lead there may be a command's to change. */
  readonly files: string;
}

/** Where others find a run of this process. @param namespace - the first process inside. */
export function overlayAddress(namespace: number, place: OverlayPlace): LiveAddress {
  const files = place.files.replace('/self/', `/${process.pid}/`);
  return { ...place, files, holder: encodeProcessToken(processToken(namespace)) };
}

/** Joins a run; undefined when it is over. */
export function joinOverlay(address: LiveAddress, tools: SandboxTools): JoinedRun | undefined {
  const { holder, ...place } = address as unknown as OverlayPlace & { readonly holder: string };
  const token = decodeProcessToken(holder);
  if (token === undefined) return undefined;
  const descriptors: number[] = [];
  let files: SafeDirectory | undefined;
  const close = (): void => {
    files?.close();
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  };
  try {
    files = SafeDirectory.open(place.files);
    const cwd = files.location;
    const enter = namespacesOf(place.network).map(([name, file]) => {
      const descriptor = openSync(`/proc/${token.pid}/ns/${file}`, 'r');
      descriptors.push(descriptor);
      return `--${name}=/proc/${process.pid}/fd/${descriptor}`;
    });
    if (isAlive(token) !== 'alive') throw new Error('The run is over.');
    const { root, perProcess, groups } = place;
    const launch = (start: CommandStart): Launch => {
      const { launcher, env } = composeLaunch({ ...start, tools, enter, perProcess, groups });
      return { launcher, env, cwd };
    };
    return { root, env: place.env, launch, close };
  } catch {
    // It has ended meanwhile.
    close();
    return undefined;
  }
}
