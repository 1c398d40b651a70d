/**
 * Runs commands in a kept directory of each workspace: works everywhere, and confines nothing. A
 * command that wants to can write outside; its processes are held by their group and command id.
 */

import { dirname } from 'node:path';
import type { Place } from '../../disk/place.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { errorCode, FileNotFoundError, FileSystemError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { ROOT, type TreePath } from '../../primitives/path.ts';
import type { Signer } from '../../primitives/signer.ts';
import type { Isolation, IsolationRequest } from '../isolation.ts';
import { fillsDisk } from '../layers/disk-room.ts';
import { sandboxUnavailable } from '../process/host-tools.ts';
import { killLeftovers } from '../process/process-tree.ts';
import type {
  Capture,
  CommandStart,
  JoinedRun,
  Launch,
  LeftRun,
  LiveAddress,
  PreparedRun,
  Refresh,
  RefreshTarget,
  RunStrategy,
  RunTarget,
  RunWarning,
} from '../strategy.ts';
import { planDirectoryRefresh } from './directory-refresh.ts';
import { LeftDirectory } from './left-directory.ts';
import { type WorkCapture, WorkDirectory, type WorkDirectoryContext } from './work-directory.ts';

const ISOLATION: Isolation = {
  profile: 'none',
  filesystem: 'cooperative',
  network: 'host',
  processes: 'group',
  description: 'The command works on a copy of the workspace, and is kept from nothing else.',
};

/** What it needs besides what all strategies do. */
export interface DirectoryStrategyContext extends WorkDirectoryContext {
  /** Where it is noted that something was left. */
  readonly layers: Place;
  readonly signer: Signer;
}

/** The strategy that needs nothing of its host. */
export class DirectoryStrategy implements RunStrategy {
  readonly name = 'directory';
  readonly #context: DirectoryStrategyContext;

  constructor(context: DirectoryStrategyContext) {
    this.#context = context;
  }

  async isolation(request: IsolationRequest): Promise<Isolation> {
    const { profile = 'none', limits } = request;
    if (profile !== 'none') {
      throw sandboxUnavailable(
        `The directory strategy cannot enforce the sandbox profile '${profile}'`,
        "Use a host with the overlay strategy, or ask for sandbox: 'none'.",
      );
    }
    const limit = Object.entries(limits).find(([, value]) => value !== undefined)?.[0];
    if (limit !== undefined) {
      throw sandboxUnavailable(
        `The directory strategy cannot enforce limits.${limit}`,
        'Leave the limit out, or use a host that can enforce it; runtimeMs and outputBytes work everywhere.',
      );
    }
    return ISOLATION;
  }

  async prepare(target: RunTarget): Promise<PreparedRun> {
    await this.isolation(target.isolation);
    const directory = new WorkDirectory(this.#context, target.workspace, target.directory);
    const left = this.#leftOf(target.directory);
    left.forget();
    const stock = target.ignored.stock;
    const warnings = await directory.show(target.tree, { ...target, stock });
    return new DirectoryRun({ directory, left }, target.tree, warnings);
  }

  hasLeft(directory: Place): boolean {
    return this.#leftOf(directory).exists;
  }

  async resume(target: Omit<RunTarget, 'tree' | 'ignored'>): Promise<LeftRun | undefined> {
    const left = this.#leftOf(target.directory);
    const known = left.read();
    const directory = new WorkDirectory(this.#context, target.workspace, target.directory);
    if (known === undefined || directory.shownTree !== known.seen) {
      left.forget();
      return undefined;
    }
    await killLeftovers(directory.path);
    return { prepared: new DirectoryRun({ directory, left }, known.seen, []), note: known.note };
  }

  #leftOf(directory: Place): LeftDirectory {
    const { layers, signer } = this.#context;
    return new LeftDirectory(layers, directory, signer);
  }

  refresh(target: RefreshTarget): Promise<Refresh> {
    const directory = new WorkDirectory(this.#context, target.workspace, target.directory);
    return planDirectoryRefresh(this.#context, directory, target);
  }

  join(directory: Place): JoinedRun {
    return new DirectoryPlace(directory.path);
  }
}

/** A workspace's directory, with commands in it. */
class DirectoryPlace implements JoinedRun {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(root: string) {
    this.root = root;
    // The directory may be inside the base: without this, git would find the base's repository.
    this.env = { GIT_CEILING_DIRECTORIES: dirname(root) };
  }

  launch({ env, workdir }: CommandStart): Launch {
    return { launcher: undefined, env, cwd: this.#cwd(workdir) };
  }

  close(): void {}

  #cwd(workdir: TreePath): string {
    if (workdir === ROOT) return this.root;
    using root = SafeDirectory.open(this.root);
    const stats = root.lstat(workdir);
    if (stats === undefined) throw new FileNotFoundError(`/${workdir}`);
    if (!stats.isDirectory()) {
      throw new FileSystemError('ENOTDIR', `ENOTDIR: not a directory, '/${workdir}'`, {
        path: `/${workdir}`,
        hint: 'Choose a directory of the workspace.',
      });
    }
    return `${this.root}/${workdir}`;
  }
}

const LOST: ReadonlySet<string> = new Set(['ENOSPC', 'STORE_FULL', 'BASE_NOT_FOUND']);

/** A workspace's directory, ready for a command. */
class DirectoryRun extends DirectoryPlace implements PreparedRun {
  readonly address: LiveAddress = {};
  readonly warnings: readonly RunWarning[];
  readonly #directory: WorkDirectory;
  readonly #left: LeftDirectory;
  #tree: ObjectId;
  #capture: WorkCapture | undefined;

  constructor(
    { directory, left }: { readonly directory: WorkDirectory; readonly left: LeftDirectory },
    tree: ObjectId,
    warnings: readonly RunWarning[],
  ) {
    super(directory.path);
    this.#directory = directory;
    this.#left = left;
    this.#tree = tree;
    this.warnings = warnings;
  }

  get tree(): ObjectId {
    return this.#tree;
  }

  async update(to: ObjectId, keep: (tree: ObjectId) => void): Promise<void> {
    this.#tree = await this.#directory.update(to, keep);
  }

  async evict(): Promise<void> {
    await killLeftovers(this.root);
  }

  async capture(quiescent: boolean): Promise<Capture> {
    const capture = await this.#directory.capture(quiescent);
    this.#capture = capture;
    const settle = (): ObjectId => {
      this.#left.forget();
      return capture.settle();
    };
    return { warnings: capture.warnings, settle };
  }

  discard(): void {
    // The directory still counts as touched, which is all that the next run needs to know.
    this.#capture?.abandon();
    this.#capture = undefined;
    this.#left.forget();
  }

  async leave(note: string): Promise<void> {
    this.discard();
    try {
      using root = SafeDirectory.open(this.root);
      // What has filled the disk could not be stored beside itself.
      if (!fillsDisk(root)) this.#left.write({ seen: this.#tree, note });
    } catch (error) {
      // The directory is gone, or there is not even room for the note.
      if (!LOST.has(errorCode(error) ?? '')) throw error;
    }
  }
}
