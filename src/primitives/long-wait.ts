/**
 * How a program hears that its thread stands still because another process holds the store. No
 * listener for signals can run then, so that Ctrl-C would have no effect until the wait is over: a
 * program that does not mind being ended at once takes its own off for that time.
 */

import { type Channel, channel } from 'node:diagnostics_channel';

/** Told `true` when a wait has become longer than others work, and `false` at the end of it. */
export const longWait: Channel = channel('agentfs.store.wait');
