import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/primitives/entry.ts';
import { contentId, structureId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { AUDIT_START, auditHash } from '../../src/store/audit-hash.ts';
import { prepareContent } from '../../src/store/contents.ts';
import { encodeFixed } from '../../src/store/manifest.ts';
import { isBoundary } from '../../src/tree/boundary.ts';
import { decodeNode, encodeNode, type TreeNode } from '../../src/tree/node.ts';
import { EMPTY_TREE } from '../../src/tree/trees.ts';
import { addWorkspace, openTestStore, putFiles } from './fixtures.ts';

const document = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8');
const HI = contentId(Buffer.from('hi\n'));
const FILE = {
  kind: 'file',
  mode: 0o644,
  mtime: 1_700_000_000_000,
  size: 3,
  files: 1,
  id: HI,
} as const;

describe('the examples of docs/FORMAT.md', () => {
  it('show a leaf as it is encoded', () => {
    const lib = {
      kind: 'directory',
      mode: 0o755,
      mtime: -1,
      size: 0,
      files: 0,
      id: EMPTY_TREE,
    } as const;
    const leaf: TreeNode = {
      kind: 'leaf',
      entries: new Map<string, Entry>([
        ['a.txt', FILE],
        ['lib', lib],
      ]),
    };
    const bytes = encodeNode(leaf);
    const encoded =
      `01000205612e74787400a40380a0abfef96203${HI}` + `036c696201ed03010000${EMPTY_TREE}`;
    expect(bytes.toString('hex')).toBe(encoded);
    expect(decodeNode(bytes)).toEqual(leaf);
    expect(document).toContain(structureId(bytes));
    expect(document).toContain(EMPTY_TREE);
  });

  it('show a manifest as it is encoded', () => {
    const { id, objects } = prepareContent(Buffer.alloc(1024 * 1024 + 1));
    const chunk = contentId(Buffer.alloc(16 * 1024));
    const end = contentId(Buffer.alloc(1));
    const encoded = `020041${`808001${chunk}`.repeat(64)}01${end}`;
    expect(Buffer.from(objects.at(-1)?.bytes ?? []).toString('hex')).toBe(encoded);
    expect(document).toContain(id);
    const older = Array.from({ length: 4 }, () => contentId(Buffer.alloc(256 * 1024)));
    expect(document).toContain(structureId(encodeFixed(1024 * 1024 + 1, [...older, end])));
  });

  it('show the boundaries of names', () => {
    const names = ['a.txt', 'file-1275.ts', 'file-57568.ts'];
    const levels = names.map((name) => [0, 1, 2].filter((level) => isBoundary(name, level)));
    expect(levels).toEqual([[], [0], [0, 1]]);
  });

  it('show the hash of an audit row and the checksum of a pending change', () => {
    const record = {
      time: 1_700_000_000_000,
      operation: 'write',
      path: 'a.txt',
      beforeId: '',
      afterId: HI,
      beforeSize: -1,
      afterSize: 3,
      agentId: '',
      sessionId: 's',
      commandId: '',
      metadata: '',
    };
    const uuid = '00000000-0000-4000-8000-000000000000';
    expect(document).toContain(auditHash(AUDIT_START, uuid, 1, record).toString('hex'));
    const store = openTestStore();
    const { number } = addWorkspace(store, 'w', putFiles(store, {}));
    store.pending.put(number, 7, { path: parsePath('a.txt'), entry: FILE });
    const row = store.database.prepare('SELECT checksum FROM pending').get();
    expect(row).toEqual({ checksum: 716364846 });
    expect(document).toContain('716364846');
  });
});
