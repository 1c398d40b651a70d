/** What a user stands up for in a store, and how docs/FORMAT.md says that it is written down. */

import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Signer } from '../../src/primitives/signer.ts';
import type { Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { Signatures } from '../../src/store/signatures.ts';
import { TEST_SIGNER } from '../support/signer.ts';
import { openTestStore, temporaryDirectory } from './fixtures.ts';

const stranger = (): Signer => new Signer(randomBytes(32));

/** A database and what two users say of it. */
function twoUsers(): { database: Database; mine: Signatures; theirs: Signatures } {
  const database = openStore(':memory:');
  const [mine, theirs] = [TEST_SIGNER, stranger()].map((each) => new Signatures(database, each));
  if (mine === undefined || theirs === undefined) throw new Error('There are two.');
  return { database, mine, theirs };
}

it('tells texts, subjects and users apart', () => {
  const { mine, theirs } = twoUsers();
  mine.replace('a', 'text');
  expect(mine.isOwn('a', 'text')).toBe(true);
  expect([mine.isOwn('a', 'other'), mine.isOwn('b', 'text'), mine.isOwn('a')]).toEqual([
    ...[false, false, false],
  ]);
  expect(theirs.isOwn('a', 'text')).toBe(false);
});

it('lets several users stand up for the same, until it is another one', () => {
  const { mine, theirs } = twoUsers();
  mine.replace('a', 'text');
  theirs.add('a', 'text');
  expect([mine.isOwn('a', 'text'), theirs.isOwn('a', 'text')]).toEqual([true, true]);
  theirs.replace('a', 'new');
  expect([mine.isOwn('a', 'text'), mine.isOwn('a', 'new')]).toEqual([false, false]);
  theirs.delete('a');
  expect(theirs.isOwn('a', 'new')).toBe(false);
});

it('does not grow without end, however many homes a user has', () => {
  const { database, mine } = twoUsers();
  mine.add('other');
  mine.add('store');
  for (let home = 0; home < 200; home++) new Signatures(database, stranger()).add('store');
  const count = database.prepare<{ count: number }>('SELECT count(*) AS count FROM signatures');
  expect(count.get()).toEqual({ count: 65 });
  expect(mine.isOwn('other')).toBe(true);
});

it('signs a new store before anybody sees it, and knows no other one by that', () => {
  const [first, second] = [openTestStore(), openTestStore()];
  expect(first.signatures.isOwnStore).toBe(true);
  const rows = first.database.prepare<{ subject: string; signature: string }>(
    'SELECT subject, signature FROM signatures',
  );
  const insert = second.database.prepare(
    'INSERT INTO signatures (subject, signature) VALUES (?, ?)',
  );
  second.database.exec('DELETE FROM signatures');
  for (const { subject, signature } of rows.all()) insert.run(subject, signature);
  expect(second.signatures.isOwnStore).toBe(false);
  second.database.exec('DELETE FROM identity');
  expect(new Signatures(second.database, TEST_SIGNER).isOwnStore).toBe(false);
});

it('takes the store of an earlier schema for one of somebody else', () => {
  const path = join(temporaryDirectory(), 'agentfs.db');
  copyFileSync(new URL('../golden/schema-5.db', import.meta.url), path);
  const store = openTestStore(path);
  expect(store.signatures.isOwnStore).toBe(false);
  store.signatures.signStore();
  expect(store.signatures.isOwnStore).toBe(true);
});

it('signs as docs/FORMAT.md says', () => {
  const document = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8');
  const database = openStore(':memory:');
  database.exec("UPDATE identity SET id = '00000000000000000000000000000000'");
  const subject = 'sandbox:00000000-0000-4000-8000-000000000000';
  new Signatures(database, TEST_SIGNER).replace(subject, 'none');
  const row = database.prepare<{ signature: string }>('SELECT signature FROM signatures').get();
  expect(document).toContain(`\`${row?.signature}\``);
});
