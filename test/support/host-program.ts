/**
 * Programs that use agentfs, as processes of their own: of whoever runs the tests and, where that is
 * root, of an ordinary user too, who may look neither at the sources nor at the dependencies.
 */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { productForAll } from './product.ts';
import { type Files, temporaryDirectory } from './run-fixture.ts';

/** Who runs a program. */
export interface HostUser {
  /** For titles. */
  readonly name: string;
  /** Undefined for whoever runs the tests. */
  readonly id: number | undefined;
}

/** Those whose programs this process can start. */
export const HOST_USERS: readonly [HostUser, ...HostUser[]] =
  process.getuid?.() === 0
    ? [
        { name: 'root', id: undefined },
        { name: 'an ordinary user', id: 1000 },
      ]
    : [{ name: 'this user', id: undefined }];

/** A project, and agentfs where its user finds it. */
export class HostProgram {
  readonly base: string;
  readonly home: string;
  readonly #product: string;
  readonly #user: HostUser;

  private constructor(user: HostUser, product: string, base: string, home: string) {
    this.#user = user;
    this.#product = product;
    this.base = base;
    this.home = home;
  }

  /** Makes a project of a user; it is gone when the test has finished. */
  static async create(user: HostUser, files: Files = {}): Promise<HostProgram> {
    const product = await productForAll();
    const [base, home] = [temporaryDirectory(files), temporaryDirectory()];
    const program = new HostProgram(user, product, base, home);
    for (const directory of [base, home]) program.own(directory);
    return program;
  }

  /** Gives a directory and all in it to the user. */
  own(directory: string): string {
    const { id } = this.#user;
    if (id !== undefined) execFileSync('chown', ['-R', `${id}:${id}`, directory]);
    return directory;
  }

  /** The command line of agentfs. */
  get cli(): readonly string[] {
    return this.asUser([process.execPath, join(this.#product, 'dist', 'cli', 'main.js')]);
  }

  /**
   * The command line of a program, in which `afs` and `workspace` are open and `print` prints JSON.
   *
   * @param options - what the base is opened with.
   */
  script(body: string, options: object = {}): readonly string[] {
    const module = JSON.stringify(`file://${this.#product}/dist/index.js`);
    const source = `
      import { AgentFS, installHookScripts } from ${module};
      const print = (value) => console.log(JSON.stringify(value));
      const afs = await AgentFS.open(${JSON.stringify(this.base)}, ${JSON.stringify(options)});
      const known = await afs.workspace.exists('w');
      const workspace = known ? await afs.workspace.get('w') : await afs.workspace.create('w');
      try {
        ${body}
      } finally {
        await afs.close();
      }`;
    return this.asUser([process.execPath, '--input-type=module', '-e', source]);
  }

  /** What programs of the user find in their environment. */
  get env(): Readonly<Record<string, string>> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.home, OPENSSL_CONF: '/dev/null' };
  }

  /** A command line that the user starts. */
  asUser(line: readonly string[]): readonly string[] {
    const { id } = this.#user;
    if (id === undefined) return line;
    return ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--', ...line];
  }
}
