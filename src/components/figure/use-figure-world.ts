// What every live figure has: one world in the worker, and every way to go through its time. Nothing moves before the
// reader asks; off the screen it stands still. What is drawn comes from frames alone, what is done goes through calls.
// `S` is what the frames of its world hold; all that is asked of it here is its moment.
import { batch, useComputed, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Settings } from '../../hosts/protocol.ts';
import { LiveWorld } from '../exercise/live-world.ts';
import { useSeen } from '../exercise/use-seen.ts';
import type { Control } from './Controls.tsx';
import { wantsLessMotion } from './motion.ts';
import type { Stop } from './Transport.tsx';
import { useRunRequest } from './use-run-request.ts';
import type { FigureWords } from './words.ts';

/** What the build gives to every island of a figure (`frameOf` in src/content/figures.ts, FigureFrame.astro). */
export interface FrameProps {
  readonly id: string;
  readonly scenario: string;
  readonly settings: Settings;
  readonly seed: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly firstMs: number;
  readonly stops: readonly Stop[];
  readonly controls: readonly Control[];
  readonly words: FigureWords;
  /** The still, the key and the text of the first frame, made at build time. */
  readonly still?: ComponentChildren;
  readonly legend?: ComponentChildren;
  readonly twin?: ComponentChildren;
}

interface Pace {
  /** How many times as fast as real time, as the figure begins. */
  readonly speed: number;
  /** A run to the next stop takes about so long. Real ms. */
  readonly toStopMs: number;
}

export interface FigureWorld<S> {
  readonly root: RefObject<HTMLDivElement>;
  readonly world: ReadonlySignal<LiveWorld<S> | undefined>;
  /** The picture is live: the world stands where the still was taken. */
  readonly ready: ReadonlySignal<boolean>;
  readonly now: ReadonlySignal<number>;
  readonly playing: ReadonlySignal<boolean>;
  readonly speed: ReadonlySignal<number>;
  /** What is shown; undefined until it is live. */
  readonly snapshot: ReadonlySignal<S | undefined>;
  /** What was shown when the reader acted last. */
  readonly base: ReadonlySignal<S | undefined>;
  readonly touched: ReadonlySignal<boolean>;
  readonly settings: ReadonlySignal<Settings>;
  readonly canUndo: ReadonlySignal<boolean>;
  /** What the reader guessed of the run, once it was asked for. */
  readonly guess: ReadonlySignal<string | undefined>;
  /** Does what the reader asks for; a run to somewhere ends there. */
  readonly act: (what: (world: LiveWorld<S>) => void) => void;
  /** Runs to a moment, from where it stands or from `from`. */
  readonly runTo: (to: number, from?: number) => void;
  readonly setSpeed: (times: number) => void;
  /** A control was moved: the world is made anew. */
  readonly change: (settings: Settings) => void;
  readonly undo: () => void;
  /** Back to how the figure began, but for the moment: `to` says where. */
  readonly restore: (to: (world: LiveWorld<S>) => void) => void;
}

/** A run of a guess takes about so long. Real ms. */
const GUESS_MS = 16_000;
/** With less motion the picture is cut from one moment to the next, no more often than this. Real ms. */
const CUT_MS = 1_000;

export function useFigureWorld<S extends { readonly at: number }>(props: FrameProps, pace: Pace): FigureWorld<S> {
  const { id, scenario, seed, startMs, endMs, firstMs } = props;
  const root = useRef<HTMLDivElement>(null);
  const world = useSignal<LiveWorld<S> | undefined>(undefined);
  const ready = useSignal(false);
  const speed = useSignal(pace.speed);
  /** Where the run was sent; it counts once the run is on its way there. */
  const target = useSignal<{ readonly at: number; readonly underWay: boolean } | undefined>(undefined);
  const touched = useSignal(false);
  const settings = useSignal<Settings>(props.settings);
  /** The settings before each change, for undo. */
  const earlier = useSignal<readonly Settings[]>([]);
  const guess = useSignal<string | undefined>(undefined);
  const base = useSignal<S | undefined>(undefined);
  const seen = useSeen(root);

  const playing = useComputed(() => world.value?.clock.value?.playing === true);
  const canUndo = useComputed(() => earlier.value.length > 0);
  const now = useComputed(() => (ready.value ? (world.value?.clock.value?.at ?? firstMs) : firstMs));
  const snapshot = useCut(world, ready, playing);

  useEffect(() => {
    const made = new LiveWorld<S>({ scenario, settings: props.settings, seed, startMs, endMs });
    world.value = made;
    made.do('speed', speed.peek());
    made.do('seek', firstMs);
    return () => made.close();
  }, []);

  // The picture takes the still's place when the world stands where the still was taken.
  useSignalEffect(() => {
    if (world.value?.snapshot.value?.at === firstMs) ready.value = true;
  });

  // Off the screen nothing runs.
  useSignalEffect(() => world.value?.do('visible', seen.value));

  // The run stops where it was sent, to the millisecond.
  useSignalEffect(() => {
    const to = target.value;
    const clock = world.value?.clock.value;
    if (!to || !clock) return;
    if (!to.underWay) {
      if (clock.playing && clock.at < to.at) target.value = { ...to, underWay: true };
    } else if (clock.at >= to.at) {
      target.value = undefined;
      world.value?.do('seek', to.at);
      world.value?.do('speed', speed.peek());
    }
  });

  const act = (what: (world: LiveWorld<S>) => void) => {
    const live = world.peek();
    if (!live || !ready.peek()) return;
    batch(() => {
      touched.value = true;
      if (target.peek() !== undefined) live.do('speed', speed.peek());
      target.value = undefined;
      base.value = live.snapshot.peek();
    });
    what(live);
  };
  const run = (to: number, realMs: number, from?: number) =>
    act((live) => {
      if (from !== undefined) live.do('seek', from);
      // Without motion the next stop is simply there, with what changed outlined.
      if (wantsLessMotion()) {
        live.do('seek', to);
        return;
      }
      const length = to - (from ?? live.clock.peek()?.at ?? startMs);
      live.do('speed', Math.min(60, Math.max(1, Math.round(length / realMs))));
      live.do('play');
      target.value = { at: to, underWay: false };
    });
  const make = (values: Settings) => {
    settings.value = values;
    act((live) => live.do('change', values));
  };

  useRunRequest(id, root, ready, ({ from, guess: text }) => {
    guess.value = text;
    run(endMs, GUESS_MS, from);
  });

  return {
    root,
    world,
    ready,
    now,
    playing,
    speed,
    snapshot,
    base,
    touched,
    settings,
    canUndo,
    guess,
    act,
    runTo: (to, from) => run(to, pace.toStopMs, from),
    setSpeed: (times) => {
      speed.value = times;
      if (target.peek() === undefined) world.peek()?.do('speed', times);
    },
    change: (values) => {
      earlier.value = [...earlier.peek(), settings.peek()];
      make(values);
    },
    undo: () => {
      const last = earlier.peek().at(-1);
      if (!last) return;
      earlier.value = earlier.peek().slice(0, -1);
      make(last);
    },
    restore: (to) => {
      guess.value = undefined;
      earlier.value = [];
      if (settings.peek() !== props.settings) make(props.settings);
      act(to);
    },
  };
}

/** What is shown: the newest frame, or with less motion a cut from time to time. */
function useCut<S>(
  world: ReadonlySignal<LiveWorld<S> | undefined>,
  ready: ReadonlySignal<boolean>,
  playing: ReadonlySignal<boolean>,
): ReadonlySignal<S | undefined> {
  const shown = useSignal<S | undefined>(undefined);
  const cutAt = useRef(0);
  useSignalEffect(() => {
    const next = world.value?.snapshot.value;
    if (!ready.value || !next) return;
    if (playing.value && wantsLessMotion()) {
      const real = performance.now();
      if (real - cutAt.current < CUT_MS) return;
      cutAt.current = real;
    }
    shown.value = next;
  });
  return shown;
}
