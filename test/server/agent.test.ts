import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OWNER } from '../../src/server/core/access.ts';
import type { AgentRequest } from '../../src/server/core/agent-command.ts';
import { testCore } from '../support/server-core.ts';

const SCRIPT = `
case "$1" in
  fail) echo broken >&2; exit 4 ;;
  sleep) sleep 600 ;;
  events)
    echo '{"type":"thinking","content":"hm"}'
    echo '{"type":"text","content":"a"}'
    echo '{"type":"text","content":"b"}'
    echo '{"type":"tool_call","name":"sh","args":{"x":1},"result":"y"}' ;;
  '') printf 'read %s' "$(wc -c)" ;;
  *) echo "$@" > asked.txt; printf 'I heard: %s' "$*" ;;
esac
`;

const command = ['sh', 'agent.sh', '{prompt}', 'model={model}', 'system={system}', '{files}'];

function request(prompt: string, more: Partial<AgentRequest> = {}): AgentRequest {
  return { principal: OWNER, workspace: 'w', kind: 'turn', prompt, ...more };
}

describe('an agent that is a program', () => {
  it('is given the prompt, and answers from inside the workspace', async () => {
    const { core, afs } = await testCore(
      { 'agent.sh': SCRIPT },
      { agent: { command, model: 'm' } },
    );
    const files = ['a b.txt', 'c'];
    const { answer, job } = core.agent.ask(request('do {model}; $(x)', { system: 's', files }));
    const text = 'I heard: do {model}; $(x) model=m system=s a b.txt c';
    expect(await answer).toMatchObject({ isOk: true, text, stopReason: 'end_turn' });
    expect(core.jobs.get(job.id)).toMatchObject({ state: 'succeeded', result: text });
    expect(await (await afs.workspace.get('w')).exists('asked.txt')).toBe(true);
    const { answer: long } = core.agent.ask(request('x'.repeat(100_000)));
    expect(await long).toMatchObject({ text: 'read 100000' });
  });

  it('may answer by events, may fail, and may take too long', async () => {
    const { core } = await testCore({ 'agent.sh': SCRIPT }, { agent: { command } });
    expect(await core.agent.ask(request('events')).answer).toMatchObject({
      text: 'ab',
      events: [
        { type: 'thinking', content: 'hm' },
        { type: 'text', content: 'ab' },
        { type: 'tool_call', name: 'sh', args: { x: 1 }, result: 'y' },
      ],
    });
    expect(await core.agent.ask(request('fail')).answer).toMatchObject({
      ...{ isOk: false, text: 'broken', stopReason: 'error', end: { exitCode: 4 } },
    });
    expect(await core.agent.ask(request('sleep', { timeoutMs: 50 })).answer).toMatchObject({
      ...{ isOk: false, stopReason: 'timeout' },
    });
    const { job, answer } = core.agent.ask(request('sleep'));
    await job.started;
    job.cancel();
    expect(await answer).toMatchObject({ stopReason: 'cancelled' });
  });

  it('is refused where none is configured, and when its tokens are used up', async () => {
    const { core } = await testCore();
    expect(() => core.agent.ask(request('x'))).toThrow(
      expect.objectContaining({ code: 'AGENT_NOT_CONFIGURED' }),
    );
    const agent = { command, tokensPerMinute: 10 };
    const limited = await testCore({ 'agent.sh': SCRIPT }, { agent });
    await limited.core.agent.ask(request('hello', { files: ['a much longer answer than that'] }))
      .answer;
    expect(() => limited.core.agent.ask(request('x'))).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED' }),
    );
  });
});

describe('an agent that is a model behind an address', () => {
  it('is asked with the key, and its tokens are counted', async () => {
    const asked: unknown[] = [];
    const server = createServer(async (incoming, response) => {
      const chunks = await incoming.toArray();
      asked.push(incoming.headers.authorization, JSON.parse(Buffer.concat(chunks).toString()));
      const isWrong = incoming.headers.authorization !== 'Bearer k';
      response.writeHead(isWrong ? 401 : 200, { 'Content-Type': 'application/json' });
      const message = { content: 'four' };
      response.end(JSON.stringify({ choices: [{ message }], usage: { total_tokens: 42 } }));
    });
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    const { core } = await testCore({}, { agent: { url, key: 'k', model: 'm' } });
    const { answer, job } = core.agent.ask(request('2+2', { system: 's' }));
    expect(await answer).toMatchObject({ isOk: true, text: 'four', tokens: 42 });
    expect(asked).toEqual([
      'Bearer k',
      {
        model: 'm',
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: '2+2' },
        ],
      },
    ]);
    expect(core.jobs.get(job.id)).toMatchObject({ state: 'succeeded', result: 'four' });
    const other = await testCore({}, { agent: { url } });
    expect(await other.core.agent.ask(request('x')).answer).toMatchObject({
      isOk: false,
      stopReason: 'error',
    });
  });
});
