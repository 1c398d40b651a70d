/** What the README types at a terminal, as it stands there; what comes back has to be what it shows. */

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';
import { programOnPath } from '../support/program-on-path.ts';
import { blocksIn, printedBy, tours } from '../support/readme-tours.ts';
import { startRpc } from '../support/rpc-client.ts';

/** Needs packages of others: test/doors/readme.test.ts types it. */
const ELSEWHERE = 'For frameworks';
const TOURS = tours().filter(([section]) => section !== ELSEWHERE);

/** Without what is another each time: ids of commits, times, and who is at the keyboard. */
function withoutChance(text: string): string {
  return text
    .replace(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, '<commit>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z \([^)]*\)/g, '<time>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/ (?:just now|\d+ minutes? ago) /g, ' <age> ')
    .replace(/^Author: .*$/gm, 'Author: <name>');
}

it.each(TOURS)('prints what the README shows, command by command: %s', async (_, steps) => {
  const project = new CliProject();
  const env = project.environment({ PATH: await programOnPath(project.home) });
  const printed = await printedBy(steps, { cwd: project.dir, env });
  for (const [i, step] of steps.entries()) {
    expect(withoutChance(printed[i] ?? ''), step.typed).toBe(withoutChance(step.printed));
  }
});

it('shows the tour, and a way in for agents and for those who explore', () => {
  expect(TOURS.flatMap(([, steps]) => steps).length).toBeGreaterThan(25);
  expect(TOURS.map(([section]) => section)).toEqual(
    expect.arrayContaining(['For agents', 'To try several ways']),
  );
});

it('shows a frame that makes a workspace', async () => {
  const [frame = ''] = blocksIn('For other programs', '');
  const client = await startRpc(await cliProject());
  const answer = client.answerTo(1);
  client.sendRaw(frame.trimEnd().replaceAll('\n', '\r\n'));
  expect((await answer).result).toMatchObject({ name: 'agent-1' });
  expect(await client.end()).toBe(0);
});

it('shows how to ask a daemon', async () => {
  const [block = ''] = blocksIn('For other programs', 'sh');
  const [serve = '', ask = '', ...others] = block.trimEnd().split('\n');
  expect(others).toEqual([]);
  const project = await cliProject();
  // Somebody else may have the usual port.
  mkdirSync(join(project.home, '.config', 'agentfs'), { recursive: true });
  writeFileSync(join(project.home, '.config', 'agentfs', 'config.toml'), '[serve]\napi = 0\n');
  const env = project.environment({ PATH: await programOnPath(project.home) });
  const options = { cwd: project.dir, env };
  // As a group of its own, so that what it has put into the background ends too.
  const shell = spawn('bash', ['-c', `${serve} wait`], { ...options, detached: true });
  onTestFinished(() => void process.kill(-Number(shell.pid), 'SIGKILL'));
  const address = await new Promise<string>((resolve, reject) => {
    let told = '';
    const listen = (piece: Buffer): void => {
      told += piece;
      const found = /API: +(http:\/\/[\d.:]+)/.exec(told)?.[1];
      if (found !== undefined && told.includes('token create NAME\n')) resolve(found);
    };
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', listen);
    shell.once('close', () => reject(new Error(told)));
  });
  const typed = ask.replace('http://127.0.0.1:7433', address);
  const { stdout } = await promisify(execFile)('bash', ['-c', typed], options);
  expect(JSON.parse(stdout)).toMatchObject({ workspaces: [{ name: 'w' }] });
});
