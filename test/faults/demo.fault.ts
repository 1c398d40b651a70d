import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

it.each(['demo', 'demo:sync'])('npm run %s finds every outcome as expected', (name) => {
  const output = execFileSync('npm', ['run', '--silent', name], { cwd: PROJECT, encoding: 'utf8' });
  expect(output).toMatch(/All \d+ outcomes were as expected/);
});
