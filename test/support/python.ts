/** Whether there is a Python to run scripts with. */

import { spawnSync } from 'node:child_process';

/** A Python 3.8 or newer, as `python3`. */
export const hasPython: boolean =
  spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;
