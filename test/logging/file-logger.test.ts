import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLogger, type FileLoggerOptions } from '../../src/logging/file-logger.ts';
import { AgentFSError } from '../../src/primitives/errors.ts';
import { compiledModule } from '../support/compiled.ts';

const clock = { now: () => Date.UTC(2030, 0, 2, 3, 4, 5, 6) };

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentfs-log-'));
  path = join(directory, 'agentfs.log');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function linesOf(file: string): unknown[] {
  const text = readFileSync(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function logged(options: FileLoggerOptions, action: (log: FileLogger) => void): unknown[] {
  using log = new FileLogger(path, { clock, ...options });
  action(log);
  return existsSync(path) && statSync(path).size > 0 ? linesOf(path) : [];
}

describe('a line', () => {
  it('is JSON: time, level and message first, then what is known besides', () => {
    logged({ context: { command: 'commit' } }, (log) => log.info('Done.', { files: 3 }));
    const fixed = '{"time":"2030-01-02T03:04:05.006Z","level":"info","message":"Done."';
    expect(readFileSync(path, 'utf8')).toBe(
      `${fixed},"pid":${process.pid},"command":"commit","files":3}\n`,
    );
  });

  it('has the fixed fields whatever the details are called', () => {
    const details = { time: 1, level: 'x', message: ['y'] };
    expect(logged({}, (log) => log.warn('Careful.', details))).toEqual([
      { time: '2030-01-02T03:04:05.006Z', level: 'warn', message: 'Careful.', pid: process.pid },
    ]);
  });

  it('tells of an error with its code, hint and cause, and of bytes only how many', () => {
    const cause = new Error('underneath');
    const error = new AgentFSError('ENOENT', 'gone', { hint: 'look', path: '/a', cause });
    const [line] = logged({}, (log) => log.error('Failed.', { error, content: Buffer.from('x') }));
    expect(line).toMatchObject({
      error: {
        code: 'ENOENT',
        message: 'gone',
        hint: 'look',
        path: '/a',
        cause: { message: 'underneath' },
      },
      content: '1 bytes',
    });
  });

  it('holds any value, and a bounded part of it', () => {
    const circle: Record<string, unknown> = { big: 1n, none: undefined, call: () => 1 };
    circle['self'] = circle;
    const details = {
      circle,
      text: 'x'.repeat(100_000),
      list: Array(1000).fill(1),
      date: new Date('x'),
    };
    const [line] = logged({}, (log) => log.info('Odd.\nvery', details));
    expect(JSON.stringify(line).length).toBeLessThan(5000);
    expect(line).toMatchObject({ message: 'Odd.\nvery', circle: { big: '1' }, date: null });
  });

  it.each([
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
    ['trace', 4],
  ] as const)('is written at level %s when it is important enough', (level, count) => {
    const lines = logged({ level }, (log) => {
      for (const name of ['error', 'warn', 'info', 'debug'] as const) log[name](name);
    });
    expect(lines).toHaveLength(count);
  });
});

describe('secrets', () => {
  it.each([
    ['known by value', { note: 'it is hunter22!' }],
    ['under a telling name', { authToken: 'x-canary', nested: { API_KEY: 'x-canary' } }],
    ['in an address', { url: 'libsql://me:x-canary@host/db?authToken=x-canary&a=1' }],
    ['as a JSON Web Token', { note: 'eyJhbGciOiJFZERTQSJ9.x-canary.x-canary' }],
    ['in a header', { note: 'Authorization: Bearer x-canary' }],
    ['in an error', { error: new Error('no access with hunter22') }],
  ])('are left out: %s', (_form, details) => {
    const secrets = ['hunter22', 'hunter2', '', 'a'];
    logged({ secrets }, (log) => log.error('With hunter22.', details));
    const text = readFileSync(path, 'utf8');
    expect(text).not.toMatch(/hunter2|x-canary/);
    expect(text).toContain('[redacted]');
    expect(text).toContain('"level":"error"');
  });
});

describe('the file', () => {
  it('is made with its directory, for the owner only', () => {
    path = join(directory, 'new/deep/agentfs.log');
    logged({}, (log) => log.info('x'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'new')).mode & 0o777).toBe(0o700);
  });

  it('rolls when it is full, and keeps the newest of the rolled ones', () => {
    let now = clock.now();
    const ticking = { now: () => now++ };
    logged({ maxBytes: 300, maxFiles: 2, clock: ticking }, (log) => {
      for (let i = 0; i < 20; i++) log.info(`message ${i}`);
    });
    const names = readdirSync(directory).sort();
    expect(names).toHaveLength(3);
    const messages = [...names.slice(1), 'agentfs.log']
      .flatMap((name) => linesOf(join(directory, name)))
      .map((line) => Reflect.get(Object(line), 'message'));
    expect(messages.at(-1)).toBe('message 19');
    expect(messages).toEqual(Array.from(messages, (_, i) => `message ${20 - messages.length + i}`));
    for (const name of names) expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(300);
  });

  it('leaves files alone that only look like rolled ones', () => {
    const other = join(directory, 'agentfs.log.1');
    symlinkSync('nowhere', other);
    logged({ maxBytes: 100, maxFiles: 1 }, (log) => {
      for (let i = 0; i < 5; i++) log.info(`message ${i}`);
    });
    expect(readdirSync(directory)).toContain('agentfs.log.1');
    expect(readdirSync(directory)).toHaveLength(3);
  });

  it('rolls behind a symbolic link and leaves the link', () => {
    symlinkSync('real.log', path);
    logged({ maxBytes: 100 }, (log) => {
      log.info('one'.repeat(20));
      log.info('two'.repeat(20));
    });
    expect(readdirSync(directory).filter((name) => name.startsWith('real.log'))).toHaveLength(2);
    expect(linesOf(path)).toHaveLength(1);
  });

  it('goes on when somebody has removed it', () => {
    using log = new FileLogger(path);
    log.info('one');
    rmSync(path);
    log.info('two');
    expect(linesOf(path)).toMatchObject([{ message: 'two' }]);
  });

  it('says once that it cannot be written, and harms nobody', () => {
    const failures: unknown[] = [];
    const onFailure = (error: unknown): unknown => failures.push(error);
    using directoryLog = new FileLogger(directory, { onFailure });
    directoryLog.info('x');
    expect(failures).toMatchObject([{ code: 'EISDIR' }]);
    using full = new FileLogger('/dev/full', { onFailure });
    full.info('x');
    full.info('y');
    expect(failures).toMatchObject([{ code: 'EISDIR' }, { code: 'ENOSPC' }]);
  });

  it('takes nothing after it is closed, and refuses an unknown level', () => {
    const log = new FileLogger(path);
    log.close();
    log.close();
    log.info('x');
    expect(statSync(path).size).toBe(0);
    expect(() => Reflect.construct(FileLogger, [path, { level: 'loud' }])).toThrow(RangeError);
  });

  it('holds every line of several processes, whole, while it rolls', async () => {
    const module = await compiledModule('logging/file-logger.ts');
    const program = `
      const { FileLogger } = await import(${JSON.stringify(module)});
      const log = new FileLogger(${JSON.stringify(path)}, { maxBytes: 4000, maxFiles: 1000 });
      for (let i = 0; i < 200; i++) log.info('line', { who: process.argv[1], i });`;
    const children = ['a', 'b', 'c'].map((who) =>
      spawn(process.execPath, ['--input-type=module', '-e', program, who], { stdio: 'inherit' }),
    );
    const statuses = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(statuses.map(([status]) => status)).toEqual([0, 0, 0]);
    const names = readdirSync(directory);
    expect(names.length).toBeGreaterThan(5);
    const lines = names.flatMap((name) => linesOf(join(directory, name)));
    const seen = lines.map(
      (line) => `${Reflect.get(Object(line), 'who')}${Reflect.get(Object(line), 'i')}`,
    );
    expect(new Set(seen).size).toBe(600);
    expect(seen).toHaveLength(600);
  });
});
