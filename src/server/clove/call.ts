/** One call of an agent, and what all handlers of calls have in common. */

import type { Agent } from './agent.ts';
import type { Kernel } from './kernel.ts';
import type { Fields } from './request.ts';

/** A call that is to be answered. */
export interface Call {
  readonly kernel: Kernel;
  readonly agent: Agent;
  readonly request: Fields;
}

/** What a handler answers: an object of fields, for LIST a bare list; or a text that is JSON already. */
export type Answer = object | string;

/** How a call is answered. */
export interface Handler {
  /** @throws {Refusal} what the client is told. */
  readonly answer: (call: Call) => Answer | Promise<Answer>;
  /** The fields of a reply that says no. */
  readonly empty?: Readonly<Record<string, unknown>>;
  /** Whether `async: true` has the call accepted at once, and its reply fetched later. */
  readonly canBeAsync?: boolean;
}
