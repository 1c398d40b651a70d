/**
 * Plans the mounts of one run: the workspace over the base, and around it the view of the host that
 * the profile allows.
 */

import { lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { TreePath } from '../primitives/path.ts';
import { credentialPlaces } from './credentials.ts';
import { hostSockets } from './host-sockets.ts';
import type { SandboxProfile } from './isolation.ts';
import { mountName } from './overlay-ignored.ts';
import type { IgnoredLayers, OverlayLayers } from './overlay-layers.ts';
import {
  bind,
  emptyHome,
  formatMounts,
  type HostMount,
  type HostView,
  hiddenPlaces,
  isBelow,
  isPlainPath,
  type MountLine,
  mask,
  overlay,
  ownSystem,
  processes,
  readOnlyHost,
} from './sandbox-mounts.ts';
import type { NamespacePlan, Stage } from './sandbox-namespace.ts';
import type { SandboxTools } from './sandbox-tools.ts';

const RESOLVER = '/etc/resolv.conf';

const STAGED_HOME = 'home';
const STAGED_IGNORED = 'ignored-';

/** The place in the stage of all changes of the workspace, where their size is bounded. */
export const STAGED_CHANGES = 'changes';

/** What is to be shown. */
export interface SandboxRequest {
  readonly tools: SandboxTools;
  readonly profile: SandboxProfile;
  /** Absolute path of the base, over which the workspace is mounted. */
  readonly base: string;
  readonly layers: OverlayLayers;
  /** Absolute path of the checkout. */
  readonly checkout: string;
  readonly ignored: IgnoredLayers;
  /** Absolute paths that no command may see, such as the store. */
  readonly hidden: readonly string[];
  /** Mounts of the host. */
  readonly mounts: readonly HostMount[];
  /** Bytes that the command may write; undefined for as many as the disk has. */
  readonly diskBytes: number | undefined;
}

/** Writes the mounts of a run to its layers' file, and says how to make them. */
export function planSandbox(request: SandboxRequest): NamespacePlan {
  const { tools, profile, base, layers } = request;
  const isConfined = profile !== 'none';
  const view = viewOf(request);
  const stage = stageOf(request, view);
  const workspace = workspaceMounts(request);
  const lines = isConfined
    ? [
        ...hiddenPlaces(view, isDirectory),
        ...homeMount(request, view),
        ...workspace,
        ...masks(request),
        ...ownSystem(view, exists),
        ...readOnlyHost(view, [base, ...(view.home === undefined ? [] : [view.home])]),
      ]
    : [...workspace, ...masks(request), processes()];
  writeFileSync(layers.mounts, formatMounts(lines));
  return {
    tools,
    directory: base,
    mounts: layers.mounts,
    stage,
    network: profile === 'restricted' ? 'none' : 'host',
    controlGroups: isConfined ? 'none' : 'host',
    sockets: profile === 'restricted' ? visibleSockets(request, view) : [],
    resolver: isConfined ? hiddenResolver() : undefined,
  };
}

function viewOf({ base, mounts, diskBytes }: SandboxRequest): HostView {
  const isRoot = process.getuid?.() === 0;
  return { mounts, home: homeToCover(base, mounts), temporaryBytes: diskBytes, isRoot };
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
  const { profile, ignored, diskBytes: bytes, layers } = request;
  const mounted = ignored.mounted.map((path) => STAGED_IGNORED + mountName(path));
  const places = [
    ...(profile === 'none' || home === undefined ? [] : [STAGED_HOME]),
    ...(bytes === undefined ? [] : [STAGED_CHANGES, ...mounted]),
  ];
  if (places.length === 0) return undefined;
  const directories = places.flatMap((place) => [`${place}/upper`, `${place}/work`]);
  return { path: layers.stage, bytes, directories };
}

/** Programs find their settings and caches at home, and may write there; it is gone afterwards. */
function homeMount({ base, layers }: SandboxRequest, view: HostView): MountLine[] {
  const { home } = view;
  if (home === undefined) {
    const path = homedir();
    return isHidden(dirname(path)) && isDirectory(path) ? [emptyHome(view, path)] : [];
  }
  // The stage itself may be hidden by now, but not from the base on.
  const stage = isBelow(layers.stage, base) ? relative(base, layers.stage) : layers.stage;
  return [overlay(home, { lower: [home], ...inStage(stage, STAGED_HOME) })];
}

/** The workspace, and over it the large ignored directories. Names begin at the base. */
function workspaceMounts(request: SandboxRequest): MountLine[] {
  const { base, layers, checkout, ignored, diskBytes } = request;
  const from = (path: string): string => (isBelow(path, base) ? relative(base, path) : path);
  const lower = [layers.difference, checkout, layers.kept].map(from);
  const own = { upper: from(layers.upper), work: from(layers.work) };
  const bounded = inStage(from(layers.stage), STAGED_CHANGES);
  const directories = ignored.mounted.filter((path) => isDirectory(`${base}/${path}`));
  return [
    overlay(base, { lower, ...(diskBytes === undefined ? own : bounded) }),
    ...directories.map((path) => ignoredMount(request, path, from)),
    ...links(base, layers, ignored),
  ];
}

/** Where changes are bounded, those of such a directory are not kept. */
function ignoredMount(
  { base, layers, diskBytes }: SandboxRequest,
  path: TreePath,
  from: (path: string) => string,
): MountLine {
  const name = mountName(path);
  const { upper, work } = layers.ignored(name);
  mkdirSync(upper, { recursive: true });
  // A place to mount it at, which the workspace itself does not have.
  mkdirSync(`${layers.kept}/${path}`, { recursive: true });
  if (diskBytes === undefined) {
    return overlay(`${base}/${path}`, { lower: [path], upper: from(upper), work: from(work) });
  }
  const bounded = inStage(from(layers.stage), STAGED_IGNORED + name);
  return overlay(`${base}/${path}`, { lower: [from(upper), path], ...bounded });
}

function inStage(stage: string, place: string): { readonly upper: string; readonly work: string } {
  return { upper: `${stage}/${place}/upper`, work: `${stage}/${place}/work` };
}

function links(base: string, layers: OverlayLayers, ignored: IgnoredLayers): MountLine[] {
  return ignored.linked
    .filter((path) => exists(`${base}/${path}`))
    .map((path) => {
      const target = `${layers.kept}/${path}`;
      if (isDirectory(`${base}/${path}`)) mkdirSync(target, { recursive: true });
      else {
        mkdirSync(join(target, '..'), { recursive: true });
        writeFileSync(target, '');
      }
      // Relative to the directory of the mounts, which still is the base itself.
      return bind(`./${path}`, `${base}/${path}`);
    });
}

/** Covers what lies elsewhere and is nobody's business. */
function masks({ profile, base, hidden }: SandboxRequest): MountLine[] {
  const secrets = profile === 'none' ? [] : credentialPlaces(homedir());
  const isVisible = (path: string): boolean =>
    !isBelow(path, base) && (profile === 'none' || !isHidden(path));
  return [...hidden, ...secrets]
    .flatMap(realPath)
    .filter(isVisible)
    .map((path) => mask(path, isDirectory(path)));
}

/** What is seen through an overlay is another file to the kernel, and no socket is behind it. */
function visibleSockets({ base, ignored }: SandboxRequest, view: HostView): string[] {
  const places = hiddenPlaces(view, isDirectory).map(({ target }) => target);
  const covered = [...places, base, ...(view.home === undefined ? [] : [view.home])];
  const linked = ignored.linked.map((path) => `${base}/${path}`);
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

function isHidden(path: string): boolean {
  return ['/tmp', '/var/tmp', '/run', '/dev', '/proc', '/sys'].some((place) =>
    isBelow(path, place),
  );
}

function realPath(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    // It is not there: nothing to hide.
    return [];
  }
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
