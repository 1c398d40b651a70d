import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CommandError, type RunStream } from '../../src/index.ts';
import { markedProcesses } from '../support/processes.ts';
import { listingOf, stream, workspaceOf } from './support/commands.ts';

describe('a stream', () => {
  async function lines(source: AsyncIterable<string>): Promise<string[]> {
    const all: string[] = [];
    for await (const line of source) all.push(line);
    return all;
  }

  it('gives the lines with their terminators, and then everything is stored', async () => {
    const workspace = await workspaceOf();
    const running = stream(workspace, 'echo one; echo x > x; printf two');
    expect(await running).toBe(running);
    expect(await lines(running)).toEqual(['one\n', 'two']);
    expect(Object.keys(await listingOf(workspace))).toContain('x');
    expect(await running.result).toMatchObject({ exitCode: 0, stdout: 'one\ntwo' });
  });

  it('gives one output or both', async () => {
    const workspace = await workspaceOf();
    const command = 'echo out; echo err >&2';
    expect(await lines(stream(workspace, command, { streams: 'stderr' }))).toEqual(['err\n']);
    expect(await lines(stream(workspace, command, { streams: 'stdout' }))).toEqual(['out\n']);
    expect((await lines(stream(workspace, command))).sort()).toEqual(['err\n', 'out\n']);
    const wrong = (): RunStream => stream(workspace, command, { streams: 'stdin' as 'both' });
    expect(wrong).toThrow('streams must be');
  });

  it('gives a line before its end where that is wanted', async () => {
    const workspace = await workspaceOf();
    const input = new PassThrough();
    const options = { partialLines: true, input };
    const heard: string[] = [];
    for await (const piece of stream(workspace, 'printf "ü? "; read x; echo $x', options)) {
      heard.push(piece);
      if (heard.length === 1) input.end('yes\n');
    }
    expect(heard).toEqual(['ü? ', 'yes\n']);
  });

  it('that is left early kills the command, and its changes are stored', async () => {
    const workspace = await workspaceOf();
    const running = stream(workspace, 'echo x > x; echo ready; (sleep 1000 &) ; sleep 1000');
    for await (const line of running) {
      expect(line).toBe('ready\n');
      break;
    }
    expect(Object.keys(await listingOf(workspace))).toContain('x');
    const result = await running.result;
    expect(result).toMatchObject({ signal: 'SIGKILL', failed: true });
    expect(await markedProcesses(result.commandId)).toEqual([]);
  });

  it('can be killed, also before the command has begun', async () => {
    const workspace = await workspaceOf();
    const running = stream(workspace, 'echo ready; sleep 1000');
    const read: string[] = [];
    for await (const line of running) {
      read.push(line);
      running.kill();
    }
    expect(read).toEqual(['ready\n']);
    expect(await running.result).toMatchObject({ signal: 'SIGTERM' });
    const early = stream(workspace, 'touch never');
    early.kill();
    await expect(early.result).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(lines(early)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(Object.keys(await listingOf(workspace))).not.toContain('never');
  });

  it('need not be read', async () => {
    const workspace = await workspaceOf();
    const result = await stream(workspace, 'seq 1000; echo x > x').result;
    expect(result.stdout.split('\n')).toHaveLength(1001);
    expect(result.changes).toMatchObject([{ path: 'x' }]);
  });

  it('throws what goes wrong, a failed command only with check', async () => {
    const workspace = await workspaceOf();
    expect(await lines(stream(workspace, 'echo out; exit 2'))).toEqual(['out\n']);
    await expect(lines(stream(workspace, 'exit 2', { check: true }))).rejects.toBeInstanceOf(
      CommandError,
    );
    await expect(lines(stream(workspace, 'true', { workdir: 'no' }))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(() => stream(workspace, 'true', { timeout: -1 })).toThrow('timeout must be');
  });
});
