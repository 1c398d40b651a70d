/** Package managers from their registries, compared with what they do in a plain copy. */

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describeOverlay } from '../support/overlay-host.ts';
import { CACHE, expectAsInPlainCopy, itWith } from '../support/plain-copy.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
process.env['PATH'] =
  `${HERE}node_modules/.bin:${HERE}node_modules/.python/bin:${process.env['PATH']}`;

const IGNORED = `node_modules/\n.venv/\n*.egg-info/\nbuild/\n${CACHE}/\n`;

/** Caches lie in the project: both begin with the same. */
const ENV = {
  ...{ NPM_CONFIG_AUDIT: 'false', NPM_CONFIG_FUND: 'false', NPM_CONFIG_UPDATE_NOTIFIER: 'false' },
  ...{ PIP_DISABLE_PIP_VERSION_CHECK: '1', PYTHONDONTWRITEBYTECODE: '1', UV_NO_PROGRESS: '1' },
  ...{ UV_LINK_MODE: 'copy', UV_PYTHON_DOWNLOADS: 'never' },
};

const IN_CACHE =
  `export NPM_CONFIG_CACHE="$PWD/${CACHE}/npm" NPM_CONFIG_STORE_DIR="$PWD/${CACHE}/pnpm"` +
  ` PIP_CACHE_DIR="$PWD/${CACHE}/pip" UV_CACHE_DIR="$PWD/${CACHE}/uv"` +
  ` VIRTUALENV_OVERRIDE_APP_DATA="$PWD/${CACHE}/virtualenv"; `;

/** What Python's installers write with the time in it. */
const PYTHON_TIMED = ['\\.dist-info/(RECORD|uv_cache\\.json|direct_url\\.json)$', '\\.pyc$'];

function inCache(commands: readonly string[]): string[] {
  return commands.map((command) => `${IN_CACHE}${command}`);
}

await describeOverlay('standard', 'in an overlay', () => {
  itWith(['npm'], 'npm installs from the registry', async () => {
    const [begin, ...commands] = inCache([
      'npm install',
      'rm -rf node_modules && npm ci',
      'npm install is-number && node -e "require(\'is-number\')"',
      'npm uninstall is-number && npm rebuild && npm dedupe',
      'npm prune --omit=dev && ! node -e "require(\'mkdirp\')"',
      'mv node_modules old && npm ci && rm -rf old',
    ]);
    await expectAsInPlainCopy({
      files: {
        '.gitignore': IGNORED,
        'package.json': JSON.stringify({
          name: 'p',
          version: '1.0.0',
          dependencies: { debug: '4.3.4', qs: '6.11.0' },
          devDependencies: { mkdirp: '1.0.4' },
        }),
      },
      ...{ begin, commands, env: ENV },
    });
  });

  itWith(['pnpm'], 'pnpm installs into a project of packages', async () => {
    const [begin, ...commands] = inCache([
      'pnpm install',
      'pnpm install --frozen-lockfile',
      'rm -rf node_modules packages/*/node_modules && pnpm install --frozen-lockfile',
      'pnpm add -w is-number',
      "cd packages/a && pnpm add is-odd@3.0.1 && node -e \"require('is-odd'), require('b')\"",
      'pnpm remove -w is-number',
    ]);
    await expectAsInPlainCopy({
      files: {
        '.gitignore': IGNORED,
        'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
        'package.json': '{"name":"p","version":"1.0.0","dependencies":{"debug":"4.3.4"}}',
        'packages/a/package.json':
          '{"name":"a","version":"1.0.0","dependencies":{"b":"workspace:*"}}',
        'packages/b/package.json': '{"name":"b","version":"1.0.0","dependencies":{"ms":"2.1.3"}}',
        'packages/b/index.js': 'require("ms")',
      },
      ...{ begin, commands, env: ENV },
      timed: ['node_modules/\\.(modules\\.yaml|pnpm-workspace-state.*)$'],
    });
  });

  itWith(['python3'], 'pip installs into an environment', async () => {
    const [begin, ...commands] = inCache([
      'python3 -m venv .venv',
      '.venv/bin/pip install -q six && .venv/bin/python -c "import six"',
      '.venv/bin/pip install -q -U attrs==23.1.0 && .venv/bin/pip uninstall -qy six',
      'rm -rf .venv && python3 -m venv .venv && .venv/bin/pip install -q six',
      '.venv/bin/pip install -q setuptools wheel && .venv/bin/pip install -q --no-build-isolation -e .',
      '.venv/bin/python -c "import m, six"',
    ]);
    await expectAsInPlainCopy({
      files: {
        '.gitignore': IGNORED,
        'setup.py':
          'from setuptools import setup\nsetup(name="p", version="1", py_modules=["m"])\n',
        'm.py': 'x = 1\n',
      },
      ...{ begin, commands, env: ENV, timed: PYTHON_TIMED },
    });
  });

  itWith(['uv'], 'uv makes environments that ignore themselves', async () => {
    const [begin, ...commands] = inCache([
      'uv sync -q',
      'uv run -q python -c "import six"',
      'uv add -q attrs==23.1.0 && uv run -q python -c "import attr"',
      'rm -rf .venv && uv venv -q && uv sync -q',
      'uv pip install -q idna && uv remove -q attrs',
      'uv venv -q other && other/bin/python -c 1',
      'rm -rf other && uv venv -q --clear .venv && uv sync -q && .venv/bin/python -c "import six"',
    ]);
    await expectAsInPlainCopy({
      files: {
        '.gitignore': `${CACHE}/\n`,
        'pyproject.toml':
          '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["six"]\n',
      },
      ...{ begin, commands, env: ENV, timed: PYTHON_TIMED },
    });
  });

  itWith(['virtualenv'], 'virtualenv makes them too', async () => {
    const [begin, ...commands] = inCache([
      'virtualenv -q .venv',
      '.venv/bin/python -c 1 && .venv/bin/pip install -q six',
      'virtualenv -q --clear .venv && ! .venv/bin/python -c "import six" 2>&1',
      'virtualenv -q other && other/bin/python -c 1 && mv other third',
      'rm -rf .venv third',
    ]);
    await expectAsInPlainCopy({
      files: { '.gitignore': `${CACHE}/\n`, 'm.py': 'x = 1\n' },
      ...{ begin, commands, env: ENV, timed: PYTHON_TIMED },
    });
  });
});
