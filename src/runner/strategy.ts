/**
 * The port between a workspace and the ways to run a command in it. A strategy shows a tree as real
 * files, and afterwards says what became of them. It starts no process and decides nothing about
 * the workspace.
 *
 * Duties of every strategy:
 *
 * - Ordering: the caller holds the workspace's run lease from `prepare` until after `settle` or
 *   `discard`, so that there is one prepared run a workspace at a time. Between `prepare` and its
 *   end any number of commands is launched, one after the other. After each `prepare` comes exactly
 *   one end: `capture`, and `settle` of what it gave, or `discard`, which may also follow a
 *   failed `capture` or `settle`. To go on after a capture, as a session does at a checkpoint, the
 *   caller prepares again, which has to be cheap: nothing has changed but what others did.
 * - One live place: `update` may come while commands run, one at a time, and not after the end has
 *   begun. It overwrites nothing that a command has changed.
 * - Guests: who joins is confined as the commands are, and is killed at the end.
 * - Nothing lost: a strategy that can keeps, on `leave`, what commands have left that could not be
 *   stored. Before the next `prepare`, which drops it, the caller looks for it and resumes.
 * - Idempotence: whatever an earlier run left, finished or killed at any point, `prepare` shows
 *   exactly the tree that it is given. Nothing that was not settled counts.
 * - Cost: `prepare` follows the difference from what was shown last, not the size of the tree.
 * - Isolation between workspaces: ignored content comes from the stock that the workspace began with,
 *   is private to it and kept between its runs. It never gets into a tree. A strategy that can
 *   brings it to the state that it is given, where it still knows that. `.git` is treated so too;
 *   `.agentfs` is never shown.
 * - Honesty: `isolation` says what holds, and refuses what cannot be enforced. Nothing is ever
 *   weaker than what was asked for.
 * - Cleaning up: what a run leaves behind belongs to the strategy, at `directory` of its target, or
 *   at that path with the suffix `.overlay`. Removing both, while no run is prepared, removes
 *   everything.
 *
 * Plain data crosses the port: tree ids, paths and strings.
 */

import type { Place } from '../disk/place.ts';
import type { ScanWarningKind } from '../disk/scan-result.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import type { Isolation, IsolationRequest } from './isolation.ts';
import type { Invocation } from './process/command.ts';
import type { WaitingStart } from './process/waiting-launcher.ts';

/** The names of the strategies there are. */
export type StrategyName = 'directory' | 'overlay';

/** Which ignored content a workspace has. */
export interface IgnoredTarget {
  /** The name of the stock that it began with; `''` for none. */
  readonly stock: string;
  /** What has become of that in the workspace: the number of a state; 0 for nothing. */
  readonly state: number;
}

/** What commands have done to ignored content. */
export interface IgnoredChanges {
  /** The top-most paths, such as `node_modules`; sorted. */
  readonly paths: readonly TreePath[];
  /** Those of them that are not there any more. */
  readonly removed: readonly TreePath[];
  /** Files that were written, and paths that were removed. */
  readonly files: number;
  /** Bytes of the files that were written. */
  readonly bytes: number;
}

/** The package managers whose caches are kept. */
export type PackageCache = 'npm' | 'pnpm' | 'yarn' | 'pip' | 'uv' | 'cargo' | 'go' | 'gradle';

/** One directory of a cache, and how its package manager is brought to use it. */
export interface CacheDirectory {
  /** Below the directory of all caches of the store. */
  readonly path: TreePath;
  /** The variable that names it; where there is none it is shown at {@link place}. */
  readonly variable?: string;
  /** The absolute path where the package manager looks for it. */
  readonly place?: string;
}

/** What to show, and where. */
export interface RunTarget {
  /** Number of the workspace, under which the store keeps what is known of its directory. */
  readonly workspace: number;
  /** The tree that the command is to see. Its objects stay in the store during the run. */
  readonly tree: ObjectId;
  readonly ignored: IgnoredTarget;
  /** A place that belongs to this workspace alone; there may be nothing yet. */
  readonly directory: Place;
  /** Absolute path of the base, where ignored content comes from. */
  readonly base: string;
  readonly isolation: IsolationRequest;
  /** Directories of package managers that outlive the run, where commands are kept from the host's. */
  readonly caches?: readonly CacheDirectory[] | undefined;
  /** How many commands to make ready for that read and print through pipes; else for none. */
  readonly piped?: 'one' | 'several' | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of files that are in place. */
  readonly onProgress?: ((files: number) => void) | undefined;
}

/** Something about a run that its caller should know, such as a path that could not be captured. */
export interface RunWarning {
  /** Relative to the root of the workspace; `''` when it is about no path. */
  readonly path: string;
  readonly kind:
    | ScanWarningKind
    | 'git-file'
    | 'not-copied'
    | 'not-pinned'
    | 'survivor'
    | 'deletions'
    | 'conflict'
    | 'memory';
  /** One sentence for people. */
  readonly message: string;
}

/** One way to run commands. */
export interface RunStrategy {
  readonly name: StrategyName;
  /**
   * What would be in force. Cheap after the first call, which may look at the host.
   *
   * @throws {AgentFSError} SANDBOX_UNAVAILABLE when this host cannot give what is asked for.
   */
  isolation(request: IsolationRequest): Promise<Isolation>;
  /**
   * Shows a tree as real files.
   *
   * @throws {AgentFSError} ABORTED, STORE_FULL, SANDBOX_UNAVAILABLE.
   */
  prepare(target: RunTarget): Promise<PreparedRun>;
  /**
   * Looks at what there is to take of the base's ignored content for a workspace that has its own. In
   * place of `prepare`, under the same lease.
   *
   * @throws {AgentFSError} ABORTED, STORE_FULL.
   */
  refresh(target: RefreshTarget): Promise<Refresh>;
  /**
   * Joins a run that another caller has prepared, in the same place and with the same limits.
   *
   * @param address - what {@link PreparedRun.address} was, of a host that is alive.
   * @returns undefined when it cannot be joined any more.
   */
  join(directory: Place, address: LiveAddress): JoinedRun | undefined;
  /** Whether a run was left at the `directory` of a target, by this process or another. Cheap. */
  hasLeft?(directory: Place): boolean;
  /**
   * Brings back a run that was left, to be captured; undefined when it cannot be had any more.
   *
   * @throws {AgentFSError} SANDBOX_UNAVAILABLE.
   */
  resume?(target: Omit<RunTarget, 'tree' | 'ignored'>): Promise<LeftRun | undefined>;
}

/** What to take from the base anew. */
export interface RefreshTarget extends Omit<RunTarget, 'isolation'> {
  /** These and what is below them; the root for all but repositories, which are named one by one. */
  readonly paths: readonly TreePath[];
}

/** What is different in the base. */
export interface Refresh {
  /** What the workspace has changed itself, and would be replaced; sorted. */
  readonly own: readonly TreePath[];
  /** Takes it. Where it is a step that can be taken back it counts with `settle`, else at once. */
  take(): Promise<RefreshCapture>;
}

/** What was taken. */
export interface RefreshCapture extends Omit<Capture, 'ignored'> {
  /** Undefined for nothing; the state is that of a step that can be taken back. */
  readonly ignored?: (IgnoredChanges & { readonly state: number | undefined }) | undefined;
}

/** What another process needs to know to join the commands of a run; plain JSON, for this user. */
export interface LiveAddress {
  /** Where it can open the files; absent when that is the directory of the target. */
  readonly files?: string;
  readonly [name: string]: unknown;
}

/** The files of a run that this process or another one has prepared, to start commands in. */
export interface JoinedRun extends Pick<PreparedRun, 'root' | 'env' | 'launch'> {
  /** Lets go of it; commands go on. */
  close(): void;
}

/** A run whose commands are over, and whose changes could not be stored. */
export interface LeftRun {
  readonly prepared: PreparedRun;
  /** What was noted when it was left. */
  readonly note: string;
}

/** A command that is about to start. */
export interface CommandStart {
  /** All variables that it is to get. */
  readonly env: Readonly<Record<string, string>>;
  /** What it executes: a path, or a name that is looked up in `PATH`. */
  readonly program: string;
  /** The directory to start in. */
  readonly workdir: TreePath;
}

/** A way to start a command. */
export interface Launch {
  /** A program to start with the command behind its arguments. */
  readonly launcher: Invocation | undefined;
  /** The variables to start it with; the launcher sees to the rest. */
  readonly env: Readonly<Record<string, string>>;
  /** An absolute host path to start it in, which nothing that a command does leads elsewhere. */
  readonly cwd: string;
  /** A launcher that was started before, to be used where it can be in place of the other. */
  readonly waiting?: WaitingStart | undefined;
  /** What there is to say of how the command ended, once it is over. */
  readonly findings?: () => readonly RunWarning[];
}

/** A tree that is shown and waits for commands. Each finds what the ones before it have left. */
export interface PreparedRun {
  /** Where the command sees the root of the workspace, absolute. */
  readonly root: string;
  /**
   * The tree that commands have been shown: that of the target, and what {@link update} has brought
   * in since. What they have changed is told from it.
   */
  readonly tree: ObjectId;
  /** Variables that the command needs, unless its caller sets them. */
  readonly env: Readonly<Record<string, string>>;
  /** Where others find it while it is prepared. */
  readonly address: LiveAddress;
  /** What could not be shown as it is. */
  readonly warnings: readonly RunWarning[];
  /**
   * How to start a command.
   * @throws {FileSystemError} ENOENT, ENOTDIR when there is no such directory in the workspace, if
   *   the launcher would not say so.
   */
  launch(start: CommandStart): Launch;
  /**
   * Brings the files to another tree while commands work with them, all but the paths that these have
   * changed themselves: there {@link tree} stays what it was.
   *
   * @param keep - called with the new {@link tree} in the transaction that stores it.
   * @throws {StorageError}; then all of it counts as the commands' own change.
   */
  update(to: ObjectId, keep: (tree: ObjectId) => void): Promise<void>;
  /** Kills the commands of others that have joined, where `capture` does not. */
  evict?(): Promise<void>;
  /**
   * Finds out what the commands have left. Its content goes to the store, pinned; nothing refers to
   * it yet.
   *
   * @param quiescent - whether all processes of the commands are dead.
   */
  capture(quiescent: boolean): Promise<Capture>;
  /** Gives up what the commands have left; the next `prepare` starts over from the wanted tree. */
  discard(): void;
  /**
   * The end in place of `discard` after a failed `capture` or `settle`: keeps what the commands have
   * left for `resume`, unless it has filled the disk.
   *
   * @param note - what the caller has to know then.
   */
  leave?(note: string): Promise<void>;
}

/** What the commands have left. */
export interface Capture {
  /** Paths that could not be taken up. */
  readonly warnings: readonly RunWarning[];
  /** What was done to ignored content; undefined for nothing, or where that is not known. */
  readonly ignored?: (IgnoredChanges & { readonly state: number }) | undefined;
  /**
   * Notes, inside the caller's transaction, that the directory now shows what was captured, and
   * gives up the pins. If the transaction fails, `discard` the run.
   *
   * @returns the tree that was shown, with the changes of the commands.
   */
  settle(): ObjectId;
}
