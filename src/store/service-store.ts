/**
 * The tables of a daemon: a connection of its own to the store of a project, beside the one that the
 * library has. What is written here is not part of any workspace.
 */

import { Database } from './database.ts';
import { ServiceEvents } from './events.ts';
import { Jobs } from './jobs.ts';
import { Leases } from './leases.ts';
import { migrate } from './migrate.ts';
import { Principals } from './principals.ts';
import { ServiceNumbers } from './service-numbers.ts';
import { StateEntries } from './state-entries.ts';

/** What a daemon keeps. */
export class ServiceStore {
  readonly database: Database;
  readonly numbers: ServiceNumbers;
  readonly principals: Principals;
  readonly jobs: Jobs;
  readonly events: ServiceEvents;
  readonly state: StateEntries;
  readonly leases: Leases;

  /**
   * Opens the tables.
   *
   * @param path - of a store that the library has opened, or `:memory:` for tables that are nowhere
   *   else.
   * @throws {StorageError} as {@link Database.open} says.
   */
  constructor(path: string) {
    const database = Database.open(path);
    if (path === ':memory:') migrate(database);
    this.database = database;
    this.numbers = new ServiceNumbers(database);
    this.principals = new Principals(database);
    this.jobs = new Jobs(database);
    this.events = new ServiceEvents(database);
    this.state = new StateEntries(database);
    this.leases = new Leases(database);
  }

  /** Closes the connection. */
  close(): void {
    this.database.close();
  }
}
