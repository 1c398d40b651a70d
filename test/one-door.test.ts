/**
 * The directories that commands fill are reached through the handles of `disk/`. A file that calls
 * node:fs by itself, in a folder that has to do with them, stands here with what it reaches.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));
const FOLDERS = ['runner', 'workspace', 'project', 'maintenance'];

/** Functions that take an open descriptor, and types: no path is involved. */
const BY_DESCRIPTOR =
  /^(type |closeSync$|fstatSync$|fsyncSync$|fchmodSync$|futimesSync$|readSync$|writeSync$|constants$)/;

const REASONS: Readonly<Record<string, string>> = {
  'maintenance/storage-usage.ts': 'the file of the store',
  'project/base-directory.ts': 'the base itself, by the path that its user named',
  'project/base-watch.ts':
    'kernel watches, which take paths; what they tell is looked at by handles',
  'project/outside-links.ts': 'the base itself',
  'runner/layers/checkout-fingerprint.ts':
    'below the handle of a checkout, which nothing else writes to',
  'runner/layers/stock-links.ts': '/proc',
  'runner/layers/whiteouts.ts': 'one link, between addresses that handles gave',
  'runner/layers/disk-room.ts': 'the file system behind a handle',
  'runner/process/find-program.ts': 'programs of the host, for commands that nothing confines',
  'runner/process/host-streams.ts': 'the standard streams of this process, by descriptor',
  'runner/layers/layer-files.ts': 'below the handle of a new layer, which nothing else writes to',
  'runner/layers/layers-place.ts':
    'directories of the host that are shared by its users; ownership is checked',
  'runner/overlay/cache-mounts.ts': 'the home directory, to decide where caches are shown in it',
  'runner/overlay/overlay-join.ts': '/proc',
  'runner/process/process-tree.ts': '/proc',
  'runner/sandbox/credentials.ts': 'the home directory, to decide what is hidden of it',
  'runner/sandbox/host-sockets.ts': '/proc',
  'runner/sandbox/sandbox-cgroup.ts': '/sys/fs/cgroup and /proc',
  'runner/sandbox/sandbox-mounts.ts': '/proc',
  'runner/sandbox/sandbox-namespace.ts': '/proc',
  'runner/overlay/sandbox-plan.ts': 'the host, to decide what is hidden of it',
  'runner/process/host-tools.ts': 'programs of the host',
  'runner/process/spawn.ts': 'the directory to start in, for the message of an error',
  'workspace/core/engine.ts': 'the base itself, by the path that its user named',
  'workspace/files/file-streams.ts': 'a descriptor that a handle gave',
  'workspace/core/own-places.ts':
    'what is at the places of agentfs itself, by lstat, before any is entered',
  'workspace/watching/watch-workspace.ts':
    'whether there is a work directory; it is opened by a handle',
};

const IMPORT = /^import \{([^}]*)\} from 'node:fs(?:\/promises)?';/gms;

it('no other file reaches by a path what a command could have replaced', () => {
  const found = FOLDERS.flatMap((folder) =>
    readdirSync(join(SOURCE, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `${folder}/${path}`)
      .filter((path) => usesPaths(readFileSync(join(SOURCE, path), 'utf8'))),
  );
  expect(found.sort()).toEqual(Object.keys(REASONS).sort());
});

function usesPaths(text: string): boolean {
  const names = [...text.matchAll(IMPORT)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
  return names.some((name) => !BY_DESCRIPTOR.test(name));
}
