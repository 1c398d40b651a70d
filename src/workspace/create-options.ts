/** How workspaces are made, and which are wanted. */

import { IMPORT_OPTIONS, type ImportOptions } from './files/tar-import.ts';
import type { SyncEnableOptions } from './sharing/sync-options.ts';
import type { OriginOptions } from './workspace-origin.ts';
import { UPDATE_OPTIONS, type WorkspaceUpdate } from './workspace-settings.ts';

/** How a workspace is made. */
export interface CreateOptions extends Omit<WorkspaceUpdate, 'state'> {
  /** Forks from a snapshot: `workspace/snapshot`, or `snapshot` when only one has the name. */
  readonly fromSnapshot?: string | undefined;
  /** Forks from what another workspace is now. */
  readonly fromWorkspace?: string | undefined;
  /**
   * Takes over what others have pushed under this name: the address of the database, or all that
   * `sync.enable()` may be given. What the base has is compared with it.
   */
  readonly fromSync?: string | SyncEnableOptions | undefined;
  /**
   * Begins as this template of the configuration says, where nothing else is given: with its
   * description, tags, sandbox and caches, and its commands run. There is no workspace when one fails.
   */
  readonly template?: string | undefined;
  /** Stops the scan of the base, and a pull. */
  readonly signal?: AbortSignal | undefined;
}

/** How a workspace is made from an archive. */
export interface CreateFromTarOptions
  extends Omit<CreateOptions, 'fromSnapshot' | 'fromWorkspace' | 'fromSync'>,
    ImportOptions {}

/** Which workspaces are wanted. */
export interface WorkspaceFilter {
  /** Glob for the name. */
  readonly name?: string | undefined;
  readonly tag?: string | undefined;
  /** Only those not changed for so many days. */
  readonly olderThanDays?: number | undefined;
  /** Default false. */
  readonly includeArchived?: boolean | undefined;
}

/** The names of {@link CreateOptions} and of what an archive needs. */
export const CREATE_OPTIONS: readonly (keyof (CreateOptions & OriginOptions))[] = [
  ...UPDATE_OPTIONS.filter((name) => name !== 'state'),
  ...IMPORT_OPTIONS,
  ...(['fromSnapshot', 'fromWorkspace', 'fromSync', 'template', 'archive'] as const),
];

/** The names of {@link WorkspaceFilter}. */
export const FILTER_OPTIONS: readonly (keyof WorkspaceFilter)[] = [
  ...(['name', 'tag', 'olderThanDays', 'includeArchived'] as const),
];
