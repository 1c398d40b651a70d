/** The messages that wait for an agent. */

/** A message of another agent. */
export interface Message {
  readonly from: number;
  readonly fromName: string;
  readonly message: unknown;
  /** Bytes that it takes on the wire. */
  readonly bytes: number;
  /** Ms since 1970. */
  readonly sentAt: number;
}

const MOST_MESSAGES = 10_000;
const MOST_BYTES = 16 * 1024 * 1024;
/** What one reply takes up, unless a single message is larger. */
const REPLY_BYTES = 1024 * 1024;

/** Messages in the order in which they came. */
export class Mailbox {
  readonly #messages: Message[] = [];
  #bytes = 0;

  /** Takes a message in; false when there is no room for it. */
  put(message: Message): boolean {
    const isFull = this.#messages.length >= MOST_MESSAGES;
    if (isFull || this.#bytes + message.bytes > MOST_BYTES) return false;
    this.#messages.push(message);
    this.#bytes += message.bytes;
    return true;
  }

  /** Takes out so many, the oldest first; fewer when they would make a very long reply. */
  take(most: number): readonly Message[] {
    let count = 0;
    let bytes = 0;
    for (const message of this.#messages) {
      if (count === most || (count > 0 && bytes + message.bytes > REPLY_BYTES)) break;
      count += 1;
      bytes += message.bytes;
    }
    this.#bytes -= bytes;
    return this.#messages.splice(0, count);
  }
}
