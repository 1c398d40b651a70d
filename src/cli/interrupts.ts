/** Ctrl-C and the like: told to what is under way, which then ends before the process does. */

import { longWait } from '../primitives/long-wait.ts';

/** A signal asked the program to stop. */
export class Interrupted extends Error {
  readonly code = 'INTERRUPTED';
  /** What shells report for a process that such a signal has ended. */
  readonly exitStatus: number;

  constructor(signal: StoppingSignal) {
    super(`Interrupted by ${signal}.`);
    this.name = 'Interrupted';
    this.exitStatus = 128 + NUMBERS[signal];
  }
}

type StoppingSignal = keyof typeof NUMBERS;

const SIGNALS: readonly StoppingSignal[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Listens for signals from when it is made. */
export class Interrupts {
  /** Rejects with {@link Interrupted} at the first signal. */
  readonly happened: Promise<never>;
  readonly #controller = new AbortController();
  #belongsToCommand = false;
  #service: { readonly reload: () => void; readonly stop: () => void } | undefined;

  constructor(process: NodeJS.Process) {
    let reject: (reason: Interrupted) => void = () => undefined;
    this.happened = new Promise((_, fail) => {
      reject = fail;
    });
    // It is raced; a race that is over has no listener.
    this.happened.catch(() => undefined);
    const hear = (signal: StoppingSignal): unknown => {
      if (signal === 'SIGINT' && this.#belongsToCommand) return;
      if (signal === 'SIGHUP' && this.#service !== undefined) return this.#service.reload();
      const interrupted = new Interrupted(signal);
      // Who asks twice does not want to wait; the store takes a kill at any moment.
      if (this.signal.aborted) process.exit(interrupted.exitStatus);
      if (this.#service === undefined) reject(interrupted);
      else this.#service.stop();
      return this.#controller.abort(interrupted);
    };
    for (const signal of SIGNALS) process.on(signal, hear);
    longWait.subscribe((isWaiting) => {
      if (this.#service !== undefined || this.#belongsToCommand) return;
      // The thread stands still: without a listener the system ends the process itself.
      for (const signal of SIGNALS) {
        process.off(signal, hear);
        if (isWaiting === false) process.on(signal, hear);
      }
    });
  }

  /** For operations that can be stopped. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * From now on this program is a service: to be stopped is how it ends, and no failure, and SIGHUP
   * asks it to read its settings again.
   *
   * @returns resolves when it is to end.
   */
  asService(reload: () => void): Promise<void> {
    return new Promise((stop) => {
      this.#service = { reload, stop };
      if (this.signal.aborted) stop();
    });
  }

  /** While `action` runs, Ctrl-C is for the command that has the terminal, not for this program. */
  async leavingKeysToCommand<T>(action: () => Promise<T>): Promise<T> {
    this.#belongsToCommand = true;
    try {
      return await action();
    } finally {
      this.#belongsToCommand = false;
    }
  }
}
