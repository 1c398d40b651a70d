/** What a project directory holds, as plain data: to be written, read back and compared. */

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** One path of a project. */
export type ProjectEntry =
  | { readonly kind: 'file'; readonly text: string; readonly mode: number }
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'symlink'; readonly target: string };

/** A project by path; directories on the way to a path may be left out when writing. */
export type ProjectFiles = Readonly<Record<string, ProjectEntry>>;

export function file(text: string, mode = 0o644): ProjectEntry {
  return { kind: 'file', text, mode };
}

export function directory(mode = 0o755): ProjectEntry {
  return { kind: 'directory', mode };
}

export function link(target: string): ProjectEntry {
  return { kind: 'symlink', target };
}

/** The files with every directory on the way to them, parents first. */
export function withDirectories(files: ProjectFiles): [string, ProjectEntry][] {
  const all = new Map<string, ProjectEntry>();
  for (const path of Object.keys(files).sort()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const above = parts.slice(0, depth).join('/');
      if (!all.has(above)) all.set(above, files[above] ?? directory());
    }
    all.set(path, files[path] ?? directory());
  }
  return [...all].sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Writes the files below a directory that exists. */
export function writeProject(root: string, files: ProjectFiles): void {
  for (const [path, entry] of withDirectories(files)) {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    if (entry.kind === 'file') writeFileSync(place, entry.text);
    else if (entry.kind === 'symlink') symlinkSync(entry.target, place);
    else mkdirSync(place, { recursive: true });
    if (entry.kind !== 'symlink') chmodSync(place, entry.mode);
  }
}

/** Reads everything below a directory but `.git` and `.agentfs`, staged files included. */
export function readProject(root: string): ProjectFiles {
  const files: Record<string, ProjectEntry> = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(join(root, path)).sort()) {
      if (name === '.git' || name === '.agentfs') continue;
      const below = path === '' ? name : `${path}/${name}`;
      files[below] = readEntry(join(root, below));
      if (files[below]?.kind === 'directory') visit(below);
    }
  };
  visit('');
  return files;
}

/** The files as `readProject` would give them. */
export function completed(files: ProjectFiles): ProjectFiles {
  return Object.fromEntries(withDirectories(files));
}

function readEntry(place: string): ProjectEntry {
  const stats = lstatSync(place);
  if (stats.isSymbolicLink()) return link(readlinkSync(place));
  const mode = stats.mode & 0o7777;
  return stats.isDirectory() ? directory(mode) : file(readFileSync(place, 'utf8'), mode);
}
