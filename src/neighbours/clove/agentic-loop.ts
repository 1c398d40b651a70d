/** A model that is asked again and again, and given tools, until it says that a task is done. */

import type { CloveCalls } from './calls.ts';
import { CloveClient } from './client.ts';
import { builtInTools, DONE, Tool, type ToolClient, type ToolDefinition } from './tool.ts';

/** How a loop works. */
export interface AgenticLoopOptions {
  /** Times that the model is asked; default 20. */
  readonly maxIterations?: number;
  /** Replaces what the model is told of its work. */
  readonly systemPrompt?: string;
  /** Writes each step to the standard error; default false. */
  readonly verbose?: boolean;
}

/** How a task has ended. */
export interface AgentResult {
  readonly success: boolean;
  /** What the model says that it has accomplished. */
  readonly result: string;
  /** Times that the model was asked. */
  readonly iterations: number;
  readonly error?: string;
}

/** What a loop needs of a client. */
export type LoopClient = ToolClient & Pick<CloveCalls, 'think'>;

interface ToolCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What has become of a call, as the model is told. */
interface ToolOutcome {
  readonly tool: string;
  readonly result?: unknown;
  readonly error?: string;
}

const MAX_ITERATIONS = 20;
const SHOWN_CHARACTERS = 200;

const SYSTEM_PROMPT = `You work on a task by yourself, with tools. Think in a few words, then call \
one or more tools, each as:
<tool_call>
{"name": "tool_name", "arguments": {"argument": "value"}}
</tool_call>
You are then told what came of them. Check your work before you call "done".`;

const GO_ON = 'Call one of the tools to go on, or "done" if the task is complete.';

/**
 * Lets a model work on a task. It is asked by `think` and answers with tool calls in its text, which
 * are made through the client.
 *
 * @example const result = await new AgenticLoop(client).run('Find all TODO comments');
 */
export class AgenticLoop {
  /** By name; a tool that is added replaces one of the same name. */
  readonly tools: Map<string, Tool>;
  readonly #client: LoopClient;
  readonly #options: Required<AgenticLoopOptions>;

  constructor(client: LoopClient, options: AgenticLoopOptions = {}) {
    const {
      maxIterations = MAX_ITERATIONS,
      systemPrompt = SYSTEM_PROMPT,
      verbose = false,
    } = options;
    if (!Number.isSafeInteger(maxIterations) || maxIterations < 1) {
      throw new RangeError(`maxIterations has to be a whole number from 1, not ${maxIterations}.`);
    }
    this.#client = client;
    this.#options = { maxIterations, systemPrompt, verbose };
    this.tools = new Map(builtInTools(client).map((tool) => [tool.name, tool]));
  }

  /** Gives the model one more tool. */
  addTool(tool: ToolDefinition): void {
    this.tools.set(tool.name, tool instanceof Tool ? tool : new Tool(tool));
  }

  /** Takes a tool from the model. */
  removeTool(name: string): void {
    this.tools.delete(name);
  }

  /**
   * Works on a task until the model is done, cannot be asked, or was asked often enough.
   *
   * @throws {CloveError} when the kernel gives no answer at all.
   */
  async run(task: string): Promise<AgentResult> {
    const { maxIterations, systemPrompt } = this.#options;
    const conversation = [`USER: Tools:\n${this.#describeTools()}\n\nTask: ${task}`];
    for (let iterations = 1; iterations <= maxIterations; iterations++) {
      this.#log(`iteration ${iterations} of ${maxIterations}`);
      const reply = await this.#client.think(conversation.join('\n\n'), {
        systemInstruction: systemPrompt,
      });
      if (!reply.success) {
        return { success: false, result: '', iterations, error: reply.error ?? 'no answer' };
      }
      this.#log(reply.content.slice(0, SHOWN_CHARACTERS));
      const outcomes = await this.#callTools(reply.content);
      const done = outcomes.find(({ tool, result }) => tool === DONE && result !== undefined);
      if (done !== undefined) return { success: true, result: resultOf(done), iterations };
      const told =
        outcomes.length === 0 ? GO_ON : `Results:\n${JSON.stringify(outcomes)}\n${GO_ON}`;
      conversation.push(`ASSISTANT: ${reply.content}`, `USER: ${told}`);
    }
    const error = `Max iterations (${maxIterations}) reached without completion`;
    return { success: false, result: '', iterations: maxIterations, error };
  }

  async #callTools(content: string): Promise<ToolOutcome[]> {
    const outcomes: ToolOutcome[] = [];
    for (const call of toolCallsIn(content)) {
      const outcome = call instanceof Error ? failed('', call) : await this.#callTool(call);
      this.#log(JSON.stringify(outcome).slice(0, SHOWN_CHARACTERS));
      outcomes.push(outcome);
    }
    return outcomes;
  }

  async #callTool({ name, args }: ToolCall): Promise<ToolOutcome> {
    const tool = this.tools.get(name);
    if (tool === undefined) return { tool: name, error: `Unknown tool: ${name}` };
    try {
      return { tool: name, result: (await tool.handler(args)) ?? null };
    } catch (error) {
      return failed(name, error);
    }
  }

  #describeTools(): string {
    return [...this.tools.values()]
      .map(({ name, description, parameters }) => {
        return `- ${name}: ${description}\n  Arguments: ${JSON.stringify(parameters)}`;
      })
      .join('\n');
  }

  #log(text: string): void {
    if (this.#options.verbose) process.stderr.write(`[agentic loop] ${text}\n`);
  }
}

/** How {@link runTask} reaches the kernel, and works. */
export interface RunTaskOptions extends AgenticLoopOptions {
  readonly socketPath?: string;
}

/**
 * Works on one task, over a connection of its own.
 *
 * @throws {CloveError} when the kernel gives no answer at all.
 * @example const { success, result } = await runTask('Print the Fibonacci numbers');
 */
export async function runTask(task: string, options: RunTaskOptions = {}): Promise<AgentResult> {
  const { socketPath, ...rest } = options;
  await using client = new CloveClient(socketPath === undefined ? {} : { socketPath });
  return await new AgenticLoop(client, rest).run(task);
}

/** The calls in a text, and why some are none. */
function toolCallsIn(content: string): (ToolCall | Error)[] {
  return [...content.matchAll(/<tool_call>\s*([\s\S]*?)\s*<\/tool_call>/g)].map(([, json = '']) => {
    try {
      const call: unknown = JSON.parse(json);
      if (!isRecord(call) || typeof call['name'] !== 'string') {
        return new Error(`Not a tool call: ${json}`);
      }
      const args = call['arguments'] ?? {};
      return isRecord(args)
        ? { name: call['name'], args }
        : new Error(`Not arguments: ${JSON.stringify(args)}`);
    } catch (error) {
      return new Error(`Not JSON: ${json}`, { cause: error });
    }
  });
}

function failed(tool: string, error: unknown): ToolOutcome {
  return { tool, error: error instanceof Error ? error.message : String(error) };
}

function resultOf({ result }: ToolOutcome): string {
  const text = isRecord(result) ? result['result'] : result;
  return typeof text === 'string' ? text : JSON.stringify(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
