/** Random shell commands on a small set of names, so that they meet, and what they should amount to. */

import { isLong } from './long.ts';
import type { Listing } from './run-fixture.ts';

/**
 * A sixth of the seeds 1 to `count`, all of them in the long tests, or the one that the environment
 * names, to repeat a failure.
 */
export function seeds(count: number): number[] {
  const given = process.env['SEED'];
  if (given !== undefined) return [Number(given)];
  const length = isLong ? count : Math.ceil(count / 6);
  return Array.from({ length }, (_, index) => index + 1);
}

/** A script of a few dozen operations; those that make no sense where they stand do nothing. */
export function randomScript(seed: number): string {
  const random = generator(seed);
  const pick = <T>(...values: readonly T[]): T => values[random(values.length)] ?? pick(...values);
  const name = (): string => pick('a', 'b', 'c', 'src', 'lib', 'README.md');
  const path = (): string => Array.from({ length: 1 + random(3) }, name).join('/');
  const operation = (): string => {
    const [one, other] = [path(), path()];
    return pick(
      `echo ${random(1000)} > ${one}`,
      `echo ${random(1000)} >> ${one}`,
      `rm -rf ${one}`,
      `mv -T ${one} ${other}`,
      `cp -rT ${one} ${other}`,
      `cp -aT ${one} ${other}`,
      `mkdir -p ${one}`,
      `mkdir -p ${one} && echo ${random(1000)} > ${one}/${name()}`,
      `rmdir ${one}`,
      `ln -snf ${pick('/etc', '..', other, 'nowhere')} ${one}`,
      `ln ${one} ${other}`,
      `touch ${one}`,
      // Never without rights of the owner, which would stop everybody but root.
      `[ -d ${one} ] && chmod ${pick('700', '755', '775')} ${one}`,
      `[ -f ${one} ] && chmod ${pick('600', '644', '755', '640')} ${one}`,
      `truncate -s ${random(3) * 700_000} ${one}`,
    );
  };
  const operations = Array.from({ length: 10 + random(30) }, operation);
  return operations.map((each) => `(${each}) 2> /dev/null`).join('\n');
}

/** A command that prints what it sees of the workspace as JSON, in the form of `listWorkspace`. */
export function listCommand(): string {
  return `'${process.execPath}' -e '${LIST}'`;
}

const LIST = `
const fs = require("fs"), found = {}, walk = (directory) => {
  for (const name of fs.readdirSync(directory || ".")) {
    if ([".git", ".agentfs", "node_modules", "dist"].includes(name)) continue;
    const path = directory ? directory + "/" + name : name;
    const stats = fs.lstatSync(path), mode = (stats.mode & 0o777).toString(8);
    if (stats.isSymbolicLink()) found[path] = "-> " + fs.readlinkSync(path, "latin1");
    else if (stats.isFile()) found[path] = mode + " " + fs.readFileSync(path, "latin1");
    else if (stats.isDirectory()) { found[path] = mode + "/"; walk(path); }
  }
};
walk("");
console.log(JSON.stringify(found));
`;

/**
 * The paths that a diff of the two listings has to name: directories only while they are empty, or
 * when nothing but their mode changed.
 */
export function differingPaths(before: Listing, after: Listing): string[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths].filter((path) => differs(before, after, path)).sort();
}

function differs(before: Listing, after: Listing, path: string): boolean {
  if (isDirectory(before[path]) && isDirectory(after[path])) return before[path] !== after[path];
  return counted(before, path) !== counted(after, path);
}

function counted(listing: Listing, path: string): string | undefined {
  const isFilled =
    isDirectory(listing[path]) && Object.keys(listing).some((each) => each.startsWith(`${path}/`));
  return isFilled ? undefined : listing[path];
}

function isDirectory(description: string | undefined): boolean {
  return description !== undefined && /^\d+\/$/.test(description);
}

/** Whole numbers below a bound, by xorshift: the same for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
