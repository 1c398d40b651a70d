/** What the machine and the processes on it are doing, from /proc and /sys; zeros where there is none. */

import { readdirSync, readFileSync } from 'node:fs';
import { freemem, loadavg, totalmem } from 'node:os';
import { posix } from 'node:path';

interface Ticks {
  readonly busy: number;
  readonly all: number;
}

/** A control group of version 2. */
export interface CgroupFigures {
  readonly cpu: { readonly usage_usec: number };
  /** `max` is null without a limit. */
  readonly memory: { readonly current: number; readonly max: number | null };
  readonly pids: { readonly current: number; readonly max: number | null };
}

/** A process with all that it has started. */
export interface ProcessTree {
  readonly pid: number;
  readonly cpu: { readonly percent: number };
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly vms: number };
  readonly threads: number;
  readonly fds: number;
}

const CGROUPS = '/sys/fs/cgroup';
const TICKS_A_SECOND = 100;
const PAGE_BYTES = 4096;
const SECTOR_BYTES = 512;
const MOST_PROCESSES_SEEN = 10_000;

/** Percentages are of the time since the same was asked for last. */
export class HostMetrics {
  #cpus: ReadonlyMap<string, Ticks> = cpuTicks();
  readonly #processes = new Map<number, { readonly ticks: number; readonly at: number }>();

  system(): Readonly<Record<string, unknown>> {
    return {
      cpu: this.#cpu(),
      memory: memory(),
      disk: disk(),
      network: network(),
    };
  }

  processTree(pid: number): ProcessTree {
    const found = pid === 0 ? [] : processesBelow(pid);
    const sum = (part: keyof ProcessFigures): number =>
      found.reduce((total, each) => total + each[part], 0);
    return {
      pid,
      cpu: { percent: this.#percentOf(pid, sum('ticks')) },
      memory: { rss: sum('rssBytes'), vms: sum('virtualBytes') },
      threads: sum('threads'),
      fds: sum('descriptors'),
    };
  }

  /** The control group of a process, by its path below /sys/fs/cgroup; undefined where there is none. */
  cgroupOf(pid: number): string | undefined {
    const [, path] = /^0::(\/.*)$/m.exec(textOf(`/proc/${pid}/cgroup`)) ?? [];
    return path === undefined ? undefined : posix.join(CGROUPS, path);
  }

  /** What a control group says; undefined for a path that is none. */
  cgroup(path: string): CgroupFigures | undefined {
    const place = posix.resolve(CGROUPS, path);
    if (place !== CGROUPS && !place.startsWith(`${CGROUPS}/`)) return undefined;
    const [, usage] = /^usage_usec (\d+)$/m.exec(textOf(`${place}/cpu.stat`)) ?? [];
    if (usage === undefined) return undefined;
    const bound = (name: string): { readonly current: number; readonly max: number | null } => {
      const max = Number.parseInt(textOf(`${place}/${name}.max`), 10);
      return {
        current: Number.parseInt(textOf(`${place}/${name}.current`), 10) || 0,
        max: Number.isNaN(max) ? null : max,
      };
    };
    return { cpu: { usage_usec: Number(usage) }, memory: bound('memory'), pids: bound('pids') };
  }

  #cpu(): object {
    const now = cpuTicks();
    const percents = [...now].map(([name, ticks]) => {
      return { name, percent: percentBetween(this.#cpus.get(name), ticks) };
    });
    this.#cpus = now;
    const cores = percents.filter(({ name }) => name !== 'cpu').map(({ percent }) => percent);
    const all = percents.find(({ name }) => name === 'cpu');
    return {
      ...{ percent: all?.percent ?? 0, per_core: cores, count: cores.length },
      load_avg: loadavg(),
    };
  }

  #percentOf(pid: number, ticks: number): number {
    const at = performance.now();
    const before = this.#processes.get(pid);
    if (this.#processes.size >= MOST_PROCESSES_SEEN) this.#processes.clear();
    this.#processes.set(pid, { ticks, at });
    if (before === undefined || at <= before.at) return 0;
    const seconds = (at - before.at) / 1000;
    return round((Math.max(0, ticks - before.ticks) / TICKS_A_SECOND / seconds) * 100);
  }
}

interface ProcessFigures {
  readonly ticks: number;
  readonly threads: number;
  readonly virtualBytes: number;
  readonly rssBytes: number;
  readonly descriptors: number;
}

interface ProcessStat extends Omit<ProcessFigures, 'descriptors'> {
  readonly pid: number;
  readonly parent: number;
}

function processesBelow(root: number): ProcessFigures[] {
  const children = new Map<number, ProcessStat[]>();
  let top: ProcessStat | undefined;
  for (const name of entriesOf('/proc').filter((each) => /^\d+$/.test(each))) {
    const stat = statOf(Number(name));
    if (stat === undefined) continue;
    if (stat.pid === root) top = stat;
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), stat]);
  }
  const found: ProcessStat[] = top === undefined ? [] : [top];
  for (const each of found) found.push(...(children.get(each.pid) ?? []));
  return found.map((each) => ({ ...each, descriptors: entriesOf(`/proc/${each.pid}/fd`).length }));
}

/** The name of a process may hold anything, so what counts begins behind its last bracket. */
function statOf(pid: number): ProcessStat | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 22) return undefined;
  const number = (index: number): number => Number(fields[index]);
  return {
    ...{ pid, parent: number(1), ticks: number(11) + number(12), threads: number(17) },
    ...{ virtualBytes: number(20), rssBytes: number(21) * PAGE_BYTES },
  };
}

function cpuTicks(): ReadonlyMap<string, Ticks> {
  const lines = textOf('/proc/stat').matchAll(/^(cpu\d*) +(.*)$/gm);
  return new Map(
    [...lines].map(([, name = '', rest = '']) => {
      const ticks = rest.split(' ').map(Number);
      const all = ticks.slice(0, 8).reduce((sum, each) => sum + each, 0);
      return [name, { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) }];
    }),
  );
}

function percentBetween(before: Ticks = { busy: 0, all: 0 }, now: Ticks): number {
  const all = now.all - before.all;
  return all <= 0 ? 0 : round(((now.busy - before.busy) / all) * 100);
}

function memory(): object {
  const text = textOf('/proc/meminfo');
  const bytes = (name: string): number | undefined => {
    const [, kilobytes] = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  };
  const total = bytes('MemTotal') ?? totalmem();
  const available = bytes('MemAvailable') ?? freemem();
  const used = total - available;
  return {
    ...{ total, available, used, percent: round((used / total) * 100) },
    ...{ buffers: bytes('Buffers') ?? 0, cached: bytes('Cached') ?? 0 },
  };
}

/** Of whole disks; what partitions do is in it. */
function disk(): object {
  const disks = new Set(entriesOf('/sys/block'));
  let [reads, writes, readBytes, writeBytes] = [0, 0, 0, 0];
  for (const line of textOf('/proc/diskstats').split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (!disks.has(fields[2] ?? '')) continue;
    reads += Number(fields[3]);
    readBytes += Number(fields[5]) * SECTOR_BYTES;
    writes += Number(fields[7]);
    writeBytes += Number(fields[9]) * SECTOR_BYTES;
  }
  return {
    ...{ read_bytes: readBytes, write_bytes: writeBytes, read_ops: reads, write_ops: writes },
  };
}

/** Of all interfaces but the machine's own. */
function network(): object {
  let [received, sent, packetsReceived, packetsSent] = [0, 0, 0, 0];
  for (const [, name, rest = ''] of textOf('/proc/net/dev').matchAll(/^ *([^:\n|]+):(.*)$/gm)) {
    if (name === 'lo') continue;
    const figures = rest.trim().split(/\s+/).map(Number);
    received += figures[0] ?? 0;
    packetsReceived += figures[1] ?? 0;
    sent += figures[8] ?? 0;
    packetsSent += figures[9] ?? 0;
  }
  return {
    ...{ bytes_sent: sent, bytes_recv: received },
    ...{ packets_sent: packetsSent, packets_recv: packetsReceived },
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or gone meanwhile.
    return '';
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
