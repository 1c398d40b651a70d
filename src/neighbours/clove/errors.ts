/** What goes wrong between a client and a kernel or relay, as opposed to what a kernel answers. */

/**
 * `CONNECT_FAILED`: nobody listens. `CLOSED`: the connection has ended. `TIMEOUT`: no reply came.
 * `PROTOCOL`: what came is no reply. `TOO_LARGE`: a request is above what a kernel reads.
 * `REFUSED`: a relay said no.
 */
export type CloveErrorCode =
  | 'CONNECT_FAILED'
  | 'CLOSED'
  | 'TIMEOUT'
  | 'PROTOCOL'
  | 'TOO_LARGE'
  | 'REFUSED';

/** What a {@link CloveError} carries besides its message. */
interface CloveErrorFields {
  readonly hint: string;
  readonly cause?: unknown;
}

/** A call that has no answer; switch on `code`. What a kernel refuses is a reply, not an error. */
export class CloveError extends Error {
  readonly code: CloveErrorCode;
  /** What to do next. */
  readonly hint: string;

  constructor(code: CloveErrorCode, message: string, { hint, cause }: CloveErrorFields) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
  }
}

/** A relay that cannot be reached, or has refused a request. */
export class FleetClientError extends CloveError {
  /** The HTTP status; undefined when no answer came. */
  readonly status: number | undefined;

  constructor(
    code: CloveErrorCode,
    message: string,
    fields: CloveErrorFields & { readonly status?: number | undefined },
  ) {
    super(code, message, fields);
    this.status = fields.status;
  }
}
