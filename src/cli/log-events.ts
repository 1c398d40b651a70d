/** Puts what happens to workspaces on the log: names, ids and counts, no content and no commands. */

import type { AgentFS, Logger } from '../index.ts';

/** Logs the events of an AgentFS from now on. */
export function logEvents(afs: AgentFS, log: Logger): void {
  afs.on('workspaceCreate', ({ name }) =>
    log.info('A workspace was created.', { workspace: name }),
  );
  afs.on('workspaceDelete', (workspace) => log.info('A workspace was deleted.', { workspace }));
  afs.on('snapshotCreate', ({ name }, snapshot) =>
    log.info('A snapshot was taken.', { workspace: name, snapshot: snapshot.name }),
  );
  afs.on('snapshotRestore', ({ name }) =>
    log.info('A snapshot was restored.', { workspace: name }),
  );
  afs.on('commit', ({ name }, _message, { id, length }) =>
    log.info('A workspace was committed.', { workspace: name, commit: id, changes: length }),
  );
  afs.on('run', ({ name }, { exitCode, durationMs, changes }) =>
    log.info('A command ended.', {
      workspace: name,
      exitCode,
      durationMs,
      changes: changes.length,
    }),
  );
  afs.on('sync', ({ name }, { direction, result }) => {
    const { version, objects, bytes, durationMs } = result;
    log.info('A workspace was synchronised.', {
      ...{ workspace: name, direction, version, objects, bytes, durationMs },
    });
  });
  afs.on('conflict', ({ name }, conflicts) =>
    log.info('An operation met conflicts.', { workspace: name, conflicts: conflicts.length }),
  );
  afs.on('error', (error) => log.error('Something failed in the background.', { error }));
}
