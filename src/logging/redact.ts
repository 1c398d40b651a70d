/**
 * Takes secrets out of what is about to be written down: those that are known by value, what looks
 * like one, and what stands under a name that says so.
 */

/** Replaces secrets in text. */
export type Redact = (text: string) => string;

const REDACTED = '[redacted]';

/** Shorter values would be found in ordinary words. */
const MIN_SECRET_LENGTH = 4;

const SECRET_NAME =
  /token|secret|passw|credential|authorization|cookie|(?:api|private|encryption)_?key/i;

/** Forms of secrets that can be told from other text. */
const SECRET_FORMS: readonly (readonly [form: RegExp, replacement: string])[] = [
  // JSON Web Tokens, such as Turso's.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, REDACTED],
  [/\b(Bearer\s+)[^\s"',;]+/gi, `$1${REDACTED}`],
  // In addresses: parameters, and a name with a password before the host. What stands before the
  // colon is not looked at: to search for its beginning would take a long text time and again.
  [/([?&][\w-]*(?:token|secret|key|password)=)[^&\s"'#]+/gi, `$1${REDACTED}`],
  [/:\/\/[^\s/@"']+@/g, `://${REDACTED}@`],
];

/** Makes a function that replaces these values, and whatever looks like a secret. */
export function redactor(secrets: Iterable<string>): Redact {
  const known = [...new Set(secrets)].filter(({ length }) => length >= MIN_SECRET_LENGTH);
  // A secret that is part of another must not leave the rest of it behind.
  known.sort((left, right) => right.length - left.length);
  return (text) => {
    const named = known.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
    return SECRET_FORMS.reduce((rest, [form, shown]) => rest.replace(form, shown), named);
  };
}

/** Whether what stands under this name is never written down. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** The values of variables whose names say that they are secrets. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && isSecretName(name) ? [value] : [],
  );
}
