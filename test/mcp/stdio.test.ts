import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';
import { startMcp } from '../support/mcp-client.ts';
import { isRunning, until } from '../support/processes.ts';

const DEFAULT_TOOLS = [
  ...['workspace_create', 'workspace_list', 'workspace_delete'],
  ...['read_text_file', 'read_multiple_files', 'write_file', 'edit_file', 'create_directory'],
  ...['list_directory', 'directory_tree', 'move_file', 'search_files', 'get_file_info'],
  ...['file_delete', 'file_read', 'file_write', 'directory_list'],
  ...['workspace_status', 'workspace_diff', 'snapshot_create', 'snapshot_list'],
  ...['snapshot_restore', 'workspace_undo', 'workspace_commit'],
];

describe('a client of either age', () => {
  it.each(['legacy', 'auto', { pin: '2026-07-28' }] as const)('is served: %j', async (mode) => {
    const project = await cliProject({ 'a.txt': 'one\n' });
    const { client, call } = await startMcp(project, [], { versionNegotiation: { mode } });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(DEFAULT_TOOLS);
    expect(client.getInstructions()).toContain('workspace_commit');
    expect(await call('read_text_file', { workspace: 'w', path: 'a.txt' })).toEqual({
      text: 'one\n',
      structured: { path: 'a.txt', content: 'one\n', encoding: 'utf8', size: 4 },
      isError: false,
    });
  });
});

describe('an agent', () => {
  it('that has wiped src puts it back by one call', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`src/${i}.ts`, `${i}\n`]),
    );
    const project = new CliProject(files);
    const { call } = await startMcp(project, ['-w', 'agent-1', '--allow-run']);
    const wiped = await call('command_run', { command: 'rm -rf src' });
    expect(wiped.text).toContain('warning: The command deleted 12 of 12 files');
    expect(wiped.structured).toMatchObject({ exit_code: 0, change_count: 12 });
    expect((await call('list_directory')).text).toBe('');
    const undone = await call('workspace_undo');
    expect(undone.structured).toMatchObject({ change_count: 12 });
    const back = await call('read_text_file', { path: 'src/7.ts' });
    expect(back.text).toBe('7\n');
    expect(project.list()).toHaveLength(13);
  });

  it('does the main job with the documented tools', async () => {
    const project = new CliProject({ 'a.txt': 'one\n' });
    const { call } = await startMcp(project);
    const elsewhere = { name: 'w', base_path: '/' };
    expect(await call('workspace_create', elsewhere)).toMatchObject({
      isError: true,
      structured: { code: 'INVALID_ARGUMENT' },
    });
    await call('workspace_create', { name: 'w', description: 'D', base_path: project.dir });
    expect((await call('workspace_list')).structured).toMatchObject({
      workspaces: [{ name: 'w', description: 'D', read_only: false }],
      total: 1,
    });
    const workspace = 'w';
    await call('file_write', { workspace, path: 'b/c.txt', content: 'two\n' });
    await call('file_write', { workspace, path: 'b/c.txt', content: 'three\n', append: true });
    const part = await call('file_read', { workspace, path: 'b/c.txt', offset: 4, limit: 4 });
    expect(part.structured).toMatchObject({ content: 'thre', next_offset: 8, size: 10 });
    expect(part.text).toBe('thre\n[More follows from offset 8; the file has 10 bytes.]');
    const list = await call('directory_list', { workspace, path: '/', recursive: true });
    expect(list.structured).toMatchObject({ total: 3 });
    await call('file_delete', { workspace, path: 'a.txt' });
    expect((await call('workspace_status', { workspace })).structured).toMatchObject({
      added: [{ path: 'b/c.txt' }],
      deleted: [{ path: 'a.txt' }],
      has_changes: true,
    });
    expect((await call('workspace_diff', { workspace })).text).toContain('+three');
    expect(await call('workspace_delete', { name: 'w' })).toMatchObject({
      isError: true,
      structured: { code: 'WORKSPACE_DIRTY' },
    });
    const commit = { workspace, message: 'Add b', include: ['b'] };
    expect((await call('workspace_commit', commit)).structured).toMatchObject({ change_count: 1 });
    expect(project.read('b/c.txt')).toBe('two\nthree\n');
    expect(project.has('a.txt')).toBe(true);
    await call('workspace_delete', { name: 'w', force: true });
    expect((await call('workspace_list')).structured).toMatchObject({ total: 0 });
  });

  it('uses the file tools as those of the official file server', async () => {
    const project = await cliProject({ 'a.txt': '1\n2\n3\n', 'src/b.ts': 'const foo = 1;\n' });
    await project.ok(['workspace', 'use', 'w']);
    const { call } = await startMcp(project);
    const text = async (name: string, args: Record<string, unknown>): Promise<string> => {
      const answer = await call(name, args);
      expect(answer.isError, answer.text).toBe(false);
      return answer.text;
    };
    expect(await text('read_text_file', { path: 'a.txt', head: 1 })).toBe('1\n');
    expect(await text('read_text_file', { path: 'a.txt', tail: 2 })).toBe('2\n3\n');
    expect(await text('write_file', { path: 'c/d.txt', content: 'new' })).toBe(
      'Wrote 3 bytes to c/d.txt.',
    );
    const edits = [{ oldText: 'foo', newText: 'bar' }];
    const preview = await text('edit_file', { path: 'src/b.ts', edits, dryRun: true });
    expect(preview).toContain('-const foo = 1;\n+const bar = 1;\n');
    expect(await text('edit_file', { path: 'src/b.ts', edits })).toBe(preview);
    await text('create_directory', { path: 'e/f' });
    expect(await text('list_directory', { path: '/' })).toBe(
      '[FILE] a.txt\n[DIR] c\n[DIR] e\n[DIR] src',
    );
    expect(await text('move_file', { source: 'a.txt', destination: 'e/a.txt' })).toBe(
      'Moved a.txt to e/a.txt.',
    );
    expect(await text('search_files', { path: '/', pattern: '*.txt' })).toBe('c/d.txt\ne/a.txt');
    expect(await text('search_files', { pattern: '**', text: 'bar' })).toBe(
      'src/b.ts:1: const bar = 1;',
    );
    const several = await text('read_multiple_files', { paths: ['src/b.ts', 'nothing'] });
    expect(several).toContain('src/b.ts:\nconst bar = 1;\n');
    expect(several).toContain('nothing: Error: ENOENT');
    const tree = await call('directory_tree', { path: '/', excludePatterns: ['c'] });
    expect(tree.structured).toMatchObject({ tree: [{ name: 'e' }, { name: 'src' }] });
    expect((await call('get_file_info', { path: 'e/a.txt' })).structured).toMatchObject({
      kind: 'file',
      size: 6,
    });
    const wrong = await call('edit_file', { path: 'src/b.ts', edits });
    expect(wrong).toMatchObject({ isError: true, structured: { code: 'INVALID_ARGUMENT' } });
    expect(wrong.text).toMatch(/^INVALID_ARGUMENT: The oldText of edit 0 .*\nRead the file/);
  });
});

describe('the tools', () => {
  it('say what they may do, and are few where few are asked for', async () => {
    const project = await cliProject();
    const names = async (...args: string[]): Promise<string[]> => {
      const { client } = await startMcp(project, args);
      return (await client.listTools()).tools.map(({ name }) => name);
    };
    const { client } = await startMcp(project, ['--allow-run']);
    const { tools } = await client.listTools();
    const annotations = Object.fromEntries(tools.map((each) => [each.name, each.annotations]));
    expect(annotations['read_text_file']).toMatchObject({
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    });
    expect(annotations['workspace_delete']).toMatchObject({ destructiveHint: true });
    // Clients give all of it to the model.
    expect(JSON.stringify(tools).length).toBeLessThan(48_000);
    const outputs = Object.fromEntries(tools.map((each) => [each.name, each.outputSchema]));
    expect(outputs['command_run']?.['properties']).toMatchObject({
      exit_code: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
      changes: { type: 'array', items: { properties: { path: { type: 'string' } } } },
    });
    expect(annotations['command_run']).toMatchObject({ readOnlyHint: false });
    expect(await names('--read-only', '--tools', 'files')).toEqual([
      ...['read_text_file', 'read_multiple_files', 'list_directory', 'directory_tree'],
      ...['search_files', 'get_file_info'],
    ]);
    expect(await names('-w', 'w', '--tools', 'workspaces,history')).toEqual([
      ...['workspace_redo', 'workspace_history', 'workspace_rebase'],
      ...['workspace_conflicts', 'workspace_resolve'],
    ]);
    expect(await names('--tools', 'run', '--no-escape')).toEqual([]);
    const wrong = await project.run(['mcp', '--tools', 'x']);
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain("There is no group of tools 'x'.");
  });

  it('of a server for one workspace take no other', async () => {
    const project = await cliProject();
    const { client, call } = await startMcp(project, ['-w', 'mine', '--tools', 'files,review']);
    const { tools } = await client.listTools();
    expect(JSON.stringify(tools.map(({ inputSchema }) => inputSchema))).not.toContain(
      'Name of the workspace',
    );
    await call('write_file', { path: 'a.txt', content: '' });
    expect(await project.json(['status', 'mine'])).toMatchObject({ added: [{ path: 'a.txt' }] });
    await project.ok(['snapshot', 'create', '-w', 'w', '-n', 'theirs']);
    await call('snapshot_create', { name: 'own' });
    for (const [name, args] of [
      ['write_file', { workspace: 'w', path: 'a.txt', content: '' }],
      ['workspace_diff', { against: 'w' }],
      ['workspace_diff', { against: 'w/theirs' }],
    ] as const) {
      const refused = { isError: true, structured: { code: 'INVALID_ARGUMENT' } };
      expect(await call(name, args)).toMatchObject(refused);
    }
    for (const against of ['base', 'own', 'mine/own', 'mine']) {
      expect((await call('workspace_diff', { against })).isError, against).toBe(false);
    }
  });

  it('take no field that they do not tell of: a model chooses no weaker sandbox', async () => {
    const project = await cliProject();
    const { client, call } = await startMcp(project, ['--allow-run', '--tools', 'workspaces,run']);
    for (const [name, args] of [
      ['command_run', { workspace: 'w', command: 'true', sandbox: 'none' }],
      ['command_run', { workspace: 'w', command: 'true', limits: { processes: 9 } }],
      ['command_run', { workspace: 'w', command: 'true', timeoutMs: 1 }],
      ['workspace_create', { name: 'weak', sandbox: 'none' }],
    ] as const) {
      const refused = { isError: true, structured: { code: 'INVALID_ARGUMENT' } };
      expect(await call(name, args), JSON.stringify(args)).toMatchObject(refused);
    }
    const { tools } = await client.listTools();
    expect(JSON.stringify(tools.map(({ inputSchema }) => inputSchema))).not.toContain('sandbox');
  });

  it('tell of what is wrong as results, with code and hint', async () => {
    const { client, call } = await startMcp(await cliProject());
    for (const [name, args, code] of [
      ['read_text_file', { workspace: 'v', path: 'a' }, 'WORKSPACE_NOT_FOUND'],
      ['read_text_file', { workspace: 'w', path: 'a' }, 'ENOENT'],
      ['read_text_file', { workspace: 'w' }, 'INVALID_ARGUMENT'],
      ['read_text_file', { path: 'a' }, 'INVALID_ARGUMENT'],
      ['read_text_file', { workspace: 'w', path: '../a' }, 'INVALID_PATH'],
      ['workspace_create', { name: 'x', from_nowhere: 'y' }, 'INVALID_ARGUMENT'],
      ['workspace_undo', { workspace: 'w' }, 'NOTHING_TO_UNDO'],
    ] as const) {
      const answer = await call(name, args);
      expect(answer, name).toMatchObject({ isError: true, structured: { code } });
      expect(answer.structured['hint'], name).not.toBe('');
      expect(answer.text).toContain(code);
    }
    await expect(client.callTool({ name: 'nothing' })).rejects.toThrow("no tool 'nothing'");
  });

  it('run commands with progress, and stop them when they are cancelled', async () => {
    const { client } = await startMcp(await cliProject(), ['-w', 'w', '--allow-run']);
    const stop = new AbortController();
    const heard: (string | undefined)[] = [];
    const params = { name: 'command_run', arguments: { command: 'echo up; sleep 1000' } };
    const call = client.callTool(params, {
      signal: stop.signal,
      onprogress: ({ message }) => {
        heard.push(message);
        stop.abort();
      },
    });
    await expect(call).rejects.toThrow();
    expect(heard).toEqual(['up\n']);
    // The workspace is free again when the command is gone.
    const next = await client.callTool({ name: 'command_run', arguments: { command: 'echo x' } });
    expect(next.structuredContent).toMatchObject({ stdout: 'x\n' });
  });

  it('try several ways at once, and choose', async () => {
    const project = await cliProject({ n: '0\n' });
    const { client, call } = await startMcp(project, ['--tools', 'explore', '--allow-run']);
    const candidates = [{ command: 'echo 1 > n' }, { name: 'two', command: 'echo 2 > n' }];
    const heard: (string | undefined)[] = [];
    const run = await client.callTool(
      { name: 'explore_run', arguments: { candidates, judge: 'cat n', keep: 'all' } },
      { onprogress: ({ message }) => heard.push(message) },
    );
    expect(run.structuredContent).toMatchObject({ best: { name: 'two', exit_code: 0, score: 2 } });
    expect(heard).toContain('two: running\n');
    const { id: exploration } = Object(run.structuredContent);
    expect((await call('explore_status', { exploration })).structured).toMatchObject({
      candidates: [{ name: 'two', rank: 1 }, { name: '1' }],
    });
    const workspaces = [`explore-${exploration}-1`, `explore-${exploration}-two`];
    expect((await call('workspace_check_merge', { workspaces })).structured).toMatchObject({
      clashes: [{ conflicts: [{ path: 'n' }] }],
    });
    const chosen = await call('explore_choose', { exploration, candidate: '1' });
    expect(chosen.structured).toMatchObject({ workspace: { name: workspaces[0] } });
    const careful = await startMcp(project, ['--tools', 'explore']);
    const { tools } = await careful.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      ...['explore_status', 'explore_choose', 'workspace_check_merge'],
    ]);
  });

  it('start processes, talk with them and end them', async () => {
    const project = await cliProject();
    const { call } = await startMcp(project, ['-w', 'w', '--allow-run', '--tools', 'run']);
    const command = 'printf "name? "; read name; echo "hello $name"; echo x > made.txt; cat';
    const started = await call('start_process', { command });
    const { process } = started.structured;
    expect(started).toMatchObject({ text: `Started ${process}.`, isError: false });
    const wait = { process, wait_ms: 60_000 };
    const prompt = await call('read_process_output', wait);
    expect(prompt.text).toBe(`name? \n[cursor 6; ${process} is running]`);
    const busy = await call('command_run', { command: 'true' });
    expect(busy).toMatchObject({ isError: true, structured: { code: 'WORKSPACE_BUSY' } });
    await call('interact_with_process', { process, input: 'Ada' });
    const answer = await call('read_process_output', { ...wait, cursor: 6 });
    expect(answer.structured).toMatchObject({ text: 'hello Ada\n', state: 'running' });
    const ended = await call('force_terminate', { process });
    expect(ended.text).toContain('ended by SIGTERM; 1 paths changed]\nadded made.txt');
    expect(ended.structured).toMatchObject({ end: { signal: 'SIGTERM', change_count: 1 } });
    const gone = await call('read_process_output', { process: 'process-0' });
    expect(gone).toMatchObject({ isError: true, structured: { code: 'NOT_OPEN' } });
  });

  it('stop a process with a client that vanishes', async () => {
    const project = await cliProject();
    const { client, call, transport } = await startMcp(project, ['-w', 'w', '--allow-run']);
    const { pid } = transport;
    const command = 'echo x > made.txt; trap "" TERM; echo up; while :; do sleep 1; done';
    const { structured } = await call('start_process', { command });
    await call('read_process_output', { process: structured['process'], wait_ms: 60_000 });
    await client.close();
    await until(() => pid !== null && !isRunning(pid));
    expect(await project.json(['status', 'w'])).toMatchObject({ hasChanges: true });
  });

  it('stop with a client that vanishes', async () => {
    const project = await cliProject();
    const { client, transport } = await startMcp(project, ['-w', 'w', '--allow-run']);
    const { pid } = transport;
    const command = 'echo up; trap "" TERM; while :; do sleep 1; done';
    let isUp: (() => void) | undefined;
    const up = new Promise<void>((resolve) => {
      isUp = resolve;
    });
    const params = { name: 'command_run', arguments: { command } };
    client.callTool(params, { onprogress: () => isUp?.() }).catch(() => undefined);
    await up;
    await client.close();
    await until(() => pid !== null && !isRunning(pid));
    expect(await project.run(['run', '-w', 'w', 'true'])).toMatchObject({ status: 0 });
  });
});
