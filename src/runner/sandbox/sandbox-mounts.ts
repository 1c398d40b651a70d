/**
 * The mounts of a sandbox, as lines of an fstab: one `mount --all` makes thirty of them in the time
 * that `mount` otherwise takes for two. Nothing is mounted here.
 */

import { readFileSync } from 'node:fs';

/** One mount. */
export interface MountLine {
  readonly source: string;
  /** Absolute. */
  readonly target: string;
  readonly type: string;
  readonly options: string;
}

/** A mount point of the host. */
export interface HostMount {
  readonly path: string;
  readonly isReadOnly: boolean;
}

/** What a sandbox hides of the host. */
export interface HostView {
  /** The mounts of the host, in the order in which they were made. */
  readonly mounts: readonly HostMount[];
  /** The user's home directory; undefined when it is not to be covered. */
  readonly home: string | undefined;
  /** Bytes that `/tmp` may take up; undefined for the file system's own default. */
  readonly temporaryBytes: number | undefined;
  /** Whether the user is root, to whom modes of devices and of /proc mean nothing. */
  readonly isRoot: boolean;
}

const PLAIN = 'nosuid,nodev';
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/** Sockets of services, caches and other users' files: nothing that a build needs. */
const HIDDEN = ['/tmp', '/var/tmp', '/run', '/dev/shm', '/dev/mqueue', '/dev/hugepages'];
/** Only root writes there. */
const SYSTEM = [
  ...['/boot', '/bin', '/etc', '/lib', '/lib32', '/lib64', '/libx32', '/nix', '/sbin', '/usr'],
  ...['/dev', '/proc', '/sys'],
];
const MOST_COVERS = 64;
const HIDDEN_SYSTEM = ['/sys/fs', '/sys/kernel', '/sys/firmware'];

/** As many files as pages, which is also what the kernel allows by itself of all its memory. */
const BYTES_PER_FILE = 4096;
const FEWEST_FILES = 1024;
const MOST_FILES = 1024 * 1024;

/** What root could change the host through, whatever its capabilities. */
const PROC_READ_ONLY = ['sys', 'sysrq-trigger', 'irq', 'bus', 'fs'];

/** A file system for temporary content. */
function temporary(target: string, options: string): MountLine {
  return { source: 'agentfs', target, type: 'tmpfs', options: `${PLAIN},${options}` };
}

/** An overlay; the layers are named relative to the directory that the mounts are made in. */
export function overlay(
  target: string,
  layers: { readonly lower: readonly string[]; readonly upper: string; readonly work: string },
): MountLine {
  const { lower, upper, work } = layers;
  const options = `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`;
  return {
    source: 'agentfs',
    target,
    type: 'overlay',
    // Without redirects and metadata-only copies a layer can be read, and moved, by plain files.
    // Volatile: each unmount would else wait until everything in the host's file system is on its
    // disk. What a command leaves is safe once it is in the store, and a power cut before starts over.
    options: `${options},userxattr,volatile,${PLAIN},X-mount.mkdir`,
  };
}

/**
 * Shows a directory of the host through an overlay, to be read only: its sockets, FIFOs and locks are
 * not those of the host then.
 *
 * @param nothing - an empty directory, as an overlay that is not written to has two layers or more.
 */
export function cover(path: string, nothing: string): MountLine {
  const options = `lowerdir=${path}:${nothing},userxattr,ro,${PLAIN}`;
  return { source: 'agentfs', target: path, type: 'overlay', options };
}

/**
 * The directories to cover: the largest in which nothing is mounted, and nothing that is hidden. What
 * belongs to the system is left alone, as every program is loaded from there.
 *
 * @param apart - what is hidden or covered otherwise.
 * @param list - the directories in a directory, by absolute paths.
 */
export function coverable(
  mounts: readonly HostMount[],
  apart: readonly string[],
  list: (directory: string) => readonly string[],
): string[] {
  const left = [...HIDDEN, ...SYSTEM, ...apart];
  const inner = [...left, ...mounts.map(({ path }) => path)];
  const walk = (directory: string): string[] => {
    if (left.some((each) => isBelow(directory, each))) return [];
    if (inner.some((each) => each !== directory && isBelow(each, directory))) {
      return list(directory).flatMap(walk);
    }
    return isPlainPath(directory) ? [directory] : [];
  };
  return walk('/').slice(0, MOST_COVERS);
}

/** Whether a path can be named in the options of an overlay as it is. */
export function isPlainPath(path: string): boolean {
  return /^[\w./@+=~-]+$/.test(path);
}

/** A directory or file of the host, shown at another place with its mode of access. */
export function bind(source: string, target: string, options = ''): MountLine {
  return { source, target, type: 'none', options: `bind${options}` };
}

/** Nothing to be seen at a path of the host. */
export function mask(path: string, isDirectory: boolean): MountLine {
  return isDirectory ? temporary(path, 'ro,size=4k,mode=555') : bind('/dev/null', path, ',ro');
}

/** What hides the host's own temporary files and services; comes before the workspace. */
export function hiddenPlaces(view: HostView, exists: (path: string) => boolean): MountLine[] {
  const options = `mode=1777,${boundOptions(view.temporaryBytes)}`;
  return HIDDEN.filter(exists).map((path) => temporary(path, options));
}

/** A home directory that was hidden with what is above it: an empty one takes its place. */
export function emptyHome(view: HostView, path: string): MountLine {
  return temporary(path, `mode=700,${boundOptions(view.temporaryBytes)},X-mount.mkdir`);
}

/**
 * The options that bound a file system in memory. What is empty takes no bytes of it, but a
 * kilobyte of the kernel's memory each; so the number of files is bounded with the bytes.
 *
 * @param bytes - undefined for the file system's own default.
 */
export function boundOptions(bytes: number | undefined): string {
  if (bytes === undefined) return `nr_inodes=${MOST_FILES}`;
  const files = Math.min(MOST_FILES, FEWEST_FILES + Math.ceil(bytes / BYTES_PER_FILE));
  return `size=${bytes},nr_inodes=${files}`;
}

/** The processes, devices and kernel settings of the sandbox; comes after the workspace. */
export function ownSystem(view: HostView, exists: (path: string) => boolean): MountLine[] {
  const devices = DEVICES.map((name) => `/dev/${name}`).filter(exists);
  const proc = view.isRoot ? PROC_READ_ONLY.map((name) => `/proc/${name}`).filter(exists) : [];
  return [
    processes(),
    ...proc.map((path) => bind(path, path, ',ro')),
    { source: 'agentfs', target: '/dev/pts', type: 'devpts', options: 'newinstance,ptmxmode=0666' },
    bind('/dev/pts/ptmx', '/dev/ptmx'),
    ...devices.map((path) => bind(path, path)),
    ...HIDDEN_SYSTEM.filter(exists).map((path) => temporary(path, 'ro,size=4k,mode=555')),
  ];
}

/** The file system of the sandbox's own processes. */
export function processes(): MountLine {
  return { source: 'agentfs', target: '/proc', type: 'proc', options: 'nosuid,nodev,noexec' };
}

/**
 * Makes what is left of the host read-only.
 *
 * @param covered - paths below which something else is mounted by now.
 */
export function readOnlyHost(view: HostView, covered: readonly string[]): MountLine[] {
  const hidden = [...HIDDEN, ...HIDDEN_SYSTEM, '/proc', '/dev/pts', ...covered];
  const paths = view.mounts
    .filter(({ isReadOnly }) => !isReadOnly)
    .map(({ path }) => path)
    .filter((path) => !hidden.some((each) => isBelow(path, each)));
  return [...new Set(paths)].map((path) => ({
    source: 'agentfs',
    // The root under its own name is left alone by `mount --all`.
    target: path === '/' ? '/.' : path,
    type: 'none',
    // Through a device file root could still write to a disk.
    options: `remount,bind,ro${path === '/dev' ? ',nodev' : ''}`,
  }));
}

/** The lines as a file for `mount --all`. */
export function formatMounts(lines: readonly MountLine[]): string {
  return lines
    .map(({ source, target, type, options }) =>
      [source, target, type, options, '0', '0'].map(escapeField).join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** The mounts that a process sees, this one unless given; those that others cover are listed too. */
export function readHostMounts(pid: number | 'self' = 'self'): HostMount[] {
  return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, , , , path, options]) =>
      path === undefined || options === undefined
        ? []
        : [{ path: unescapeField(path), isReadOnly: options.split(',').includes('ro') }],
    );
}

/** Whether a path lies in what a sandbox has of its own in place of the host's. */
export function isHidden(path: string): boolean {
  return ['/tmp', '/var/tmp', '/run', '/dev', '/proc', '/sys'].some((place) =>
    isBelow(path, place),
  );
}

/** Whether a path is another one or lies below it; both absolute. */
export function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

function escapeField(field: string): string {
  return field.replace(/[\s\\#]/g, (character) => {
    return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

function unescapeField(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
