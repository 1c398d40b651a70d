// The bash tool of the AI SDK in a workspace: npm install bash-tool ai@7
import { AgentFS } from 'agentfs';
import { toBashSandbox } from 'agentfs/bash-tool';
import { createBashTool } from 'bash-tool';

const afs = new AgentFS(process.argv[2] ?? '.');
const workspace = await afs.workspace.temp('bash-tool');
const { tools } = await createBashTool({
  sandbox: toBashSandbox(workspace, { timeout: 60_000 }),
  destination: afs.basePath,
  files: { 'input.txt': 'three words here\n' },
});
// What a model would call; give `tools` to generateText instead.
const call = { toolCallId: '1', messages: [] };
console.log(
  (
    await tools.bash.execute({ command: 'wc -w < input.txt > count.txt; cat count.txt' }, call)
  ).stdout.trim(),
);
console.log((await tools.readFile.execute({ path: 'count.txt' }, call)).content.trim());
console.log((await workspace.status()).added.map(({ path }) => path).join(', '));
await workspace.cleanup();
await afs.close();
