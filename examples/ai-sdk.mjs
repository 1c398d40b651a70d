// An agent of the AI SDK whose tools work on a workspace: npm install ai@7
// The model here is the stub of the AI SDK's own test kit, so that no key is needed.
import { AgentFS } from 'agentfs';
import { toTools } from 'agentfs/ai-sdk';
import { generateText, stepCountIs } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const calls = [
  ['file_write', { path: 'hello.txt', content: 'hello\n' }],
  ['command_run', { command: 'tr a-z A-Z < hello.txt' }],
];
const model = new MockLanguageModelV4({
  doGenerate: async () => {
    const next = calls.shift();
    const content =
      next === undefined
        ? [{ type: 'text', text: 'Done.' }]
        : [
            {
              type: 'tool-call',
              toolCallId: next[0],
              toolName: next[0],
              input: JSON.stringify(next[1]),
            },
          ];
    const unified = next === undefined ? 'stop' : 'tool-calls';
    return { content, finishReason: { unified, raw: unified }, usage, warnings: [] };
  },
});

const afs = new AgentFS(process.argv[2] ?? '.');
const workspace = await afs.workspace.temp('ai-sdk');
const { text, steps } = await generateText({
  model,
  prompt: 'Write hello.txt and shout it.',
  tools: toTools(afs, workspace),
  stopWhen: stepCountIs(5),
});
console.log(steps[1].toolResults[0].output.stdout.trim());
console.log(text, (await workspace.status()).added.map(({ path }) => path).join(', '));
await workspace.cleanup();
await afs.close();
