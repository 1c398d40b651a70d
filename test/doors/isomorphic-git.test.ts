/** isomorphic-git on the file system of a workspace. */

import * as git from 'isomorphic-git';
import { describe, expect, it } from 'vitest';
import { TemporaryWorkspace } from '../../src/testing/index.ts';

const author = { name: 'An Agent', email: 'agent@example.org' };

describe('isomorphic-git', () => {
  it('inits, commits, branches, checks out and merges in a workspace', async () => {
    await using test = await TemporaryWorkspace.create();
    const { workspace } = test;
    const { fs } = workspace;
    // A workspace holds nothing that is called .git: the repository is beside the files.
    const at = { fs, dir: '/project', gitdir: '/repository' };
    await fs.mkdir('/project/src', { recursive: true });
    await git.init({ ...at, defaultBranch: 'main' });
    await workspace.writeFile('project/README.md', '# one\n\ntext\n\nend\n');
    await workspace.writeFile('project/src/run.sh', 'echo run\n', { mode: 0o755 });
    await git.add({ ...at, filepath: ['README.md', 'src/run.sh'] });
    const first = await git.commit({ ...at, message: 'first', author });

    await git.branch({ ...at, ref: 'feature', checkout: true });
    await workspace.writeFile('project/README.md', '# one\n\ntext\n\nthe end\n');
    await workspace.writeFile('project/new.txt', 'new\n');
    await git.add({ ...at, filepath: ['README.md', 'new.txt'] });
    await git.commit({ ...at, message: 'second', author });

    await git.checkout({ ...at, ref: 'main' });
    expect(await workspace.exists('project/new.txt')).toBe(false);
    expect(await workspace.readText('project/README.md')).toBe('# one\n\ntext\n\nend\n');
    expect((await workspace.stat('project/src/run.sh')).mode & 0o111).toBe(0o111);
    await workspace.writeFile('project/README.md', '# ONE\n\ntext\n\nend\n');
    await git.add({ ...at, filepath: 'README.md' });
    await git.commit({ ...at, message: 'third', author });

    await git.merge({ ...at, ours: 'main', theirs: 'feature', author });
    await git.checkout({ ...at, ref: 'main' });
    expect(await workspace.readText('project/README.md')).toBe('# ONE\n\ntext\n\nthe end\n');
    expect(await workspace.readText('project/new.txt')).toBe('new\n');
    const log = await git.log(at);
    const ids = new Set(log.map(({ oid }) => oid));
    expect(ids.size).toBe(4);
    expect(log.at(-1)?.oid).toBe(first);
    expect((await git.statusMatrix(at)).every(([, ...state]) => state.join() === '1,1,1')).toBe(
      true,
    );
    // The same size within the same second.
    await workspace.writeFile('project/new.txt', 'NEW\n');
    expect(await git.status({ ...at, filepath: 'new.txt' })).toBe('*modified');
    await git.remove({ ...at, filepath: 'new.txt' });
    await fs.unlink('/project/new.txt');
    await git.commit({ ...at, message: 'fourth', author });
    expect(await git.listFiles(at)).toEqual(['README.md', 'src/run.sh']);
  });
});
