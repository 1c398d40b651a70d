import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';
import { startMcp } from '../support/mcp-client.ts';

describe('resources', () => {
  it('are the files and the changes of each workspace', async () => {
    const files = { 'src/a b.ts': 'one\n', 'b.bin': new Uint8Array([0, 255]) };
    const project = await cliProject(files);
    const { client, call } = await startMcp(project);
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['agentfs://w/', 'agentfs-diff://w']);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'agentfs://{workspace}/{+path}',
      'agentfs-diff://{workspace}',
    ]);
    const read = async (uri: string): Promise<unknown> =>
      (await client.readResource({ uri })).contents[0];
    expect(await read('agentfs://w/')).toMatchObject({ text: 'b.bin\nsrc\n' });
    expect(await read('agentfs://w/src/a%20b.ts')).toMatchObject({ text: 'one\n' });
    expect(await read('agentfs://w/b.bin')).toMatchObject({ blob: 'AP8=' });
    await call('write_file', { workspace: 'w', path: 'c.txt', content: 'two\n' });
    expect(await read('agentfs-diff://w')).toMatchObject({
      text: expect.stringContaining('+two'),
      mimeType: 'text/x-diff',
    });
    for (const uri of ['agentfs://v/', 'agentfs://w/none', 'https://example.org/', 'x']) {
      await expect(read(uri), uri).rejects.toThrow();
    }
  });

  it('of a server for one workspace are of that one alone', async () => {
    const project = await cliProject({ 'a.txt': 'one\n' });
    const { client } = await startMcp(project, ['-w', 'mine']);
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['agentfs://mine/', 'agentfs-diff://mine']);
    await expect(client.readResource({ uri: 'agentfs://w/a.txt' })).rejects.toThrow('alone');
  });
});

describe('prompts', () => {
  it('hold the changes, and the paths that clash', async () => {
    const project = await cliProject({ 'a.txt': 'one\n' });
    const { client, call } = await startMcp(project);
    await call('write_file', { workspace: 'w', path: 'a.txt', content: 'two\n' });
    project.write('a.txt', 'three\n');
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['review_workspace', 'explain_conflict']);
    const get = async (name: string, args: Record<string, string>): Promise<string> => {
      const { messages } = await client.getPrompt({ name, arguments: args });
      const [first] = messages;
      return first?.content.type === 'text' ? first.content.text : '';
    };
    expect(await get('review_workspace', { workspace: 'w' })).toContain('-one\n+two\n');
    const conflict = await get('explain_conflict', { workspace: 'w' });
    expect(conflict).toContain('cannot be merged: a.txt.');
    expect(conflict).toContain('-three\n+two\n');
    await expect(get('review_workspace', {})).rejects.toThrow('Name a workspace');
    await expect(get('review_workspace', { workspace: 'v' })).rejects.toThrow("no workspace 'v'");
    await expect(get('nothing', {})).rejects.toThrow("no prompt 'nothing'");
  });
});
