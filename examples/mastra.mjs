// A workspace of agentfs in a workspace of Mastra: npm install @mastra/core@1
import * as core from '@mastra/core/workspace';
import { AgentFS } from 'agentfs';
import { toMastraFilesystem, toMastraSandbox } from 'agentfs/mastra';

const afs = new AgentFS(process.argv[2] ?? '.');
const workspace = await afs.workspace.temp('mastra');
// Give it to an agent: new Agent({ ..., workspace: mastra }).
const mastra = new core.Workspace({
  filesystem: toMastraFilesystem(workspace, core),
  sandbox: toMastraSandbox(workspace, { timeout: 60_000 }),
});
await mastra.init();
await mastra.filesystem.writeFile('/src/a.txt', 'from Mastra\n');
const { stdout } = await mastra.sandbox.executeCommand('cat', ['src/a.txt']);
console.log(stdout.trim());
console.log((await workspace.diff()).changes.map(({ path }) => path).join(', '));
await mastra.destroy();
await workspace.cleanup();
await afs.close();
