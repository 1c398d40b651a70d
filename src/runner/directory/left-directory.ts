/** Where it is noted that a work directory holds what commands have left and could not be stored. */

import { readNote, writeNote } from '../../disk/note-file.ts';
import type { Place } from '../../disk/place.ts';
import { type ObjectId, parseObjectId } from '../../primitives/object-id.ts';
import type { TreePath } from '../../primitives/path.ts';
import type { Signer } from '../../primitives/signer.ts';
import { layersPlace } from '../layers/layers-place.ts';

/** What has to be known to store it later. */
export interface LeftDirectoryNote {
  /** The tree that commands were shown, from which their changes are told. */
  readonly seen: ObjectId;
  /** Of who left it. */
  readonly note: string;
}

const NOTE = 'left-directory.json' as TreePath;

/** The note of one workspace; only one that this user has signed counts. */
export class LeftDirectory {
  readonly #place: Place;
  readonly #subject: string;
  readonly #signer: Signer;

  /** @param directory - of the workspace, beside whose layers the note is. */
  constructor(layers: Place, directory: Place, signer: Signer) {
    this.#place = layersPlace(layers, directory.name);
    this.#subject = `left directory ${directory.name}`;
    this.#signer = signer;
  }

  /** Whether there is one. */
  get exists(): boolean {
    using place = this.#place.openIfThere();
    return place?.lstat(NOTE) !== undefined;
  }

  read(): LeftDirectoryNote | undefined {
    using place = this.#place.openIfThere();
    const text = place && readNote(place, NOTE);
    try {
      const { left, signature } = JSON.parse(text ?? '{}');
      if (!this.#signer.isOwn(this.#subject, String(left), signature)) return undefined;
      const { seen, note } = JSON.parse(left);
      const tree = parseObjectId(seen);
      return tree === undefined ? undefined : { seen: tree, note };
    } catch {
      return undefined;
    }
  }

  write(note: LeftDirectoryNote): void {
    using place = this.#place.make();
    const left = JSON.stringify(note);
    const signature = this.#signer.sign(this.#subject, left);
    writeNote(place, NOTE, JSON.stringify({ left, signature }));
  }

  forget(): void {
    using place = this.#place.openIfThere();
    if (place?.lstat(NOTE) !== undefined) place.unlink(NOTE);
  }
}
