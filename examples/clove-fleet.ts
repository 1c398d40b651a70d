// A fleet behind `agentfs serve --relay 8766,8765`; RELAY_URL is the address of its WebSockets.
import { FleetClient, RemoteClove } from 'agentfs/clove';

const { RELAY_URL: relayUrl = 'ws://localhost:8765', AGENTOS_API_TOKEN: token = '' } = process.env;
const fleet = new FleetClient();
for (const machine of await fleet.listMachines()) {
  console.log(machine.provider, machine.status, machine.isConnected());
}

// An agent that works on that machine from here.
await using agent = new RemoteClove({ name: 'far', relayUrl, token });
await agent.writeFile('note.txt', 'written from afar');
console.log((await agent.exec('cat note.txt')).stdout);
console.log((await fleet.listAgents()).map(({ agentName, status }) => `${agentName} ${status}`));
