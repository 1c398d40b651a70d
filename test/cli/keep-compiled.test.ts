import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CliProject } from '../support/cli.ts';

const nodeKeepsCode = 'enableCompileCache' in nodeModule;

describe('compiled code', () => {
  it('is kept below the home directory, for this user alone, where Node can', async () => {
    const project = new CliProject();
    const { status } = await project.spawn(['--version']);
    expect(status).toBe(0);
    const kept = join(project.home, '.cache', 'agentfs', 'compiled');
    expect(existsSync(kept)).toBe(nodeKeepsCode);
    if (!nodeKeepsCode) return;
    expect(readdirSync(kept)).not.toEqual([]);
    expect(lstatSync(kept).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['leads elsewhere', (path: string, other: string) => symlinkSync(other, path)],
    ['can be written by others', (path: string) => mkdirSync(path)],
  ])('is not kept where a directory %s', async (_, make) => {
    const project = new CliProject();
    const other = join(project.home, 'other');
    mkdirSync(other);
    const cache = join(project.home, '.cache');
    make(cache, other);
    chmodSync(cache, 0o777);
    const { status, stderr } = await project.spawn(['--version']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect([readdirSync(other), readdirSync(cache)]).toEqual([[], []]);
  });
});
