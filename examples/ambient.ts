// A task for the agent behind `agentfs serve --ambient 8081`, and a look at what came of it.
// AMBIENT_API_URL, AMBIENT_TOKEN and AMBIENT_PROJECT say where and in whose name.
import { AmbientClient, SessionNotFoundError, SessionStatus } from 'agentfs/ambient';

const client = AmbientClient.fromEnv();
const { id } = await client.createSession({ task: 'Summarize the notes', model: 'small' });

const session = await client.waitForCompletion(id, { pollInterval: 100, timeout: 300_000 });
const isDone = session.status === SessionStatus.Completed;
console.log(isDone ? session.result : `It failed: ${session.error}`);

const { items, total } = await client.listSessions();
console.log(total, items[0]?.id === id);

await client.deleteSession(id);
try {
  await client.getSession(id);
} catch (error) {
  if (!(error instanceof SessionNotFoundError)) throw error;
  console.log('It is gone, and so is its workspace.');
}
client.close();
