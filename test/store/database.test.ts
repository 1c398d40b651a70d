import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { longWait } from '../../src/primitives/long-wait.ts';
import { Database } from '../../src/store/database.ts';
import { compiledModule } from '../support/compiled.ts';
import { temporaryDirectory } from './fixtures.ts';

interface Row {
  readonly value: number;
}

const DRIVER = createRequire(import.meta.url).resolve('better-sqlite3');

/** Holds the lock on a database until it is told to commit. */
const HOLDING = `
  const { parentPort, workerData } = require('node:worker_threads');
  const database = new (require(workerData.driver))(workerData.path);
  database.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
  parentPort.once('message', () => {
    database.exec('COMMIT');
    database.close();
  });
  parentPort.postMessage('held');
`;

function open(path = ':memory:', busyTimeoutMs = 30_000): Database {
  const database = Database.open(path, { busyTimeoutMs });
  onTestFinished(() => database.close());
  return database;
}

function withTable(path?: string): Database {
  const database = open(path);
  database.exec('CREATE TABLE t (value INTEGER NOT NULL CHECK (value < 100))');
  return database;
}

function values(database: Database): number[] {
  const statement = database.prepare<Row>('SELECT value FROM t ORDER BY value');
  return statement.all().map(({ value }) => value);
}

describe('a transaction', () => {
  it('keeps all or nothing, and gives its error on', () => {
    const database = withTable();
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    expect(database.transaction(() => insert.run(1))).toBe(1);
    const failure = new Error('after a write');
    const action = (): void => {
      insert.run(2);
      throw failure;
    };
    expect(() => database.transaction(action)).toThrow(failure);
    expect(database.inTransaction).toBe(false);
    expect(values(database)).toEqual([1]);
  });

  it('inside another joins it', () => {
    const database = withTable();
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    const action = (): void => {
      database.transaction(() => insert.run(1));
      expect(database.inTransaction).toBe(true);
      throw new Error('outer');
    };
    expect(() => database.transaction(action)).toThrow('outer');
    expect(values(database)).toEqual([]);
  });

  it('refuses a promise, which would go on after the end, and rolls back', () => {
    const database = withTable();
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    const action = async (): Promise<void> => {
      insert.run(1);
    };
    expect(() => database.transaction(action)).toThrow(TypeError);
    expect(values(database)).toEqual([]);
  });

  it('works as well when it has to survive a power cut', () => {
    const database = withTable(`${temporaryDirectory()}/a.db`);
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    const level = database.transaction(
      () => {
        insert.run(1);
        return database.pragma('synchronous');
      },
      { durable: true },
    );
    expect(level).toBe(2);
    expect(database.pragma('synchronous')).toBe(1);
    expect(values(database)).toEqual([1]);
  });
});

describe('a database', () => {
  it('translates the errors of SQLite and keeps them as cause', () => {
    const database = withTable();
    expect(() => database.prepare('INSERT INTO t VALUES (?)').run(100)).toThrow(
      expect.objectContaining({
        code: 'STORE_IO',
        cause: expect.objectContaining({ code: 'SQLITE_CONSTRAINT_CHECK' }),
      }),
    );
  });

  it('says STORE_BUSY when another process keeps the lock for longer than the timeout', () => {
    const path = `${temporaryDirectory()}/a.db`;
    const first = withTable(path);
    const second = open(path, 1);
    const write = (): unknown => second.transaction(() => undefined);
    first.transaction(() => {
      expect(write).toThrow(expect.objectContaining({ code: 'STORE_BUSY' }));
    });
    expect(write()).toBeUndefined();
  });

  it('waits for a lock, and says so while it is not about to be given up', async () => {
    const path = `${temporaryDirectory()}/a.db`;
    const database = withTable(path);
    const holder = new Worker(HOLDING, { eval: true, workerData: { path, driver: DRIVER } });
    onTestFinished(async () => void (await holder.terminate()));
    await once(holder, 'message');
    const told: unknown[] = [];
    const listener = (isWaiting: unknown): void => {
      told.push(isWaiting);
      if (isWaiting === true) holder.postMessage('enough');
    };
    longWait.subscribe(listener);
    onTestFinished(() => void longWait.unsubscribe(listener));
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    database.transaction(() => insert.run(2));
    expect(told).toEqual([true, false]);
    expect(values(database)).toEqual([1, 2]);
  });

  it('starts its log over before it has become large', () => {
    const path = `${temporaryDirectory()}/a.db`;
    const database = open(path);
    database.exec('CREATE TABLE t (data BLOB NOT NULL)');
    const insert = database.prepare('INSERT INTO t VALUES (zeroblob(50000))');
    let largest = 0;
    for (let i = 0; i < 1000; i++) {
      database.transaction(() => insert.run());
      largest = Math.max(largest, statSync(`${path}-wal`).size);
    }
    expect(largest).toBeGreaterThan(8_000_000);
    expect(largest).toBeLessThan(20_000_000);
  });

  it('sees one state throughout a snapshot, whatever others write', () => {
    const path = `${temporaryDirectory()}/a.db`;
    const first = withTable(path);
    const second = open(path);
    const seen = first.snapshot(() => {
      const before = values(first);
      second.exec('INSERT INTO t VALUES (1)');
      return [before, values(first)];
    });
    expect(seen).toEqual([[], []]);
    expect(values(first)).toEqual([1]);
  });

  it('does not wait for readers when it writes its log back', () => {
    const path = `${temporaryDirectory()}/a.db`;
    const first = withTable(path);
    const reader = open(path);
    reader.snapshot(() => {
      expect(values(reader)).toEqual([]);
      first.exec('INSERT INTO t VALUES (1)');
      // With the usual timeout of 30 s this outlasts the test.
      first.checkpoint();
    });
    expect(values(reader)).toEqual([1]);
  });

  it('has another change mark after every change, its own or of another connection', () => {
    const path = `${temporaryDirectory()}/a.db`;
    const first = withTable(path);
    const second = open(path);
    const marks = [first.changeMark(), first.changeMark()];
    first.exec('INSERT INTO t VALUES (1)');
    marks.push(first.changeMark());
    second.exec('DELETE FROM t');
    marks.push(first.changeMark(), first.changeMark());
    expect(marks[0]).toBe(marks[1]);
    expect(marks[3]).toBe(marks[4]);
    expect(new Set(marks).size).toBe(3);
  });
});

/** Whether this machine lets us mount a small disk of our own. */
function canMount(): boolean {
  const command = 'mount -t tmpfs -o size=1m none /mnt';
  return spawnSync('unshare', ['-Urm', 'sh', '-c', command]).status === 0;
}

describe('on a full disk', () => {
  // Skipped where unprivileged user and mount namespaces are not allowed.
  it.skipIf(!canMount())(
    'a write fails with STORE_FULL, and all that was acknowledged stays',
    async () => {
      const disk = temporaryDirectory();
      const script = `
      import { rmSync, writeFileSync } from 'node:fs';
      const { Database } = await import(${JSON.stringify(await compiledModule('store/database.ts'))});
      const path = ${JSON.stringify(`${disk}/a.db`)};
      const spare = ${JSON.stringify(`${disk}/spare`)};
      writeFileSync(spare, Buffer.alloc(1024 * 1024));
      const database = Database.open(path);
      database.exec('CREATE TABLE t (data BLOB NOT NULL)');
      const insert = database.prepare('INSERT INTO t VALUES (?)');
      const count = database.prepare('SELECT count(*) AS count FROM t');
      let written = 0;
      let code;
      for (; written < 1000 && code === undefined; ) {
        try {
          database.transaction(() => insert.run(Buffer.alloc(50_000)));
          written += 1;
        } catch (error) {
          code = error.code;
        }
      }
      const full = count.get().count;
      let vacuumCode;
      try { database.vacuum(); } catch (error) { vacuumCode = error.code; }
      const kept = count.get().count;
      rmSync(spare);
      database.transaction(() => insert.run(Buffer.alloc(1000)));
      console.log(JSON.stringify({ code, vacuumCode, kept: kept - written, full: full - written, after: count.get().count - written }));
    `;
      const command =
        'mount -t tmpfs -o size=6m none "$1" && exec "$2" --input-type=module -e "$3"';
      const shell = ['sh', '-c', command, 'sh', disk, process.execPath, script];
      const { stdout } = await promisify(execFile)('unshare', ['-Urm', ...shell]);
      expect(JSON.parse(stdout)).toEqual({
        code: 'STORE_FULL',
        vacuumCode: 'STORE_FULL',
        full: 0,
        kept: 0,
        after: 1,
      });
    },
  );
});
