/** What a server of the Model Context Protocol is about. */

import type { AgentFS } from '../index.ts';
import type { Holdings } from '../operations/holdings.ts';
import type { Gate } from '../operations/table.ts';
import type { Offer } from './tools.ts';

/** A project, and what of it is offered. */
export interface McpOptions extends Offer {
  /** The project, opened when it is first needed: clients wait for the tools to be listed. */
  readonly open: () => Promise<AgentFS>;
  /** What clients have begun and not ended; whoever made it ends it after the last one. */
  readonly holdings: Holdings;
  /** Called before each operation. */
  readonly gate?: Gate | undefined;
  readonly version: string;
  /** The workspace of calls that name none; undefined when there is none. */
  readonly currentWorkspace: (afs: AgentFS) => string | undefined;
}
