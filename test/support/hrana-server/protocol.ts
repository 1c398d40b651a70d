/** The messages of Hrana 2 over HTTP, as `@libsql/client` sends and expects them. */

/** One value of a row or one argument; an integer is a string, as JSON has no 64-bit numbers. */
export type HranaValue =
  | { readonly type: 'null' }
  | { readonly type: 'integer'; readonly value: string }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'blob'; readonly base64: string };

/** SQL, or the number under which `store_sql` has put it. */
export interface SqlText {
  readonly sql?: string;
  readonly sql_id?: number;
}

/** A statement with its arguments. */
export interface Statement extends SqlText {
  readonly args?: readonly HranaValue[];
  readonly named_args?: readonly { readonly name: string; readonly value: HranaValue }[];
  readonly want_rows?: boolean;
}

/** When a step of a batch is to be done. */
export type Condition =
  | { readonly type: 'ok'; readonly step: number }
  | { readonly type: 'error'; readonly step: number }
  | { readonly type: 'not'; readonly cond: Condition }
  | { readonly type: 'and'; readonly conds: readonly Condition[] }
  | { readonly type: 'or'; readonly conds: readonly Condition[] }
  | { readonly type: 'is_autocommit' };

/** One step of a batch. */
export interface Step {
  readonly condition?: Condition | null;
  readonly stmt: Statement;
}

/** What a client may ask of a stream. */
export type StreamRequest =
  | { readonly type: 'execute'; readonly stmt: Statement }
  | { readonly type: 'batch'; readonly batch: { readonly steps: readonly Step[] } }
  | ({ readonly type: 'sequence' } & SqlText)
  | ({ readonly type: 'describe' } & SqlText)
  | { readonly type: 'store_sql'; readonly sql_id: number; readonly sql: string }
  | { readonly type: 'close_sql'; readonly sql_id: number }
  | { readonly type: 'get_autocommit' }
  | { readonly type: 'close' };

/** The body of `POST /v2/pipeline`. */
export interface Pipeline {
  readonly baton?: string | null;
  readonly requests: readonly StreamRequest[];
}

/** Why something was not done. */
export interface HranaError {
  readonly message: string;
  readonly code: string;
}

/** The rows of a statement, and what it changed. */
export interface StatementResult {
  readonly cols: readonly { readonly name: string; readonly decltype: string | null }[];
  readonly rows: readonly (readonly HranaValue[])[];
  readonly affected_row_count: number;
  readonly last_insert_rowid: string | null;
}

/** One answer of a pipeline. */
export type StreamResult =
  | { readonly type: 'ok'; readonly response: { readonly type: string; readonly result?: unknown } }
  | { readonly type: 'error'; readonly error: HranaError };
