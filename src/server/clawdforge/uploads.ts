/**
 * Files that clients have sent, for a while: in a workspace of their own, so that equal ones are there
 * once, and that they survive a restart.
 */

import { randomBytes } from 'node:crypto';
import type { Workspace } from '../../index.ts';
import { SERVE_TAG } from '../../store/workspaces.ts';
import type { Principal } from '../core/access.ts';
import type { Project } from '../core/project.ts';
import type { ServerCore } from '../core/server-core.ts';
import { StateRecords } from '../core/state-store.ts';
import { HttpRefusal } from '../http/refusal.ts';

/** A file that was sent, as the state has it. */
interface Upload {
  readonly principal: number;
  readonly project: string;
  readonly path: string;
  readonly size: number;
}

const WORKSPACE = 'forge-files';
/** Where files are, in the workspace of all and in those that they are handed to. */
const DIRECTORY = '.forge';
const MOST_FILES = 1000;

/** Keeps files, and hands them to the workspaces of runs and sessions. */
export class Uploads {
  readonly #core: ServerCore;
  readonly #records: StateRecords<Upload>;
  readonly #making = new Map<string, Promise<Workspace>>();

  constructor(core: ServerCore) {
    this.#core = core;
    this.#records = new StateRecords(core.state, 'forge-file');
  }

  /**
   * Keeps a file.
   *
   * @returns its token.
   * @throws {HttpRefusal} 503 if this client has sent too many.
   */
  async put(principal: Principal, file: File, ttlSecs: number): Promise<string> {
    const mine = this.#records.all.filter((each) => each.value.principal === principal.id);
    if (mine.length >= MOST_FILES) {
      throw new HttpRefusal(503, `${MOST_FILES} files are kept already; wait until some expire.`);
    }
    const project = this.#core.projects.get(undefined, principal);
    const token = `ff_${randomBytes(18).toString('base64url')}`;
    const path = `${DIRECTORY}/${token}/${safeName(file.name)}`;
    const content = new Uint8Array(await file.arrayBuffer());
    const value: Upload = {
      ...{ principal: principal.id, project: project.name, path, size: content.length },
    };
    // Before the content, which nothing else keeps from a sweep.
    this.#records.put(token, value, ttlSecs * 1000);
    try {
      const workspace = await this.#workspaceOf(project);
      await workspace.writeFile(path, content);
    } catch (error) {
      this.#records.delete(token);
      throw error;
    }
    return token;
  }

  /**
   * Puts files into a workspace.
   *
   * @returns their paths there.
   * @throws {HttpRefusal} 400 for a token that is unknown, expired or somebody else's; nothing is
   *   written then.
   */
  async handTo(
    principal: Principal,
    tokens: readonly string[],
    target: () => Promise<Workspace>,
  ): Promise<string[]> {
    const uploads = tokens.map((token) => this.#find(principal, token));
    if (uploads.length === 0) return [];
    const source = await this.#workspaceOf(this.#core.projects.get(undefined, principal));
    const workspace = await target();
    for (const { path } of uploads) {
      if (!(await workspace.exists(path))) {
        await workspace.writeFile(path, await source.readFile(path));
      }
    }
    return uploads.map(({ path }) => path);
  }

  /** Lets go of the content of files that have expired. */
  async sweep(): Promise<void> {
    const kept = new Set(this.#records.all.map(({ key }) => key));
    for (const { afs } of this.#core.projects.all) {
      if (!(await afs.workspace.exists(WORKSPACE))) continue;
      const workspace = await afs.workspace.get(WORKSPACE);
      const names = (await workspace.exists(DIRECTORY)) ? await workspace.readdir(DIRECTORY) : [];
      for (const name of names) {
        if (kept.has(name)) continue;
        await workspace.delete(`${DIRECTORY}/${name}`, { recursive: true });
      }
    }
  }

  #find(principal: Principal, token: string): Upload {
    const upload = this.#records.get(token);
    if (upload?.principal === principal.id) return upload;
    throw new HttpRefusal(
      400,
      `The file token ${JSON.stringify(token)} is unknown or has expired.`,
    );
  }

  async #workspaceOf({ name, afs }: Project): Promise<Workspace> {
    if (await afs.workspace.exists(WORKSPACE)) return afs.workspace.get(WORKSPACE);
    const description = 'Files that clients of clawdforge have sent.';
    const options = { description, tags: ['forge', SERVE_TAG] };
    const making = this.#making.get(name) ?? afs.workspace.create(WORKSPACE, options);
    this.#making.set(name, making);
    try {
      return await making;
    } finally {
      this.#making.delete(name);
    }
  }
}

/** The last part of a name, without what would lead elsewhere or could not be typed. */
function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const safe = last.replace(/[^\p{L}\p{N}._ -]/gu, '_').slice(0, 80);
  return /^[. ]*$/.test(safe) || /^\.(git|agentfs)/i.test(safe) ? 'file' : safe;
}
