/** Programs that use agentfs, each in a process of its own, as root and as an ordinary user. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { type CallResult, collect } from './cli.ts';
import { productForAll } from './product.ts';
import { writeFiles } from './run-fixture.ts';
import { TYPIST } from './typist.ts';
import { whenDone } from './when-done.ts';

/** Who calls. */
export interface User {
  readonly name: string;
  /** undefined for whoever runs the tests. */
  readonly uid: number | undefined;
}

/** `nobody`, whom every system has. */
export const USER = 65534;

const ORDINARY: User = { name: 'an ordinary user', uid: USER };

/** Root can be both; anybody else only is what it is. */
export const USERS: readonly User[] =
  process.getuid?.() === 0
    ? [{ name: 'root', uid: undefined }, ORDINARY]
    : [{ ...ORDINARY, uid: undefined }];

/** What is done with agentfs. */
export interface Deed {
  readonly base: string;
  /** Statements; they have `afs`, `AgentFS`, and `tell(value)`, which adds to the results. */
  readonly body: string;
}

/** What a program is started with. */
export interface Program extends Deed {
  /** Default the base. */
  readonly cwd?: string;
  /** A program that starts it, behind its arguments. */
  readonly through?: readonly string[];
}

/** The statements of a deed, between those that open and close what they need. */
const around = (body: string): string => `
  const afs = await AgentFS.open(base);
  const known = await afs.workspace.exists('work');
  const ws = known ? await afs.workspace.get('work') : await afs.workspace.create('work');
  const attempt = async (action) => {
    try { return await action(); } catch (error) { return { code: error.code, message: error.message }; }
  };
  const inOrder = async (commands, options, run) => {
    const results = [];
    for (const command of commands) results.push(await attempt(() => run(command, options)));
    return results;
  };
  const ways = {
    run: (commands, options) => inOrder(commands, options, (...one) => ws.run(...one)),
    start: (commands, options) => inOrder(commands, options, (...one) => ws.start(...one).wait()),
    tty: (commands, options) => inOrder(commands, { ...options, tty: true }, (...one) => ws.run(...one)),
    session: async (commands, { workdir, ...options }) => {
      const session = await ws.session(options);
      const results = await inOrder(commands, workdir && { workdir }, async (...one) => {
        const result = await session.run(...one);
        await session.checkpoint();
        return result;
      });
      await attempt(() => session.close());
      return results;
    },
    beside: async (commands, { workdir, ...options }) => {
      const session = await ws.session(options);
      const results = await inOrder(commands, { beside: true }, async (...one) => {
        await session.run('true');
        const result = await ws.run(one[0], { ...one[1], ...(workdir && { workdir }) });
        await session.checkpoint();
        return result;
      });
      await attempt(() => session.close());
      return results;
    },
  };
  ${body}
  await afs.close();`;

/** The ways to run commands: of `ways`, in a deed, each takes some of them and their options. */
export const WAYS = ['run', 'session', 'start', 'tty', 'beside'] as const;

/** One of them. */
export type Way = (typeof WAYS)[number];

/** Does one deed after another, each a line of JSON, and answers with lines. */
const HOST = `
  import { createReadStream, writeSync } from 'node:fs';
  import { createInterface } from 'node:readline';
  const { constructor: AsyncFunction } = async () => {};
  for await (const line of createInterface({ input: createReadStream('', { fd: 3 }) })) {
    const { base, source } = JSON.parse(line);
    const told = [];
    const tell = (value) => told.push(value);
    process.chdir(base);
    const error = await new AsyncFunction('AgentFS', 'base', 'tell', source)(AgentFS, base, tell).then(
      () => undefined,
      ({ stack }) => stack,
    );
    process.chdir('/');
    const answer = Buffer.from(JSON.stringify({ told, error }) + '\\n');
    for (let at = 0; at < answer.length; ) at += writeSync(4, answer, at);
  }`;

/** Everything that belongs to one user in one test, or in one file of tests. */
export class UserSite {
  readonly user: User;
  /** Where its configuration is. */
  readonly home: string;
  readonly #modules: string;
  #host: UserHost | undefined;

  private constructor(user: User, modules: string, home: string | undefined) {
    this.user = user;
    this.#modules = modules;
    this.home = home ?? this.directory();
    this.own(this.home);
  }

  /**
   * Puts the product where the user can read it, as the tests may run where only root can look.
   *
   * @param home - a directory that the user gets; default one of its own.
   */
  static async of(user: User, home?: string): Promise<UserSite> {
    return new UserSite(user, await productForAll(), home);
  }

  /** A directory that belongs to the user, until the test has finished. */
  directory(files: Readonly<Record<string, string>> = {}): string {
    const path = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-user-')));
    whenDone(() => {
      // Commands shut what they like.
      spawnSync('chmod', ['-R', 'u+rwx', path]);
      spawnSync('rm', ['-rf', path]);
    });
    writeFiles(path, files);
    this.own(path);
    return path;
  }

  /** Gives the user what is at a path. */
  own(path: string): void {
    const { uid } = this.user;
    if (uid !== undefined) spawnSync('chown', ['-hR', `${uid}:${uid}`, path]);
  }

  /** Runs any program as the user. */
  spawn(command: readonly string[], cwd: string): ReturnType<typeof spawnSync> {
    const [file = '', ...args] = this.#asUser(command);
    return spawnSync(file, args, { cwd, env: this.#env, encoding: 'utf8' });
  }

  /** Runs a program of its own that has agentfs open, and gives what it told. */
  run({ base, body, cwd = base, through = [] }: Program): unknown[] {
    const source = `
      ${this.#import}
      const base = ${JSON.stringify(base)};
      const tell = (value) => console.log(JSON.stringify(value));
      ${around(body)}`;
    const { stdout, stderr, status } = this.spawn([...through, ...nodeOn(source)], cwd);
    if (status !== 0) throw new Error(`The program ended with ${status}:\n${stdout}${stderr}`);
    return String(stdout)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  /** Has the one program that stays, and that has a terminal, do something, and gives what it told. */
  async tell({ base, body }: Deed): Promise<unknown[]> {
    if (this.#host === undefined) {
      const [file = '', ...args] = this.#asUser(nodeOn(this.#import + HOST));
      const typist = ['-c', TYPIST, '[]', file, ...args];
      const stdio = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] as const;
      this.#host = new UserHost(
        spawn('python3', typist, { cwd: '/', env: this.#env, stdio: [...stdio] }),
      );
    }
    return this.#host.do(base, around(body));
  }

  /** The same for what is its end; another program stays from then on. */
  async tellLast(deed: Deed): Promise<void> {
    const told = await this.tell(deed).catch(() => undefined);
    if (told !== undefined) throw new Error('The program has gone on.');
    await this.end();
  }

  /** Ends the program that stays. */
  async end(): Promise<void> {
    await this.#host?.end();
    this.#host = undefined;
  }

  get #env(): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'], HOME: this.home, OPENSSL_CONF: '/dev/null' };
  }

  get #import(): string {
    const index = pathToFileURL(join(this.#modules, 'dist/index.js')).href;
    return `import { AgentFS } from ${JSON.stringify(index)};`;
  }

  #asUser(command: readonly string[]): readonly string[] {
    const { uid } = this.user;
    if (uid === undefined) return command;
    return ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', ...command];
  }
}

/** A program of a user that does one thing after another. */
class UserHost {
  readonly #child: ChildProcess;
  readonly #deeds: Writable;
  readonly #answers: AsyncIterator<string>;
  readonly #errors: string[];

  constructor(child: ChildProcess) {
    this.#child = child;
    const [, , errors, deeds, answers] = child.stdio;
    this.#deeds = deeds as Writable;
    // It may have ended by then, which the answer tells.
    this.#deeds.on('error', () => undefined);
    this.#answers = createInterface(answers as Readable)[Symbol.asyncIterator]();
    this.#errors = collect(errors as Readable);
  }

  async do(base: string, source: string): Promise<unknown[]> {
    this.#deeds.write(`${JSON.stringify({ base, source })}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`The program has ended:\n${this.#errors.join('')}`);
    const { told, error } = JSON.parse(value);
    if (error !== undefined) throw new Error(`The program failed:\n${error}`);
    return told;
  }

  async end(): Promise<void> {
    this.#deeds.end();
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) await once(this.#child, 'close');
  }
}

function nodeOn(source: string): readonly string[] {
  return [process.execPath, '--input-type=module', '-e', source];
}

/** The program, where everybody can start it. */
export async function programForAll(): Promise<string> {
  return join(await productForAll(), 'dist/cli/main.js');
}

/** Gives directories and all in them to the ordinary user. */
export function giveToUser(...directories: readonly string[]): void {
  spawnSync('chown', ['-hR', `${USER}:${USER}`, ...directories]);
}

/** Calls the program as that user. */
export async function callAsUser(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<CallResult> {
  const ids = ['--reuid', `${USER}`, '--regid', `${USER}`, '--clear-groups'];
  const child = spawn('setpriv', [...ids, process.execPath, program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', OPENSSL_CONF: '/dev/null', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const [status] = await once(child, 'close');
  return { status, stdout: stdout.join(''), stderr: stderr.join('') };
}
