// Agents that share a workspace through `agentfs serve --clove PATH`; CLOVE_SOCKET is that path.
import { AgenticLoop, CloveClient, Tool } from 'agentfs/clove';

await using boss = new CloveClient();
await using worker = new CloveClient();
await boss.registerName('boss');
await worker.registerName('worker');

// Files and commands are those of the workspace, not of the host.
await boss.writeFile('/tmp/numbers.txt', '3\n1\n2\n');
const { stdout, exitCode } = await boss.exec('sort tmp/numbers.txt | tr "\\n" " "');
console.log(exitCode, stdout.trim());

// Messages, values and events.
await worker.subscribe(['STATE_CHANGED']);
await boss.sendMessage({ task: 'sort' }, { toName: 'worker' });
const { messages } = await worker.recvMessages();
console.log(messages.map(({ fromName, message }) => ({ fromName, message })));
await boss.store('result', [1, 2, 3]);
console.log((await worker.fetch('result')).value);
console.log((await worker.pollEvents()).events.map(({ type }) => type));

// What an agent may not do is a reply, not an error.
console.log((await boss.exec('sudo ls')).error);

// A model that works on a task by itself, with a tool of our own.
const loop = new AgenticLoop(boss, { maxIterations: 5 });
loop.addTool(
  new Tool({
    name: 'clock',
    description: 'Say what time it is',
    parameters: { type: 'object', properties: {} },
    handler: () => 'noon',
  }),
);
const { success, result, iterations } = await loop.run('Find out what time it is');
console.log(success, result, iterations);
