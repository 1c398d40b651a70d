import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));

const BELOW_ENGINE = ['disk', 'tree', 'store', 'primitives'];
const ENGINE = [
  'archive',
  'audit',
  'config',
  'logging',
  'maintenance',
  'project',
  'runner',
  'snapshot',
];

/** What a folder may import besides itself; a folder that is not listed is an error. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  primitives: [],
  store: ['primitives'],
  tree: ['store', 'primitives'],
  disk: ['tree', 'store', 'primitives'],
  ...Object.fromEntries(ENGINE.map((folder) => [folder, BELOW_ENGINE])),
  sync: ['snapshot', ...BELOW_ENGINE],
  workspace: [...ENGINE, 'sync', ...BELOW_ENGINE],
  'agentfs.ts': ['workspace', ...ENGINE, 'sync', ...BELOW_ENGINE],
  'index.ts': ['agentfs.ts', 'workspace', ...ENGINE, 'sync', ...BELOW_ENGINE],
  testing: ['index.ts'],
  'names.ts': ['config', 'store', 'primitives'],
  operations: ['index.ts', 'primitives'],
  rpc: ['operations', 'index.ts'],
  mcp: ['operations', 'index.ts', 'primitives/loopback.ts'],
  acp: ['operations', 'index.ts'],
  adapters: ['operations', 'index.ts', 'primitives'],
  cli: [
    ...['rpc', 'mcp', 'acp', 'server', 'index.ts', 'names.ts'],
    ...['primitives/start-program.ts', 'primitives/csv.ts', 'primitives/quantity.ts'],
    ...['primitives/long-wait.ts', 'primitives/loopback.ts', 'primitives/quote-words.ts'],
  ],
  neighbours: [],
  server: ['neighbours', 'operations', 'rpc', 'mcp', 'index.ts', 'store', 'disk', 'primitives'],
};

/**
 * The rooms of a folder from the top down; '' for its own files, but for those that stand elsewhere.
 * Each imports only those below.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  workspace: [
    'exploring',
    '',
    'commands',
    'node-fs',
    'files',
    'history',
    'watching',
    'sharing',
    'commits',
    'core',
  ],
  // The surfaces above the core, which do not know each other; only the relay stands on the kernel.
  server: ['', 'api', 'rpc', 'relay', 'clove', 'clawdforge', 'ambient', 'http', 'core'],
  runner: ['overlay', 'directory', 'layers', 'sandbox', '', 'process'],
  cli: [
    ...['main.ts', 'start.ts', 'run-call.ts', 'program.ts', 'complete', 'verb-table.ts'],
    ...['verbs', 'serve', 'options', 'print', ''],
  ],
};

/** Packages that not every file may import, and the files that may. */
const OWNED: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['store/database.ts'],
  '@libsql/client': ['sync/libsql-client.ts'],
};

/** The doors, which only their own verbs open, and what only they need. */
const DOORS = ['operations', 'rpc', 'mcp', 'acp', 'adapters', 'server'];
const DOOR_PACKAGES = [
  ...['zod', '@modelcontextprotocol/server', '@modelcontextprotocol/node'],
  ...['hono', '@hono/node-server', 'prom-client'],
];

const FORBIDDEN_NAMES = ['types', 'utils', 'util', 'helpers', 'lib', 'common', 'misc', 'shared'];

interface Import {
  readonly from: string;
  /** A path below `src/`, or the name of a package. */
  readonly to: string;
  readonly isOurs: boolean;
  readonly how: 'always' | 'type' | 'lazily';
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort();

const texts = new Map(files.map((path) => [path, readFileSync(join(SOURCE, path), 'utf8')]));

const imports = [...texts].flatMap(([path, text]) => importsOf(path, text));

function importsOf(from: string, text: string): Import[] {
  const always = text.matchAll(/^(?:im|ex)port (type )?(?:[\w\s{},*$]+ from )?'([^']+)'/gm);
  const lazily = text.matchAll(/\bimport\('([^']+)'\)/g);
  const one = (name: string, how: Import['how']): Import => {
    const isOurs = name.startsWith('.');
    return { from, to: isOurs ? normalize(join(dirname(from), name)) : name, isOurs, how };
  };
  return [
    ...[...always].map(([, type, name = '']) => one(name, type === undefined ? 'always' : 'type')),
    ...[...lazily].map(([, name = '']) => one(name, 'lazily')),
  ];
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? path;
}

describe('the sources', () => {
  it('are found, with their imports', () => {
    expect(files.length).toBeGreaterThan(150);
    const silent = files.filter((path) => !imports.some(({ from }) => from === path));
    expect(silent.length).toBeLessThan(files.length / 10);
    expect(imports).toContainEqual({
      from: 'agentfs.ts',
      to: 'workspace/core/engine.ts',
      isOurs: true,
      how: 'always',
    });
  });

  it('import files that exist', () => {
    const missing = imports.filter(({ to, isOurs }) => isOurs && !texts.has(to));
    expect(missing).toEqual([]);
  });

  it('import only what lies below them, and engine folders not each other', () => {
    const wrong = imports.filter(({ from, to, isOurs }) => {
      const [here, there] = [folderOf(from), folderOf(to)];
      const allowed = ALLOWED[here] ?? [];
      return isOurs && here !== there && !allowed.includes(there) && !allowed.includes(to);
    });
    expect(wrong).toEqual([]);
    expect(files.map(folderOf).filter((folder) => ALLOWED[folder] === undefined)).toEqual([]);
  });

  it('import only what lies below them in the rooms of a folder', () => {
    const placeOf = (path: string): number => {
      const [folder = '', room = '', ...below] = path.split('/');
      const rooms = ROOMS[folder] ?? [''];
      return rooms.indexOf(below.length > 0 || rooms.includes(room) ? room : '');
    };
    const within = imports.filter(
      ({ from, to, isOurs }) => isOurs && folderOf(from) === folderOf(to),
    );
    const upward = within
      .filter(({ from }) => ROOMS[folderOf(from)] !== undefined)
      .filter(({ from, to }) => placeOf(to) < placeOf(from));
    expect(upward).toEqual([]);
    const inRooms = files.filter((path) => ROOMS[folderOf(path)] !== undefined);
    expect(inRooms.filter((path) => placeOf(path) < 0)).toEqual([]);
  });

  it('have no cycle of imports', () => {
    expect(findCycle()).toEqual([]);
  });

  it('leave each driver to the one file that wraps it', () => {
    for (const [name, owners] of Object.entries(OWNED)) {
      const users = imports.filter(({ to }) => to === name).map(({ from }) => from);
      expect([...new Set(users)], name).toEqual(owners);
    }
  });

  it('start programs in the one file that shuts descriptors, and in no other way', () => {
    const starting = imports.filter(
      ({ to, how }) => /^(node:)?(child_process|cluster)$/.test(to) && how !== 'type',
    );
    expect(starting.map(({ from }) => from)).toEqual(['primitives/start-program.ts']);
    const hidden = /\([^()]*\b(child_process|cluster|process_wrap|spawn_sync)\b/;
    expect([...texts].filter(([, text]) => hidden.test(text)).map(([path]) => path)).toEqual([]);
  });

  it('load chokidar only when something is to be watched', () => {
    const ways = imports.filter(({ to }) => to === 'chokidar').map(({ how }) => how);
    expect(ways).toContain('lazily');
    expect(ways).not.toContain('always');
  });

  it('answer completion without loading the library', () => {
    const loaded = new Set(['cli/main.ts', 'cli/start.ts', 'cli/complete/complete.ts']);
    for (const path of loaded) {
      for (const { from, to, isOurs, how } of imports) {
        if (from === path && isOurs && how === 'always') loaded.add(to);
      }
    }
    expect(loaded).toContain('store/database.ts');
    expect(loaded).not.toContain('index.ts');
    expect(loaded.size).toBeLessThan(40);
  });

  it('load the library, and what draws tables and diffs, only for commands that need them', () => {
    const loaded = new Set<string>();
    const visit = (path: string): void => {
      if (loaded.has(path)) return;
      loaded.add(path);
      for (const { from, to, how } of imports) if (from === path && how === 'always') visit(to);
    };
    visit('cli/main.ts');
    visit('cli/start.ts');
    expect([...loaded]).toEqual(expect.arrayContaining(['cli/program.ts', 'commander']));
    const heavy = ['index.ts', 'agentfs.ts', 'better-sqlite3', 'string-width', 'fast-diff'];
    expect(heavy.filter((path) => loaded.has(path))).toEqual([]);
    expect([...loaded].filter((path) => path.startsWith('cli/verbs/'))).toEqual([]);
  });

  it('open the doors for agents only when they are called, and load what these need only then', () => {
    const outside = imports.filter(({ from }) => !DOORS.includes(folderOf(from)));
    const loaders = outside.filter(({ to, how }) => how !== 'type' && DOORS.includes(folderOf(to)));
    expect(loaders.map(({ from, how }) => `${from} ${how}`)).toEqual([
      'cli/verbs/acp.ts lazily',
      'cli/verbs/mcp.ts lazily',
      'cli/verbs/mcp.ts lazily',
      'cli/verbs/rpc.ts lazily',
      'cli/verbs/serve.ts lazily',
      'cli/verbs/token-create.ts lazily',
      'cli/verbs/token-list.ts lazily',
      'cli/verbs/token-revoke.ts lazily',
    ]);
    expect(outside.filter(({ to }) => DOOR_PACKAGES.includes(to))).toEqual([]);
  });

  it('have at most 300 lines a file, and say what the file is first', () => {
    const handwritten = [...texts].filter(([path]) => !path.includes('generated/'));
    const long = handwritten.filter(([, text]) => text.split('\n').length > 301);
    expect(long.map(([path]) => path)).toEqual([]);
    const nameless = handwritten.filter(([, text]) => !/^(#!.*\n)?\/\*\*/.test(text));
    expect(nameless.map(([path]) => path)).toEqual([]);
  });

  it('are named after what they are about', () => {
    const vague = files.filter((path) => FORBIDDEN_NAMES.includes(basename(path, '.ts')));
    expect(vague).toEqual([]);
    expect(files.filter((path) => !/^[a-z0-9/-]+\.ts$/.test(path))).toEqual([]);
  });
});

/** The files of some cycle, or none; imports of types count too. */
function findCycle(): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to, isOurs } of imports) {
    if (isOurs) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const finished = new Set<string>();
  const visit = (path: string, above: readonly string[]): string[] => {
    if (above.includes(path)) return [...above.slice(above.indexOf(path)), path];
    if (finished.has(path)) return [];
    for (const each of next.get(path) ?? []) {
      const cycle = visit(each, [...above, path]);
      if (cycle.length > 0) return cycle;
    }
    finished.add(path);
    return [];
  };
  for (const path of files) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
