/** What does it cost to share a workspace through a server, first in whole and then by changes? */

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHANGES, changedContent, changedFiles } from './support/change.mjs';
import { git } from './support/git.mjs';
import { atMost, speedUp } from './support/goal.mjs';
import { startServer } from './support/hrana.mjs';
import { inTurn, once, summarise, timed } from './support/measure.mjs';

const execute = promisify(execFile);
const CHILD = join(import.meta.dirname, 'support', 'sync-child.mjs');
const MEGABYTE = 1024 * 1024;
const MAX_RUNS = 3;

export const syncs = {
  name: 'sync',
  question: 'what does it cost to share a workspace through a server, in whole and by changes?',
  async measure({ projects, options }) {
    const project = await projects.of(options.files);
    const runs = Math.min(options.runs, MAX_RUNS);
    return [
      ...(await firstSync(projects, project, runs)),
      ...(await pushOfChanges(projects, project, runs)),
    ];
  },
};

async function firstSync(projects, project, runs) {
  const found = { push: [], pull: [] };
  const { gitPush, gitClone } = await gitTimes(projects, project, runs);
  for (let run = 0; run < runs; run++) {
    const server = await startServer(join(projects.directory(), 'remote.db'));
    found.push.push(await child(server, 'push', project.base));
    found.pull.push(await child(server, 'pull', projects.directory()));
    await server.close();
  }
  const size = `${project.files.toLocaleString('en')} files`;
  return [
    ...rowsOf(`first push of ${size}`, found.push, 'git push, bare, same disk', gitPush),
    ...rowsOf(`first pull of ${size}`, found.pull, 'git clone --bare, same disk', gitClone),
  ];
}

/** Runs a child beside a server, and adds what the server has seen of it. */
async function child(server, direction, base) {
  server.forget();
  const { stdout } = await execute(process.execPath, [CHILD, direction, base, server.url]);
  const { requests, receivedBytes, sentBytes } = server.traffic;
  return { ...JSON.parse(stdout), requests, wire: (receivedBytes + sentBytes) / MEGABYTE };
}

function rowsOf(operation, found, label, figure) {
  const column = (name) => summarise(found.map((each) => each[name]));
  const ours = column('milliseconds');
  return [
    {
      ...{ operation, unit: 'ms', ours },
      ...{ reference: { label, figure }, ratio: speedUp(ours, figure) },
    },
    { operation: `${operation}: round trips`, unit: 'requests', ours: column('requests') },
    { operation: `${operation}: on the wire, with Base64`, unit: 'MiB', ours: column('wire') },
    { operation: `${operation}: peak memory`, unit: 'MiB', ours: column('megabytes') },
  ];
}

async function gitTimes(projects, { base }, runs) {
  const { push, clone } = await inTurn(runs, {
    push: () => {
      const bare = projects.directory();
      git(bare, ['init', '-q', '--bare']);
      return timed(() => git(base, ['push', '-q', bare, 'main']));
    },
    clone: () => {
      const target = projects.directory();
      return timed(() => git(target, ['clone', '-q', '--bare', '--no-local', base, '.']));
    },
  });
  return { gitPush: push, gitClone: clone };
}

async function pushOfChanges(projects, project, runs) {
  const server = await startServer(join(projects.directory(), 'remote.db'));
  const workspace = await projects.fork(project);
  await workspace.sync.enable({ tursoDb: server.url });
  await workspace.sync.push();
  const repository = projects.directory();
  const bare = projects.directory();
  git(repository, ['clone', '-q', project.base, '.']);
  git(bare, ['clone', '-q', '--bare', project.base, '.']);
  const traffic = { requests: [], ratio: [] };
  const { ours, reference } = await inTurn(runs, {
    ours: async (run) => {
      const bytes = await change(project, run, (path, content) =>
        workspace.writeFile(path, content),
      );
      server.forget();
      const milliseconds = await timed(() => workspace.sync.push());
      if (run >= 0) {
        traffic.requests.push(server.traffic.requests);
        traffic.ratio.push(server.traffic.receivedBytes / bytes);
      }
      return milliseconds;
    },
    reference: async (run) => {
      await change(project, run, (path, content) => writeFileSync(join(repository, path), content));
      git(repository, ['commit', '-qam', 'change']);
      return timed(() => git(repository, ['push', '-q', bare, 'HEAD:main']));
    },
  });
  await workspace.sync.disable();
  await server.close();
  const operation = `sync push of ${CHANGES} changes, ${project.files.toLocaleString('en')} files`;
  const requests = once(Math.max(...traffic.requests));
  const ratio = once(Math.max(...traffic.ratio));
  return [
    {
      ...{ operation, unit: 'ms', ours },
      ...{ reference: { label: 'git push, bare, same disk', figure: reference } },
      ratio: speedUp(ours, reference),
    },
    {
      ...{ operation: `${operation}: round trips`, unit: 'requests', ours: requests },
      goals: [atMost(requests, 4, ' requests')],
    },
    {
      ...{ operation: `${operation}: bytes sent / bytes changed`, unit: 'x', ours: ratio },
      goals: [atMost(ratio, 2, 'x')],
    },
  ];
}

/** Changes ten files, and returns how many bytes they have. */
async function change(project, run, write) {
  let bytes = 0;
  for (const i of changedFiles(project, run)) {
    const content = changedContent(i);
    bytes += Buffer.byteLength(content);
    await write(project.path(i), content);
  }
  return bytes;
}
