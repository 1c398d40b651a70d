/** The real daemon: `agentfs serve` in a process of its own. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { type CallOptions, type CliProject, cliProject } from './cli.ts';
import { RpcClient } from './rpc-client.ts';
import type { TestFiles } from './test-project.ts';

/** What the daemon says of itself. */
interface Told {
  readonly pid: number;
  readonly projects: readonly {
    readonly name: string;
    readonly base: string;
    readonly addresses: Readonly<Record<string, readonly string[]>>;
  }[];
}

/** A daemon that runs. */
export class Daemon {
  readonly project: CliProject;
  readonly child: ChildProcess;
  readonly told: Told;
  readonly #log: string[];

  private constructor(project: CliProject, child: ChildProcess, told: Told, log: string[]) {
    this.project = project;
    this.child = child;
    this.told = told;
    this.#log = log;
  }

  /** Starts one, and waits until it can be reached; it is killed when the test has finished. */
  static async start(
    project: CliProject,
    args: readonly string[] = [],
    options: CallOptions = {},
  ): Promise<Daemon> {
    const child = await project.start(['--json', 'serve', '--api', '0', ...args], options);
    const log: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => log.push(piece));
    let text = '';
    const told = new Promise<Told>((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (text.endsWith('}\n')) resolve(JSON.parse(text));
      });
      child.once('close', (status) =>
        reject(new Error(`It ended with ${status}: ${log.join('')}`)),
      );
    });
    return new Daemon(project, child, await told, log);
  }

  /** Where a surface is reached. */
  address(surface: string, project = 0): string {
    return this.told.projects[project]?.addresses[surface]?.[0] ?? '';
  }

  /** The lines of its log. */
  get log(): Record<string, unknown>[] {
    const lines = this.#log.join('').split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  /** Makes a token, and a function that asks the API with it. */
  async client(...args: readonly string[]): Promise<ApiClient> {
    const made = await this.project.json(['token', 'create', ...args]);
    return new ApiClient(this.address('api'), String(Object(made).token));
  }

  /** A client on the Unix socket for JSON-RPC. */
  async rpc(project = 0): Promise<RpcClient> {
    const socket = createConnection(this.address('rpc', project).replace('unix:', ''));
    await once(socket, 'connect');
    return RpcClient.over(socket);
  }

  /** Asks it to stop and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    const [status] = await closed;
    return status;
  }
}

/** Asks the API. */
export class ApiClient {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  /** The whole answer to a request. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: `Bearer ${this.token}`, ...init.headers };
    return fetch(this.url + path, { ...init, headers });
  }

  /** The result of an operation. @throws with the fields of the error, and the status. */
  async call(operation: string, input: object = {}): Promise<Record<string, unknown>> {
    const init = { method: 'POST', body: JSON.stringify(input) };
    const response = await this.fetch(`/api/v1/${operation}`, init);
    const body = { ...Object(await response.json()) };
    if (response.ok) return body;
    throw Object.assign(new Error(body.message), body, { status: response.status });
  }
}

/** A project with a workspace `w`, and a daemon on it. */
export async function daemonOn(
  files: TestFiles = {},
  args: readonly string[] = [],
): Promise<Daemon> {
  return Daemon.start(await cliProject(files), args);
}
