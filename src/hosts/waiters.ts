// Who waits for virtual time: `sleep`, `watch`, an answer on its way. A host that lets time pass calls `wake`.
import { Interrupted } from '../shell/program.ts';

interface Waiter {
  readonly at: number;
  readonly go: () => void;
}

export class Waiters {
  #waiting: Waiter[] = [];
  /** Open streams and answers under way: they wait for the world, though for no set time. */
  watching = 0;

  /** True while somebody cannot go on before the world does. */
  get needTime(): boolean {
    return this.#waiting.length > 0 || this.watching > 0;
  }

  /** The earliest time anybody waits for. */
  get nextAt(): number | undefined {
    return this.#waiting.reduce<number | undefined>(
      (least, { at }) => (least === undefined || at < least ? at : least),
      undefined,
    );
  }

  /** Resolves when the clock has reached `at` (virtual ms); rejects when the signal is aborted. */
  until(at: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(new Interrupted());
        return;
      }
      const waiter: Waiter = {
        at,
        go: () => {
          signal.removeEventListener('abort', stop);
          resolve();
        },
      };
      const stop = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(new Interrupted());
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** The clock stands at `now`: whoever waited for it goes on. */
  wake(now: number): void {
    if (this.#waiting.every(({ at }) => at > now)) return;
    const due = this.#waiting.filter(({ at }) => at <= now);
    this.#waiting = this.#waiting.filter(({ at }) => at > now);
    for (const waiter of due) waiter.go();
  }
}
