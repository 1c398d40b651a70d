// git without the git program, on a workspace: npm install isomorphic-git
import { AgentFS } from 'agentfs';
import git from 'isomorphic-git';

const afs = new AgentFS(process.argv[2] ?? '.');
const workspace = await afs.workspace.temp('git');
// A workspace holds nothing that is called .git, so the repository is beside the files.
const at = { fs: workspace.fs, dir: '/', gitdir: '/.repository' };
await git.init({ ...at, defaultBranch: 'main' });
await workspace.writeFile('a.txt', 'one\n');
await git.add({ ...at, filepath: 'a.txt' });
await git.commit({ ...at, message: 'First', author: { name: 'An Agent', email: 'a@example.org' } });
console.log((await git.log(at)).map(({ commit }) => commit.message.trim()).join());
console.log(await git.status({ ...at, filepath: 'a.txt' }));
await workspace.cleanup();
await afs.close();
