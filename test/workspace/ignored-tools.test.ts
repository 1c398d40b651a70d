/** What tools do to ignored content, compared with the same in a plain copy of the project. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeOverlay } from '../support/overlay-host.ts';
import { temporaryDirectory } from '../support/run-fixture.ts';
import { type TestFiles, TestProject } from '../support/test-project.ts';

const IGNORED = 'node_modules/\n*.o\nprog\ntarget/\n.venv/\n.npm/\n';

/** What is left, but for what tells the time or the place. */
const LOOK =
  "find . -path ./.agentfs -prune -o -path ./.npm -prune -o -name __pycache__ -prune -o -name '.package-lock.json' -prune" +
  ' -o -print | LC_ALL=C sort';

function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** A test that needs programs; says which of them this machine has not. */
function itWith(programs: readonly string[], title: string, test: () => Promise<void>): void {
  const missing = programs.find((name) => !hasProgram(name));
  if (missing === undefined) it(title, test);
  else it.skip(`${title}: there is no ${missing} here`, test);
}

/** Runs commands one after the other here and there, and compares what is there after each. */
async function compare(files: TestFiles, commands: readonly string[]): Promise<void> {
  const project = new TestProject({ '.gitignore': IGNORED, ...files });
  // The workspace begins with what the first command has made in the project.
  const [first = 'true', ...rest] = commands;
  execFileSync('sh', ['-c', first], { cwd: project.dir, stdio: 'ignore' });
  const copy = temporaryDirectory();
  cpSync(project.dir, copy, { recursive: true, verbatimSymlinks: true });
  const workspace = await project.open().workspace.create('w');
  for (const command of rest) {
    const plain = spawnSync('sh', ['-c', `${command} > /dev/null && ${LOOK}`], { cwd: copy });
    const ran = await workspace.run(`${command} > /dev/null && ${LOOK}`);
    expect({ command, status: ran.exitCode, found: ran.stdout }).toEqual({
      ...{ command, status: plain.status, found: plain.stdout.toString() },
    });
  }
  const end = (await workspace.run(LOOK)).stdout;
  await workspace.undo();
  await workspace.redo();
  expect((await workspace.run(LOOK)).stdout).toBe(end);
}

await describeOverlay('standard', 'in an overlay', () => {
  itWith(['npm'], 'npm installs, removes and installs anew', async () => {
    const npm = 'npm --offline --no-audit --no-fund --cache "$PWD/.npm"';
    await compare(
      {
        'package.json': '{"name":"p","version":"1.0.0","dependencies":{"one":"file:deps/one"}}',
        'deps/one/package.json': '{"name":"one","version":"1.0.0"}',
        'deps/one/index.js': 'module.exports = 1;',
        'deps/two/package.json': '{"name":"two","version":"1.0.0"}',
      },
      [
        `${npm} install --install-links`,
        `rm -rf node_modules && ${npm} ci --install-links`,
        `${npm} install --install-links ./deps/two`,
        `mv node_modules old && mv old node_modules && ${npm} uninstall one`,
      ],
    );
  });

  itWith(['make', 'cc'], 'make builds, cleans and builds', async () => {
    await compare(
      {
        Makefile:
          'prog: a.o\n\tcc -o $@ $^\n%.o: %.c\n\tcc -c -o $@ $<\nclean:\n\trm -f prog a.o\n',
        'a.c': 'int main(void) { return 0; }\n',
      },
      ['make', 'make clean', 'make && ./prog', 'make -q'],
    );
  });

  itWith(['python3'], 'venv makes an environment, and one in its place', async () => {
    await compare({ 'a.py': 'print(1)\n' }, [
      'python3 -m venv --without-pip .venv',
      '.venv/bin/python a.py',
      'rm -rf .venv && python3 -m venv --without-pip .venv && .venv/bin/python a.py',
    ]);
  });

  itWith(['cargo'], 'cargo cleans', async () => {
    const project = new TestProject({
      '.gitignore': IGNORED,
      'Cargo.toml': '[package]\nname = "p"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/main.rs': 'fn main() {}\n',
      'target/debug/p': 'built',
      'target/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55',
    });
    const workspace = await project.open().workspace.create('w');
    const { exitCode, stdout } = await workspace.run('cargo clean --offline 2>/dev/null; ls');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Cargo.toml\nsrc\n' });
  });
});
