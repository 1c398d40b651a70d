import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/primitives/errors.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentfs-profile-'));
  path = join(directory, 'config.toml');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function load(text: string, profile?: string): Config {
  writeFileSync(path, text);
  return Config.load(path, { profile, home: '/home/me' });
}

it.each([
  ['a section', '[profile.ci.core]\nmax_workspaces = 5'],
  ['dotted keys', '[profile.ci]\ncore.max_workspaces = 5'],
  ['a quoted key', '[profile.ci]\n"core.max_workspaces" = 5'],
  ['a short key', '[profile.ci]\nmax-workspaces = 5'],
])('takes the chosen profile over the rest, written as %s', (_form, text) => {
  const config = load(`core.max_workspaces = 1\n${text}\n`, 'ci');
  expect(config.get('core.max_workspaces')).toBe(5);
  expect(config.source('core.max_workspaces')).toBe(`${path}:3:1`);
  expect(load(`core.max_workspaces = 1\n${text}\n`).get('core.max_workspaces')).toBe(1);
});

it('says which profiles there are when there is none of the name', () => {
  const text = '[profile.ci]\n[profile.production]\n';
  const error = (name: string): unknown => {
    try {
      return load(text, name);
    } catch (thrown) {
      return thrown;
    }
  };
  expect(error('prodution')).toBeInstanceOf(ConfigError);
  expect(error('prodution')).toMatchObject({ hint: 'Did you mean production?' });
  expect(error('x')).toMatchObject({ message: expect.stringContaining('ci, production') });
  expect(() => load('', 'ci')).toThrow('there are none');
});

it('reports what is wrong in a profile: at once when it is chosen, else as an issue', () => {
  const text = '[profile.ci]\ncore.max_workspaces = "many"\ncahe_size = 1\n';
  expect(() => load(text, 'ci')).toThrow(`core.max_workspaces must be a whole number`);
  expect(() => load(text, 'ci')).toThrow(`${path}:2:1`);
  expect(load(text).validate()).toEqual([
    expect.objectContaining({ severity: 'error', source: `${path}:2:1` }),
  ]);
  const [issue] = load('[profile.ci]\ncahe_size = 1\n').validate();
  expect(issue).toMatchObject({
    severity: 'warning',
    source: `${path}:2:1`,
    suggestion: 'Did you mean storage.cache_size_mb?',
  });
});

it('guesses what is meant for so many keys of a file, however many profiles they are in', () => {
  const text = Array.from({ length: 400 }, (_, index) => `[profile.p${index}]\ncahe_size = 1\n`);
  const issues = load(text.join('')).validate();
  const guesses = issues.filter(({ suggestion }) => suggestion?.startsWith('Did you mean'));
  expect([issues.length, guesses.length]).toEqual([400, 100]);
});

it('refuses a profile that is no section', () => {
  expect(() => load('[profile]\nci = 5\n', 'ci')).toThrow('profile.ci must be a section');
});

it('expands the home directory in a profile', () => {
  const config = load('[profile.ci]\nstorage.database_path = "~/a.db"\n', 'ci');
  expect(config.get('storage.database_path')).toBe('/home/me/a.db');
});

it('is not misled by names that every object has', () => {
  expect(() => load('[profile.ci]\n', 'constructor')).toThrow('There is no profile');
  expect(() => load('', '__proto__')).toThrow('There is no profile');
});
