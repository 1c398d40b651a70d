import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AuditFormat, exportAudit } from '../../src/audit/export.ts';
import { type AuditFilter, parseAuditFilter } from '../../src/audit/filter.ts';
import { csvLine } from '../../src/primitives/csv.ts';
import type { Store } from '../../src/store/store.ts';
import {
  addAudit,
  addWorkspace,
  openTestStore,
  putFiles,
  runToEnd,
  temporaryDirectory,
} from '../store/fixtures.ts';

function filled(count: number): Store {
  const store = openTestStore();
  const workspace = addWorkspace(store, 'w', putFiles(store, {}));
  store.database.transaction(() => {
    for (let i = 0; i < count; i++) addAudit(store, workspace, { path: `f${i}`, time: i });
  });
  return store;
}

function write(store: Store, file: string, format: AuditFormat, filter: AuditFilter = {}): number {
  return runToEnd(exportAudit(store, file, format, parseAuditFilter(filter)));
}

describe('audit exports', () => {
  it('write one array, one object a line, or a table, and count the entries', () => {
    const store = filled(1_001);
    const directory = temporaryDirectory();
    const json = join(directory, 'a.json');
    expect(write(store, json, 'json')).toBe(1_001);
    const entries: unknown[] = JSON.parse(readFileSync(json, 'utf8'));
    expect(entries).toHaveLength(1_001);
    expect(entries[1]).toMatchObject({ id: 2, path: 'f1', timestamp: '1970-01-01T00:00:00.001Z' });

    const lines = join(directory, 'a.jsonl');
    expect(write(store, lines, 'jsonl', { path: 'f1?' })).toBe(10);
    const parsed = readFileSync(lines, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(parsed.map(({ path }) => path)).toEqual(Array.from({ length: 10 }, (_, i) => `f1${i}`));

    const table = join(directory, 'a.csv');
    expect(write(store, table, 'csv', { limit: 1 })).toBe(1);
    expect(readFileSync(table, 'utf8')).toBe(
      'id,timestamp,workspaceId,workspaceName,operation,path,sizeBefore,sizeAfter,' +
        'checksumBefore,checksumAfter,agentId,sessionId,commandId,metadata\r\n' +
        '1,1970-01-01T00:00:00.000Z,uuid-of-w,w,write,f0,,,,,,,,\r\n',
    );
  });

  it('write a whole array also when there is no entry', () => {
    const file = join(temporaryDirectory(), 'a.json');
    expect(write(filled(0), file, 'json')).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([]);
  });

  it('quote cells as RFC 4180 says, and disarm formulas', () => {
    expect(csvLine(['plain', 'a,b', 'say "hi"', 'two\nlines'])).toBe(
      'plain,"a,b","say ""hi""","two\nlines"\r\n',
    );
    expect(csvLine(['=1+1', '+1', '-1', '@x', '\tx', '  =cmd()', 'a=b'])).toBe(
      "'=1+1,'+1,'-1,'@x,'\tx,'  =cmd(),a=b\r\n",
    );
  });

  it('replace a file in one step, readable for its owner only, leaving nothing beside it', () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'a.json');
    writeFileSync(file, 'old', { mode: 0o644 });
    const steps = exportAudit(filled(600), file, 'json', parseAuditFilter({}));
    steps.next();
    expect(readFileSync(file, 'utf8')).toBe('old');
    runToEnd(steps);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['a.json']);
  });

  it('leave everything as it was when they are given up', () => {
    const directory = temporaryDirectory();
    const steps = exportAudit(filled(600), join(directory, 'a.json'), 'json', parseAuditFilter({}));
    steps.next();
    expect(readdirSync(directory)).toHaveLength(1);
    steps.return(0);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('do not write through a symbolic link', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'target'), 'kept');
    symlinkSync('target', join(directory, 'link'));
    write(filled(1), join(directory, 'link'), 'jsonl');
    expect(readFileSync(join(directory, 'target'), 'utf8')).toBe('kept');
  });

  it('fail with a code and leave nothing behind when the file cannot be written', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'taken'));
    const store = filled(1);
    expect(() => write(store, join(directory, 'no', 'a.json'), 'json')).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    expect(() => write(store, join(directory, 'taken'), 'json')).toThrow(
      expect.objectContaining({ code: 'EISDIR' }),
    );
    expect(readdirSync(directory)).toEqual(['taken']);
  });
});
