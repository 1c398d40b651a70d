/** An agent: a connection to the kernel, or a process that the kernel has started. */

import type { SandboxProfile } from '../../index.ts';
import type { Principal } from '../core/access.ts';
import { Mailbox } from './mailbox.ts';
import { type PermissionSet, permissionsOf } from './permission-set.ts';

/** What an agent that was started is doing. */
export type AgentState = 'STARTING' | 'RUNNING' | 'PAUSED' | 'STOPPING' | 'FAILED';

/** The program of an agent that the kernel has started. */
export interface Program {
  readonly name: string;
  readonly state: AgentState;
  /** The first process, as the host sees it; 0 between two starts. */
  readonly pid: number;
  readonly uptimeMs: number;
  /** What it is kept from; undefined for what holds in the workspace anyway. */
  readonly sandbox: SandboxProfile | undefined;
  readonly restartPolicy: string;
  /** What its processes may take; undefined for any number. */
  readonly memoryBytes: number | undefined;
  /** Ends it, and waits for that. @param by - number of the agent that asks, 0 for the kernel. */
  kill(by: number): Promise<void>;
  /** Holds it up; false when it does not run. */
  pause(): boolean;
  /** Lets it go on; false when it was not held up. */
  resume(): boolean;
}

/** A result that its agent has not asked for yet. */
export interface AsyncResult {
  readonly request_id: number;
  readonly opcode: number;
  readonly opcode_name: string;
  readonly payload: string;
}

/** What an agent has done, as its metrics say. */
export interface AgentStatistics {
  syscalls: number;
  llmCalls: number;
  llmTokens: number;
  messagesSent: number;
  messagesReceived: number;
  bytesRead: number;
  bytesWritten: number;
}

/** What the kernel knows of an agent while it is there. */
export class Agent {
  readonly id: number;
  readonly mailbox: Mailbox = new Mailbox();
  /** By type of event, the number of the newest one that is not for it. */
  readonly subscriptions: Map<string, number> = new Map();
  /** The events up to this number were read. */
  cursor = 0;
  readonly results: AsyncResult[] = [];
  /** Requests that were accepted so far. */
  accepted = 0;
  readonly statistics: AgentStatistics = {
    ...{ syscalls: 0, llmCalls: 0, llmTokens: 0, messagesSent: 0, messagesReceived: 0 },
    ...{ bytesRead: 0, bytesWritten: 0 },
  };
  readonly connectedAt: number;
  /** Set for one that the kernel has started. */
  program: Program | undefined;
  #principal: Principal;
  #permissions: PermissionSet;

  constructor(principal: Principal) {
    this.id = principal.id;
    this.connectedAt = principal.createdAt;
    this.#principal = principal;
    this.#permissions = permissionsOf(principal);
  }

  get principal(): Principal {
    return this.#principal;
  }

  /** Notes that its row has changed. */
  set principal(principal: Principal) {
    this.#principal = principal;
    this.#permissions = permissionsOf(principal);
  }

  /** The name that it goes by; `''` for none. */
  get name(): string {
    return this.#principal.name;
  }

  get permissions(): PermissionSet {
    return this.#permissions;
  }
}
