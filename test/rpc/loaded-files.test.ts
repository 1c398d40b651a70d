import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type CliProject, cliProject } from '../support/cli.ts';
import { bundledLibrary, bundledProgram } from '../support/compiled.ts';

/** What only doors are made of, and what only they need, as their code can be told by. */
const OF_DOORS = [
  ...['Content-Length: ', 'toJSONSchema', 'modelcontextprotocol'],
  // The daemon, what routes its requests, and what counts them.
  ...['ALREADY_SERVED', 'c.req.raw', 'process_resident_memory_bytes'],
];

/** What only the library is made of: it loads the driver. */
const OF_LIBRARY = 'from "better-sqlite3"';

const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
};

/** The code that a process loads besides Node's own; V8 lists its files when it ends. */
async function loadedBy(project: CliProject, args: readonly string[], input = ''): Promise<string> {
  const directory = join(project.home, 'coverage');
  mkdirSync(directory);
  const env = { ...project.environment(), NODE_V8_COVERAGE: directory };
  const ended = promisify(execFile)(process.execPath, args, { cwd: project.dir, env });
  ended.child.stdin?.end(input);
  await ended;
  const urls = readdirSync(directory).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(directory, name), 'utf8'));
    return result.map(({ url }: { url: string }) => url);
  });
  const files = urls.filter((url: string) => url.endsWith('.js'));
  expect(files.length).toBeGreaterThan(1);
  return files.map((url: string) => readFileSync(new URL(url), 'utf8')).join('\n');
}

describe('what the doors are made of', () => {
  it('is loaded when a door is opened', async () => {
    const code = await loadedBy(await cliProject(), [await bundledProgram(), 'rpc']);
    expect(code).toContain(OF_DOORS[0]);
    expect(code).toContain(OF_DOORS[1]);
  });

  it.each([['status', 'w'], ['--help'], ['workspace', 'list'], ['run', '-w', 'w', 'true']])(
    'is not loaded by agentfs %s',
    async (...args) => {
      const code = await loadedBy(await cliProject(), [await bundledProgram(), ...args]);
      expect(OF_DOORS.filter((text) => code.includes(text))).toEqual([]);
    },
  );

  it('is loaded by agentfs mcp without the library, until a tool is called', async () => {
    const program = [await bundledProgram(), 'mcp'];
    const [initialize, list, call] = [
      { method: 'initialize', params: HELLO },
      { method: 'tools/list' },
      { method: 'tools/call', params: { name: 'workspace_list', arguments: {} } },
    ].map((message, id) => `${JSON.stringify({ jsonrpc: '2.0', id, ...message })}\n`);
    const listing = await loadedBy(await cliProject(), program, `${initialize}${list}`);
    expect(listing).toContain('toJSONSchema');
    expect(listing).not.toContain(OF_LIBRARY);
    const calling = await loadedBy(await cliProject(), program, `${initialize}${call}`);
    expect(calling).toContain(OF_LIBRARY);
  });

  it('is not loaded with the library', async () => {
    const project = await cliProject();
    const library = JSON.stringify(await bundledLibrary());
    const script = `const { AgentFS } = await import(${library});
      const afs = await AgentFS.open('.');
      await (await afs.workspace.get('w')).status();
      await afs.close();`;
    const code = await loadedBy(project, ['--input-type=module', '--eval', script]);
    expect(OF_DOORS.filter((text) => code.includes(text))).toEqual([]);
  });
});
