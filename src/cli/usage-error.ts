/** What the command line itself finds wrong, before the library is asked. */

/** The arguments do not make sense, or not here. */
export class UsageError extends Error {
  readonly code: 'USAGE' | 'NOT_INITIALISED' | 'NOT_CONFIRMED';
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, code: UsageError['code'] = 'USAGE') {
    super(message);
    this.name = 'UsageError';
    this.code = code;
    this.hint = hint;
  }
}
