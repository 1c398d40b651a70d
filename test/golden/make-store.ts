/**
 * Makes the store that is checked in for a schema. A store of a schema
 * that was released is never made again: a new schema gets a file of its own.
 */

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentFS } from '../../src/index.ts';

/** The content of a file that is stored in chunks, and compressed since only a snapshot has it. */
export const LARGE: string = 'golden!\n'.repeat(140_000);

/** Makes a store and puts its file at `target`. */
export async function makeGoldenStore(target: string): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'golden-'));
  let now = Date.UTC(2026, 0, 1);
  const clock = {
    now(): number {
      now += 1000;
      return now;
    },
  };
  try {
    mkdirSync(join(base, 'src'));
    writeFileSync(join(base, 'README.md'), '# Golden\n');
    writeFileSync(join(base, 'src/main.ts'), 'export const answer = 42;\n');
    const identity = {
      agentId: 'golden-agent',
      sessionId: 'golden-session',
      author: 'Golden <g@x>',
    };
    const afs = new AgentFS(base, { clock, ...identity });
    await fill(afs);
    await afs.close();
    copyFileSync(join(base, '.agentfs/agentfs.db'), target);
  } finally {
    rmSync(base, { recursive: true });
  }
}

async function fill(afs: AgentFS): Promise<void> {
  const agent = await afs.workspace.create('agent', { description: 'a golden one', tags: ['old'] });
  await agent.batch((batch) =>
    batch
      .writeFile('src/main.ts', 'export const answer = 43;\n')
      .writeFile('bin/tool', '#!/bin/sh\n', { mode: 0o755 })
      .symlink('bin/tool', 'tool')
      .mkdir('empty'),
  );
  await agent.snapshot.create('before-commit', { description: 'all is well', tags: ['safe'] });
  await agent.commit('Correct the answer');
  await agent.writeFile('large.txt', LARGE);
  await agent.snapshot.create('large');
  await agent.delete('large.txt');
  await agent.writeFile('notes', 'golden\n');
  await agent.move('src', 'source');
  await agent.snapshot.create('moved');
  await afs.workspace.create('fork', { fromSnapshot: 'agent/moved', readOnly: true });
  await agent.delete('source', { recursive: true });
  await agent.undo();
  await afs.storage.compact();
  // Not folded into the tree: these are in the table of pending changes.
  await agent.writeFile('ünïcode/\u{1f600}.txt', 'pending\n');
  await agent.chmod('README.md', 0o600);
  await agent.delete('tool');
}
