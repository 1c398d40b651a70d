/** The public names of `agentfs/ambient`: a client for the Ambient platform. */

export {
  AmbientClient,
  type AmbientOptions,
  type CallOptions,
  type WaitOptions,
} from './client.ts';
export {
  AmbientAPIError,
  AmbientConnectionError,
  AuthenticationError,
  SessionNotFoundError,
  TimeoutError,
} from './errors.ts';
export {
  type CreatedSession,
  type CreateSessionRequest,
  type RepoHTTP,
  type Session,
  type SessionList,
  SessionStatus,
} from './session.ts';
