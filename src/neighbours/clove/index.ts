/** Public names of `agentfs/clove`: clients of Clove kernels and of their relays. */

export {
  AgenticLoop,
  type AgenticLoopOptions,
  type AgentResult,
  type LoopClient,
  type RunTaskOptions,
  runTask,
} from './agentic-loop.ts';
export type { CloveCalls } from './calls.ts';
export { CloveClient, type CloveClientOptions, DEFAULT_SOCKET_PATH } from './client.ts';
export { CloveError, type CloveErrorCode, FleetClientError } from './errors.ts';
export {
  Agent,
  type Deployment,
  FleetClient,
  type FleetClientOptions,
  type FleetStatus,
  Machine,
} from './fleet-client.ts';
export type * from './metrics.ts';
export { OPCODES, type OpcodeName } from './opcodes.ts';
export { RemoteClove, type RemoteCloveOptions } from './remote-clove.ts';
export type * from './replies.ts';
export type * from './requests.ts';
export { Tool, type ToolArguments, type ToolClient, type ToolDefinition } from './tool.ts';
