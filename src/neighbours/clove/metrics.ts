/** What kernels measure. Bytes, unless a name says otherwise. */

/** What a machine is doing; kernels send more than is listed. */
export interface SystemMetrics {
  readonly cpu: {
    readonly percent: number;
    readonly perCore: readonly number[];
    readonly count: number;
    /** Over 1, 5 and 15 minutes. */
    readonly loadAvg: readonly [number, number, number];
  };
  readonly memory: {
    readonly total: number;
    readonly available: number;
    readonly used: number;
    readonly percent: number;
  };
  readonly disk: { readonly readBytes: number; readonly writeBytes: number };
  readonly network: { readonly bytesSent: number; readonly bytesRecv: number };
}

/** What an agent is doing. */
export interface AgentMetrics {
  readonly agentId: number;
  readonly name: string;
  readonly status: string;
  readonly uptimeMs: number;
  readonly process: {
    readonly pid: number;
    readonly cpu: { readonly percent: number };
    readonly memory: { readonly rss: number; readonly vms: number };
    readonly threads: number;
    readonly fds: number;
  };
  /** Null when it has no control group. */
  readonly cgroup: {
    readonly valid: boolean;
    readonly cpuUsageUsec: number;
    readonly memCurrent: number;
  } | null;
}

export interface CgroupMetrics {
  readonly cpu: { readonly usageUsec: number };
  /** `max` is null without a limit. */
  readonly memory: { readonly current: number; readonly max: number | null };
  readonly pids: { readonly current: number; readonly max: number | null };
}
