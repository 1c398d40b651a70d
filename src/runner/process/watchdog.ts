/**
 * Lets commands die with the host process, even when that is killed with SIGKILL.
 *
 * A small shell reads a pipe whose other end only the host holds, and kills what it was told to
 * watch when the pipe closes. It is a process of its own, in a session of its own: the command
 * neither inherits the pipe nor gets a child, a signal or a file descriptor that is not its own.
 */

import type { ChildProcess } from 'node:child_process';
import { startProgram } from '../../primitives/start-program.ts';
import { COMMAND_ID_VARIABLE } from './environment.ts';

// A token is a process group, or a command id, by which a command is found whose process group the
// host did not live to tell. Two clean searches in a row, since a process that is being started has
// its new environment only after a moment.
const SCRIPT = `
tokens=' '
while read -r sign token; do
  case $sign in
    +) tokens="$tokens$token " ;;
    -) tokens="\${tokens%% $token *} \${tokens#* $token }" ;;
  esac
done
clean=0 round=0
while [ $clean -lt 2 ] && [ $round -lt 100 ]; do
  clean=$((clean + 1)) round=$((round + 1))
  for token in $tokens; do
    case $token in
      *[!0-9]*)
        for file in $(grep -lsF "${COMMAND_ID_VARIABLE}=$token" /proc/[0-9]*/environ); do
          pid=\${file#/proc/}
          kill -KILL "\${pid%/environ}" && clean=0
        done ;;
      *) kill -KILL "-$token" ;;
    esac
  done
done
`;

/** How long a shell waits for another command, as starting one copies tables of the host's memory. */
const IDLE_MS = 10_000;

/** What a host process watches over; it has one shell at most, and none when nothing has run lately. */
class Watchdog {
  readonly #tokens = new Set<string>();
  #shell: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** Watches a process group or a command id until it is released. */
  watch(token: string): void {
    this.#tokens.add(token);
    clearTimeout(this.#idle);
    if (this.#shell === undefined) this.#start();
    else this.#shell.stdin?.write(`+ ${token}\n`);
  }

  release(token: string): void {
    if (!this.#tokens.delete(token)) return;
    this.#shell?.stdin?.write(`- ${token}\n`);
    if (this.#tokens.size === 0) this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
  }

  #end(): void {
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  #start(): void {
    const shell = startProgram('/bin/sh', ['-c', SCRIPT], {
      cwd: '/',
      detached: true,
      // Without the host's variables: it must not be taken for a part of a command that the host
      // itself belongs to.
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell = shell;
    // Without a shell commands still run; they are then not killed when the host is.
    shell.on('error', () => this.#forget(shell));
    shell.stdin?.on('error', () => this.#forget(shell));
    shell.on('exit', () => this.#restart(shell));
    shell.unref();
    for (const token of this.#tokens) shell.stdin?.write(`+ ${token}\n`);
  }

  #forget(shell: ChildProcess): void {
    if (this.#shell === shell) this.#shell = undefined;
  }

  /** The shell was killed: what it watched needs another one. */
  #restart(shell: ChildProcess): void {
    if (shell !== this.#shell && this.#shell !== undefined) return;
    this.#shell = undefined;
    if (this.#tokens.size > 0 && shell.pid !== undefined) this.#start();
  }
}

const watchdog = new Watchdog();

/** Kills the process group, or the processes of a command id, when the host process ends. */
export function watchOver(token: string): void {
  watchdog.watch(token);
}

/** Ends what {@link watchOver} began. */
export function releaseWatch(token: string): void {
  watchdog.release(token);
}
