/** What tools do to ignored content and to the repository, compared with a plain copy. */

import { describeOverlay } from '../support/overlay-host.ts';
import { CACHE, expectAsInPlainCopy, itWith } from '../support/plain-copy.ts';

const IGNORED = `node_modules/\n*.o\nprog\ntarget/\n.venv/\n${CACHE}/\n`;

/** What git writes with the time in it. */
const GIT_TIMED = ['(^|/)\\.git/(index|ORIG_HEAD|logs/.*|(modules|worktrees)/.*index)$'];

await describeOverlay('standard', 'in an overlay', () => {
  itWith(['npm'], 'npm installs, removes and installs anew', async () => {
    const npm = `npm --offline --no-audit --no-fund --cache "$PWD/${CACHE}/npm"`;
    await expectAsInPlainCopy({
      files: {
        '.gitignore': IGNORED,
        'package.json': '{"name":"p","version":"1.0.0","dependencies":{"one":"file:deps/one"}}',
        'deps/one/package.json': '{"name":"one","version":"1.0.0"}',
        'deps/one/index.js': 'module.exports = 1;',
        'deps/two/package.json': '{"name":"two","version":"1.0.0"}',
      },
      begin: `${npm} install --install-links`,
      commands: [
        `rm -rf node_modules && ${npm} ci --install-links`,
        `${npm} install --install-links ./deps/two`,
        `mv node_modules old && mv old node_modules && ${npm} uninstall one`,
      ],
    });
  });

  itWith(['make', 'cc'], 'make builds, cleans and builds', async () => {
    await expectAsInPlainCopy({
      files: {
        '.gitignore': IGNORED,
        Makefile:
          'prog: a.o\n\tcc -o $@ $^\n%.o: %.c\n\tcc -c -o $@ $<\nclean:\n\trm -f prog a.o\n',
        'a.c': 'int main(void) { return 0; }\n',
      },
      begin: 'make',
      commands: [
        'make -q',
        'make clean',
        'make && ./prog',
        'make -q',
        'touch a.c && ! make -q',
        'make && make -q',
        'echo "int main(void) { return 1; }" > a.c && make && ! ./prog',
      ],
    });
  });

  itWith(['python3'], 'venv makes an environment, and one in its place', async () => {
    const make = 'python3 -m venv --without-pip .venv';
    await expectAsInPlainCopy({
      files: { '.gitignore': IGNORED, 'a.py': 'print(1)\n' },
      begin: make,
      commands: [
        '.venv/bin/python a.py',
        `rm -rf .venv && ${make} && .venv/bin/python a.py`,
        `${make} --clear`,
        'mv .venv old && rm -r old && ! .venv/bin/python a.py',
      ],
    });
  });

  itWith(['cargo', 'cc'], 'cargo builds, cleans and builds', async () => {
    const cargo = 'CARGO_INCREMENTAL=0 cargo --offline --quiet';
    await expectAsInPlainCopy({
      files: {
        '.gitignore': IGNORED,
        'Cargo.toml': '[package]\nname = "p"\nversion = "0.1.0"\nedition = "2021"\n',
        'src/main.rs': 'mod one;\nfn main() { std::process::exit(one::one()) }\n',
        'src/one.rs': 'pub fn one() -> i32 { 0 }\n',
      },
      begin: `${cargo} build`,
      commands: [
        `${cargo} build`,
        `${cargo} build && ${cargo} clean`,
        `${cargo} build && target/debug/p`,
        `sed -i s/0/1/ src/one.rs && ! ${cargo} run`,
        `mv target old && ${cargo} build && rm -r old`,
        `${cargo} clean`,
      ],
      timed: ['^target/debug/(\\.fingerprint/|p$|deps/p-[0-9a-f]*$)', '^old/', '\\.rustc_info'],
    });
  });

  itWith(['git'], 'git branches, commits, stashes, rebases, collects and begins anew', async () => {
    await expectAsInPlainCopy({
      files: {
        '.gitignore': IGNORED,
        'src/a.txt': 'a\n',
        'src/b.txt': 'b\n',
        'lib/c.js': 'c\n',
        'node_modules/x/index.js': 'x',
      },
      begin:
        'git init -q -b main && git add . && git commit -qm 1 &&' +
        ' for n in 2 3; do echo $n >> src/a.txt; git commit -qam $n; done',
      commands: [
        'git checkout -q -b topic && echo t >> src/b.txt && git commit -qam topic',
        'echo u >> src/a.txt && git stash -q',
        'git stash pop -q && git checkout -q .',
        'mv lib library && git add . && git commit -qm moved',
        'git checkout -q main && echo m >> lib/c.js && git commit -qam m',
        'git rebase -q main topic && git diff --exit-code main~1 -- src/a.txt',
        'git gc -q --prune=now && git fsck',
        'git merge -q --no-ff -m merged main~2; git tag v1 && git branch -qD main',
        'git revert --no-edit HEAD; git cherry-pick --allow-empty HEAD~1',
        'git bisect start HEAD HEAD~2 && git bisect reset',
        'git worktree add -q build main~1; git sparse-checkout set src',
        'git sparse-checkout disable && git switch -q --orphan o && git commit -q --allow-empty -m o',
        'git clean -fdxq -e .agentfs && git status --short',
        'rm -rf .git && git init -q -b main && git add . && git commit -q --allow-empty -m anew',
      ],
      timed: GIT_TIMED,
    });
  });

  itWith(['git'], 'git goes into submodules and repositories within', async () => {
    const file = 'git -c protocol.file.allow=always';
    await expectAsInPlainCopy({
      files: { '.gitignore': `${IGNORED}inner/\n`, 'inner/x.txt': 'x\n' },
      begin:
        'cd inner && git init -q -b main && git add . && git commit -qm inner && cd .. &&' +
        ` git init -q -b main && ${file} submodule --quiet add ./inner lib/sub &&` +
        ' git add . && git commit -qm outer',
      commands: [
        'git status --short && git -C lib/sub status --short && git submodule status',
        'cd lib/sub && echo y >> x.txt && git commit -qam y',
        'git diff --exit-code --submodule; git add lib/sub && git commit -qm bump',
        'cd inner && echo z > z.txt && git add . && git commit -qm z && git gc -q',
        `git submodule --quiet deinit -f --all && ${file} submodule --quiet update --init`,
        `cd lib/sub && ${file} fetch -q && git checkout -q origin/main`,
      ],
      timed: GIT_TIMED,
    });
  });
});
