// One world in the worker as the page holds it: signals of what the frames say, and calls that never throw into an
// event handler. The reader's cluster is one, the copy that plays the solution another, and each live figure has one.
// `S` is what the frames of its world hold.
import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { RemoteWorld } from '../../hosts/client.ts';
import type { Choice, ExerciseState, Explanation, Frame, Opened, WorldCalls, WorldSpec } from '../../hosts/protocol.ts';
import { apply } from '../../sim/diff.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import type { EditRequest } from '../terminal/props.ts';

export type Clock = Omit<Frame, 'snapshot' | 'diff' | 'goals'>;

export class LiveWorld<S = ClusterSnapshot> {
  readonly #remote: RemoteWorld<S>;
  readonly #snapshot = signal<S | undefined>(undefined);
  readonly #clock = signal<Clock | undefined>(undefined);
  readonly #goals = signal<ExerciseState | undefined>(undefined);
  readonly #trouble = signal<Trouble | undefined>(undefined);
  #wish: number | undefined;
  readonly edit: Signal<EditRequest | null> = signal(null);
  /** Settles when the world stands; it is rejected when it cannot be made. */
  readonly opened: Promise<Opened>;

  constructor(spec: WorldSpec) {
    this.#remote = new RemoteWorld<S>({
      onFrame: (frame) => this.#hear(frame),
      onEdit: (fileName, text) => (this.edit.value = { fileName, text }),
      onBroken: (message, seed) => (this.#trouble.value = { kind: 'broken', message, seed }),
    });
    this.opened = this.#remote.call('open', spec);
    this.opened.catch((error: unknown) => this.#refused(error));
  }

  get snapshot(): ReadonlySignal<S | undefined> {
    return this.#snapshot;
  }

  get clock(): ReadonlySignal<Clock | undefined> {
    return this.#clock;
  }

  get goals(): ReadonlySignal<ExerciseState | undefined> {
    return this.#goals;
  }

  get trouble(): ReadonlySignal<Trouble | undefined> {
    return this.#trouble;
  }

  do<M extends keyof WorldCalls>(method: M, ...args: Parameters<WorldCalls[M]>): void {
    this.#remote.call(method, ...args).catch((error: unknown) => this.#refused(error));
  }

  /** Goes to a moment. While a slider is dragged only the newest wish counts. */
  seek(at: number): void {
    const busy = this.#wish !== undefined;
    this.#wish = at;
    if (!busy) void this.#seekOn();
  }

  /** What led to it; undefined when the world cannot say. */
  async why(subject: string): Promise<Explanation | undefined> {
    try {
      return await this.#remote.call('why', subject);
    } catch (error) {
      this.#refused(error);
      return undefined;
    }
  }

  /** How the scheduler chose for a pod; undefined when the world cannot say. */
  async choice(pod: string): Promise<Choice | undefined> {
    try {
      return await this.#remote.call('choice', pod);
    } catch (error) {
      this.#refused(error);
      return undefined;
    }
  }

  async shell(): Promise<MessagePort> {
    await this.opened;
    return this.#remote.shell();
  }

  /** Answers the open editor. */
  edited(text: string | null): void {
    this.edit.value = null;
    this.do('edited', text);
  }

  close(): void {
    this.#remote.close();
  }

  async #seekOn(): Promise<void> {
    for (let at = this.#wish; at !== undefined;) {
      try {
        await this.#remote.call('seek', at);
      } catch (error) {
        this.#refused(error);
      }
      at = this.#wish === at ? undefined : this.#wish;
    }
    this.#wish = undefined;
  }

  #hear({ snapshot, diff, goals, ...clock }: Frame<S>): void {
    if (snapshot) {
      // A whole frame: the world stands anew, and what was wrong with the old one is past.
      this.#snapshot.value = snapshot;
      this.#trouble.value = undefined;
    } else if (diff && this.#snapshot.value) this.#snapshot.value = apply(this.#snapshot.value, diff) as S;
    if (goals) this.#goals.value = goals;
    this.#clock.value = clock;
  }

  #refused(error: unknown): void {
    this.#trouble.value ??= {
      kind: 'refused',
      message: error instanceof Error ? error.message : String(error),
      seed: 0,
    };
  }
}

export interface Trouble {
  readonly kind: 'broken' | 'refused';
  readonly message: string;
  readonly seed: number;
}
