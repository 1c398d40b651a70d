/** THINK: a prompt for the agent of the daemon, and LLM_REPORT, what agents have asked by themselves. */

import { AgentFSError } from '../../index.ts';
import type { Agent } from './agent.ts';
import type { Answer, Call, Handler } from './call.ts';
import { Fork } from './fork.ts';
import { type Fields, Refusal } from './request.ts';

const MAX_IMAGE_BYTES = 1024 * 1024;

export const THINK: Handler = { answer: think, empty: { content: '' }, canBeAsync: true };
export const LLM_REPORT: Handler = { answer: report };

/**
 * The answer is worked out in a fork, so that no command has to wait for a model. What the agent
 * changes there comes back with the answer.
 */
function think(call: Call): Promise<Answer> {
  const stop = new AbortController();
  return call.kernel.during(thinkUntil(call, stop.signal), () => stop.abort());
}

async function thinkUntil({ kernel, agent, request }: Call, stop: AbortSignal): Promise<Answer> {
  const prompt = request.requireText('prompt', 'prompt required');
  if (!agent.permissions.can_think || isSpent(agent)) {
    const reason = 'LLM quota exceeded or not allowed';
    kernel.deny(agent, { syscall: 'THINK', reason });
  }
  if (!kernel.core.agent.isConfigured) {
    throw new Refusal('LLM not configured (set serve.agent.command or serve.agent.url)');
  }
  const image = imageOf(request);
  const name = `clove-think-${agent.id}-${kernel.nextAgentNumber()}`;
  const fork = await Fork.open(kernel, name, 'What an answer changes.');
  try {
    const files = image === undefined ? [] : [await fork.lend(image.name, image.content)];
    const { answer, job } = kernel.core.agent.ask({
      ...{ principal: agent.principal, project: kernel.project.name, workspace: fork.workspace },
      ...{ kind: 'think', hasSnapshots: false, prompt, files, env: environmentOf(request) },
      ...{ system: request.text('system_instruction'), model: request.text('model') },
    });
    const cancel = (): void => job.cancel();
    if (stop.aborted) cancel();
    else stop.addEventListener('abort', cancel, { once: true });
    const { isOk, text, tokens } = await answer;
    agent.statistics.llmCalls += 1;
    agent.statistics.llmTokens += tokens;
    if (!isOk) throw new Refusal(text);
    return { success: true, content: text, tokens };
  } catch (error) {
    throw error instanceof AgentFSError ? new Refusal(error.message) : error;
  } finally {
    await fork.close();
  }
}

function report({ agent, request }: Call): Answer {
  const tokens = request.number('tokens') ?? 0;
  agent.statistics.llmCalls += 1;
  agent.statistics.llmTokens += tokens;
  const isExceeded = isSpent(agent);
  const error = isExceeded ? { error: 'LLM quota exceeded' } : {};
  return { success: !isExceeded, tokens, quota_exceeded: isExceeded, ...error };
}

function isSpent(agent: Agent): boolean {
  const { max_tokens: maxTokens, max_calls: maxCalls } = agent.permissions.llm;
  const { llmTokens, llmCalls } = agent.statistics;
  return (maxTokens > 0 && llmTokens >= maxTokens) || (maxCalls > 0 && llmCalls >= maxCalls);
}

function environmentOf(request: Fields): Readonly<Record<string, string>> {
  const level = request.text('thinking_level');
  const temperature = request.number('temperature');
  return {
    ...(level === undefined ? {} : { AGENTFS_THINKING_LEVEL: level }),
    ...(temperature === undefined ? {} : { AGENTFS_TEMPERATURE: String(temperature) }),
  };
}

function imageOf(request: Fields): { readonly name: string; readonly content: Buffer } | undefined {
  const image = request.object('image');
  if (image === undefined) return undefined;
  const { data, mime_type: type = 'image/jpeg' } = image;
  const [, kind] = /^image\/([a-z0-9]{1,16})$/.exec(String(type)) ?? [];
  if (typeof data !== 'string' || kind === undefined) {
    throw new Refusal('invalid request: image has to have data in base64 and a mime_type');
  }
  const content = Buffer.from(data, 'base64');
  if (content.length > MAX_IMAGE_BYTES) throw new Refusal('image too large');
  return { name: `image.${kind}`, content };
}
