/** Whiteouts: what hides a path of the layers below. The kernel lets everybody make this one device. */

import { linkSync, type Stats } from 'node:fs';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { errorCode } from '../../primitives/errors.ts';
import type { TreePath } from '../../primitives/path.ts';
import { runProgram } from '../../primitives/start-program.ts';
import { sandboxUnavailable } from '../process/host-tools.ts';

const WHITEOUT = 'whiteout' as TreePath;
const FRESH = 'whiteout.new' as TreePath;

/** Makes the whiteouts of a workspace's layers: all of them are links of one. */
export class Whiteouts {
  readonly #layers: SafeDirectory;
  readonly #mknod: string;

  /**
   * @param layers - the directory with all layers.
   * @param mknod - absolute path of the program.
   */
  constructor(layers: SafeDirectory, mknod: string) {
    this.#layers = layers;
    this.#mknod = mknod;
  }

  /** Hides a path; nothing may be at it in the layer. */
  place(layer: SafeDirectory, path: TreePath): void {
    if (this.#layers.lstat(WHITEOUT) === undefined) this.#renew();
    try {
      linkSync(this.#layers.address(WHITEOUT), layer.address(path));
    } catch (error) {
      if (errorCode(error) !== 'EMLINK') throw error;
      this.#renew();
      linkSync(this.#layers.address(WHITEOUT), layer.address(path));
    }
  }

  #renew(): void {
    const layers = this.#layers;
    if (layers.lstat(FRESH) !== undefined) layers.unlink(FRESH);
    const { status, stderr } = runProgram(this.#mknod, [FRESH, 'c', '0', '0'], {
      cwd: layers.location,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (status !== 0) {
      const reason = `No whiteout can be made (${stderr.trim()})`;
      throw sandboxUnavailable(reason, 'Use the directory strategy.');
    }
    layers.rename(FRESH, WHITEOUT);
  }
}

/** Whether a stat is of the mark by which a layer hides a path. */
export function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}
