/** What no client should send, on the real socket: each is answered or ended, and nobody else notices. */

import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPCODES } from '../../../src/neighbours/clove/index.ts';
import { cloveSurface } from '../../../src/server/clove/surface.ts';
import {
  privateDirectory,
  RawConnection,
  rawFrame,
  testKernel,
} from '../../support/clove-kernel.ts';
import { testCore } from '../../support/server-core.ts';
import { whenDone } from '../../support/when-done.ts';

const MIB = 1024 * 1024;

/** The error of the only reply. */
async function errorOf(connection: RawConnection): Promise<string> {
  await expect.poll(() => connection.replies().length).toBe(1);
  const reply = JSON.parse(connection.replies()[0]?.text ?? '');
  expect(reply.success).toBe(false);
  return reply.error;
}

describe('a stream that is none', () => {
  it.each([
    ['another magic', Buffer.from('AGNT'.padEnd(17, '\0')), /^invalid magic: 0x544e4741/],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /^invalid magic/],
    ['a length of 2^64-1', rawFrame(3, '', 2n ** 64n - 1n), /18446744073709551615/],
    ['1 MiB and a byte', rawFrame(4, '', BigInt(MIB + 1)), /1048577 bytes, at most 1048576/],
  ])('%s is answered, and ends the connection', async (_, bytes, message) => {
    const { path, client } = await testKernel();
    const connection = await RawConnection.open(path);
    connection.socket.write(bytes);
    expect(await errorOf(connection)).toMatch(message);
    await connection.closed;
    expect(await client().noop('others go on')).toBe('others go on');
  });

  it('answers what came before it', async () => {
    const { path } = await testKernel();
    const connection = await RawConnection.open(path);
    connection.socket.write(Buffer.concat([rawFrame(0, 'first'), Buffer.alloc(17)]));
    await connection.closed;
    const texts = connection.replies().map(({ text }) => text);
    expect(texts).toEqual(['first', expect.stringContaining('invalid magic')]);
  });

  it('a header in 17 pieces is a header', async () => {
    const { path } = await testKernel();
    const connection = await RawConnection.open(path);
    connection.socket.setNoDelay();
    for (const byte of rawFrame(0, 'x')) {
      await new Promise((resolve) => connection.socket.write(Buffer.from([byte]), resolve));
    }
    await expect.poll(() => connection.replies()).toMatchObject([{ opcode: 0, text: 'x' }]);
  });

  it('exactly 1 MiB is taken', async () => {
    const { path } = await testKernel();
    const connection = await RawConnection.open(path);
    connection.send(0, Buffer.alloc(MIB, 'x'));
    await expect.poll(() => connection.replies()[0]?.text.length).toBe(MIB);
  });

  it('half a header that does not go on is answered, and ends the connection', async () => {
    const { path, client } = await testKernel({}, { kernel: { stalledMs: 50 } });
    const connection = await RawConnection.open(path);
    connection.socket.write(rawFrame(0, 'x').subarray(0, 9));
    expect(await errorOf(connection)).toBe('incomplete message');
    await connection.closed;
    expect(await client().noop('')).toBe('');
  });

  it('what waits because the kernel does not read is not given up', async () => {
    const { path, client } = await testKernel({}, { kernel: { stalledMs: 200 } });
    const connection = await RawConnection.open(path);
    const last = rawFrame(0, 'last');
    const many = Array.from({ length: 100 }, () => rawFrame(0, 'x'));
    const slow = rawFrame(OPCODES.EXEC, '{"command":"sleep 1"}');
    connection.socket.write(Buffer.concat([slow, ...many, last.subarray(0, 9)]));
    expect(await client().noop('')).toBe('');
    connection.socket.write(last.subarray(9));
    await expect.poll(() => connection.replies().at(-1)?.text).toBe('last');
    expect(connection.replies()).toHaveLength(102);
  });

  it('half a frame and an end is no request', async () => {
    const { path, client } = await testKernel();
    const connection = await RawConnection.open(path);
    connection.socket.end(rawFrame(0, 'x'.repeat(100)).subarray(0, 50));
    await connection.closed;
    expect(connection.replies()).toEqual([]);
    expect(await client().noop('')).toBe('');
  });

  it('an end behind requests lets them be answered', async () => {
    const { path } = await testKernel();
    const connection = await RawConnection.open(path);
    connection.socket.end(Buffer.concat([rawFrame(2, '{"command":"echo a"}'), rawFrame(0, 'b')]));
    await connection.closed;
    const [first, second] = connection.replies();
    expect(JSON.parse(first?.text ?? '')).toMatchObject({ stdout: 'a\n' });
    expect(second?.text).toBe('b');
  });
});

describe('a request that is none', () => {
  it.each([
    ['nothing that is JSON', '{"path":', /^invalid request: /],
    ['a list', '[]', /not an object/],
    ['a number', '17', /not an object/],
    ['null', 'null', /not an object/],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /not UTF-8/],
    ['JSON of depth 100,000', `{"path":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /nested/],
    ['depth that does not end', '{"path":'.repeat(100_000), /nested/],
    ['a key that comes twice', '{"path":"a","path":"b"}', /path.* twice/],
    ['a path that is a number', '{"path":7}', /path has to be a string/],
    ['a path with NUL', '{"path":"a\\u0000b"}', /NUL/],
    ['a path that leads out', '{"path":"../../etc/hostname"}', /leads out/],
    ['a path into .git', '{"path":".git/HEAD"}', /failed to open file/],
    ['a prototype', '{"__proto__":{"path":"a"}}', /^path required$/],
  ])('%s is refused, with the fields of the call', async (_, payload, message) => {
    const { path } = await testKernel({ a: 'x' });
    const connection = await RawConnection.open(path);
    connection.send(OPCODES.READ, payload);
    expect(await errorOf(connection)).toMatch(message);
    const [reply] = connection.replies();
    expect(JSON.parse(reply?.text ?? '')).toMatchObject({ content: '', size: 0 });
    connection.send(0, 'goes on');
    await expect.poll(() => connection.replies()[1]?.text).toBe('goes on');
  });

  it.each([
    [OPCODES.SEND, '{"to":-1,"message":1}'],
    [OPCODES.SEND, '{"to":1.5,"message":1}'],
    [OPCODES.SEND, '{"to":4294967296,"message":1}'],
    [OPCODES.RECV, '{"max":"all"}'],
    [OPCODES.STORE, '{"key":"k","ttl":-5}'],
    [OPCODES.STORE, `{"key":"${'k'.repeat(2000)}","value":1}`],
    [OPCODES.EXEC, '{"command":["ls"]}'],
    [OPCODES.EXEC, '{"command":"ls","timeout":null,"cwd":7}'],
    [OPCODES.SUBSCRIBE, '{"event_types":"CUSTOM"}'],
    [OPCODES.SUBSCRIBE, '{"event_types":[1]}'],
    [OPCODES.SET_PERMS, '{"permissions":{"can_exec":"yes"}}'],
    [OPCODES.SET_PERMS, '{"permissions":{"filesystem":[]}}'],
    [OPCODES.SET_PERMS, '{"permissions":{"max_exec_time_ms":-1}}'],
    [OPCODES.SPAWN, '{"script":"a.sh","limits":{"memory":"much"}}'],
    [OPCODES.HTTP, '{"url":"not a url"}'],
    [OPCODES.THINK, '{"prompt":""}'],
    [OPCODES.REGISTER, `{"name":"${'n'.repeat(300)}"}`],
  ])('opcode %i does not take %s', async (opcode, payload) => {
    const { path } = await testKernel({ 'a.sh': '' });
    const connection = await RawConnection.open(path);
    connection.send(opcode, payload);
    expect(await errorOf(connection)).not.toBe('');
  });

  it('a very deep value is neither kept nor sent', async () => {
    const { path, client } = await testKernel();
    const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
    const connection = await RawConnection.open(path);
    connection.send(OPCODES.STORE, `{"key":"deep","value":${deep}}`);
    expect(await errorOf(connection)).toMatch(/nested/);
    expect(await client().fetch('deep')).toMatchObject({ exists: false });
  });
});

describe('clients that behave badly', () => {
  it('500 that say nothing keep nobody from anything', async () => {
    const { path, client } = await testKernel();
    const silent = await Promise.all(Array.from({ length: 500 }, () => RawConnection.open(path)));
    expect(await client().exec('echo served')).toMatchObject({ stdout: 'served\n' });
    for (const { socket } of silent) socket.destroy();
    expect(await client().noop('and after')).toBe('and after');
  });

  it('one that never reads its replies holds up itself alone, in bounded memory', async () => {
    const { path, client } = await testKernel();
    const connection = await RawConnection.open(path);
    connection.socket.pause();
    const frame = rawFrame(0, Buffer.alloc(MIB, 'x'));
    let taken = 0;
    let isFull = false;
    for (let i = 0; i < 200 && !isFull; i++) {
      const done = new Promise<boolean>((resolve) =>
        connection.socket.write(frame, () => resolve(true)),
      );
      const others = client();
      const answered = (async () => {
        for (let turn = 0; turn < 20; turn++) await others.noop('x');
        await others.disconnect();
        return false;
      })();
      // A write that is not taken while others are served 20 times is one that has to wait.
      if (await Promise.race([done, answered])) taken += 1;
      else isFull = true;
    }
    expect(isFull).toBe(true);
    expect(taken).toBeLessThan(50);
    expect(await client().noop('served')).toBe('served');
  });

  it('one that is gone before its reply harms nobody', async () => {
    const { path, client } = await testKernel();
    const connection = await RawConnection.open(path);
    connection.send(OPCODES.EXEC, '{"command":"sleep 0.2; echo done > done.txt"}');
    connection.socket.destroy();
    await expect.poll(async () => (await client().readFile('done.txt')).success).toBe(true);
  });

  it('100 at once are all served', async () => {
    const { client } = await testKernel();
    const agents = Array.from({ length: 100 }, client);
    const texts = await Promise.all(
      agents.map(async (agent, i) => {
        await agent.writeFile(`d/${i}.txt`, String(i));
        await agent.store(`key:${i}`, i);
        return (await agent.readFile(`d/${i}.txt`)).content;
      }),
    );
    expect(texts).toEqual(agents.map((_, i) => String(i)));
    expect((await agents[0]?.listKeys('key:'))?.count).toBe(100);
    expect(new Set(agents.map(({ agentId }) => agentId)).size).toBe(100);
  });

  it('a mailbox has an end', async () => {
    const { client } = await testKernel();
    const [sender, receiver] = [client(), client()];
    await receiver.registerName('receiver');
    const text = 'x'.repeat(900_000);
    const replies = await Promise.all(
      Array.from({ length: 30 }, () => sender.sendMessage(text, { toName: 'receiver' })),
    );
    const refused = replies.filter(({ success }) => !success);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.error).toBe('mailbox full: receiver');
    expect((await receiver.recvMessages(100)).count).toBe(1);
  });
});

describe('mapped directories', () => {
  it('are reached by their own paths, and nothing behind links in them is', async () => {
    const directory = privateDirectory();
    writeFileSync(join(directory, 'a.txt'), 'host');
    mkdirSync(join(directory, 'sub'));
    const secret = join(privateDirectory(), 'secret.key');
    writeFileSync(secret, 'secret');
    symlinkSync(secret, join(directory, 'link'));
    const { client } = await testKernel({}, { kernel: { map: [directory] } });
    const agent = client();
    expect((await agent.readFile(join(directory, 'a.txt'))).content).toBe('host');
    expect((await agent.writeFile(join(directory, 'sub/new.txt'), 'x')).success).toBe(true);
    expect(existsSync(join(directory, 'sub/new.txt'))).toBe(true);
    expect((await agent.readFile(join(directory, 'link'))).error).toMatch(/leads out/);
    expect((await agent.writeFile(join(directory, 'link'), 'x')).error).toMatch(/leads out/);
    expect((await agent.readFile(`${directory}/../x`)).success).toBe(false);
    expect((await agent.readFile(directory)).success).toBe(false);
    expect((await agent.readFile(secret)).error).toBe('failed to open file');
  });
});

describe('the socket', () => {
  it('is for its user alone, and goes with the kernel', async () => {
    const { path, started } = await testKernel();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await started.close();
    expect(existsSync(path)).toBe(false);
  });

  it('takes the place of one that nobody answers, and of nothing else', async () => {
    const { core } = await testCore();
    const directory = privateDirectory();
    const file = join(directory, 'file');
    writeFileSync(file, 'mine');
    await expect(cloveSurface.start(core, { path: file })).rejects.toMatchObject({
      ...{ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('another path') },
    });
    const taken = join(directory, 'taken');
    const server = createServer();
    whenDone(() => server.close());
    await new Promise<void>((resolve) => server.listen(taken, resolve));
    await expect(cloveSurface.start(core, { path: taken })).rejects.toThrow(/listens at/);
    const long = join(directory, 'x'.repeat(120));
    await expect(cloveSurface.start(core, { path: long })).rejects.toThrow(/at most 107/);
    chmodSync(directory, 0o700);
  });
});
