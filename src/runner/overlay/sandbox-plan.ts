/**
 * Plans the mounts of one run: the workspace over the base, and around it the view of the host that
 * the profile allows.
 */

import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { writeNote } from '../../disk/note-file.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { TreePath } from '../../primitives/path.ts';
import type { SandboxProfile } from '../isolation.ts';
import { DIFFERENCE, KEPT, UPPER, WORK } from '../layers/overlay-layers.ts';
import { credentialPlaces } from '../sandbox/credentials.ts';
import { hostSockets } from '../sandbox/host-sockets.ts';
import {
  bind,
  cover,
  coverable,
  emptyHome,
  formatMounts,
  type HostMount,
  type HostView,
  hiddenPlaces,
  isBelow,
  isHidden,
  isPlainPath,
  type MountLine,
  mask,
  overlay,
  ownSystem,
  processes,
  readOnlyHost,
} from '../sandbox/sandbox-mounts.ts';
import {
  CHECKOUT,
  COVERS_FILE,
  LAYERS,
  MOUNTS_FILE,
  type NamespacePlan,
  STAGED,
  STOCK,
  type Stage,
} from '../sandbox/sandbox-namespace.ts';
import type { SandboxTools } from '../sandbox/sandbox-tools.ts';
import type { CacheDirectory } from '../strategy.ts';
import { cacheMounts } from './cache-mounts.ts';

const RESOLVER = '/etc/resolv.conf';

const STAGED_HOME = 'home';
const STAGED_NOTHING = 'nothing';

/** The place in the stage of all changes of the workspace, where their size is bounded. */
export const STAGED_CHANGES = 'changes';

/** Directories of caches. */
export interface ShownCaches {
  readonly root: SafeDirectory;
  readonly directories: readonly CacheDirectory[];
}

/** What is to be shown. */
export interface SandboxRequest {
  readonly tools: SandboxTools;
  readonly profile: SandboxProfile;
  /** The base, over which the workspace is mounted. */
  readonly base: SafeDirectory;
  /** The directory of the workspace's layers. */
  readonly layers: SafeDirectory;
  readonly checkout: SafeDirectory;
  /** The base's ignored content, below everything; undefined for none. */
  readonly stock: SafeDirectory | undefined;
  /** Paths that are the base's own; each has its mount point. */
  readonly linked: readonly TreePath[];
  /** The caches of package managers, and what of them is shown; undefined for none. */
  readonly caches: ShownCaches | undefined;
  /** Absolute paths that no command may see, such as the store. */
  readonly hidden: readonly string[];
  /** Mounts of the host. */
  readonly mounts: readonly HostMount[];
  /** Bytes that the command may write; undefined for as many as the disk has. */
  readonly diskBytes: number | undefined;
  readonly network: 'host' | 'none';
}

/** Writes the mounts of a run to its layers' file, and says how to make them. */
export function planSandbox(request: SandboxRequest): NamespacePlan {
  const { tools, profile, layers, checkout } = request;
  const base = request.base.root;
  const isConfined = profile !== 'none';
  const view = viewOf(request);
  const stage = stageOf(request, view);
  const workspace = workspaceMounts(request);
  const lines = isConfined
    ? [
        ...hiddenPlaces(view, isDirectory),
        ...homeMount(view),
        ...workspace,
        ...cacheMounts(request.caches?.directories ?? [], view.home, base),
        ...masks(request),
        ...ownSystem(view, exists),
        ...readOnlyHost(view, [base, ...(view.home === undefined ? [] : [view.home])]),
      ]
    : [...workspace, ...masks(request), processes()];
  writeNote(layers, MOUNTS_FILE as TreePath, formatMounts(lines));
  const covers = request.network === 'none' ? hostCovers(view) : [];
  writeNote(layers, COVERS_FILE as TreePath, formatMounts(covers));
  const fromBase = ({ root }: SafeDirectory): string =>
    isBelow(root, base) ? relative(base, root) || '.' : root;
  return {
    tools,
    directory: request.base.location,
    layers: fromBase(layers),
    checkout: fromBase(checkout),
    stock: request.stock === undefined ? '' : fromBase(request.stock),
    caches: request.caches === undefined ? '' : fromBase(request.caches.root),
    stage,
    network: request.network,
    controlGroups: isConfined ? 'none' : 'host',
    covers: covers.length > 0,
    sockets: request.network === 'none' ? visibleSockets(request, view) : [],
    resolver: isConfined ? hiddenResolver() : undefined,
  };
}

function viewOf({ base, mounts, diskBytes }: SandboxRequest): HostView {
  const isRoot = process.getuid?.() === 0;
  return { mounts, home: homeToCover(base.root, mounts), temporaryBytes: diskBytes, isRoot };
}

/** The home directory, if the host lets an overlay be laid over it. */
function homeToCover(base: string, mounts: readonly HostMount[]): string | undefined {
  const home = homedir();
  if (home === '/' || !isPlainPath(home) || !isDirectory(home) || isBelow(home, base)) {
    return undefined;
  }
  if (realpathSync(home) !== home || isHidden(home)) return undefined;
  return mounts.some(({ path }) => isBelow(path, home)) ? undefined : home;
}

/** What is kept in memory: changes of the home directory, and all changes where they are bounded. */
function stageOf(request: SandboxRequest, { home }: HostView): Stage | undefined {
  const { profile, diskBytes: bytes } = request;
  const places = [
    ...(profile === 'none' || home === undefined ? [] : [STAGED_HOME]),
    ...(bytes === undefined ? [] : [STAGED_CHANGES]),
  ];
  const nothing = request.network === 'none' ? [STAGED_NOTHING] : [];
  const layers = places.flatMap((place) => [`${place}/upper`, `${place}/work`]);
  const directories = [...layers, ...nothing];
  return directories.length === 0 ? undefined : { bytes, directories };
}

/** Programs find their settings and caches at home, and may write there; it is gone afterwards. */
function homeMount(view: HostView): MountLine[] {
  const { home } = view;
  if (home !== undefined) return [overlay(home, { lower: [home], ...inStage(STAGED_HOME) })];
  const path = homedir();
  return isHidden(dirname(path)) && isDirectory(path) ? [emptyHome(view, path)] : [];
}

/** The workspace, and in it what is the base's own, whose names begin there. */
function workspaceMounts({ base, stock, linked, diskBytes }: SandboxRequest): MountLine[] {
  const below = stock === undefined ? [] : [STOCK];
  const lower = [`${LAYERS}/${DIFFERENCE}`, CHECKOUT, `${LAYERS}/${KEPT}`, ...below];
  const own = { upper: `${LAYERS}/${UPPER}`, work: `${LAYERS}/${WORK}` };
  const isBounded = diskBytes !== undefined;
  return [
    overlay(base.root, { lower, ...(isBounded ? inStage(STAGED_CHANGES) : own) }),
    ...linked.map((path) => bind(`./${path}`, `${base.root}/${path}`)),
  ];
}

function inStage(place: string): { readonly upper: string; readonly work: string } {
  return { upper: `${STAGED}/${place}/upper`, work: `${STAGED}/${place}/work` };
}

/** Covers what lies elsewhere and is nobody's business. */
function masks({ profile, base, hidden }: SandboxRequest): MountLine[] {
  const secrets = profile === 'none' ? [] : credentialPlaces(homedir());
  const isVisible = (path: string): boolean =>
    !isBelow(path, base.root) && (profile === 'none' || !isHidden(path));
  return [...hidden, ...secrets]
    .flatMap(realPath)
    .filter(isVisible)
    .map((path) => mask(path, isDirectory(path)));
}

/**
 * Sockets and FIFOs of the host can be reached however read-only it is, and those that are made later
 * nobody can list.
 */
function hostCovers({ mounts, home }: HostView): MountLine[] {
  const apart = home === undefined ? [] : [home];
  const nothing = `${STAGED}/${STAGED_NOTHING}`;
  return coverable(mounts, apart, directoriesIn).map((path) => cover(path, nothing));
}

/** What is seen through an overlay is another file to the kernel, and no socket is behind it. */
function visibleSockets(request: SandboxRequest, view: HostView): string[] {
  const base = request.base.root;
  const places = hiddenPlaces(view, isDirectory).map(({ target }) => target);
  const covered = [...places, base, ...(view.home === undefined ? [] : [view.home])];
  const linked = request.linked.map((path) => `${base}/${path}`);
  const isIn = (path: string, directories: readonly string[]): boolean =>
    directories.some((each) => isBelow(path, each));
  return hostSockets().filter((path) => isIn(path, linked) || !isIn(path, covered));
}

/** The file behind /etc/resolv.conf, where that leads into a place that is hidden. */
function hiddenResolver(): NamespacePlan['resolver'] {
  const [path] = realPath(RESOLVER);
  if (path === undefined || !isHidden(path)) return undefined;
  return { path, content: readFileSync(path, 'utf8') };
}

function realPath(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    // It is not there: nothing to hide.
    return [];
  }
}

function directoriesIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((each) => each.isDirectory()).map(({ name }) => join(directory, name));
  } catch {
    // Whoever cannot list it cannot see what is in it.
    return [];
  }
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
