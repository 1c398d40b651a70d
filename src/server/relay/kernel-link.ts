/** A kernel as the relay sees it: this daemon's own, or one on another machine. */

import type { Frame } from '../../neighbours/clove/frame.ts';

/** A program that is to run as an agent. */
export interface Deployment {
  /** Name of its file. */
  readonly scriptName: string;
  readonly content: string;
  readonly args: readonly string[];
}

/** An agent that a kernel has started. */
export interface DeployedAgent {
  readonly agentId: number;
  readonly name: string;
  readonly isRunning: boolean;
  readonly syscalls: number;
}

/** A kernel that is connected. */
export interface KernelLink {
  readonly machineId: string;
  /** Ms since 1970. */
  readonly connectedAt: number;
  /** The agents that it has started, as far as is known here. */
  readonly deployed: readonly DeployedAgent[];
  /**
   * Takes an agent in, and gives it a number that no other agent here has.
   *
   * @throws {Refusal} when the name is taken.
   */
  enter(name: string): number;
  /** Lets an agent go; harmless for one that is unknown. */
  leave(agentId: number): void;
  /**
   * Makes a call for an agent.
   *
   * @throws {Refusal} when the kernel goes before it has answered.
   */
  call(agentId: number, request: Pick<Frame, 'opcode' | 'payload'>): Promise<Buffer>;
  /** Starts a program; returns its number. @throws {Refusal} with what the kernel says. */
  deploy(program: Deployment): Promise<number>;
  /** Ends an agent that was started; false when there is none of this number. */
  stop(agentId: number): Promise<boolean>;
}
