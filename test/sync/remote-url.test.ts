import { describe, expect, it } from 'vitest';
import { parseRemoteUrl } from '../../src/sync/remote-url.ts';

const parse = (text: string, allowInsecure = false) =>
  parseRemoteUrl(text, { directory: '/base', allowInsecure });

describe('the address of a remote', () => {
  it.each([
    ['libsql://db-me.turso.io', 'libsql://db-me.turso.io'],
    ['https://Example.org/', 'https://example.org'],
    ['https://example.org:8080/dev/db/', 'https://example.org:8080/dev/db/'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['libsql://localhost:8080?tls=0', 'libsql://localhost:8080?tls=0'],
    ['file:/tmp/a.db', 'file:///tmp/a.db'],
    ['file:///tmp/a%20b.db', 'file:///tmp/a%20b.db'],
    ['file:/tmp/a b.db', 'file:///tmp/a%20b.db'],
    ['file:../shared.db', 'file:///shared.db'],
    ['file:shared.db', 'file:///base/shared.db'],
  ])('%s is kept as %s', (text, url) => {
    expect(parse(text)).toBe(url);
  });

  it.each([
    '',
    'shared.db',
    '/tmp/shared.db',
    'ftp://example.org',
    'ws://127.0.0.1',
    'wss://example.org',
    'javascript:alert(1)',
    'https://',
    'libsql:',
    'http://example.org',
    'http://127.0.0.1.example.org',
    'http://169.254.169.254',
    'libsql://example.org:80?tls=0',
    'https://example.org?x=1',
    'https://example.org#x',
    'file:',
    'file::memory:',
    'file:///a%2Fb',
    'file://host/share.db',
    'file:a.db?mode=memory',
    'file:a\0b',
  ])('%j is refused', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'REMOTE_URL' }));
  });

  it.each([
    'https://example.org?authToken=canary',
    'libsql://canary@example.org',
    'https://me:canary@example.org',
  ])('%s is refused, and the secret in it not repeated', (text) => {
    try {
      parse(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'REMOTE_URL' });
      expect(JSON.stringify(error)).not.toContain('canary');
    }
  });

  it('may be unencrypted when that is asked for', () => {
    expect(parse('http://example.org', true)).toBe('http://example.org');
  });
});
