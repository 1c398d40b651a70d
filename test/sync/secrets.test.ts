/** Tokens and keys are used, and found nowhere afterwards. */

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startServer } from '../support/remote-fixture.ts';
import { newPlace, pulled, pushed } from '../support/replica.ts';

const TOKEN = `canary-${randomBytes(8).toString('hex')}`;
const WRONG = `wrong-canary-${randomBytes(8).toString('hex')}`;

/** The files below a directory that hold one of the texts. */
function filesWith(directory: string, texts: readonly string[]): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .filter((path) => texts.some((text) => readFileSync(path).includes(text)));
}

describe('a token', () => {
  it('is in no file, error, status, log or audit row', async () => {
    const server = await startServer({ token: TOKEN });
    const lines: unknown[] = [];
    const log = (...values: unknown[]): void => {
      lines.push(...values);
    };
    const logger = { debug: log, info: log, warn: log, error: log };
    const place = { tursoDb: server.url, token: TOKEN };
    const { workspace, afs, project } = await pushed(place, { 'a.txt': 'a' }, { logger });
    const other = await pulled(place);
    await other.workspace.sync.pull();

    const errors: unknown[] = [];
    server.play(() => ({ kind: 'status', status: 401 }));
    await workspace.sync.push().catch((error) => errors.push(error));
    server.play(() => undefined);
    await workspace.sync.enable({ tursoDb: server.url, token: WRONG });
    await workspace.sync.push().catch((error) => errors.push(error));
    const inAddress = `${server.url}?authToken=${TOKEN}`;
    await workspace.sync.enable({ tursoDb: inAddress }).catch((error) => errors.push(error));
    expect(errors).toHaveLength(3);

    const shown = [
      inspect(errors, { depth: 20, showHidden: true }),
      JSON.stringify(errors),
      inspect(lines, { depth: 20 }),
      JSON.stringify(await workspace.sync.status()),
      inspect(workspace.sync, { depth: 10 }),
      JSON.stringify(await workspace.audit.logs()),
      JSON.stringify(await afs.audit?.logs?.()),
    ];
    await afs.close();
    await server.close();
    for (const text of shown) expect(text ?? '').not.toMatch(/canary/);
    for (const directory of [project.dir, other.project.dir]) {
      expect(filesWith(directory, [TOKEN, WRONG])).toEqual([]);
    }
  });
});

describe('a key', () => {
  it('opens the remote for those who have it, for nobody else, and is in no file', async () => {
    const encryptionKey = randomBytes(32).toString('base64');
    const place = newPlace();
    const { workspace, project, afs } = await pushed(place, {});
    await workspace.sync.disable();
    await workspace.writeFile('secret-name.txt', 'secret content');
    const sealed = newPlace();
    await workspace.sync.enable({ ...sealed, encryptionKey });
    await workspace.sync.push();
    expect(readFileSync(sealed.file, 'latin1')).not.toMatch(/secret/);

    const key = { encryptionKey };
    const other = await pulled({ ...sealed, ...key });
    expect(await other.workspace.readText('secret-name.txt')).toBe('secret content');
    const wrong = { encryptionKey: randomBytes(32).toString('base64') };
    for (const options of [{}, wrong]) {
      await other.workspace.sync.disable();
      await other.workspace.sync.enable({ ...sealed, ...options });
      await expect(other.workspace.sync.pull()).rejects.toMatchObject({ code: 'REMOTE_KEY' });
    }
    expect(JSON.stringify(await workspace.audit.logs())).not.toContain(encryptionKey);
    await afs.close();
    expect(filesWith(project.dir, [encryptionKey])).toEqual([]);
  });
});
