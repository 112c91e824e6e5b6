// How fast time goes in a served world. At 1 and 10 a Runner drives it by the real clock. At `max` time jumps from one
// event to the next, under three rules that let clients see one thing after another and an idle world rest:
// - nothing moves while a request is being answered, nor for a moment after one, so that the requests of one command
//   find the same world; an open watch, log or connection is no request in that sense;
// - it jumps only as far as somebody has given it reason to: a change from outside is worth 15 virtual minutes (longer
//   than any timeout of the controllers), a reading request 30 seconds, a sleep its own length;
// - beyond that, and while no event is due, time goes as the real clock does. So an idle cluster costs nothing, and one
//   that never rests (a crash loop, a client, a cron job) does not race ahead of whoever watches it.
import type { AnyTimeline } from '../kind.ts';
import { Runner } from '../runner.ts';
import type { Waiters } from '../waiters.ts';

export type Speed = 1 | 10 | 'max';

export interface Clock {
  /** A request has come. */
  begin(): void;
  /** It has been answered, or its stream is open. */
  end(changed: boolean): void;
  /** Something came from outside that is no request. */
  touched(): void;
  /** Somebody waits for this moment (virtual ms). */
  wanted(at: number): void;
  stop(): void;
}

const TICK_MS = 15;
/** Real ms without a request before time jumps. */
const QUIET_MS = 50;
/** Real ms that a row of jumps may take before clients get their turn. */
const SLICE_MS = 15;
const CHANGE_MS = 900_000;
const READ_MS = 30_000;
/** At the start nobody has asked for anything, but the world has to come up. */
const START_MS = 60_000;

export function startClock(timeline: AnyTimeline, waiters: Waiters, speed: Speed): Clock {
  return speed === 'max' ? jump(timeline, waiters) : follow(timeline, waiters, speed);
}

function follow(timeline: AnyTimeline, waiters: Waiters, speed: number): Clock {
  const ticker = (onTick: (elapsedRealMs: number) => void) => {
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      onTick(now - last);
      last = now;
    }, TICK_MS);
    return () => clearInterval(timer);
  };
  const runner = new Runner(timeline, waiters, Infinity, ticker, () => undefined);
  runner.speed = speed;
  runner.play();
  const nothing = () => undefined;
  return { begin: nothing, end: nothing, touched: nothing, wanted: nothing, stop: () => runner.pause() };
}

function jump(timeline: AnyTimeline, waiters: Waiters): Clock {
  let horizon = timeline.now + START_MS;
  let answering = 0;
  let busyAt = 0;
  let last = performance.now();
  let rest = 0;
  let timer: NodeJS.Timeout | NodeJS.Immediate;
  let stopped = false;

  const turn = () => {
    if (stopped) return;
    const now = performance.now();
    if (answering > 0 || now - busyAt < QUIET_MS) {
      last = now;
      timer = setTimeout(turn, 5);
      return;
    }
    const jumped = leap(now);
    if (!jumped) {
      rest += now - last;
      const whole = Math.floor(rest);
      rest -= whole;
      timeline.run(timeline.now + whole);
      waiters.wake(timeline.now);
    }
    last = now;
    timer = jumped ? setImmediate(turn) : setTimeout(turn, TICK_MS);
  };

  /** From event to event up to the horizon; false when there is nowhere to go. */
  const leap = (startedAt: number): boolean => {
    let moved = false;
    while (performance.now() - startedAt < SLICE_MS) {
      const next = timeline.nextAt;
      const at = Math.min(next ?? Infinity, waiters.nextAt ?? Infinity);
      if (at > horizon) break;
      if (at > timeline.now) timeline.run(at);
      else timeline.world.sim.run(timeline.now);
      waiters.wake(timeline.now);
      moved = true;
    }
    return moved;
  };
  timer = setTimeout(turn, 0);

  const reach = (at: number) => (horizon = Math.max(horizon, at));
  return {
    begin: () => {
      answering++;
    },
    end: (changed) => {
      answering--;
      busyAt = performance.now();
      reach(timeline.now + (changed ? CHANGE_MS : READ_MS));
    },
    touched: () => {
      busyAt = performance.now();
      reach(timeline.now + CHANGE_MS);
    },
    wanted: reach,
    stop: () => {
      stopped = true;
      clearTimeout(timer as NodeJS.Timeout);
      clearImmediate(timer as NodeJS.Immediate);
    },
  };
}
