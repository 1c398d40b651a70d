/**
 * The codes of errors: what programs may rely on, where messages may change.
 */

/** The stable machine-readable reason of an error that agentfs throws; one line each. */
export type ErrorCode =
  // A path in a workspace, with the meaning that node:fs gives the code.
  /** Nothing exists at the path. */
  | 'ENOENT'
  /** Something exists at the path already. */
  | 'EEXIST'
  /** A component of the path is not a directory. */
  | 'ENOTDIR'
  /** The path is a directory where a file was needed. */
  | 'EISDIR'
  /** The directory still has entries. */
  | 'ENOTEMPTY'
  /** The operating system refused access. */
  | 'EACCES'
  /** More than 40 symbolic links were followed. */
  | 'ELOOP'
  /** The operation makes no sense for this path, such as moving a directory into itself. */
  | 'EINVAL'
  /** The file is too large for one buffer; use a stream. */
  | 'EFBIG'
  /** A workspace cannot hold such a name; from `fs` and file handles, as the next four. */
  | 'EPERM'
  /** The workspace cannot be changed. */
  | 'EROFS'
  /** The disk of the store is full. */
  | 'ENOSPC'
  /** The store could not be read or written. */
  | 'EIO'
  /** The file handle is closed, or was not opened for this. */
  | 'EBADF'
  /** A file was changed since it was read, and was to be written only if not. */
  | 'FILE_CHANGED'
  /** The path escapes the workspace, holds NUL, is reserved or too long. */
  | 'INVALID_PATH'
  // Arguments.
  /** The name of a workspace or snapshot is not allowed. */
  | 'INVALID_NAME'
  /** A glob pattern is too long, too deep or not a string. */
  | 'INVALID_PATTERN'
  /** An argument or option has the wrong type or an impossible value. */
  | 'INVALID_ARGUMENT'
  // Workspaces.
  /** No workspace has this name. */
  | 'WORKSPACE_NOT_FOUND'
  /** A workspace with this name exists. */
  | 'WORKSPACE_EXISTS'
  /** The configured number of workspaces is reached. */
  | 'WORKSPACE_LIMIT'
  /** Another run or commit holds the workspace. */
  | 'WORKSPACE_BUSY'
  /** There is no command to run another one beside. */
  | 'NOTHING_RUNNING'
  /** The workspace's `expires` time has passed. */
  | 'WORKSPACE_EXPIRED'
  /** The workspace is frozen or archived. */
  | 'WORKSPACE_FROZEN'
  /** The workspace has changes and `force` was false. */
  | 'WORKSPACE_DIRTY'
  /** No exploration has this id, or it has no such candidate. */
  | 'EXPLORATION_NOT_FOUND'
  /** The workspace is read-only. */
  | 'READ_ONLY'
  /** The workspace belongs to another agent. */
  | 'PERMISSION_DENIED'
  // Snapshots, history, merging.
  /** No snapshot has this name. */
  | 'SNAPSHOT_NOT_FOUND'
  /** A snapshot with this name exists. */
  | 'SNAPSHOT_EXISTS'
  /** Several workspaces have a snapshot of this name. */
  | 'SNAPSHOT_AMBIGUOUS'
  /** No commit has this id. */
  | 'COMMIT_NOT_FOUND'
  /** The workspace equals its fork, or nothing matches the patterns. */
  | 'NOTHING_TO_COMMIT'
  /** The commit message is blank. */
  | 'BLANK_MESSAGE'
  /** Both sides changed the same thing. */
  | 'CONFLICT'
  /** A merge of two workspaces met conflicts. */
  | 'MERGE_CONFLICT'
  /** There is no earlier operation. */
  | 'NOTHING_TO_UNDO'
  /** There is no undone operation. */
  | 'NOTHING_TO_REDO'
  /** A symbolic link would lead outside the base. */
  | 'OUTSIDE_SYMLINK'
  /** Two names would be one on a case-insensitive base. */
  | 'NAME_COLLISION'
  // The base directory.
  /** The base directory does not exist. */
  | 'BASE_NOT_FOUND'
  /** The base is not a directory. */
  | 'BASE_NOT_DIRECTORY'
  /** The base, or its `.agentfs`, cannot be written. */
  | 'BASE_READ_ONLY'
  /** A file went on changing while it was read. */
  | 'FILE_UNSTABLE'
  // Commands.
  /** A command exited with a non-zero status and `check` was set. */
  | 'COMMAND_FAILED'
  /** A command ran into its timeout and `check` was set. */
  | 'COMMAND_TIMEOUT'
  /** The command could not be started. */
  | 'COMMAND_NOT_STARTED'
  /** A command with `tty` needs a terminal, and the host's input is not one. */
  | 'NOT_A_TERMINAL'
  /** The operation was stopped through its signal. */
  | 'ABORTED'
  /** What a client wants to go on with is over: a process, a session or a watch at a door. */
  | 'NOT_OPEN'
  /** The requested run strategy or sandbox profile is not available on this host. */
  | 'SANDBOX_UNAVAILABLE'
  // The store.
  /** The store was written by a newer version of agentfs. */
  | 'SCHEMA_NEWER'
  /** The file is not an agentfs store. */
  | 'STORE_FOREIGN'
  /** SQLite found the store damaged. */
  | 'STORE_CORRUPT'
  /** The disk is full. */
  | 'STORE_FULL'
  /** Another process held the store for longer than the busy timeout. */
  | 'STORE_BUSY'
  /** The store cannot be written. */
  | 'STORE_READ_ONLY'
  /** The store, or what leads to it, is a symbolic link or belongs to another user. */
  | 'STORE_UNSAFE'
  /** It came along with the project, and this user has not adopted it. */
  | 'NOT_TRUSTED'
  /** The store could not be read or written for another reason; see `cause`. */
  | 'STORE_IO'
  /** An object's bytes do not match its id, or its encoding is not canonical. */
  | 'OBJECT_CORRUPT'
  /** An object that something refers to is not in the store. */
  | 'OBJECT_MISSING'
  /** The native SQLite binary is missing. */
  | 'DRIVER_MISSING'
  /** The AgentFS was closed. */
  | 'CLOSED'
  // Synchronisation.
  /** The workspace has no remote. */
  | 'SYNC_DISABLED'
  /** Local and remote changes contradict each other and wait for a decision. */
  | 'SYNC_CONFLICT'
  /** The remote has another workspace of this name. */
  | 'UNRELATED'
  /** The remote has no such workspace, revision or snapshot. */
  | 'REMOTE_NOT_FOUND'
  /** The address of the remote is malformed, or of a kind that is not allowed. */
  | 'REMOTE_URL'
  /** The remote cannot be reached, or the connection broke. */
  | 'REMOTE_UNREACHABLE'
  /** The remote is overloaded or locked, or has failed for the moment. */
  | 'REMOTE_BUSY'
  /** The remote did not answer in time. */
  | 'REMOTE_TIMEOUT'
  /** The remote refuses the token, or what the token does not allow. */
  | 'REMOTE_AUTH'
  /** The certificate of the remote is not valid, or it speaks no TLS. */
  | 'REMOTE_TLS'
  /** The remote has no room left. */
  | 'REMOTE_FULL'
  /** The remote has refused a request for another reason; see `cause`. */
  | 'REMOTE_FAILED'
  /** The tables of the remote are not those of agentfs. */
  | 'REMOTE_FOREIGN'
  /** The remote was made by a newer version of agentfs. */
  | 'REMOTE_NEWER'
  /** Something that came from the remote is wrong and was not believed. */
  | 'REMOTE_CORRUPT'
  /** The remote lacks an object that it should have. */
  | 'REMOTE_INCOMPLETE'
  /** The remote is encrypted with another key, or one side of the two is not encrypted. */
  | 'REMOTE_KEY'
  /** Others kept moving the head of the remote; nothing was lost. */
  | 'HEAD_MOVED'
  // Archives.
  /** It is not a tar archive, or it is damaged or cut off. */
  | 'ARCHIVE_INVALID'
  /** It holds an entry that a workspace cannot or must not have. */
  | 'ARCHIVE_REFUSED'
  // Configuration and hooks.
  /** A configuration file or key is wrong. */
  | 'CONFIG_INVALID'
  /** A hook vetoed the operation. */
  | 'HOOK_FAILED'
  // The daemon.
  /** Another daemon serves the project. */
  | 'ALREADY_SERVED'
  /** No token was sent, or one that does not count. */
  | 'UNAUTHENTICATED'
  /** A token of this name exists already. */
  | 'TOKEN_EXISTS'
  /** No token has this name, or it is revoked. */
  | 'TOKEN_NOT_FOUND'
  /** The daemon serves no project of this name. */
  | 'PROJECT_NOT_FOUND'
  /** There is no such job. */
  | 'JOB_NOT_FOUND'
  /** More was asked for in a short time than is allowed. */
  | 'RATE_LIMITED'
  /** As many are open as may be. */
  | 'LIMIT_REACHED'
  /** No program or model is configured that could answer a prompt. */
  | 'AGENT_NOT_CONFIGURED';
