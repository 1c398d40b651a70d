import { expect, it } from 'vitest';
import { redactor } from '../../src/logging/redact.ts';

const redact = redactor(['known-secret']);

it.each([
  ['is known-secret here', 'is [redacted] here'],
  ['libsql://me:pass@host/db', 'libsql://[redacted]@host/db'],
  [
    'see (https://me@host) and ftp://you:x@host',
    'see (https://[redacted]@host) and ftp://[redacted]@host',
  ],
  ['https://host/a@b', 'https://host/a@b'],
  ['me@host', 'me@host'],
  ['/db?authToken=abc&x=1', '/db?authToken=[redacted]&x=1'],
  ['Bearer abc.def', 'Bearer [redacted]'],
])('writes %j as %j', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

// No clock here: a text that is searched again and again would keep this file from ever ending.
it.each([
  'a.',
  'a://',
  '://',
  '?key',
  '&',
  'Bearer ',
  'Bearer\n',
  'eyJ',
  'eyJaaaaaaaa.',
  ' ',
  '@',
  ':',
])('reads a mebibyte of %j', (unit) => {
  const text = unit.repeat(2 ** 20 / unit.length);
  expect(redact(text)).toBeTypeOf('string');
});
