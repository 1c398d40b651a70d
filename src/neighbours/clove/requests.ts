/** What the calls of a kernel are given, in camelCase. */

import type { RestartPolicy } from './replies.ts';

/** How a model is asked. */
export interface ThinkOptions {
  /** `data` in base64. */
  readonly image?: { readonly data: string; readonly mimeType: string };
  readonly systemInstruction?: string;
  readonly thinkingLevel?: 'low' | 'medium' | 'high';
  readonly temperature?: number;
  readonly model?: string;
}

/** How an agent is started. */
export interface SpawnOptions {
  readonly name: string;
  /** Path of its program, as the kernel sees it. */
  readonly script: string;
  /** Default true. */
  readonly sandboxed?: boolean;
  /** Whether a sandboxed agent has a network; default false. */
  readonly network?: boolean;
  /** Default 256 MiB, 64 processes and one processor. */
  readonly limits?: {
    readonly memory?: number;
    readonly maxPids?: number;
    /** Microseconds of each 100,000. */
    readonly cpuQuota?: number;
  };
  /** Default `never`. */
  readonly restartPolicy?: RestartPolicy;
  /** Within the window; default 5. */
  readonly maxRestarts?: number;
  /** Seconds; default 300. */
  readonly restartWindow?: number;
}

/** Which agent is meant: one of the two. */
export type AgentChoice =
  | { readonly name: string; readonly agentId?: never }
  | { readonly agentId: number; readonly name?: never };

/** Who gets a message: one of the two. */
export type Recipient =
  | { readonly toName: string; readonly to?: never }
  | { readonly to: number; readonly toName?: never };

/** A request to a web server. */
export interface HttpOptions {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Seconds; default 30. */
  readonly timeout?: number;
}

/** Which rows of a kernel's audit log. */
export interface AuditLogOptions {
  readonly category?: string;
  readonly agentId?: number;
  /** Only newer ones. */
  readonly sinceId?: number;
  /** Default 100. */
  readonly limit?: number;
}
