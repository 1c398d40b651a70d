/** The open store: one database and the modules for its tables. */

import { randomUUID } from 'node:crypto';
import type { ObjectId } from '../primitives/object-id.ts';
import type { Signer } from '../primitives/signer.ts';
import { AuditRows } from './audit-rows.ts';
import { Commits } from './commits.ts';
import { ContentWriter } from './content-writer.ts';
import { Contents } from './contents.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { DeletedSnapshots } from './deleted-snapshots.ts';
import { Incoming } from './incoming.ts';
import { Journals } from './journals.ts';
import { Leases } from './leases.ts';
import { Objects } from './objects.ts';
import { openStore } from './open-store.ts';
import { Operations } from './operations.ts';
import { Pending } from './pending.ts';
import { Pins } from './pins.ts';
import { Remotes } from './remotes.ts';
import { SharedRecords } from './shared-records.ts';
import { Signatures } from './signatures.ts';
import { Snapshots } from './snapshots.ts';
import { StatRows } from './stat-rows.ts';
import { SyncConflicts } from './sync-conflicts.ts';
import { Workspaces } from './workspaces.ts';

/** How a store is opened. */
export interface StoreOptions extends DatabaseOptions {
  /** Memory for content that was read, in bytes. */
  readonly cacheBytes: number;
  /** This process's token, under which it holds pins and leases. */
  readonly process: string;
  /** Signs what this user stands up for. */
  readonly signer: Signer;
}

/** What garbage collection is to leave alone for a while. */
export interface Pin {
  /** Takes in more; in the transaction that stores them, so that nothing comes between. */
  add(...ids: readonly ObjectId[]): void;
  /** Gives all of it up; never throws. */
  release(): void;
}

/** Everything that is kept in the one SQLite file. */
export class Store {
  readonly database: Database;
  readonly signatures: Signatures;
  readonly objects: Objects;
  readonly contents: Contents;
  readonly pins: Pins;
  readonly workspaces: Workspaces;
  readonly pending: Pending;
  readonly snapshots: Snapshots;
  readonly deletedSnapshots: DeletedSnapshots;
  readonly commits: Commits;
  readonly operations: Operations;
  readonly journals: Journals;
  readonly leases: Leases;
  readonly audit: AuditRows;
  readonly stats: StatRows;
  readonly remotes: Remotes;
  readonly syncConflicts: SyncConflicts;
  readonly incoming: Incoming;
  readonly sharedRecords: SharedRecords;
  /** This process's token. */
  readonly process: string;

  /**
   * Opens the store at `path` (or `:memory:`), creating it, signed, when there is none.
   *
   * @throws {StorageError} as {@link openStore} says.
   */
  constructor(path: string, options: StoreOptions) {
    const { signer } = options;
    const database = openStore(path, options, (made) => new Signatures(made, signer).signStore());
    const signatures = new Signatures(database, signer);
    this.database = database;
    this.signatures = signatures;
    this.process = options.process;
    this.objects = new Objects(database);
    this.contents = new Contents(this.objects, options.cacheBytes);
    this.pins = new Pins(database);
    this.workspaces = new Workspaces(database);
    this.pending = new Pending(database);
    this.snapshots = new Snapshots(database);
    this.deletedSnapshots = new DeletedSnapshots(database);
    this.commits = new Commits(database);
    this.operations = new Operations(database);
    this.journals = new Journals(database, signatures);
    this.leases = new Leases(database);
    this.audit = new AuditRows(database);
    this.stats = new StatRows(database, signatures);
    this.remotes = new Remotes(database);
    this.syncConflicts = new SyncConflicts(database);
    this.incoming = new Incoming(database);
    this.sharedRecords = new SharedRecords(database);
  }

  /** A writer for content that is stored ahead of the transaction that refers to it. */
  contentWriter(): ContentWriter {
    return new ContentWriter(this.database, this.objects, this.pins, this.#newHolder());
  }

  /** Keeps objects, and all that is below them, from garbage collection until it is released. */
  pin(...ids: readonly ObjectId[]): Pin {
    const holder = this.#newHolder();
    const add = (...more: readonly ObjectId[]): void => {
      for (const id of more) this.pins.add(holder, id);
    };
    add(...ids);
    return { add, release: () => this.pins.abandon(holder) };
  }

  /** Forgets all snapshots of a workspace, and which were deleted. */
  forgetSnapshots(workspace: number): void {
    this.snapshots.deleteAll(workspace);
    this.deletedSnapshots.clear(workspace);
  }

  /** Forgets the remote of a workspace and what is known of it; objects and snapshots stay. */
  forgetRemote(workspace: number): void {
    this.remotes.delete(workspace);
    this.syncConflicts.clear(workspace);
    this.incoming.clear(workspace);
    this.sharedRecords.clear(workspace);
  }

  /** Closes the database. */
  close(): void {
    this.database.close();
  }

  /** A name for pins that no other store has, opened by this process or another. */
  #newHolder(): string {
    return `${this.process}#${randomUUID()}`;
  }
}
