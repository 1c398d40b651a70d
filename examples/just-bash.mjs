// Scripts of just-bash, which runs in this process, on a workspace: npm install just-bash
import { AgentFS } from 'agentfs';
import { toJustBashFs } from 'agentfs/just-bash';
import { Bash } from 'just-bash';

const afs = new AgentFS(process.argv[2] ?? '.');
const workspace = await afs.workspace.temp('just-bash');
const bash = new Bash({ fs: toJustBashFs(workspace), cwd: '/' });
await bash.exec('mkdir -p notes && echo one > notes/a.txt && echo two > notes/b.txt');
const { stdout } = await bash.exec('cat notes/*.txt | sort -r');
console.log(stdout.trim());
const { changes } = await workspace.diff();
console.log(changes.map(({ path }) => path).join(', '));
await workspace.cleanup();
await afs.close();
