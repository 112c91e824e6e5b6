// How fast time goes: play, pause, speed, and a frame after each change. The host that owns the wall clock gives the
// ticks; the runner turns them into virtual time. Nothing moves before `play`.
import type { AnyTimeline } from './kind.ts';
import type { Waiters } from './waiters.ts';

/** Gives a turn about sixty times a second while it is wanted. Returns how to stop. */
export type Ticker = (onTick: (elapsedRealMs: number) => void) => () => void;

/** Lets time pass until then, or as far as it gets in one turn. */
export type Advance = (timeline: AnyTimeline, until: number) => void;

/** At most this much virtual time at once, so that a tab that slept does not wake up in another day. */
const LEAP_MS = 250;

export class Runner<T extends AnyTimeline = AnyTimeline> {
  readonly timeline: T;
  readonly waiters: Waiters;
  /** The run stops here by itself. */
  endMs: number;
  #speed = 1;
  #stop: (() => void) | null = null;
  #rest = 0;
  readonly #ticker: Ticker;
  readonly #onChange: () => void;
  readonly #advance: Advance;

  constructor(
    timeline: T,
    waiters: Waiters,
    endMs: number,
    ticker: Ticker,
    onChange: () => void,
    advance: Advance = (of, until) => of.run(until),
  ) {
    this.timeline = timeline;
    this.waiters = waiters;
    this.endMs = endMs;
    this.#ticker = ticker;
    this.#onChange = onChange;
    this.#advance = advance;
  }

  get playing(): boolean {
    return this.#stop !== null;
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    this.#speed = speed;
    this.#onChange();
  }

  play(): void {
    if (this.#stop || this.timeline.now >= this.endMs) return;
    this.#stop = this.#ticker((elapsed) => {
      this.#tick(elapsed);
    });
    this.#onChange();
  }

  pause(): void {
    if (!this.#stop) return;
    this.#stop();
    this.#stop = null;
    this.#onChange();
  }

  /** Moves the world by hand: the run pauses first. */
  act(move: (timeline: T) => void): void {
    this.#stop?.();
    this.#stop = null;
    this.#rest = 0;
    move(this.timeline);
    this.waiters.wake(this.timeline.now);
    this.#onChange();
  }

  #tick(elapsedRealMs: number): void {
    this.#rest += Math.min(elapsedRealMs, LEAP_MS) * this.#speed;
    const whole = Math.floor(this.#rest);
    this.#rest -= whole;
    const until = Math.min(this.endMs, this.timeline.now + whole);
    this.#advance(this.timeline, until);
    // What a large world could not do in its turn is not made up for: its time simply goes slower.
    if (this.timeline.now < until) this.#rest = 0;
    this.waiters.wake(this.timeline.now);
    if (this.timeline.now >= this.endMs) {
      this.#stop?.();
      this.#stop = null;
    }
    this.#onChange();
  }
}
