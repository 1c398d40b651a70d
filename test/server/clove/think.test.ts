/** Prompts of agents, answered by a real program. */

import { describe, expect, it } from 'vitest';
import { AgenticLoop, runTask, Tool } from '../../../src/neighbours/clove/index.ts';
import { testKernel } from '../../support/clove-kernel.ts';

const SCRIPT = `
case "$1" in
  fail) echo broken >&2; exit 4 ;;
  image) printf '%s ' "$@"; cat .clove-image.png ;;
  env) printf '%s %s %s' "$2" "$AGENTFS_THINKING_LEVEL" "$AGENTFS_TEMPERATURE" ;;
  *Results:*search*) echo '<tool_call>{"name":"done","arguments":{"result":"Found it."}}</tool_call>' ;;
  *Results:*) echo '<tool_call>{"name":"done","arguments":{"result":"Written and checked."}}</tool_call>' ;;
  *'Task: Search'*) echo '<tool_call>{"name":"search","arguments":{"query":"x"}}</tool_call>' ;;
  *'Task: '*)
    echo 'First the file.'
    echo '<tool_call>{"name":"write_file","arguments":{"path":"fib.py","content":"print(1)"}}</tool_call>'
    echo '<tool_call>{"name":"exec","arguments":{"command":"cat fib.py"}}</tool_call>' ;;
  *) echo noted > note.txt; printf 'answer to %s' "$1" ;;
esac
`;

const FILES = { 'agent.sh': SCRIPT };
const core = { agent: { command: ['sh', 'agent.sh', '{prompt}', '{system}', '{files}'] } };

describe('THINK', () => {
  it('says that nothing can answer, when nothing was set', async () => {
    const { client } = await testKernel();
    const reply = await client().think('What is 2+2?');
    expect(reply).toMatchObject({ success: false, content: '' });
    expect(reply.error).toMatch(/^LLM not configured/);
    expect((await client().hello()).features).toMatchObject({ llmInKernel: false });
  });

  it('is answered from inside the workspace, and counted', async () => {
    const { client, afs } = await testKernel(FILES, { core });
    const agent = client();
    const reply = await agent.think('What is 2+2?');
    expect(reply).toMatchObject({ success: true, content: 'answer to What is 2+2?' });
    expect(reply.tokens).toBeGreaterThan(0);
    expect((await agent.readFile('note.txt')).content).toBe('noted\n');
    expect((await agent.getPermissions()).permissions?.llm).toMatchObject({
      ...{ callsMade: 1, tokensUsed: reply.tokens },
    });
    expect((await afs.workspace.list()).map(({ name }) => name)).toEqual(['w', 'clove']);
  });

  it('takes all options', async () => {
    const { client, afs } = await testKernel(FILES, { core });
    const options = {
      systemInstruction: 'short',
      thinkingLevel: 'high',
      temperature: 0.7,
    } as const;
    expect((await client().think('env', options)).content).toBe('short high 0.7');
    const image = { data: Buffer.from('PNG!').toString('base64'), mimeType: 'image/png' };
    expect((await client().think('image', { image })).content).toBe('image  .clove-image.png PNG!');
    expect(await (await afs.workspace.get('clove')).exists('.clove-image.png')).toBe(false);
    const odd = { data: 'x', mimeType: '../../etc' };
    expect((await client().think('image', { image: odd })).success).toBe(false);
  });

  it('fails as the agent does, and ends with the quota', async () => {
    const { client } = await testKernel(FILES, { core });
    const agent = client();
    expect(await agent.think('fail')).toEqual({ success: false, content: '', error: 'broken' });
    await agent.setPermissions({ permissions: { llm: { maxCalls: 2, maxTokens: 0 } } as never });
    expect((await agent.think('one more')).success).toBe(true);
    expect((await agent.think('and another')).error).toBe(
      'Permission denied: LLM quota exceeded or not allowed',
    );
    expect(await agent.llmReport(5)).toMatchObject({ success: false, quotaExceeded: true });
    expect(await client().llmReport(5)).toEqual({
      ...{ success: true, tokens: 5, quotaExceeded: false },
    });
  });

  it('keeps no command waiting', async () => {
    const { client } = await testKernel(
      { 'agent.sh': 'until [ -e /nowhere/go ]; do sleep 0.05; done' },
      { core },
    );
    const thinker = client();
    const thought = thinker.think('long').catch(() => undefined);
    expect(await client().exec('echo meanwhile')).toMatchObject({ stdout: 'meanwhile\n' });
    await thinker.disconnect();
    await thought;
  });
});

describe('an agentic loop on the daemon', () => {
  it('works on a task with the tools that are built in', async () => {
    const { path, client } = await testKernel(FILES, { core });
    const result = await runTask('Create a Python script', { socketPath: path });
    expect(result).toEqual({ success: true, result: 'Written and checked.', iterations: 2 });
    expect((await client().readFile('fib.py')).content).toBe('print(1)');
  });

  it('and with tools of its own', async () => {
    const agent = (await testKernel(FILES, { core })).client();
    const loop = new AgenticLoop(agent, { maxIterations: 20 });
    const asked: unknown[] = [];
    loop.addTool(
      new Tool({
        name: 'search',
        description: 'Search the web',
        parameters: { type: 'object', properties: { query: { type: 'string' } } },
        handler: (args) => {
          asked.push(args['query']);
          return { results: ['found'] };
        },
      }),
    );
    const result = await loop.run('Search for x');
    expect(result).toMatchObject({ success: true, result: 'Found it.', iterations: 2 });
    expect(asked).toEqual(['x']);
  });
});
