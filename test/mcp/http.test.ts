import { once } from 'node:events';
import { request } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CliProject, cliProject } from '../support/cli.ts';

interface Served {
  readonly url: URL;
  /** What lets clients in. */
  readonly headers: Record<string, string>;
  readonly stop: () => Promise<number | null>;
}

/** Starts the server and waits until it says where it is. */
async function serve(
  project: CliProject,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Served> {
  const child = await project.start(['mcp', '--port', '0', ...args], { env });
  const closed = once(child, 'close');
  const [line] = await once(child.stderr?.setEncoding('utf8') ?? child, 'data');
  const [, url = '', token = ''] =
    /^Listening at (\S+) with (?:the token (\S+)|.*)\n$/.exec(line) ?? [];
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    const [status] = await closed;
    return status;
  };
  return { url: new URL(url), headers: { Authorization: `Bearer ${token}` }, stop };
}

async function connect(
  url: URL,
  options: ConstructorParameters<typeof Client>[1],
  headers: Record<string, string> = {},
): Promise<Client> {
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
  const client = new Client({ name: 'test', version: '1.0.0' }, options);
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

/** The status of a request with these headers. */
async function statusOf(
  url: URL,
  headers: Record<string, string> = {},
  body = '{}',
): Promise<number | undefined> {
  const call = request(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  call.on('error', () => undefined);
  if (body === '') call.flushHeaders();
  else call.end(body);
  const [response] = await once(call, 'response');
  response.resume();
  return response.statusCode;
}

describe('over HTTP', () => {
  it.each(['legacy', 'auto', { pin: '2026-07-28' }] as const)(
    'a client is served: %j',
    async (mode) => {
      const project = await cliProject({ 'a.txt': 'one\n' });
      const { url, headers, stop } = await serve(project, ['--allow-run']);
      const client = await connect(url, { versionNegotiation: { mode } }, headers);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain('command_run');
      const args = { workspace: 'w', command: 'cat a.txt; echo two > b.txt' };
      const run = await client.callTool({ name: 'command_run', arguments: args });
      expect(run.structuredContent).toMatchObject({ stdout: 'one\n', change_count: 1 });
      const wrong = { workspace: 'v', path: 'a' };
      const failed = await client.callTool({ name: 'read_text_file', arguments: wrong });
      expect(failed).toMatchObject({
        isError: true,
        structuredContent: { code: 'WORKSPACE_NOT_FOUND' },
      });
      await client.close();
      expect(await stop()).toBe(143);
    },
  );

  it('tells of progress', async () => {
    const project = await cliProject();
    const { url, headers } = await serve(project, ['--allow-run', '-w', 'w']);
    const options = { versionNegotiation: { mode: { pin: '2026-07-28' } } } as const;
    const client = await connect(url, options, headers);
    const heard: (string | undefined)[] = [];
    const params = { name: 'command_run', arguments: { command: 'echo one; echo two' } };
    await client.callTool(params, { onprogress: ({ message }) => heard.push(message) });
    expect(heard).toEqual(['one\n', 'two\n']);
  });

  it('only those who know the token are let in, also where nobody has chosen one', async () => {
    const project = await cliProject();
    const chosen = await serve(project);
    expect(await statusOf(chosen.url)).toBe(401);
    expect(chosen.headers['Authorization']).toMatch(/^Bearer [\w-]{32}$/);
    const { url } = await serve(project, [], { AGENTFS_MCP_TOKEN: 'secret' });
    expect(await statusOf(url)).toBe(401);
    expect(await statusOf(url, { Authorization: 'Bearer secre' })).toBe(401);
    expect(await statusOf(url, { Authorization: 'Basic secret' })).toBe(401);
    await expect(connect(url, {})).rejects.toThrow();
    const client = await connect(url, {}, { Authorization: 'Bearer secret' });
    expect((await client.listTools()).tools.length).toBeGreaterThan(10);
  });

  it('pages of other sites, names that lead here, and strange paths are kept out', async () => {
    const project = await cliProject();
    const { url, headers } = await serve(project);
    expect(await statusOf(url, { ...headers, Host: 'evil.example.org' })).toBe(403);
    expect(await statusOf(url, { ...headers, Origin: 'https://evil.example.org' })).toBe(403);
    expect(await statusOf(url, { ...headers, Origin: 'http://localhost:3000' })).not.toBe(403);
    expect(await statusOf(new URL('/other', url), headers)).toBe(404);
    const length = String(17 * 1024 * 1024);
    expect(await statusOf(url, { ...headers, 'Content-Length': length }, '')).toBe(413);
  });

  it('those who ask without end are told to wait', async () => {
    const project = await cliProject();
    const { url, headers } = await serve(project);
    // Ten times as many as a second lets through.
    const statuses = await Promise.all(
      Array.from({ length: 2_000 }, () => statusOf(new URL('/other', url), headers)),
    );
    expect(statuses).toContain(404);
    expect(statuses).toContain(429);
  });

  it('is for --port alone', async () => {
    const project = await cliProject();
    const far = await project.run(['mcp', '--port', '70000']);
    expect(far.status).toBe(2);
    const stdio = await project.run(['mcp', '--port', '0', '--stdio']);
    expect(stdio).toMatchObject({ status: 0, stdout: '' });
  });
});
