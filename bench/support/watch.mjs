/** Waiting until an AgentFS that watches its base no longer scans it. */

import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 100;
const WAIT_MS = 60_000;

/** Scans until a scan has looked at a few files only. Throws an Error after a minute. */
export async function warmWatch(afs, files) {
  let scanned = files;
  const note = ({ operation, done }) => {
    if (operation === 'scan') scanned = done;
  };
  afs.on('progress', note);
  const deadline = performance.now() + WAIT_MS;
  while (scanned > files / 10) {
    if (performance.now() > deadline) throw new Error('the base is not watched after a minute');
    await delay(PAUSE_MS);
    scanned = files;
    await afs.workspace.create(`watch-${process.hrtime.bigint()}`);
  }
  afs.off('progress', note);
}
