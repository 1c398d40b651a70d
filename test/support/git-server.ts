/** A server of git repositories over HTTP, on git's own program for it. */

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { whenDone } from './when-done.ts';

const WHO = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];

/** Serves one repository, with a commit of these files on each branch, until the test has finished. */
export async function serveRepository(
  branches: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'agentfs-git-'));
  whenDone(() => rmSync(root, { recursive: true, force: true }));
  const repository = join(root, 'tool.git');
  const git = (...args: string[]): void => {
    execFileSync('git', ['-C', repository, ...WHO, ...args], { stdio: 'ignore' });
  };
  const [first = 'main'] = Object.keys(branches);
  execFileSync('git', ['init', '-q', `--initial-branch=${first}`, repository]);
  for (const [branch, files] of Object.entries(branches)) {
    if (branch !== first) git('checkout', '-q', '--orphan', branch);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(repository, path)), { recursive: true });
      writeFileSync(join(repository, path), content);
    }
    git('add', '-A');
    git('commit', '-q', '-m', branch);
  }
  git('checkout', '-q', first);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const cgi = spawn('git', ['http-backend'], {
      env: {
        ...process.env,
        ...{ GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: url.pathname },
        ...{ QUERY_STRING: url.search.slice(1), REQUEST_METHOD: request.method ?? 'GET' },
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    request.pipe(cgi.stdin);
    const pieces: Buffer[] = [];
    cgi.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    cgi.on('close', () => {
      const all = Buffer.concat(pieces);
      const end = all.indexOf('\r\n\r\n');
      for (const line of all.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.end(all.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  whenDone(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/tool.git`;
}
