/**
 * Runs commands in a kept directory of each workspace: works everywhere, and confines nothing. A
 * command that wants to can write outside; its processes are held by their group and command id.
 */

import { dirname } from 'node:path';
import type { Place } from '../../disk/place.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { FileNotFoundError, FileSystemError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { ROOT, type TreePath } from '../../primitives/path.ts';
import type { Isolation, IsolationRequest } from '../isolation.ts';
import { sandboxUnavailable } from '../process/host-tools.ts';
import { killLeftovers } from '../process/process-tree.ts';
import type {
  Capture,
  CommandStart,
  JoinedRun,
  Launch,
  LiveAddress,
  PreparedRun,
  RunStrategy,
  RunTarget,
  RunWarning,
} from '../strategy.ts';
import { type WorkCapture, WorkDirectory, type WorkDirectoryContext } from './work-directory.ts';

const ISOLATION: Isolation = {
  profile: 'none',
  filesystem: 'cooperative',
  network: 'host',
  processes: 'group',
  description: 'The command works on a copy of the workspace, and is kept from nothing else.',
};

/** The strategy that needs nothing of its host. */
export class DirectoryStrategy implements RunStrategy {
  readonly name = 'directory';
  readonly #context: WorkDirectoryContext;

  constructor(context: WorkDirectoryContext) {
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
    const stock = target.ignored.stock;
    const warnings = await directory.show(target.tree, { ...target, stock });
    return new DirectoryRun(directory, target.tree, warnings);
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

/** A workspace's directory, ready for a command. */
class DirectoryRun extends DirectoryPlace implements PreparedRun {
  readonly address: LiveAddress = {};
  readonly warnings: readonly RunWarning[];
  readonly #directory: WorkDirectory;
  #tree: ObjectId;
  #capture: WorkCapture | undefined;

  constructor(directory: WorkDirectory, tree: ObjectId, warnings: readonly RunWarning[]) {
    super(directory.path);
    this.#directory = directory;
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
    this.#capture = await this.#directory.capture(quiescent);
    return this.#capture;
  }

  discard(): void {
    // The directory still counts as touched, which is all that the next run needs to know.
    this.#capture?.abandon();
    this.#capture = undefined;
  }
}
