/** What a model may say by the tools that it is given: never what its commands are kept from. */

import { expect, it } from 'vitest';
import { toTools } from '../../src/adapters/ai-sdk.ts';
import { offeredTools } from '../../src/mcp/tools.ts';
import { OPERATIONS } from '../../src/operations/table.ts';
import { failureOf } from '../support/operations.ts';
import { setUp } from '../support/test-project.ts';

const SET_BY_THE_USER = ['sandbox', 'limits'];

it('no tool of the AI SDK takes a sandbox or limits', async () => {
  const { afs, workspace } = await setUp({ 'a.txt': 'a\n' });
  const names = OPERATIONS.filter(({ input }) => 'workspace' in input.shape).map(
    ({ name }) => name,
  );
  const usable = names.filter((name) => !/^(process|session|watch)\./.test(name));
  const tools = toTools(afs, workspace, usable);
  for (const [name, { inputSchema }] of Object.entries(tools)) {
    for (const field of ['workspace', ...SET_BY_THE_USER]) {
      expect(Object.keys(inputSchema.shape), name).not.toContain(field);
    }
  }
  const run = tools['command_run'];
  for (const more of [{ sandbox: 'none' }, { limits: {} }, { workspace: 'other' }]) {
    const call = run?.execute({ command: 'true', ...more }, {});
    expect(await failureOf(call ?? Promise.resolve())).toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
  expect(await run?.execute({ command: 'echo ran' }, {})).toMatchObject({ stdout: 'ran\n' });
});

it('no tool of the Model Context Protocol takes them', () => {
  const groups = ['workspaces', 'files', 'bytes', 'review', 'run', 'history', 'explore', 'audit'];
  for (const tool of offeredTools({ groups, readOnly: false, allowRun: true })) {
    const fields = Object.keys(tool.inputSchema.properties ?? {});
    for (const field of SET_BY_THE_USER) expect(fields, tool.name).not.toContain(field);
    expect(tool.inputSchema['additionalProperties'], tool.name).toBe(false);
  }
});
