/**
 * A Remote that encrypts what it hands on: contents, trees, records, and what a workspace says of
 * itself. In the clear stay names of workspaces, ids of records and replicas, times, and how many
 * objects there are of which kind and size.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import { SEAL_BYTES, type SealKey } from './encryption.ts';
import type {
  HeadMove,
  NumberedRecord,
  PayloadCodec,
  Remote,
  RemoteCall,
  RemoteHead,
  RemoteInfo,
  RemoteLimits,
  RemoteObject,
  RemoteRecord,
  RemoteWorkspace,
  Revision,
} from './remote.ts';
import { SyncError } from './sync-errors.ts';

type Which = { readonly version: number } | { readonly at: number };

/** Puts a key before another remote. */
export class SealedRemote implements Remote {
  readonly #remote: Remote;
  readonly #key: SealKey;
  readonly limits: RemoteLimits;

  constructor(remote: Remote, key: SealKey) {
    this.#remote = remote;
    this.#key = key;
    const { bytes, rows, ids } = remote.limits;
    this.limits = { bytes: bytes - rows * SEAL_BYTES, rows, ids };
  }

  get label(): string {
    return this.#remote.label;
  }

  open(seal: string, call?: RemoteCall): Promise<RemoteInfo> {
    return this.#remote.open(seal, call);
  }

  async readHead(name: string, call?: RemoteCall): Promise<RemoteHead | undefined> {
    const head = await this.#remote.readHead(name, call);
    if (head === undefined) return undefined;
    const { workspace, revision } = head;
    return {
      workspace: this.#openWorkspace(workspace),
      revision: this.#openRevision(workspace.uuid, revision),
    };
  }

  async readRevision(
    workspace: string,
    which: Which,
    call?: RemoteCall,
  ): Promise<Revision | undefined> {
    const revision = await this.#remote.readRevision(workspace, which, call);
    return revision && this.#openRevision(workspace, revision);
  }

  async present(ids: readonly ObjectId[], call?: RemoteCall): Promise<ReadonlySet<ObjectId>> {
    const asked = new Map(ids.map((id) => [this.#key.idOf(id), id]));
    const found = await this.#remote.present([...asked.keys()], call);
    return new Set([...asked].filter(([sealed]) => found.has(sealed)).map(([, id]) => id));
  }

  async readObjects(ids: readonly ObjectId[], call?: RemoteCall): Promise<RemoteObject[]> {
    const asked = new Map(ids.map((id) => [this.#key.idOf(id), id]));
    const found = await this.#remote.readObjects([...asked.keys()], call);
    return found.flatMap((object) => {
      const id = asked.get(object.id);
      return id === undefined ? [] : [this.#openObject(object, id)];
    });
  }

  async writeObjects(objects: readonly RemoteObject[], call?: RemoteCall): Promise<void> {
    await this.#remote.writeObjects(
      objects.map((object) => this.#sealObject(object)),
      call,
    );
  }

  moveHead(move: HeadMove, call?: RemoteCall): Promise<boolean> {
    const { workspace, revision, objects, records } = move;
    const { uuid } = workspace;
    const tree = this.#sealText(revision.tree, revisionContext(uuid, revision));
    const sealed = {
      ...move,
      workspace: this.#sealWorkspace(workspace),
      revision: { ...revision, tree },
      objects: objects.map((object) => this.#sealObject(object)),
      records: records.map((record) => ({
        ...record,
        data: this.#key.seal(record.data, recordContext(uuid, record)),
      })),
    };
    return this.#remote.moveHead(sealed, call);
  }

  async readRecords(
    workspace: string,
    range: { readonly after: number; readonly except: string },
    call?: RemoteCall,
  ): Promise<NumberedRecord[]> {
    const records = await this.#remote.readRecords(workspace, range, call);
    return records.map((record) => {
      const data = this.#key.open(record.data, recordContext(workspace, record));
      return data === undefined ? refuse(`Record ${record.number}`) : { ...record, data };
    });
  }

  close(): void {
    this.#remote.close();
  }

  #sealObject(object: RemoteObject): RemoteObject {
    const codec: PayloadCodec = object.codec === 'raw' ? 'sealed-raw' : 'sealed-deflate';
    const sealed = { ...object, id: this.#key.idOf(object.id), codec };
    return { ...sealed, payload: this.#key.seal(object.payload, objectContext(sealed)) };
  }

  #openObject(object: RemoteObject, id: ObjectId): RemoteObject {
    const codec: PayloadCodec = object.codec === 'sealed-raw' ? 'raw' : 'deflate';
    const payload = this.#key.open(object.payload, objectContext(object));
    return payload === undefined ? refuse(`Object ${id}`) : { ...object, id, codec, payload };
  }

  #sealWorkspace(workspace: RemoteWorkspace): RemoteWorkspace {
    const { uuid, description, tags } = workspace;
    const text = JSON.stringify({ description, tags });
    return { ...workspace, description: this.#sealText(text, workspaceContext(uuid)), tags: [] };
  }

  #openWorkspace(workspace: RemoteWorkspace): RemoteWorkspace {
    const { uuid, description } = workspace;
    // Only who has the key can have written it, so it is what `#sealWorkspace` made.
    const facts: Pick<RemoteWorkspace, 'description' | 'tags'> = JSON.parse(
      this.#openText(description, workspaceContext(uuid), `Workspace '${workspace.name}'`),
    );
    return { ...workspace, ...facts };
  }

  #openRevision(workspace: string, revision: Revision): Revision {
    const context = revisionContext(workspace, revision);
    const tree = this.#openText(revision.tree, context, `Revision ${revision.version}`);
    return { ...revision, tree };
  }

  #sealText(text: string, context: readonly (string | number)[]): string {
    return this.#key.seal(Buffer.from(text), context).toString('base64');
  }

  #openText(text: string, context: readonly (string | number)[], what: string): string {
    const opened = this.#key.open(Buffer.from(text, 'base64'), context);
    return (opened ?? refuse(what)).toString();
  }
}

// What a value is, and where it belongs, is sealed with it: nothing can be put in another's place.

function objectContext({ id, kind, codec, size }: RemoteObject): (string | number)[] {
  return ['object', id, kind, codec, size];
}

function workspaceContext(uuid: string): string[] {
  return ['workspace', uuid];
}

function revisionContext(
  workspace: string,
  { version, clock, replica, createdAt }: Revision,
): (string | number)[] {
  return ['revision', workspace, version, clock, replica, createdAt];
}

function recordContext(workspace: string, { kind, replica, id }: RemoteRecord): string[] {
  return ['record', workspace, kind, replica, id];
}

function refuse(what: string): never {
  throw new SyncError('REMOTE_CORRUPT', `${what} of the remote was not sealed with this key.`, {
    hint: 'Nothing was changed here. Check who else writes to the remote, or use another one.',
    details: { what },
  });
}
