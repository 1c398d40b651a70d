/** The projects that a daemon serves, by name. */

import { basename } from 'node:path';
import { type AgentFS, AgentFSError } from '../../index.ts';
import type { Principal } from './access.ts';

/** One project directory. */
export interface Project {
  /** The last part of its path; with a number behind it when another project has that name. */
  readonly name: string;
  readonly afs: AgentFS;
}

/** The projects in the order in which they were named; the first is the one that is usually meant. */
export class Projects {
  readonly all: readonly [Project, ...Project[]];

  constructor([first, ...others]: readonly [AgentFS, ...AgentFS[]]) {
    const names = new Set<string>();
    const named = (afs: AgentFS): Project => ({
      name: freeName(basename(afs.basePath), names),
      afs,
    });
    this.all = [named(first), ...others.map(named)];
  }

  /** The first one. */
  get first(): Project {
    return this.all[0];
  }

  /**
   * The project of this name; without one, that of the principal, else the first.
   *
   * @throws {AgentFSError} PERMISSION_DENIED when the principal is for another one; PROJECT_NOT_FOUND.
   */
  get(name?: string, principal?: Principal): Project {
    const own = principal?.project || undefined;
    const wanted = name || own || this.first.name;
    if (own !== undefined && wanted !== own) {
      throw new AgentFSError('PERMISSION_DENIED', `'${principal?.name}' is for '${own}' alone.`);
    }
    const found = this.all.find((project) => project.name === wanted);
    if (found !== undefined) return found;
    const names = this.all.map((project) => project.name);
    throw new AgentFSError('PROJECT_NOT_FOUND', `No project '${wanted}' is served here.`, {
      hint:
        own === undefined ? `There is: ${names.join(', ')}.` : 'Its token is for that one alone.',
    });
  }
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  taken.add(name);
  return name;
}
