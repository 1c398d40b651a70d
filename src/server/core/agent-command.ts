/**
 * The agent that answers prompts: a program that runs in the workspace of who asks, or a model behind
 * an address that speaks the completions of OpenAI.
 */

import { AgentFSError } from '../../index.ts';
import { type AgentEvent, readEvents, textOf } from './agent-answer.ts';
import { type ChatEndpoint, type ChatMessage, complete } from './chat-completion.ts';
import type { JobDescription, JobEnd } from './job-request.ts';
import type { JobRunner } from './job-runner.ts';
import { RateLimit } from './limits.ts';
import type { RunningJob } from './running-job.ts';

/** What answers. */
export interface AgentSettings {
  /**
   * A program and its arguments, in which `{prompt}`, `{model}` and `{system}` are replaced; an
   * argument `{files}` becomes one for each file.
   */
  readonly command?: readonly string[] | undefined;
  /** Or an address such as `https://api.openai.com`, to which `/v1/chat/completions` is added. */
  readonly url?: string | undefined;
  /** The model of requests that name none; default `''`. */
  readonly model?: string | undefined;
  /** The key for the address. */
  readonly key?: string | undefined;
  /** Tokens that all answers together may take in a minute; default any number. */
  readonly tokensPerMinute?: number | undefined;
}

/** What is asked. */
export interface AgentRequest extends JobDescription {
  readonly prompt: string;
  readonly system?: string | undefined;
  /** What was said before, for a model behind an address; a program remembers by itself. */
  readonly history?: readonly ChatMessage[] | undefined;
  /** Default that of the settings. */
  readonly model?: string | undefined;
  /** Paths in the workspace. */
  readonly files?: readonly string[] | undefined;
  /** Default 120,000. */
  readonly timeoutMs?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** What was answered, or why nothing was. */
export interface AgentAnswer {
  readonly isOk: boolean;
  /** All texts of the answer; the error when there is none. */
  readonly text: string;
  readonly events: readonly AgentEvent[];
  readonly stopReason: 'end_turn' | 'timeout' | 'error' | 'cancelled';
  /** As the model counts them; for a program a fourth of the characters. */
  readonly tokens: number;
  readonly end: JobEnd;
}

/** A request that is being answered. */
export interface Asked {
  readonly job: RunningJob;
  /** Never rejects. */
  readonly answer: Promise<AgentAnswer>;
}

const DEFAULT_TIMEOUT_MS = 120_000;
/** A longer prompt comes by the standard input: arguments have a limit of the system's own. */
const MOST_ARGUMENT_BYTES = 65_536;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const NOT_CONFIGURED = 'No agent is configured.';

/** Asks the agent. */
export class AgentCommand {
  #settings: AgentSettings = {};
  readonly #jobs: JobRunner;
  #tokens: RateLimit | undefined;

  constructor(settings: AgentSettings, jobs: JobRunner) {
    this.#jobs = jobs;
    this.change(settings);
  }

  /** Takes other settings; what is being answered goes on as it was begun. */
  change(settings: AgentSettings): void {
    const { tokensPerMinute } = settings;
    this.#settings = settings;
    if (tokensPerMinute === undefined) {
      this.#tokens = undefined;
      return;
    }
    const rate = { perSecond: tokensPerMinute / 60, burst: tokensPerMinute };
    if (this.#tokens === undefined) this.#tokens = new RateLimit(rate);
    else this.#tokens.change(rate);
  }

  /** Whether anything could answer. */
  get isConfigured(): boolean {
    const { command, url } = this.#settings;
    return (command?.length ?? 0) > 0 || url !== undefined;
  }

  /** The program or the address, without secrets, for people; `''` for none. */
  get description(): string {
    return this.#settings.command?.[0] ?? this.#settings.url ?? '';
  }

  /**
   * Asks; the work is a job in the workspace of the request.
   *
   * @throws {AgentFSError} AGENT_NOT_CONFIGURED; RATE_LIMITED, with `retryAfterMs` in its details; as
   *   {@link JobRunner.start} says.
   */
  ask(request: AgentRequest): Asked {
    if (!this.isConfigured) {
      throw new AgentFSError('AGENT_NOT_CONFIGURED', NOT_CONFIGURED, {
        hint: 'Set serve.agent.command or serve.agent.url in the configuration.',
      });
    }
    this.#tokens?.take('', estimate(request.prompt));
    const job = this.#start(request);
    const answer = job.ended.then((end) => this.#answerOf(end));
    return { job, answer };
  }

  #start(given: AgentRequest): RunningJob {
    const { command = [], url, key } = this.#settings;
    const request = { resultOf: (stdout: string) => textOf(readEvents(stdout)), ...given };
    const model = request.model ?? this.#settings.model ?? '';
    const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    if (command.length > 0) {
      const isLong = Buffer.byteLength(request.prompt) > MOST_ARGUMENT_BYTES;
      const prompt = isLong ? '' : request.prompt;
      const words = { prompt, model, system: request.system ?? '' };
      return this.#jobs.start({
        ...request,
        command: filledIn(command, words, request.files ?? []),
        ...(isLong && { input: request.prompt }),
        timeoutMs,
        maxOutputBytes: MAX_OUTPUT_BYTES,
      });
    }
    const endpoint: ChatEndpoint = { url: url ?? '', key, model };
    return this.#jobs.perform(request, (signal) =>
      complete(endpoint, request, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])),
    );
  }

  #answerOf(end: JobEnd): AgentAnswer {
    const events = readEvents(end.stdout);
    const text = textOf(events);
    const { state, error } = end.row;
    const isOk = state === 'succeeded';
    const tokens = end.tokens ?? estimate(text);
    this.#tokens?.charge('', tokens);
    const reason = end.stderr.trim() || text || error;
    return { isOk, text: isOk ? text : reason, events, stopReason: stopReasonOf(end), tokens, end };
  }
}

function stopReasonOf({ row, timedOut }: JobEnd): AgentAnswer['stopReason'] {
  if (row.state === 'succeeded') return 'end_turn';
  if (timedOut) return 'timeout';
  return row.state === 'cancelled' ? 'cancelled' : 'error';
}

function filledIn(
  template: readonly string[],
  words: Readonly<Record<'prompt' | 'model' | 'system', string>>,
  files: readonly string[],
): string[] {
  return template.flatMap((argument) =>
    argument === '{files}'
      ? files
      : argument.replace(
          /\{(prompt|model|system)\}/g,
          (_, word: keyof typeof words) => words[word],
        ),
  );
}

function estimate(text: string): number {
  return Math.ceil(text.length / 4);
}
