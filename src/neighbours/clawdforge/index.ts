/** The public names of `agentfs/clawdforge`: a client for clawdforge servers. */

export { type AppToken, ForgeAdmin } from './admin.ts';
export type { CallOptions, ForgeAddress } from './connection.ts';
export { ForgeAPIError, ForgeAuthError, ForgeError, ForgeTransportError } from './errors.ts';
export { Forge, type ForgeOptions, type Health, type RunOptions, type RunResult } from './forge.ts';
export {
  Session,
  type SessionOptions,
  type SessionState,
  type TurnEvent,
  type TurnOptions,
  TurnResult,
} from './session.ts';
export type { FileToken, Uploadable, UploadOptions } from './upload.ts';
