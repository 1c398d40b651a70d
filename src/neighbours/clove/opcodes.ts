/** The calls of a Clove kernel, by the number that stands in a frame. */

/** The number of each call. */
export const OPCODES = {
  NOOP: 0x00,
  THINK: 0x01,
  EXEC: 0x02,
  READ: 0x03,
  WRITE: 0x04,
  SPAWN: 0x10,
  KILL: 0x11,
  LIST: 0x12,
  PAUSE: 0x14,
  RESUME: 0x15,
  SEND: 0x20,
  RECV: 0x21,
  BROADCAST: 0x22,
  REGISTER: 0x23,
  STORE: 0x30,
  FETCH: 0x31,
  DELETE: 0x32,
  KEYS: 0x33,
  GET_PERMS: 0x40,
  SET_PERMS: 0x41,
  HTTP: 0x50,
  SUBSCRIBE: 0x60,
  UNSUBSCRIBE: 0x61,
  POLL_EVENTS: 0x62,
  EMIT: 0x63,
  GET_AUDIT_LOG: 0x76,
  SET_AUDIT_CONFIG: 0x77,
  ASYNC_POLL: 0x80,
  METRICS_SYSTEM: 0xc0,
  METRICS_AGENT: 0xc1,
  METRICS_ALL_AGENTS: 0xc2,
  METRICS_CGROUP: 0xc3,
  LLM_REPORT: 0xf0,
  HELLO: 0xfe,
  EXIT: 0xff,
} as const;

/** The name of a call. */
export type OpcodeName = keyof typeof OPCODES;
