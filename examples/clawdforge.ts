// A conversation with the agent behind `agentfs serve --forge 8800`, in a workspace of its own.
import { Forge, ForgeAPIError } from 'agentfs/clawdforge';

const { FORGE_URL: baseUrl = 'http://127.0.0.1:8800', FORGE_TOKEN: token = '' } = process.env;
const forge = new Forge({ baseUrl, token });

// Once, without a context: `result` is parsed if the agent answers with JSON.
const { result, stopReason } = await forge.run({ prompt: 'Reply with JSON: {"hello": "world"}' });
console.log(result, stopReason);

// Several turns with what was said and written before; closed at the end of the block.
const notes = await forge.uploadFile(Buffer.from('Rice, two cups.\n'), { filename: 'notes.txt' });
await forge.session({ meta: { caller: 'example' } }, async (session) => {
  const first = await session.turn('Summarize the notes', { files: [notes.fileToken] });
  console.log(first.turnIndex, first.text());
  const second = await session.turn('Write them to summary.md');
  console.log(second.turnIndex, second.text());
  const { workspace, turnCount } = await session.state();
  console.log(turnCount, 'turns in', String(workspace).replace(session.sessionId, '<session>'));
});

// What the agent cannot do is an error with a status; nothing is tried twice.
try {
  await forge.run({ prompt: 'Fail' });
} catch (error) {
  if (!(error instanceof ForgeAPIError)) throw error;
  console.log(error.statusCode, error.message);
}
forge.close();
