/** What JSON makes of values of the library, as types. */

/** `T` after JSON: dates are strings, a method is gone, and what is undefined is left out. */
export type JsonForm<T> = T extends string
  ? string
  : T extends Date
    ? string
    : T extends readonly (infer Item)[]
      ? JsonForm<Item>[]
      : T extends object
        ? { [Key in keyof T]: JsonForm<T[Key]> | undefined }
        : T;

/** What JSON turns into `T`. */
export type BeforeJson<T> = T extends string
  ? T | Date
  : T extends readonly (infer Item)[]
    ? readonly BeforeJson<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: BeforeJson<T[Key]> }
      : T;
