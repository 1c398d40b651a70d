/** What package managers have fetched stays for the next command, in whatever workspace of the store. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Config } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { setUp, TestProject } from '../support/test-project.ts';
import { whenDone } from '../support/when-done.ts';

/** A tar archive with one file, as registries serve them. */
function tarball(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return gzipSync(Buffer.concat([header, body, Buffer.alloc(1024)]));
}

/** A registry with one package, which counts what it is asked for. */
async function registry(): Promise<{ url: string; lock: string; downloads: () => number }> {
  const archive = tarball('package/package.json', '{"name":"one","version":"1.0.0"}');
  let downloads = 0;
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz') !== true) response.writeHead(404).end();
    else {
      downloads++;
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(archive);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  whenDone(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  const one = { version: '1.0.0', resolved: `${url}/one/-/one-1.0.0.tgz`, integrity };
  const root = { name: 'p', version: '1.0.0', dependencies: { one: '1.0.0' } };
  const packages = { '': root, 'node_modules/one': one };
  const lock = JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages });
  return { url, lock, downloads: () => downloads };
}

/** What the caches hold, without the marks of npm's own that time changes. */
const LEAVE_A_FILE = 'mkdir -p "$PIP_CACHE_DIR" && echo fetched > "$PIP_CACHE_DIR/file"';
const SHOW_IT = 'cat "$PIP_CACHE_DIR/file"';

await describeOverlay('standard', 'in an overlay', () => {
  describe('caches of package managers', () => {
    it('let a second workspace install without a download', async () => {
      const { url, lock, downloads } = await registry();
      const { afs, workspace } = await setUp({
        '.gitignore': 'node_modules/\n',
        'package.json': '{"name":"p","version":"1.0.0","dependencies":{"one":"1.0.0"}}',
        'package-lock.json': lock,
      });
      const other = await afs.workspace.create('other');
      const install = `npm ci --registry=${url} --no-audit --no-fund --loglevel=error`;
      for (const each of [workspace, other]) {
        const { stderr, exitCode } = await each.run(install);
        expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
        expect((await each.run('cat node_modules/one/package.json')).stdout).toContain('one');
      }
      expect(downloads()).toBe(1);
      const { beside } = await afs.storage.usage();
      expect(beside.caches.find(({ name }) => name === 'npm')?.bytes).toBeGreaterThan(0);
    });

    it('are where each package manager looks, and not the host’s own', async () => {
      const { workspace } = await setUp({ 'a.txt': 'a\n' });
      const { stdout } = await workspace.run(
        'for v in npm_config_cache PIP_CACHE_DIR UV_CACHE_DIR GOMODCACHE GOCACHE; do eval "d=\\$$v"; touch "$d/x" && echo $v; done; for d in ~/.cargo/registry ~/.local/share/pnpm/store ~/.gradle/caches ~/.cache/yarn; do touch $d/agentfs-test && echo $d; done',
        { check: true, env: { CARGO_HOME: undefined, PNPM_HOME: undefined } },
      );
      expect(stdout.split('\n')).toHaveLength(10);
      for (const place of ['.cargo/registry', '.local/share/pnpm/store']) {
        expect(existsSync(join(homedir(), place, 'agentfs-test'))).toBe(false);
      }
      const found = await workspace.run('ls ~/.cargo/registry ~/.cache/yarn');
      expect(found.stdout.match(/agentfs-test/g)).toHaveLength(2);
    });

    it('are no way around a limit or a stricter sandbox, and are counted and dropped', async () => {
      const { afs, workspace } = await setUp({ 'a.txt': 'a\n' });
      await workspace.run(LEAVE_A_FILE, { check: true });
      const bounded = await workspace.run('echo "-$PIP_CACHE_DIR-"', {
        limits: { diskBytes: 50_000_000 },
      });
      expect(bounded.stdout).toBe('--\n');
      const strict = { sandbox: 'restricted' } as const;
      expect((await workspace.run('echo "-$PIP_CACHE_DIR-"', strict)).stdout).toBe('--\n');
      expect((await afs.gc()).cacheBytes).toBe(0);
      expect(await afs.gc({ caches: true, dryRun: true })).toMatchObject({ cacheBytes: 8 });
      expect((await workspace.run(SHOW_IT)).stdout).toBe('fetched\n');
      await using running = workspace.start('sleep 600');
      await running.pid;
      await expect(afs.gc({ caches: true })).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
      running.kill();
      await running.wait();
      expect((await afs.gc({ caches: true })).cacheBytes).toBe(8);
      expect((await workspace.run(SHOW_IT)).exitCode).not.toBe(0);
    });

    it('that came along with the project do not count', async () => {
      const { project, afs, workspace } = await setUp({ 'a.txt': 'a\n' });
      await workspace.run(LEAVE_A_FILE, { check: true });
      const caches = project.path('.agentfs/work/caches');
      // The same note, in a directory that is not the one it was written for.
      renameSync(join(caches, 'content'), join(caches, 'moved'));
      mkdirSync(join(caches, 'content/pip/cache'), { recursive: true });
      writeFileSync(join(caches, 'content/pip/cache/file'), 'planted\n');
      expect((await workspace.run(SHOW_IT)).exitCode).not.toBe(0);
      expect(readdirSync(join(caches, 'content/pip/cache'))).toEqual([]);
      expect((await afs.storage.usage()).beside.caches.map(({ bytes }) => bytes)).not.toContain(8);
    });

    it('are those that the user has chosen, of which a workspace may have fewer', async () => {
      const project = new TestProject({ 'a.txt': 'a\n' });
      const afs = project.open({ sandbox: { caches: ['pip', 'npm'] } });
      const workspace = await afs.workspace.create('w', { caches: ['pip', 'uv'] });
      const show = 'echo "$PIP_CACHE_DIR|$npm_config_cache|$UV_CACHE_DIR"';
      const shown = async (): Promise<string> =>
        (await workspace.run(show, { inheritEnv: false })).stdout;
      expect(await shown()).toBe('/run/agentfs/pip/cache||\n');
      expect(workspace.caches).toEqual(['pip', 'uv']);
      await workspace.update({ caches: [] });
      expect(await shown()).toBe('||\n');
      await workspace.update({ caches: null });
      expect(await shown()).toBe('/run/agentfs/pip/cache|/run/agentfs/npm/cache|\n');
      const wrong = { caches: ['pipp'] } as never;
      await expect(workspace.update(wrong)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });
  });
});

it('a project chooses no caches', () => {
  const project = new TestProject();
  project.write('.agentfs/config.toml', '[sandbox]\ncaches = []\n');
  const config = Config.load(undefined, { home: project.path('home'), base: project.dir });
  expect(config.get('sandbox.caches')).toContain('npm');
  expect(config.validate().map(({ key }) => key)).toEqual(['sandbox.caches']);
});
