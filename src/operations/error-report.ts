/** An error as every door tells it. */

/** Plain data about an error; programs go by its code. */
export interface ErrorReport {
  /** One of the codes of the library, or `INTERNAL` for the unexpected. */
  readonly code: string;
  readonly message: string;
  /** What to do next; `''` when there is nothing to say. */
  readonly hint: string;
  /** What else is known: the path, the conflicts, the fields that are wrong. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Describes whatever was thrown. */
export function reportOf(error: unknown): ErrorReport {
  if (!(error instanceof Error)) {
    return { code: 'INTERNAL', message: String(error), hint: '', details: {} };
  }
  const { code, message, hint, path, details, conflicts } = error as ErrorLike;
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message,
    hint: typeof hint === 'string' ? hint : '',
    details: {
      ...(path === undefined ? {} : { path }),
      ...(conflicts === undefined ? {} : { conflicts }),
      ...details,
    },
  };
}

/** What errors of the library carry, each or some of them. */
interface ErrorLike extends Error {
  readonly code?: unknown;
  readonly hint?: unknown;
  readonly path?: unknown;
  readonly details?: object;
  readonly conflicts?: unknown;
}
