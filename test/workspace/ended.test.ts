import { describe, expect, it } from 'vitest';
import { TestProject } from '../support/test-project.ts';
import { runProcess } from './support/store-process.ts';

/** Begins a commit, and ends itself as soon as something of it is in the base. */
const COMMITTER = `
  import { readdirSync } from 'node:fs';
  const afs = new AgentFS(task.base);
  const workspace = await afs.workspace.create('w');
  await workspace.batch(
    Array.from({ length: 300 }, (_, i) => ({ type: 'write', path: 'file-' + i, content: 'new' })),
  );
  print('working');
  void workspace.commit('never done').then(() => print('done'));
  const look = () => {
    if (!readdirSync(task.base).some((name) => name.startsWith('.agentfs-'))) setImmediate(look);
    else if (task.how === 'an uncaught exception') throw new Error('uncaught');
    else if (task.how === 'exit') process.exit(0);
    else process.kill(process.pid, task.how);
  };
  look();
`;

describe('a process that ends in the middle of a commit', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGABRT', 'exit', 'an uncaught exception'])(
    'leaves a base that is put back, and keeps nobody waiting: by %s',
    async (how) => {
      const project = new TestProject({ 'file-0': 'old', 'file-1': 'old' });
      const end = await runProcess(COMMITTER, { base: project.dir, how });
      expect(end).toMatchObject({ lines: [], signal: how.startsWith('SIG') ? how : null });
      const afs = project.open();
      const next = await afs.workspace.create('next');
      expect(project.list()).toEqual(['file-0', 'file-1']);
      expect([project.read('file-0'), project.read('file-1')]).toEqual(['old', 'old']);
      await next.writeFile('file-0', 'of the next');
      await next.commit('the next');
      expect(project.read('file-0')).toBe('of the next');
      const workspace = await afs.workspace.get('w');
      expect((await workspace.status()).added).toHaveLength(298);
    },
  );
});
