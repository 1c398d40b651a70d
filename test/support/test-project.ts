/** A project directory for one test, and as many AgentFS on it as the test wants. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AgentFS, type AgentFSOptions, type Workspace } from '../../src/index.ts';
import { whenDone } from './when-done.ts';

/** Contents by path; a path that ends in a slash is an empty directory. */
export type TestFiles = Readonly<Record<string, string | Uint8Array>>;

/** A base directory below the system's temporary directory; gone when the test, or the file of tests, has finished. */
export class TestProject {
  /** Absolute path, links resolved. */
  readonly dir: string;

  constructor(files: TestFiles = {}) {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-project-')));
    // A process that prepares a workspace in the background ends by itself, and may still be writing.
    whenDone(() => rmSync(this.dir, { recursive: true, force: true, maxRetries: 10 }));
    this.writeAll(files);
  }

  /** An AgentFS on the project, closed when the test has finished. */
  open(options: AgentFSOptions = {}): AgentFS {
    const afs = new AgentFS(this.dir, options);
    whenDone(() => afs.close());
    return afs;
  }

  /** Absolute path of something in the project. */
  path(path: string): string {
    return join(this.dir, path);
  }

  /** Writes as the user's editor would. */
  write(path: string, content: string | Uint8Array): void {
    const file = this.path(path);
    mkdirSync(path.endsWith('/') ? file : dirname(file), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(file, content);
  }

  /** Writes several files. */
  writeAll(files: TestFiles): void {
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  /** The text of a file of the project. */
  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** Whether something is at the path. */
  has(path: string): boolean {
    return existsSync(this.path(path));
  }

  /** Removes a file or directory. */
  remove(path: string): void {
    rmSync(this.path(path), { recursive: true });
  }

  /** All paths of the project, directories with a slash, without the store; sorted. */
  list(): string[] {
    return readdirSync(this.dir, { recursive: true, withFileTypes: true })
      .map((entry) => {
        const path = join(entry.parentPath, entry.name).slice(this.dir.length + 1);
        return entry.isDirectory() ? `${path}/` : path;
      })
      .filter((path) => !path.startsWith('.agentfs/'))
      .sort();
  }
}

/** A project, an AgentFS on it, and a workspace. */
export interface Setup {
  readonly project: TestProject;
  readonly afs: AgentFS;
  readonly workspace: Workspace;
}

/** A project with these files and a workspace `w` on it. */
export async function setUp(files: TestFiles = {}, options: AgentFSOptions = {}): Promise<Setup> {
  const project = new TestProject(files);
  const afs = project.open(options);
  return { project, afs, workspace: await afs.workspace.create('w') };
}

/** The text files of a workspace by path. */
export async function textsOf(workspace: Workspace): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const info of await workspace.listDir('/', { recursive: true })) {
    if (info.isFile()) texts[info.path] = await workspace.readText(info.path);
  }
  return texts;
}

/** The paths of a list of things with paths. */
export function pathsOf(items: readonly { readonly path: string }[]): string[] {
  return items.map(({ path }) => path);
}
