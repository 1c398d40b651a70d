/** Files that a stock shares with the project by second names, and that the project writes into. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { setUp, type TestProject } from '../support/test-project.ts';

const FILE = 'node_modules/one/index.js';
const OTHER = 'node_modules/one/other.js';

const FILES = {
  '.gitignore': 'node_modules/\n',
  'a.txt': 'a\n',
  [FILE]: 'one\n',
  [OTHER]: 'other\n',
};

await describeOverlay('standard', 'in an overlay', () => {
  describe('a file that is shared with the project', () => {
    it('is told of, once, when the project has written into it', async () => {
      const { project, workspace } = await setUp(FILES);
      await workspace.run('true');
      // It is looked for while a command runs, and no longer.
      const runUntilTold = async (path: string): Promise<RunResult> => {
        const running = workspace.start(`cat ${FILE}; until [ -e done ]; do sleep 0.05; done`);
        await expect.poll(() => told(project)).toContain(path);
        await workspace.writeFile('done', '');
        const result = await running.wait();
        await workspace.delete('done');
        return result;
      };
      project.write(FILE, 'patched in place\n');
      const { stdout, warnings } = await runUntilTold(FILE);
      expect(stdout).toBe('patched in place\n');
      expect(warnings).toMatchObject([{ kind: 'not-pinned', path: FILE }]);
      project.write(OTHER, 'patched too\n');
      expect((await runUntilTold(OTHER)).warnings.map(({ path }) => path)).toEqual([OTHER]);
    });
  });
});

function told(project: TestProject): string {
  const stocks = project.path('.agentfs/work/stocks');
  const notes = readdirSync(stocks).map((name) => join(stocks, name, 'told.json'));
  return notes.map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')).join();
}
