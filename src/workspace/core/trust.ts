/**
 * What of a store counts as this user's own: set here, or adopted. A store that came along with a
 * project could otherwise weaken the sandbox, or say where a token is sent.
 */

import { AgentFSError } from '../../primitives/errors.ts';
import type { RemoteRow } from '../../store/remotes.ts';
import type { Signatures } from '../../store/signatures.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';

/** What the commands of a workspace are kept within. */
type RunSettings = Pick<WorkspaceRow, 'uuid' | 'sandbox' | 'limits'>;

/** Knows and signs what is this user's own. What is signed is written in the same transaction. */
export class Trust {
  /** Whether other processes of this user know what this one signs. */
  readonly lasts: boolean;
  readonly #signatures: Signatures;

  constructor(signatures: Signatures, lasts: boolean) {
    this.#signatures = signatures;
    this.lasts = lasts;
  }

  /** Whether the store was made by this user, or adopted. */
  get isOwnStore(): boolean {
    return this.#signatures.isOwnStore;
  }

  /** Whether this user has set the sandbox of a workspace; one that is not set needs no trust. */
  ownsSandbox({ uuid, sandbox }: RunSettings): boolean {
    return sandbox === null || this.#signatures.isOwn(`sandbox:${uuid}`, sandbox);
  }

  /** The same for its limits. */
  ownsLimits({ uuid, limits }: RunSettings): boolean {
    return isEmpty(limits) || this.#signatures.isOwn(`limits:${uuid}`, canonical(limits));
  }

  /** Whether this user has given a workspace its remote as it is now. */
  ownsRemote(uuid: string, remote: RemoteRow): boolean {
    return this.#signatures.isOwn(`remote:${uuid}`, textOf(remote));
  }

  /**
   * Makes sure of that before a secret is looked for or anything is sent.
   *
   * @throws {AgentFSError} NOT_TRUSTED.
   */
  requireRemote(uuid: string, remote: RemoteRow): void {
    if (this.ownsRemote(uuid, remote)) return;
    throw new AgentFSError(
      'NOT_TRUSTED',
      `The remote ${JSON.stringify(remote.url)} came along with the project, or was changed: it is not used.`,
      { hint: 'Review it with adopt({ dryRun: true }), then adopt() it, or call sync.enable().' },
    );
  }

  /** Signs the sandbox and the limits that were set just now, of those that were. */
  signRunSettings(row: RunSettings, set: Partial<RunSettings>): void {
    if (set.sandbox !== undefined) this.#replace(`sandbox:${row.uuid}`, row.sandbox);
    if (set.limits === undefined) return;
    this.#replace(`limits:${row.uuid}`, isEmpty(row.limits) ? null : canonical(row.limits));
  }

  /** Signs the remote that a workspace was given just now. */
  signRemote(uuid: string, remote: RemoteRow): void {
    this.#signatures.replace(`remote:${uuid}`, textOf(remote));
  }

  /** Forgets the remote that a workspace had. */
  forgetRemote(uuid: string): void {
    this.#signatures.delete(`remote:${uuid}`);
  }

  /** Signs the store as a whole. */
  adoptStore(): void {
    this.#signatures.signStore();
  }

  /** Signs the sandbox and limits that are there, beside others who have. */
  adoptRunSettings({ uuid, sandbox, limits }: RunSettings): void {
    if (sandbox !== null) this.#signatures.add(`sandbox:${uuid}`, sandbox);
    if (!isEmpty(limits)) this.#signatures.add(`limits:${uuid}`, canonical(limits));
  }

  /** Signs the remote that is there, beside others who have. */
  adoptRemote(uuid: string, remote: RemoteRow): void {
    this.#signatures.add(`remote:${uuid}`, textOf(remote));
  }

  #replace(subject: string, text: string | null): void {
    if (text === null) this.#signatures.delete(subject);
    else this.#signatures.replace(subject, text);
  }
}

/** All that decides where something is sent, with which secrets, and when. */
function textOf({ url, name, token, sealKey, settings }: RemoteRow): string {
  return JSON.stringify([url, name, token, sealKey, canonical(settings)]);
}

function isEmpty(object: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(object).length === 0;
}

/** One text for one object, as the store has it. */
function canonical(object: Readonly<Record<string, unknown>>): string {
  const stored: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(object));
  return JSON.stringify(Object.entries(stored).sort(([left], [right]) => (left < right ? -1 : 1)));
}
