/** Figures about the daemon, in the words of Prometheus. */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ServerCore } from '../core/server-core.ts';

/** Makes the figures of a daemon; they are looked up when somebody asks. */
export function metricsOf(core: ServerCore): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  };
  gauge('agentfs_jobs_running', 'Jobs that have not ended.', () => core.jobs.running);
  gauge('agentfs_events', 'Number of the newest event.', () => core.events.newest);
  gauge('agentfs_projects', 'Projects that are served.', () => core.projects.all.length);
  gauge(
    'agentfs_started_seconds',
    'Start of the daemon, in seconds since 1970.',
    () => core.startedAt / 1000,
  );
  const labelNames = ['surface', 'status'] as const;
  const seconds = new Counter({
    name: 'agentfs_request_seconds_total',
    help: 'Time that requests have taken.',
    ...{ labelNames, registers },
  });
  new Counter({
    name: 'agentfs_requests_total',
    help: 'Requests that were answered.',
    ...{ labelNames, registers },
    collect() {
      this.reset();
      seconds.reset();
      for (const { surface, status, count, seconds: taken } of core.traffic.flows) {
        this.inc({ surface, status }, count);
        seconds.inc({ surface, status }, taken);
      }
    },
  });
  return registry;
}
