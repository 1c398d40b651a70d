/**
 * The note by which other processes find the files that a command is working with. It leads into the
 * namespaces of the command, so only one that this user has signed counts, and only while the
 * process that runs the command lives.
 */

import { readNote, writeNote } from '../../disk/note-file.ts';
import type { Place } from '../../disk/place.ts';
import type { TreePath } from '../../primitives/path.ts';
import {
  decodeProcessToken,
  encodeProcessToken,
  isAlive,
  processToken,
} from '../../primitives/process-token.ts';
import type { Signer } from '../../primitives/signer.ts';
import type { Isolation } from '../isolation.ts';
import type { LiveAddress, StrategyName } from '../strategy.ts';

/** Where a command works, and how. */
export interface LiveNote {
  readonly strategy: StrategyName;
  readonly isolation: Isolation;
  readonly address: LiveAddress;
}

const NAME = 'live.json' as TreePath;

/** The note of one workspace. */
export class LiveNotes {
  readonly #place: Place;
  readonly #signer: Signer;

  /** @param place - the directory of the workspace's layers. */
  constructor(place: Place, signer: Signer) {
    this.#place = place;
    this.#signer = signer;
  }

  /** Says where the command of this process works. */
  write(note: LiveNote): void {
    using place = this.#place.make();
    const text = JSON.stringify({ ...note, host: encodeProcessToken(processToken()) });
    writeNote(place, NAME, JSON.stringify({ text, signature: this.#sign(text) }));
  }

  /** Nobody is to join any more. */
  remove(): void {
    using place = this.#place.openIfThere();
    if (place?.lstat(NAME) !== undefined) place.unlink(NAME);
  }

  /** Where a command works; undefined when none does. */
  read(): LiveNote | undefined {
    using place = this.#place.openIfThere();
    return place && this.#parse(readNote(place, NAME));
  }

  #parse(written: string | undefined): LiveNote | undefined {
    try {
      const { text, signature } = JSON.parse(written ?? '{}');
      if (typeof text !== 'string') return undefined;
      if (!this.#signer.isOwn(this.#subject, text, signature)) return undefined;
      const { host, ...note } = JSON.parse(text);
      const token = decodeProcessToken(host);
      return token !== undefined && isAlive(token) === 'alive' ? note : undefined;
    } catch {
      // Cut short, or from another version.
      return undefined;
    }
  }

  #sign(text: string): string {
    return this.#signer.sign(this.#subject, text);
  }

  get #subject(): string {
    return `live ${this.#place.name}`;
  }
}
