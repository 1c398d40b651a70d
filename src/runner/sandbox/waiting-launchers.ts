/** Launchers that wait in a namespace for commands to come, so that these need not wait for them. */

import { quoteWords } from '../../primitives/quote-words.ts';
import { WaitingLauncher } from '../process/waiting-launcher.ts';
import { composeWaiting, type LaunchPlace } from './sandbox-launcher.ts';
import type { Namespace } from './sandbox-namespace.ts';

/** One for the next command, and one that is on its way meanwhile. */
const AHEAD = 2;

/** The launchers of one namespace, whose number has to be that of its first process until they end. */
export class WaitingLaunchers {
  readonly #place: LaunchPlace;
  readonly #isAhead: boolean;
  readonly #waiting: WaitingLauncher[] = [];
  #isEnded = false;

  /** @param expected - how many commands of which the input and output are pipes. */
  constructor(place: LaunchPlace, expected: 'one' | 'several' | undefined) {
    this.#place = place;
    // Those that wait would count as processes of the command.
    const isCounted = place.groups.length > 0 || place.perProcess.processes !== undefined;
    this.#isAhead = expected === 'several' && !isCounted;
    if (expected !== undefined) this.#start('/');
  }

  /** Lets the first one into the namespace, where nothing has to be mounted yet. */
  enter(pid: number): void {
    for (const launcher of this.#waiting) launcher.tell(String(pid));
  }

  /** Brings it to the root of the workspace, once that is mounted and before any command. */
  begin(root: string): void {
    for (const launcher of this.#waiting) {
      launcher.tell(`cd -P -- ${quoteWords([root])} 2> /dev/null || exit 125`);
    }
  }

  /**
   * Gives out one that waits, if there is one, and has others started for the commands after this.
   *
   * @param cwd - a handle on the root of the workspace.
   */
  take({ pid }: Namespace, cwd: string): WaitingLauncher | undefined {
    let taken = this.#waiting.shift();
    while (taken?.isOver === true) taken = this.#waiting.shift();
    // When the command has begun: to start a program keeps this process from everything else.
    if (this.#isAhead) setImmediate(() => this.#refill(pid, cwd));
    return taken;
  }

  /** Ends those that still wait. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all(this.#waiting.splice(0).map((launcher) => launcher.end()));
  }

  #refill(pid: number, cwd: string): void {
    if (this.#isEnded || this.#waiting.length >= AHEAD) return;
    this.#start(cwd)?.tell(String(pid));
  }

  #start(cwd: string): WaitingLauncher | undefined {
    const launcher = WaitingLauncher.start(composeWaiting(this.#place), cwd);
    if (launcher !== undefined) this.#waiting.push(launcher);
    return launcher;
  }
}
