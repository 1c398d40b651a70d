/**
 * What a kernel answers, in camelCase. Whether a call worked is `success`; when it did not, `error`
 * says why and the other fields are empty. Fields that only some kernels send are optional.
 */

import type { AgentMetrics } from './metrics.ts';

/** What every reply has. */
export interface Reply {
  readonly success: boolean;
  readonly error?: string;
}

export interface ThinkReply extends Reply {
  readonly content: string;
  /** Tokens that the model took; absent on failure. */
  readonly tokens?: number;
}

export interface ExecReply extends Reply {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 when a signal ended the command, or it never ran. */
  readonly exitCode: number;
}

export interface ReadReply extends Reply {
  readonly content: string;
  /** In bytes. */
  readonly size: number;
  /** What is in a file that is not UTF-8; `success` is false then. */
  readonly contentBase64?: string;
}

export interface WriteReply extends Reply {
  readonly bytesWritten: number;
}

export interface HttpReply extends Reply {
  readonly statusCode?: number;
  readonly body?: string;
}

/** When an agent that ends is started again. */
export type RestartPolicy = 'never' | 'on-failure' | 'always';

export interface SpawnReply extends Reply {
  readonly agentId: number;
  readonly pid: number;
  readonly restartPolicy: RestartPolicy;
}

export interface KillReply {
  readonly killed: boolean;
  /** 0 when there is no such agent. */
  readonly agentId: number;
}

export interface PauseReply extends Reply {
  readonly agentId: number;
}

/** A process that a kernel has started. */
export interface AgentEntry {
  readonly id: number;
  readonly name: string;
  readonly pid: number;
  /** Such as `RUNNING`; some kernels write it in small letters. */
  readonly state: string;
  /** Absent from older kernels. */
  readonly uptimeMs?: number;
}

export interface SendReply extends Reply {
  /** Number of the agent. */
  readonly deliveredTo: number;
}

/** A message of another agent. */
export interface AgentMessage {
  /** Number of the agent that has sent it. */
  readonly from: number;
  /** `''` when that agent has no name. */
  readonly fromName: string;
  readonly message: unknown;
  readonly ageMs: number;
}

export interface RecvReply extends Reply {
  readonly count: number;
  readonly messages: readonly AgentMessage[];
}

export interface BroadcastReply extends Reply {
  readonly deliveredCount: number;
}

export interface RegisterReply extends Reply {
  readonly agentId?: number;
  readonly name?: string;
}

/** `global` for all agents, `agent` for one alone, `session` until the kernel ends. */
export type StateScope = 'global' | 'agent' | 'session';

export interface StoreReply extends Reply {
  readonly key?: string;
}

export interface FetchReply extends Reply {
  readonly exists: boolean;
  /** Null when there is none. */
  readonly value: unknown;
  readonly scope?: StateScope;
}

export interface DeleteReply extends Reply {
  readonly deleted: boolean;
}

export interface KeysReply extends Reply {
  readonly keys: readonly string[];
  readonly count: number;
}

/** What an agent may do, from the least to the most: `minimal` … `unrestricted`. */
export type PermissionLevel = 'unrestricted' | 'standard' | 'sandboxed' | 'readonly' | 'minimal';

/** What an agent may do. */
export interface Permissions {
  readonly canExec: boolean;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  readonly canThink: boolean;
  readonly canSpawn: boolean;
  readonly canHttp: boolean;
  /** Globs, in which `*` stops at a slash; an empty list allows all that is not blocked. */
  readonly filesystem: {
    readonly read: readonly string[];
    readonly write: readonly string[];
    readonly blocked: readonly string[];
  };
  readonly exec: readonly string[];
  readonly blockedCommands: readonly string[];
  /** Domains; `*.example.org` stands for those below it. */
  readonly network: readonly string[];
  readonly llm: {
    /** 0 for no limit, as in `maxCalls`. */
    readonly maxTokens: number;
    readonly maxCalls: number;
    readonly tokensUsed: number;
    readonly callsMade: number;
  };
  readonly maxExecTimeMs: number;
}

export interface PermissionsReply extends Reply {
  readonly permissions?: Permissions;
}

export interface SetPermissionsReply extends Reply {
  readonly agentId?: number;
}

/** What kernels tell of. */
export type EventType =
  | 'AGENT_SPAWNED'
  | 'AGENT_EXITED'
  | 'AGENT_RESTARTING'
  | 'AGENT_ESCALATED'
  | 'AGENT_PAUSED'
  | 'AGENT_RESUMED'
  | 'MESSAGE_RECEIVED'
  | 'STATE_CHANGED'
  | 'SYSCALL_BLOCKED'
  | 'RESOURCE_WARNING'
  | 'CUSTOM';

/** Something that has happened. */
export interface CloveEvent {
  readonly type: EventType;
  /** With the names that its source has chosen. */
  readonly data: unknown;
  /** 0 for the kernel itself. */
  readonly sourceAgentId: number;
  readonly ageMs: number;
}

export interface SubscribeReply extends Reply {
  readonly subscribed?: readonly string[];
}

export interface UnsubscribeReply extends Reply {
  readonly unsubscribed?: readonly string[];
}

export interface PollEventsReply extends Reply {
  readonly events: readonly CloveEvent[];
  readonly count: number;
}

export interface EmitReply extends Reply {
  /** How many agents; absent from older kernels. */
  readonly deliveredTo?: number;
}

export interface MetricsReply<Metrics> extends Reply {
  readonly metrics?: Metrics;
}

export interface AllAgentMetricsReply extends Reply {
  readonly agents: readonly AgentMetrics[];
  readonly count: number;
}

export interface HelloReply extends Reply {
  readonly protocolVersion?: number;
  readonly kernelVersion?: string;
  readonly features?: Readonly<Record<string, boolean>>;
}

export interface AuditLogReply extends Reply {
  readonly count: number;
  /** Newest first. */
  readonly entries: readonly CloveAuditEntry[];
}

/** One row of a kernel's audit log. */
export interface CloveAuditEntry {
  readonly id: number;
  readonly timestamp: string;
  readonly category: string;
  readonly eventType: string;
  readonly agentId: number;
  readonly agentName?: string;
  readonly success: boolean;
  readonly details: unknown;
}

export interface AuditConfigReply extends Reply {
  readonly config?: Readonly<Record<string, number | boolean>>;
}

export interface AsyncPollReply extends Reply {
  readonly count: number;
  /** `payload` is the reply as JSON text. */
  readonly results: readonly {
    readonly requestId: number;
    readonly opcode: number;
    readonly opcodeName: string;
    readonly payload: string;
  }[];
}

export interface LlmReportReply extends Reply {
  readonly tokens?: number;
  readonly quotaExceeded?: boolean;
}
