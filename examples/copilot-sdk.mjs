// The files of a Copilot session in a workspace: npm install @github/copilot-sdk
import { createSessionFsAdapter } from '@github/copilot-sdk';
import { AgentFS } from 'agentfs';
import { toSessionFs } from 'agentfs/copilot-sdk';

const afs = new AgentFS(process.argv[2] ?? '.');
const workspace = await afs.workspace.temp('copilot');
// Give it to a client as the session's file system; here it is called as the client would.
const session = createSessionFsAdapter(toSessionFs(workspace));
await session.writeFile({ sessionId: '1', path: '/state/events.jsonl', content: '{"n":1}\n' });
await session.appendFile({ sessionId: '1', path: '/state/events.jsonl', content: '{"n":2}\n' });
console.log(
  (await session.readFile({ sessionId: '1', path: '/state/events.jsonl' })).content.trim(),
);
console.log((await session.readFile({ sessionId: '1', path: '/none' })).error.code);
await workspace.cleanup();
await afs.close();
