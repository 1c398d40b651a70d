import { readdirSync, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as publicNames from '../src/index.ts';
import {
  AgentFS,
  AgentFSError,
  type AgentFSOptions,
  type BatchSummary,
  type CommitOutcome,
  type CommitResult,
  type Config,
  type DiffResult,
  type ErrorCode,
  type FileChange,
  type FileInfo,
  type MergeResult,
  type ObjectId,
  type Operation,
  type RestoreResult,
  type RunResult,
  type RunStream,
  type Snapshot,
  type TempSnapshot,
  type TempWorkspace,
  type UndoResult,
  type Workspace,
  type WorkspaceStatus,
} from '../src/index.ts';
import * as ambientNames from '../src/neighbours/ambient/index.ts';
import * as clawdforgeNames from '../src/neighbours/clawdforge/index.ts';
import * as cloveNames from '../src/neighbours/clove/index.ts';
import * as testingNames from '../src/testing/index.ts';
import { TemporaryWorkspace } from '../src/testing/index.ts';

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));

/** The public members of an object, from its class upwards; `@internal` ones have no promise. */
function membersOf(object: object): string[] {
  const names = new Set(Object.keys(object));
  for (
    let at = Object.getPrototypeOf(object);
    at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    for (const symbol of Object.getOwnPropertySymbols(at)) names.add(`[${symbol.description}]`);
  }
  for (const internal of ['constructor', 'core', 'reader', 'runBefore', 'call', 'info', 'files'])
    names.delete(internal);
  return [...names].sort();
}

// A change here is a change for users: it belongs in the changelog.
describe('the public interface', () => {
  it('exports these names', () => {
    expect(Object.keys(publicNames).sort().join(' ')).toMatchInlineSnapshot(
      `"AgentFS AgentFSError AmbiguousSnapshotError ArchiveError CommandError CommandTimeoutError CommitError Config ConfigError FileLogger FileNotFoundError FileSystemError HookError InvalidNameError InvalidPathError MergeConflictError PermissionDeniedError ReadOnlyError SnapshotExistsError SnapshotNotFoundError StorageError SyncConflictError SyncError SystemCallError WorkspaceBusyError WorkspaceExistsError WorkspaceExpiredError WorkspaceLimitError WorkspaceNotFoundError actingAs installHookScripts lineLogger secretsOf"`,
    );
    expect(Object.keys(testingNames).sort().join(' ')).toMatchInlineSnapshot(
      `"TemporaryWorkspace withTemporaryWorkspace"`,
    );
    expect(Object.keys(ambientNames).sort().join(' ')).toMatchInlineSnapshot(
      `"AmbientAPIError AmbientClient AmbientConnectionError AuthenticationError SessionNotFoundError SessionStatus TimeoutError"`,
    );
    expect(Object.keys(clawdforgeNames).sort().join(' ')).toMatchInlineSnapshot(
      `"Forge ForgeAPIError ForgeAdmin ForgeAuthError ForgeError ForgeTransportError Session TurnResult"`,
    );
    expect(Object.keys(cloveNames).sort().join(' ')).toMatchInlineSnapshot(
      `"Agent AgenticLoop CloveClient CloveError DEFAULT_SOCKET_PATH FleetClient FleetClientError Machine OPCODES RemoteClove Tool runTask"`,
    );
  });

  it('has these members', async () => {
    await using test = await TemporaryWorkspace.create();
    const { afs, workspace } = test;
    expect(membersOf(afs).join(' ')).toMatchInlineSnapshot(
      `"[nodejs.asyncDispose] adopt audit basePath capabilities close config diff doctor explore gc hooks isAdopted log off on once revert storage verify workspace workspaces"`,
    );
    expect(membersOf(afs.workspace).join(' ')).toMatchInlineSnapshot(
      `"checkMerge create delete exists get importTar list merge rename temp withTemp"`,
    );
    expect(membersOf(workspace).join(' ')).toMatchInlineSnapshot(
      `"agentId appendFile audit batch batchProcess caches chmod commit copy createReadStream createWriteStream createdAt delete description diff exists expires exportTar fork fs history id importTar limits listDir log lstat materialize mkdir move name open owner parent patchFile readFile readOnly readStream readText readdir readlink rebase redo refresh revert run runStream sandbox session snapshot start stat state status symlink sync tags undo update updatedAt watch workDir writeFile"`,
    );
    expect(membersOf(workspace.snapshot).join(' ')).toMatchInlineSnapshot(
      `"create current delete diff get list restore temp"`,
    );
    expect(membersOf(workspace.audit).join(' ')).toMatchInlineSnapshot(
      `"export logs stream verify"`,
    );
    expect(membersOf(afs.hooks).join(' ')).toMatchInlineSnapshot(
      `"before commit onCommit onWorkspaceCreate run sync workspaceCreate"`,
    );
    expect(membersOf(afs.storage).join(' ')).toMatchInlineSnapshot(`"analyze compact path usage"`);
    expect(membersOf(afs.config).join(' ')).toMatchInlineSnapshot(
      `"adminToken agentKey fullName get projectProblem save secretVariables set setText shown source template toJSON toSettings token validate"`,
    );
    await using temporary = await afs.workspace.temp();
    await using snapshot = await temporary.snapshot.temp();
    const more = membersOf(temporary).filter((name) => !membersOf(workspace).includes(name));
    expect(more.join(' ')).toMatchInlineSnapshot(`"[nodejs.asyncDispose] cleanup"`);
    expect(membersOf(snapshot).join(' ')).toMatchInlineSnapshot(
      `"[nodejs.asyncDispose] cleanup name snapshot"`,
    );
    await workspace.writeFile('file', '');
    expect(membersOf(await workspace.stat('file')).join(' ')).toMatchInlineSnapshot(
      `"hash isDirectory isFile isSymbolicLink kind mode mtime name origin path size target"`,
    );
  });
});

describe('the types of the public interface', () => {
  it('lead into a base', () => {
    expectTypeOf(AgentFS).toBeConstructibleWith('/base');
    expectTypeOf(AgentFS).toBeConstructibleWith('/base', { maxWorkspaces: 3 });
    expectTypeOf<Parameters<typeof AgentFS.open>[1]>().toEqualTypeOf<
      AgentFSOptions | Config | undefined
    >();
    expectTypeOf(AgentFS.open).returns.resolves.toEqualTypeOf<AgentFS>();
    expectTypeOf<AgentFS['workspace']['create']>().returns.resolves.toEqualTypeOf<Workspace>();
    expectTypeOf<AgentFS['workspace']['list']>().returns.resolves.toEqualTypeOf<Workspace[]>();
    expectTypeOf<AgentFS['workspace']['temp']>().returns.resolves.toEqualTypeOf<TempWorkspace>();
    expectTypeOf<AgentFS['workspace']['merge']>().returns.resolves.toEqualTypeOf<MergeResult>();
    expectTypeOf<AgentFS['log']>().returns.resolves.toEqualTypeOf<CommitResult[]>();
    expectTypeOf<AgentFS>().toExtend<AsyncDisposable>();
    expectTypeOf<TempWorkspace>().toExtend<Workspace & AsyncDisposable>();
  });

  it('tell buffers from text, and previews from commits', () => {
    const typed = async (workspace: Workspace): Promise<void> => {
      expectTypeOf(await workspace.readFile('a')).toEqualTypeOf<Buffer>();
      expectTypeOf(await workspace.readFile('a', 'utf8')).toEqualTypeOf<string>();
      expectTypeOf(await workspace.readFile('a', { encoding: 'hex' })).toEqualTypeOf<string>();
      expectTypeOf(await workspace.commit('m')).toEqualTypeOf<CommitOutcome>();
      expectTypeOf(await workspace.commit('m', { dryRun: true })).toExtend<FileChange[]>();
    };
    expectTypeOf(typed).toBeFunction();
  });

  it('describe the operations of a workspace', () => {
    expectTypeOf<Workspace['stat']>().returns.resolves.toEqualTypeOf<FileInfo>();
    expectTypeOf<Workspace['listDir']>().returns.resolves.toEqualTypeOf<FileInfo[]>();
    expectTypeOf<Workspace['batch']>().returns.resolves.toEqualTypeOf<BatchSummary>();
    expectTypeOf<Workspace['createReadStream']>().returns.toEqualTypeOf<Readable>();
    expectTypeOf<Workspace['createWriteStream']>().returns.toEqualTypeOf<Writable>();
    expectTypeOf<Workspace['readStream']>().returns.toEqualTypeOf<AsyncIterable<Buffer>>();
    expectTypeOf<Workspace['status']>().returns.resolves.toEqualTypeOf<WorkspaceStatus>();
    expectTypeOf<Workspace['diff']>().returns.resolves.toEqualTypeOf<DiffResult>();
    expectTypeOf<Workspace['undo']>().returns.resolves.toEqualTypeOf<UndoResult>();
    expectTypeOf<Workspace['history']>().returns.resolves.toEqualTypeOf<Operation[]>();
    expectTypeOf<Workspace['runStream']>().returns.toEqualTypeOf<RunStream>();
    expectTypeOf<RunStream>().toExtend<AsyncIterable<string>>();
    expectTypeOf<RunResult['exitCode']>().toEqualTypeOf<number | null>();
    expectTypeOf<RunResult['stdout']>().toEqualTypeOf<string>();
    expectTypeOf<RunResult['changes']>().toEqualTypeOf<readonly FileChange[]>();
    expectTypeOf<Workspace['expires']>().toEqualTypeOf<Date | null>();
  });

  it('describe snapshots', () => {
    type Snapshots = Workspace['snapshot'];
    expectTypeOf<Snapshots['create']>().returns.resolves.toEqualTypeOf<Snapshot>();
    expectTypeOf<Snapshots['restore']>().returns.resolves.toEqualTypeOf<RestoreResult>();
    expectTypeOf<Snapshots['diff']>().returns.resolves.toEqualTypeOf<DiffResult>();
    expectTypeOf<Snapshots['temp']>().returns.resolves.toEqualTypeOf<TempSnapshot>();
    expectTypeOf<TempSnapshot>().toExtend<AsyncDisposable>();
    expectTypeOf<Snapshot['tree']>().toEqualTypeOf<ObjectId>();
    expectTypeOf<DiffResult>().toExtend<Iterable<FileChange>>();
    expectTypeOf<AgentFSError['code']>().toEqualTypeOf<ErrorCode>();
  });
});

/** The codes of the union, each with the line of documentation above it. */
function documentedCodes(): Map<string, string> {
  const text = readFileSync(`${SOURCE}primitives/error-code.ts`, 'utf8');
  const lines = [...text.matchAll(/(?:\/\*\* (.+) \*\/\n)?\s*\| '([A-Z_]+)'/g)];
  return new Map(lines.map(([, line = '', each = '']) => [each, line]));
}

/** The sources apart from the union itself and from clients, whose errors are their own, without comments. */
function sourceText(): string {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' });
  const sources = files.filter(
    (path) =>
      path.endsWith('.ts') && !path.endsWith('error-code.ts') && !path.startsWith('neighbours/'),
  );
  const text = sources.map((path) => readFileSync(SOURCE + path, 'utf8')).join('\n');
  return text.replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '');
}

describe('error codes', () => {
  it('have a line of documentation each', () => {
    const codes = documentedCodes();
    expect(codes.size).toBeGreaterThan(50);
    expect([...codes].filter(([, line]) => !/^[A-Z].*\.$/.test(line))).toEqual([]);
  });

  it('are all in use', () => {
    const text = sourceText();
    const unused = [...documentedCodes().keys()].filter((each) => !text.includes(`'${each}'`));
    expect(unused).toEqual([]);
  });

  it('are all in the list', () => {
    const codes = documentedCodes();
    const thrown = sourceText().matchAll(/new \w*Error\(\s*'([A-Z][A-Z_]+)'/g);
    const unknown = [...thrown].map(([, each = '']) => each).filter((each) => !codes.has(each));
    expect(unknown).toEqual([]);
  });
});

describe('errors', () => {
  const conflict = {} as publicNames.Conflict;
  const result = {
    command: 'false',
    exitCode: 1,
    signal: null,
    stdout: '',
    stderr: '',
  } as RunResult;

  const examples: readonly [code: ErrorCode, error: AgentFSError][] = [
    ['SNAPSHOT_AMBIGUOUS', new publicNames.AmbiguousSnapshotError('s', ['one', 'two'])],
    ['ARCHIVE_INVALID', new publicNames.ArchiveError('ARCHIVE_INVALID', 'm', { hint: 'h' })],
    ['COMMAND_FAILED', new publicNames.CommandError(result)],
    ['COMMAND_TIMEOUT', new publicNames.CommandTimeoutError(result)],
    [
      'CONFLICT',
      new publicNames.CommitError('CONFLICT', 'm', { hint: 'h', conflicts: [conflict] }),
    ],
    ['CONFIG_INVALID', new publicNames.ConfigError('m', { hint: 'h' })],
    ['ENOENT', new publicNames.FileNotFoundError('/a')],
    ['EISDIR', new publicNames.FileSystemError('EISDIR', 'm', { hint: 'h' })],
    ['HOOK_FAILED', new publicNames.HookError('m', { hint: 'h' })],
    ['INVALID_NAME', new publicNames.InvalidNameError('m', { hint: 'h' })],
    ['INVALID_PATH', new publicNames.InvalidPathError('m', { hint: 'h' })],
    ['MERGE_CONFLICT', new publicNames.MergeConflictError([])],
    ['PERMISSION_DENIED', new publicNames.PermissionDeniedError('m', { hint: 'h' })],
    ['READ_ONLY', new publicNames.ReadOnlyError('m', { hint: 'h' })],
    ['SNAPSHOT_EXISTS', new publicNames.SnapshotExistsError('s', 'w')],
    ['SNAPSHOT_NOT_FOUND', new publicNames.SnapshotNotFoundError('s', 'w')],
    ['STORE_FULL', new publicNames.StorageError('STORE_FULL', 'm', { hint: 'h' })],
    ['REMOTE_BUSY', new publicNames.SyncError('REMOTE_BUSY', 'm', { hint: 'h' })],
    ['SYNC_CONFLICT', new publicNames.SyncConflictError([])],
    ['EBADF', new publicNames.SystemCallError('EBADF', { syscall: 'read' })],
    ['WORKSPACE_BUSY', new publicNames.WorkspaceBusyError('m')],
    ['WORKSPACE_EXISTS', new publicNames.WorkspaceExistsError('w')],
    ['WORKSPACE_EXPIRED', new publicNames.WorkspaceExpiredError('w', new Date(0))],
    ['WORKSPACE_LIMIT', new publicNames.WorkspaceLimitError(3)],
    ['WORKSPACE_NOT_FOUND', new publicNames.WorkspaceNotFoundError('w')],
  ];

  it.each(examples)('with the code %s say what to do, also as plain data', (expected, error) => {
    expect(error).toBeInstanceOf(AgentFSError);
    expect(error.name).toBe(error.constructor.name);
    const plain = JSON.parse(JSON.stringify(error));
    expect(plain).toMatchObject({ name: error.name, code: expected, message: error.message });
    expect(plain.hint).toMatch(/./);
  });

  it('are shown above with every class that is exported', () => {
    const classes = Object.entries(publicNames).filter(([name]) => name.endsWith('Error'));
    const shown = new Set(examples.map(([, error]) => error.name));
    const missing = classes.map(([name]) => name).filter((name) => !shown.has(name));
    expect(missing).toEqual(['AgentFSError']);
  });
});

describe('the frameworks that adapters are for', () => {
  it('may be there in any version, so that no installation fails for one', () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(
      readFileSync('package.json', 'utf8'),
    );
    expect(new Set(Object.values(peerDependencies))).toEqual(new Set(['*']));
    expect(Object.keys(peerDependenciesMeta)).toEqual(Object.keys(peerDependencies));
    for (const meta of Object.values(peerDependenciesMeta))
      expect(meta).toEqual({ optional: true });
  });
});
