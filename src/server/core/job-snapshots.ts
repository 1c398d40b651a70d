/** The snapshots before and after jobs: what a job has done can be looked at, and taken back. */

import type { Logger } from '../../index.ts';
import type { Project } from './project.ts';

/** Where a job runs. */
export interface JobPlace {
  readonly project: Project;
  readonly workspace: string;
  readonly job: number;
}

const TAG = 'job';
const MOST_SNAPSHOTS = 100;

/** Takes them, and lets go of old ones. */
export class JobSnapshots {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Takes a snapshot; a job is not given up because there can be none.
   *
   * @returns its name; `''` when there is none.
   */
  async take({ project, workspace, job }: JobPlace, when: 'before' | 'after'): Promise<string> {
    const name = `job-${job}-${when}`;
    try {
      const { snapshot } = await project.afs.workspace.get(workspace);
      await snapshot.create(name, { description: `${when} job ${job}`, tags: [TAG] });
      if (when === 'before') return name;
      const taken = await snapshot.list({ tag: TAG });
      for (const { name: old } of taken.slice(0, -MOST_SNAPSHOTS)) {
        // How much there is room for is the business of this machine alone.
        await snapshot.delete(old, { onlyHere: true });
      }
      return name;
    } catch (error) {
      this.#logger.warn('A snapshot around a job could not be taken.', { workspace, job, error });
      return '';
    }
  }
}
