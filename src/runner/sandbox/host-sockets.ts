/**
 * The Unix sockets of the host that have a place in its file system. Neither a network namespace nor
 * a read-only mount keeps a command from connecting to one that it can see.
 */

import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** A socket, as its network namespace lists it. */
interface Listed {
  /** As it was bound: absolute, or from where its process was then. */
  readonly path: string;
  /** Number of the socket, which is not that of its file. */
  readonly number: string;
}

const LINE = /^\w+: \w+ \w+ \w+ \w+ \w+ +(\d+) ([^@].*)$/;

/**
 * The sockets that processes have now, by absolute paths without links: those of this network
 * namespace, and of others as far as their processes can be looked at.
 */
export function hostSockets(): string[] {
  const listed = [...networkNamespaces()].flatMap((pid) => readList(pid));
  const relative = listed.filter(({ path }) => !path.startsWith('/'));
  const paths = [
    ...listed.map(({ path }) => path).filter((path) => path.startsWith('/')),
    ...(relative.length === 0 ? [] : resolveRelative(relative)),
  ];
  return [...new Set(paths.flatMap(realSocket))];
}

/** One process of each network namespace. */
function networkNamespaces(): Iterable<string> {
  const found = new Map<string, string>([[linkOf('/proc/self/ns/net') ?? '', 'self']]);
  for (const pid of processes()) {
    const namespace = linkOf(`/proc/${pid}/ns/net`);
    if (namespace !== undefined && !found.has(namespace)) found.set(namespace, pid);
  }
  return found.values();
}

function readList(pid: string): Listed[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/net/unix`, 'utf8');
  } catch {
    // The process has ended.
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [, number, path] = LINE.exec(line) ?? [];
    return number === undefined || path === undefined ? [] : [{ path, number }];
  });
}

/** Whoever has bound a socket by a relative name is, most probably, still where it was. */
function resolveRelative(listed: readonly Listed[]): string[] {
  const byLink = new Map(listed.map(({ path, number }) => [`socket:[${number}]`, path]));
  return processes().flatMap((pid) => {
    const directory = linkOf(`/proc/${pid}/cwd`);
    if (directory === undefined) return [];
    return entriesOf(`/proc/${pid}/fd`).flatMap((name) => {
      const path = byLink.get(linkOf(`/proc/${pid}/fd/${name}`) ?? '');
      return path === undefined ? [] : [join(directory, path)];
    });
  });
}

function processes(): string[] {
  return entriesOf('/proc').filter((name) => /^\d+$/.test(name));
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // Gone, or somebody else's.
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function realSocket(path: string): string[] {
  try {
    const real = realpathSync(path);
    return lstatSync(real).isSocket() ? [real] : [];
  } catch {
    // Its file was removed, or it is a name of another root.
    return [];
  }
}
