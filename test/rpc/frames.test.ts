import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES, readFrames } from '../../src/rpc/frames.ts';
import { CliProject, cliProject, collect } from '../support/cli.ts';
import { frame, startRpc } from '../support/rpc-client.ts';

async function bodiesOf(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const bodies: string[] = [];
  async function* input(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  for await (const body of readFrames(input())) bodies.push(body.toString());
  return bodies;
}

describe('frames', () => {
  it('come out whole however they were cut', async () => {
    const bytes = Buffer.concat(['{}', '', '{"a":"ä€😀"}', 'x'.repeat(5000)].map(frame));
    const wanted = ['{}', '', '{"a":"ä€😀"}', 'x'.repeat(5000)];
    for (const size of [1, 2, 3, 7, 1000, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(await bodiesOf(...chunks), String(size)).toEqual(wanted);
    }
  });

  it('may have other headers, in any case', async () => {
    const header = 'content-type: application/json\r\nCONTENT-LENGTH:  2 \r\n\r\n';
    expect(await bodiesOf(`${header}{}`)).toEqual(['{}']);
  });

  it.each([
    ['no length', 'Content-Type: x\r\n\r\n{}', 'has no Content-Length'],
    ['a length that is none', 'Content-Length: -1\r\n\r\n{}', 'has no Content-Length'],
    ['a length of 2^53', `Content-Length: ${2 ** 53}\r\n\r\n{}`, 'is too large'],
    ['a byte too many', `Content-Length: ${MAX_FRAME_BYTES + 1}\r\n\r\n{}`, 'is too large'],
    ['a header without end', 'x'.repeat(5000), 'is longer than'],
    ['half a header', 'Content-Le', 'ended in the middle'],
    ['half a body', 'Content-Length: 10\r\n\r\n{}', 'ended in the middle'],
  ])('with %s are refused', async (_, bytes, problem) => {
    await expect(bodiesOf(bytes)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(problem),
    });
  });
});

describe('a client that sends no frame', () => {
  it.each([
    ['Hello\r\n\r\n', 'has no Content-Length'],
    [`Content-Length: ${2 ** 53}\r\n\r\n`, 'is too large'],
  ])('is told so, and the server ends: %j', async (bytes, problem) => {
    const project = await cliProject({ 'a.txt': 'one\n' });
    const client = await startRpc(project);
    const errors = collect(client.child.stderr);
    const closed = once(client.child, 'close');
    const read = client.answerTo(1);
    client.send({ jsonrpc: '2.0', id: 1, method: 'workspace.list' });
    client.sendRaw(bytes);
    // What was asked before is answered all the same.
    expect((await read).result).toMatchObject({ total: 1 });
    const [status] = await closed;
    expect(status).toBe(2);
    expect(client.messages.find(({ id }) => id === null)?.error).toMatchObject({
      message: expect.stringContaining(problem),
      data: { code: 'INVALID_ARGUMENT' },
    });
    expect(errors.join('')).toContain(problem);
  });

  it('leaves nothing behind when it sends nothing', async () => {
    const project = new CliProject({ 'a.txt': 'one\n' });
    const client = await startRpc(project);
    expect(await client.end()).toBe(0);
    expect(client.messages).toEqual([]);
  });
});

describe('a message that makes no sense', () => {
  it('is answered with what is wrong, and the session goes on', async () => {
    const client = await startRpc(await cliProject());
    const refused = async (body: string | Buffer, id: unknown = null): Promise<unknown> => {
      const answer = client.answerTo(id);
      client.sendRaw(frame(body));
      const { error } = await answer;
      return [error?.code, error?.message, error?.data.code];
    };
    const invalid = 'INVALID_ARGUMENT';
    expect(await refused('{')).toEqual([-32_700, 'The body of a frame is not JSON.', invalid]);
    expect(await refused(Buffer.from([0x22, 0xff, 0x22]))).toEqual([
      -32_700,
      'The body of a frame is not UTF-8.',
      invalid,
    ]);
    expect(await refused('')).toEqual([-32_700, 'The body of a frame is not JSON.', invalid]);
    expect(await refused('3')).toEqual([-32_600, 'A message is an object.', invalid]);
    expect(await refused('[{"jsonrpc":"2.0","id":1,"method":"workspace.list"}]')).toEqual([
      -32_600,
      'Batches are not supported: send each message in a frame of its own.',
      invalid,
    ]);
    for (const [body, id, problem] of [
      ['{"id":7,"method":"workspace.list"}', 7, "A message has jsonrpc: '2.0'."],
      ['{"jsonrpc":"2.0","id":7}', 7, 'A message has a method, which is a string.'],
      [
        '{"jsonrpc":"2.0","id":{},"method":"x"}',
        null,
        'The id of a request is a string or a number.',
      ],
      ['{"jsonrpc":"2.0","id":7,"method":"x","params":3}', 7, 'params is an object.'],
    ] as const) {
      expect(await refused(body, id)).toEqual([-32_600, problem, invalid]);
    }
    expect(await refused('{"jsonrpc":"2.0","id":7,"method":"x.y"}', 7)).toEqual([
      -32_601,
      "There is no operation 'x.y'.",
      invalid,
    ]);
    const deep = `{"jsonrpc":"2.0","id":8,"method":"workspace.list","params":{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    expect(await refused(deep, 8)).toEqual([-32_602, 'name must be of type string.', invalid]);
    // An answer to nothing, and a notification of nothing, are left alone.
    client.send({ jsonrpc: '2.0', id: 1, result: {} });
    client.send({ jsonrpc: '2.0', method: 'nothing.here' });
    client.send({ jsonrpc: '2.0', method: '$/cancel', params: { id: 99 } });
    expect(await client.call('workspace.list')).toMatchObject({ total: 1 });
    expect(await client.end()).toBe(0);
  });
});
