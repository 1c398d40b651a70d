// Workspaces as the sandboxes of TanStack AI: npm install @tanstack/ai @tanstack/ai-sandbox
import { defineSandbox, InMemorySandboxStore } from '@tanstack/ai-sandbox';
import { AgentFS } from 'agentfs';
import { toSandboxProvider } from 'agentfs/tanstack-ai';

const afs = new AgentFS(process.argv[2] ?? '.');
const sandbox = defineSandbox({ id: 'example', provider: toSandboxProvider(afs) });
const store = new InMemorySandboxStore();
const handle = await sandbox.ensure({ store, threadId: 'thread-1', runId: 'run-1' });
await handle.fs.write('/workspace/a.txt', 'one\n');
const { id } = await handle.snapshot('before');
const fork = await handle.fork();
await fork.process.exec('echo two >> a.txt');
console.log((await fork.fs.read('/workspace/a.txt')).trim().replace('\n', ' '));
console.log((await handle.fs.read('/workspace/a.txt')).trim(), id.endsWith('/before'));
await fork.destroy();
await handle.destroy();
await afs.close();
