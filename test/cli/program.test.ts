import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';
import { bundledProgram } from '../support/compiled.ts';

describe('help', () => {
  it('of the program and of groups goes to the output, and touches nothing', async () => {
    const project = new CliProject();
    const whole = await project.run([]);
    expect(whole).toMatchObject({ status: 0, stderr: '' });
    for (const word of ['status', 'workspace', '--base <path>', 'Workspaces:']) {
      expect(whole.stdout).toContain(word);
    }
    expect(await project.ok(['--help'])).toBe(whole.stdout);
    expect(await project.ok(['workspace'])).toContain('create');
    expect(await project.ok(['help', 'workspace', 'create'])).toBe(
      await project.ok(['workspace', 'create', '-h']),
    );
    expect(project.list()).toEqual([]);
  });

  it('can be started by its own path, as a link to a build is', async () => {
    const { stdout } = await promisify(execFile)(await bundledProgram(), ['--version']);
    expect(stdout).toMatch(/^agentfs \d/);
  });

  it('names the version and all commands', async () => {
    const project = new CliProject();
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await project.ok(['--version'])).toBe(`agentfs ${version}\n`);
    expect(await project.ok(['version', '--verbose'])).toContain(process.versions.node);
    expect(await project.json(['version'])).toMatchObject({ version, shapes: 1 });
    const commands = (await project.ok(['--list-commands'])).split('\n');
    expect(commands).toEqual(expect.arrayContaining(['run', 'workspace create', 'audit verify']));
  });
});

describe('a wrong call', () => {
  it('ends with 2, or with 125 in run, says what is wrong and what may be meant, and touches nothing', async () => {
    const project = new CliProject();
    const misspelt = await project.run(['stauts']);
    expect(misspelt).toEqual({
      status: 2,
      stdout: '',
      stderr: "error: Unknown command 'stauts'.\nhint: Did you mean status?\n",
    });
    for (const [args, message] of [
      [['workspace', 'cerate'], 'Did you mean create?'],
      [['status', '--porcelian'], 'Did you mean --porcelain?'],
      [['freeze'], 'Did you mean agentfs workspace freeze?'],
      [['fork'], 'Did you mean agentfs workspace create?'],
      [['create', 'x'], 'Did you mean agentfs workspace create?'],
      [['restore', 'x'], 'Did you mean agentfs snapshot restore?'],
      [['-w', 'w', 'diff'], 'Options of a command come after it.'],
      [['commit', '-w', 'w', '-m'], '--message needs a value.'],
      [['log', '--limit', '-4'], "--limit takes a whole number from 0, not '-4'."],
      [['shell'], 'Did you mean agentfs run bash?'],
      [['workspace', 'create'], "Missing required argument 'name'."],
      [['workspace', 'create'], 'See agentfs workspace create --help.'],
      [
        ['workspace', 'list', '--format', 'xml'],
        "--format takes one of auto, table, text, json, csv; not 'xml'.",
      ],
      [['completions', 'csh'], "'shell' takes one of bash, zsh, fish, powershell; not 'csh'."],
      [['workspace', 'list', '--older-than', 'soon'], '--older-than takes a span of time'],
      [
        ['workspace', 'list', '--json', '--format', 'csv'],
        '--json and --format csv cannot be used together.',
      ],
      [['status', 'a', '-w', 'b'], "Two workspaces are named: 'a' and 'b'."],
      [['status', '--short', '--porcelain'], '--short and --porcelain cannot be used together.'],
      [['commit', '-w', 'w'], 'A commit needs a message.'],
      [['snapshot', 'create', 'w'], 'A snapshot needs a name.'],
      [['diff', '--stat', '--name-only', 'w'], '--stat and --name-only cannot be used together.'],
      [['workspace', 'delete'], 'Name a workspace, or give --older-than'],
      [['workspace', 'delete', 'w', '--older-than', '1d'], 'cannot be used together.'],
      [['run', '-w', 'w', '--env', 'novalue', 'true'], '--env takes NAME=VALUE'],
      [['run', '-w', 'w', '--timeout', 'x', 'true'], '--timeout takes a span of time'],
      [['verify', '--sample', '200'], '--sample takes a number from 0 to 100'],
      [['init', '--setup'], '--setup needs a terminal.'],
      [['init', '--yes'], '--yes needs --force.'],
    ] as const) {
      const { status, stdout, stderr } = await project.run(args);
      // The small statuses of run are those of the command.
      expect([status, stdout], args.join(' ')).toEqual([args[0] === 'run' ? 125 : 2, '']);
      expect(stderr).toContain(message);
      expect(stderr).not.toMatch(/^ {4}at /m);
    }
    expect(project.list()).toEqual([]);
  });

  it('is told in JSON, with its code, when JSON is asked for', async () => {
    const project = await cliProject();
    const usage = await project.run(['status', '--porcelian', '--json']);
    expect(usage.stdout).toBe('');
    expect(JSON.parse(usage.stderr)).toEqual({
      error: {
        code: 'USAGE',
        message: "Unknown option '--porcelian'.",
        hint: 'Did you mean --porcelain?',
      },
    });
    const missing = await project.run(['--json', 'status', '-w', 'v']);
    expect(missing.status).toBe(3);
    expect(JSON.parse(missing.stderr)).toMatchObject({
      error: { code: 'WORKSPACE_NOT_FOUND', hint: "Did you mean 'w'?" },
    });
  });

  it('shows where an error comes from only when somebody asks', async () => {
    const project = await cliProject();
    const quiet = await project.run(['status', '-w', 'nothing-like-it']);
    expect(quiet.stderr).toMatch(/^error: There is no workspace 'nothing-like-it'\.\nhint: .*\n$/);
    const verbose = await project.run(['status', '-v', '-w', 'nothing-like-it']);
    expect(verbose.stderr).toMatch(/\n +at /);
  });
});

describe('the project', () => {
  it('is the one that is named, else the nearest above, else there must be one', async () => {
    const project = await cliProject({ 'src/deep/a.txt': 'a' });
    const elsewhere = new CliProject();
    const below = { cwd: project.path('src/deep') };
    expect(await project.ok(['workspace', 'list'], below)).toMatch(/^w\t/);
    for (const call of [
      elsewhere.ok(['workspace', 'list', '--base', project.dir]),
      elsewhere.ok(['--base', project.dir, 'workspace', 'list']),
      elsewhere.ok(['workspace', 'list'], { env: { AGENTFS_BASE: project.dir } }),
    ]) {
      expect(await call).toMatch(/^w\t/);
    }
    const none = await elsewhere.run(['workspace', 'list']);
    expect(none).toMatchObject({ status: 1, stdout: '' });
    expect(none.stderr).toContain('Set it up with agentfs init');
    expect(elsewhere.list()).toEqual([]);
    expect(await elsewhere.run(['status', '--base', '/no/such/place', '-w', 'w'])).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: There is no directory /no/such/place.\nhint: Check --base and AGENTFS_BASE.\n',
    });
    const missing = await elsewhere.run(['init', '--base', '/no/such/place']);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('/no/such/place');
  });

  it('is begun once, and begun anew only when somebody really wants to', async () => {
    const project = new CliProject({ 'a.txt': 'a' });
    mkdirSync(project.path('sub'));
    symlinkSync('sub', project.path('link'));
    expect(await project.json(['init', '--base', 'link'])).toEqual({
      base: project.path('sub'),
      created: true,
      workspaces: 0,
      deleted: 0,
    });
    const below = { cwd: project.path('sub') };
    expect((await project.run(['init'], below)).stderr).toContain('already');
    await project.ok(['workspace', 'create', 'w'], below);
    const kept = await project.run(['init', '--force'], below);
    expect(kept).toMatchObject({ status: 0 });
    expect(kept.stderr).toContain('Kept 1 workspace');
    expect(await project.json(['init', '--force', '--yes'], below)).toMatchObject({ deleted: 1 });
  });
});

describe('output', () => {
  it('has data on one stream and words on the other, which --quiet leaves out', async () => {
    const project = await cliProject({ 'a.txt': 'a' });
    const loud = await project.run(['workspace', 'create', 'x']);
    expect(loud).toEqual({ status: 0, stdout: '', stderr: 'Created workspace x.\n' });
    expect(await project.run(['workspace', 'create', 'y', '-q'])).toMatchObject({ stderr: '' });
    const failed = await project.run(['-q', 'workspace', 'create', 'y']);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain("A workspace 'y' exists already.");
  });

  it('has colours when they are asked for, and not otherwise', async () => {
    const project = await cliProject({ 'a.txt': 'a' });
    await (await project.open().workspace.get('w')).writeFile('a.txt', 'b');
    const call = ['status', '-w', 'w', '--short'];
    const colored = '\x1b[33m M\x1b[39m a.txt\n';
    expect(await project.ok(call)).toBe(' M a.txt\n');
    expect(await project.ok([...call, '--color'])).toBe(colored);
    expect(await project.ok(call, { env: { FORCE_COLOR: '1' } })).toBe(colored);
    const both = { env: { FORCE_COLOR: '1', NO_COLOR: '1' } };
    expect(await project.ok(call, both)).toBe(' M a.txt\n');
    expect(await project.ok([...call, '--no-color'], { env: { FORCE_COLOR: '1' } })).toBe(
      ' M a.txt\n',
    );
    expect(await project.ok([...call, '--color'], both)).toBe(colored);
    const error = await project.run(['status', '-w', 'none', '--color']);
    expect(error.stderr).toContain('\x1b[31merror:\x1b[39m There is no workspace');
  });

  it('comes as a table, text, CSV or JSON', async () => {
    const project = await cliProject();
    await project.ok([
      'workspace',
      'create',
      'x',
      '--description',
      'a "quoted", text\nof two lines',
    ]);
    const list = (...more: string[]): Promise<string> => project.ok(['workspace', 'list', ...more]);
    expect((await list()).split('\n')[1]).toMatch(
      /^x\tactive\t\d{4}-.*Z\t\t\ta "quoted", text\\nof two lines$/,
    );
    const table = await list('--format', 'table');
    expect(table).toMatch(
      /^NAME {2}STATE {3}UPDATED AT {2}PARENT {2}TAGS {2}DESCRIPTION\nw {5}active {2}just now/,
    );
    const csv = await list('--format', 'csv');
    expect(csv).toMatch(/^name,state,updatedAt,parent,tags,description\r\n/);
    expect(csv).toContain('"a ""quoted"", text\nof two lines"\r\n');
    const json = JSON.parse(await list('--format', 'json'));
    expect(json).toMatchObject([{ name: 'w' }, { name: 'x', state: 'active', tags: [] }]);
    expect(json).toEqual(await project.json(['workspace', 'list']));
    const config = project.path('json.toml');
    project.write('json.toml', '[ui]\ndefault_format = "json"\n');
    expect(JSON.parse(await list('-c', config))).toHaveLength(2);
  });
});
