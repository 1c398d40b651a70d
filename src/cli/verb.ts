/** What the frame knows of a command: how to declare it, and how to run it. */

import type { Command } from 'commander';
import type { Call } from './call.ts';

/** A command. One file each in `verbs/`, loaded when it is called; see `verbs/define-verb.ts`. */
export interface Verb {
  /** Adds arguments, options and examples. */
  readonly define: (command: Command) => void;
  /** Calls the library and prints the answer. */
  readonly run: (call: Call, command: Command) => Promise<void>;
}
