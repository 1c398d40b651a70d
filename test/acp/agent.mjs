/**
 * An agent program: for each prompt it calls the methods that the prompt names, as JSON
 * `[[method, params], ...]`, and answers with what came of them. `$1` stands for the first terminal.
 */

import { createInterface } from 'node:readline';

const waiting = new Map();
const terminals = [];
let next = 100;

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function ask(method, params) {
  const id = next++;
  send({ id, method, params: { sessionId: 's', ...params } });
  return new Promise((resolve) => waiting.set(id, resolve));
}

async function turn(calls) {
  const answers = [];
  for (const [method, params] of calls) {
    const named = JSON.parse(JSON.stringify(params).replaceAll('$1', terminals[0] ?? ''));
    if (method === 'session/update') send({ method, params: { sessionId: 's', ...named } });
    else {
      const { result, error } = await ask(method, named);
      if (result?.terminalId !== undefined) terminals.push(result.terminalId);
      answers.push(error ?? result);
    }
  }
  return answers;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === undefined) waiting.get(id)?.({ result, error });
  else if (method === 'initialize') send({ id, result: { protocolVersion: 1, heard: params } });
  else if (method === 'session/new') send({ id, result: { sessionId: 's' } });
  else if (method === 'session/prompt') {
    void turn(JSON.parse(params.prompt[0].text)).then((answers) =>
      send({ id, result: { stopReason: 'end_turn', answers } }),
    );
  } else if (id !== undefined) send({ id, error: { code: -32601, message: 'Method not found' } });
}
