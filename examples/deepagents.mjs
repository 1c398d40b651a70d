// A workspace as the backend of Deep Agents: npm install deepagents
import { AgentFS } from 'agentfs';
import { toSandboxBackend } from 'agentfs/deepagents';
import { CompositeBackend } from 'deepagents';

const afs = new AgentFS(process.argv[2] ?? '.');
const workspace = await afs.workspace.temp('deepagents');
const memories = await afs.workspace.temp('memories');
// With a model: createDeepAgent({ model, backend }).
const backend = new CompositeBackend(toSandboxBackend(workspace), {
  '/memories/': toSandboxBackend(memories),
});
await backend.write('/plan.md', '- find\n- fix\n');
await backend.edit('/plan.md', '- fix', '- fixed');
const { output } = await backend.execute('grep -c fixed plan.md');
console.log(output.trim());
console.log(
  (await backend.grep('fixed')).matches.map(({ path, line }) => `${path}:${line}`).join(),
);
await memories.cleanup();
await workspace.cleanup();
await afs.close();
