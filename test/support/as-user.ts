/** Programs that use agentfs, each in a process of its own, as root and as an ordinary user. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type CallResult, collect } from './cli.ts';
import { bundledProgram } from './compiled.ts';
import { temporaryDirectory } from './run-fixture.ts';

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

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const UNNEEDED = /better-sqlite3\/(deps|src|build\/Release\/obj)/;

/** What a program is started with. */
export interface Program {
  readonly base: string;
  /** Statements; they have `afs`, `AgentFS`, and `tell(value)`, which adds to the results. */
  readonly body: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default the base. */
  readonly cwd?: string;
  /** A program that starts it, behind its arguments. */
  readonly through?: readonly string[];
}

let installed: Promise<string> | undefined;

/** Copies the product to where everybody can read it; gone when the tests of the file are over. */
async function install(): Promise<string> {
  const modules = mkdtempSync(join(tmpdir(), 'agentfs-modules-'));
  process.once('exit', () => rmSync(modules, { recursive: true, force: true }));
  cpSync(dirname(dirname(await bundledProgram())), join(modules, 'dist'), { recursive: true });
  const filter = (path: string): boolean => !UNNEEDED.test(path);
  for (const path of dependencies()) {
    cpSync(join(PROJECT, path), join(modules, path), { recursive: true, filter });
  }
  spawnSync('chmod', ['-R', 'a+rX', modules]);
  return modules;
}

/** The packages that the product needs, as npm has installed them. */
function dependencies(): string[] {
  const lock = JSON.parse(readFileSync(join(PROJECT, 'node_modules/.package-lock.json'), 'utf8'));
  const packages: Readonly<Record<string, { readonly dev?: boolean }>> = lock.packages;
  const isNeeded = (path: string): boolean => packages[path]?.dev !== true;
  return Object.keys(packages).filter((path) => isNeeded(path) && existsSync(join(PROJECT, path)));
}

/** Everything that belongs to one user in one test. */
export class UserSite {
  readonly user: User;
  /** Where its configuration is. */
  readonly home: string;
  readonly #modules: string;

  private constructor(user: User, modules: string) {
    this.user = user;
    this.#modules = modules;
    this.home = this.directory();
  }

  /** Puts the product where the user can read it, as the tests may run where only root can look. */
  static async of(user: User): Promise<UserSite> {
    installed ??= install();
    return new UserSite(user, await installed);
  }

  /** A directory that belongs to the user. */
  directory(files: Readonly<Record<string, string>> = {}): string {
    const path = temporaryDirectory(files);
    this.own(path);
    return path;
  }

  /** Gives the user what is at a path. */
  own(path: string): void {
    const { uid } = this.user;
    if (uid !== undefined) spawnSync('chown', ['-hR', `${uid}:${uid}`, path]);
  }

  /** Runs any program as the user. */
  spawn(
    command: readonly string[],
    cwd: string,
    env: NodeJS.ProcessEnv = {},
  ): ReturnType<typeof spawnSync> {
    const { uid } = this.user;
    const as =
      uid === undefined
        ? []
        : ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups'];
    const [file = '', ...args] = [...as, ...command];
    const own = { PATH: process.env['PATH'], HOME: this.home, OPENSSL_CONF: '/dev/null' };
    return spawnSync(file, args, { cwd, env: { ...own, ...env }, encoding: 'utf8' });
  }

  /** Runs a program that has agentfs open, and gives what it told. */
  run({ base, body, env, cwd = base, through = [] }: Program): unknown[] {
    const index = pathToFileURL(join(this.#modules, 'dist/index.js')).href;
    const source = `
      import { AgentFS } from ${JSON.stringify(index)};
      const tell = (value) => console.log(JSON.stringify(value));
      const afs = await AgentFS.open(${JSON.stringify(base)});
      const known = await afs.workspace.exists('work');
      const ws = known ? await afs.workspace.get('work') : await afs.workspace.create('work');
      const attempt = async (action) => {
        try { return await action(); } catch (error) { return { code: error.code, message: error.message }; }
      };
      ${body}
      await afs.close();`;
    const command = [...through, process.execPath, '--input-type=module', '-e', source];
    const { stdout, stderr, status } = this.spawn(command, cwd, env);
    if (status !== 0) throw new Error(`The program ended with ${status}:\n${stdout}${stderr}`);
    return String(stdout)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }
}

/** The program, where everybody can start it. */
export async function programForAll(): Promise<string> {
  installed ??= install();
  return join(await installed, 'dist/cli/main.js');
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
