/**
 * The port of the daemon: what a surface is. A surface speaks one protocol with its clients and is a
 * thin adapter: it reads a request, asks the core, and writes the answer in the words of its protocol.
 * It keeps nothing of its own that a restart should not lose.
 *
 * What the core has for it:
 *
 *   core.principals   who asks. `authenticate({ token, address })` for what comes with a token, else
 *                     `connect({ workspace, permissions })` when a connection opens, `disconnect(id)`
 *                     when it ends. `requireScope` and `requireWorkspace` (access.ts) say what a
 *                     principal may do. Principals and jobs share one space of numbers.
 *   core.projects     `get(name?, principal)` is the project; `.afs` the library, with which files,
 *                     snapshots and commits are made directly: `afs.workspace.get(name)`.
 *   core.jobs         commands. `start({ principal, workspace, kind, command, timeoutMs, ... })` gives
 *                     a job with `started`, `ended`, `output()`, `kill(signal)` and `cancel()`;
 *                     `isKept: true` for short commands, a few milliseconds each; `restart` for what
 *                     has to go on. One command at a time runs in a workspace: what runs for long
 *                     needs one of its own, a fork. `get(id)` and `list(filter)` also know ended jobs.
 *   core.sessions     the sessions behind `isKept`. Before files of a workspace are read or changed
 *                     through the library: `await core.sessions.settle(project, workspace)`; before
 *                     undo, merge, `run` and all else that waits for commands: `release`.
 *   core.agent        prompts. `ask({ prompt, workspace, ... })` is a job, too; its `answer` never
 *                     rejects. AGENT_NOT_CONFIGURED is thrown when nothing could answer.
 *   core.events       `emit`, and `read({ after, reader, types })` with a cursor; `waitAfter`, `listen`.
 *   core.state        keys and values with a time to live: scopes `global`, `agent`, `session`, or one
 *                     of the surface's own, such as the sessions that its clients have opened.
 *   core.tokens       making and revoking tokens.
 *   core.rate         `take(client)` before the work of a request; `new RateLimit` and `new Slots`
 *                     (limits.ts) for bounds of the surface's own.
 *   core.logger       one line a request, with `core.newRequestId()`; never bodies, never tokens.
 *   core.clock        what time it is; never `Date.now()`.
 *   core.stopping     fires when the daemon ends: no new requests then.
 *
 * Errors are those of the library; a surface has one table from their codes to what it answers.
 * Surfaces over HTTP are served by `openHttp` of `server/http/`, which checks Host, Origin, sizes,
 * rates and addresses, gives each request its id, and writes the log.
 */

import type { ServerCore } from './server-core.ts';

/** One protocol of the daemon. */
export interface Surface<Options, Started extends StartedSurface = StartedSurface> {
  /** Short and in lower case: the name in the log, in `serve.json` and in the configuration. */
  readonly name: string;
  /**
   * Begins to listen. Resolves once clients can come.
   *
   * @throws {AgentFSError} INVALID_ARGUMENT; what node throws when the address cannot be had.
   */
  start(core: ServerCore, options: Options): Promise<Started>;
}

/** A surface that listens. */
export interface StartedSurface {
  /** How it is reached, for people and programs: URLs, or `unix:/path`. */
  readonly addresses: readonly string[];
  /**
   * Takes nothing on any more, answers what is under way, removes its sockets. Jobs are ended by the
   * core, after all surfaces were closed; harmless when it is closed.
   */
  close(): Promise<void>;
}
