import { describe, expect, it } from 'vitest';
import { quoteGitPath } from '../../src/snapshot/git-path.ts';

describe('quoteGitPath', () => {
  it('leaves plain names alone, spaces included', () => {
    expect(quoteGitPath('a/b c.ts')).toBe('a/b c.ts');
    expect(quoteGitPath("a/~!#$%&'()*,:;<=>?@[]^`{|}")).toBe("a/~!#$%&'()*,:;<=>?@[]^`{|}");
  });

  it('quotes the others as C strings, bytes outside ASCII in octal', () => {
    expect(quoteGitPath('a/"b\\')).toBe('"a/\\"b\\\\"');
    expect(quoteGitPath('\x07\b\t\n\v\f\r')).toBe('"\\a\\b\\t\\n\\v\\f\\r"');
    expect(quoteGitPath('\x01\x7fé')).toBe('"\\001\\177\\303\\251"');
    expect(quoteGitPath('\u{1f600} x')).toBe('"\\360\\237\\230\\200 x"');
  });
});
