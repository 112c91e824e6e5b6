// A live figure: one world in the worker, its picture, and every way to go through its time. Nothing moves before the
// reader asks; off the screen it stands still. What is drawn comes from frames alone, what is done goes through calls.
import { batch, useComputed, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Room } from '../../draw/layout.ts';
import { say, type DrawWords } from '../../draw/words.ts';
import type { Explanation, Settings, WorldSpec } from '../../hosts/protocol.ts';
import type { ClusterSnapshot, LedgerRow } from '../../sim/snapshot.ts';
import { LiveWorld } from '../exercise/live-world.ts';
import { useSeen } from '../exercise/use-seen.ts';
import { Controls, type Control } from './Controls.tsx';
import { Ledger } from './Ledger.tsx';
import { LivePicture, useCut } from './LivePicture.tsx';
import { wantsLessMotion } from './motion.ts';
import { Transport, type Stop } from './Transport.tsx';
import { TwinView } from './TwinView.tsx';
import { useRunRequest } from './use-run-request.ts';
import { Why } from './Why.tsx';
import type { FigureWords } from './words.ts';
import './figure.css';

export interface FigureProps {
  readonly id: string;
  readonly scenario: string;
  readonly settings: Settings;
  readonly seed: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly firstMs: number;
  readonly stops: readonly Stop[];
  readonly controls: readonly Control[];
  /** The fullest moment of the run, so that the picture keeps its height. */
  readonly keep: Room;
  /** Rows of the ledger at the first frame, newest last. */
  readonly rows: readonly LedgerRow[];
  /** Who calls, at the first frame; left out where nobody does. */
  readonly client?: Pick<ClusterSnapshot['clients'][number], 'name' | 'totals'>;
  readonly words: FigureWords;
  readonly drawWords: DrawWords;
  /** The still, the key and the text of the first frame, made at build time. */
  readonly still?: ComponentChildren;
  readonly legend?: ComponentChildren;
  readonly twin?: ComponentChildren;
}

/** A run to the next stop, or of a guess, takes about so long. Real ms. */
const TO_STOP_MS = 6_000;
const GUESS_MS = 16_000;
const SPEEDS = [1, 2, 5, 10, 60] as const;
/** Above this speed requests on their way only flicker. */
const FASTEST_DRAWN = 5;

export function Figure(props: FigureProps) {
  const { id, words, drawWords, stops, startMs, endMs, firstMs } = props;
  const root = useRef<HTMLDivElement>(null);
  const world = useSignal<LiveWorld | undefined>(undefined);
  /** The picture is live: the world stands at the first frame. */
  const ready = useSignal(false);
  const speed = useSignal<number>(defaultSpeed(endMs - startMs));
  /** Where the run was sent; it counts once the run is on its way there. */
  const target = useSignal<{ readonly at: number; readonly underWay: boolean } | undefined>(undefined);
  const touched = useSignal(false);
  const settings = useSignal<Settings>(props.settings);
  /** The settings before each change, for undo. */
  const earlier = useSignal<readonly Settings[]>([]);
  const chosen = useSignal<string | undefined>(undefined);
  const explanation = useSignal<Explanation | undefined>(undefined);
  const guess = useSignal<string | undefined>(undefined);
  const base = useSignal<ClusterSnapshot | undefined>(undefined);
  const seen = useSeen(root);

  const playing = useComputed(() => world.value?.clock.value?.playing === true);
  const canUndo = useComputed(() => earlier.value.length > 0);
  const now = useComputed(() => (ready.value ? (world.value?.clock.value?.at ?? firstMs) : firstMs));
  const fast = useComputed(() => playing.value && (world.value?.clock.value?.speed ?? 1) > FASTEST_DRAWN);
  const snapshot = useCut(world, ready, playing);
  const rows = useComputed(() => snapshot.value?.ledger ?? props.rows);

  useEffect(() => {
    const made = new LiveWorld(specOf(props));
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

  const act = (what: (world: LiveWorld) => void) => {
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
  const runTo = (to: number, real: number, from?: number) =>
    act((live) => {
      if (from !== undefined) live.do('seek', from);
      // Without motion the next stop is simply there, with what changed outlined.
      if (wantsLessMotion()) {
        live.do('seek', to);
        return;
      }
      const length = to - (from ?? live.clock.peek()?.at ?? startMs);
      live.do('speed', Math.min(60, Math.max(1, Math.round(length / real))));
      live.do('play');
      target.value = { at: to, underWay: false };
    });
  const change = (values: Settings) => {
    settings.value = values;
    act((live) => live.do('change', values));
  };
  const reset = () => {
    guess.value = undefined;
    earlier.value = [];
    if (settings.peek() !== props.settings) change(props.settings);
    act((live) => live.do('reset'));
  };
  const ask = async (subject: string) => {
    const live = world.peek();
    if (!live || !ready.peek()) return;
    chosen.value = subject;
    explanation.value = await live.why(subject);
  };
  const close = () => {
    const subject = chosen.peek();
    chosen.value = undefined;
    explanation.value = undefined;
    if (subject !== undefined)
      root.current
        ?.querySelector<SVGElement>(`[data-subject="${CSS.escape(subject)}"]`)
        ?.focus({ preventScroll: true });
  };

  useRunRequest(id, root, ready, ({ from, guess: text }) => {
    guess.value = text;
    runTo(endMs, GUESS_MS, from);
  });

  return (
    <div
      ref={root}
      class="figure"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && chosen.peek() !== undefined) close();
      }}
    >
      <LivePicture
        id={id}
        snapshot={snapshot}
        base={base}
        still={props.still}
        keep={props.keep}
        words={drawWords}
        chosen={chosen}
        guess={guess}
        fast={fast}
        onChoose={(subject) => void ask(subject)}
      />
      <Transport
        now={now}
        startMs={startMs}
        endMs={endMs}
        stops={stops}
        playing={playing}
        ready={ready}
        touched={touched}
        speed={speed}
        speeds={SPEEDS}
        words={words}
        onContinue={(stop) => runTo(stop.at, TO_STOP_MS)}
        onBegin={(stop) => runTo(stop.at, TO_STOP_MS, startMs)}
        onPlay={() => act((live) => live.do(playing.peek() ? 'pause' : 'play'))}
        onStep={(direction) => act((live) => live.do('step', direction))}
        onSeek={(at) => act((live) => live.seek(at))}
        onSpeed={(times) => {
          speed.value = times;
          if (target.peek() === undefined) world.peek()?.do('speed', times);
        }}
        onReset={props.controls.length === 0 ? reset : undefined}
      />
      {props.controls.length > 0 && (
        <Controls
          id={id}
          controls={props.controls}
          values={settings}
          snapshot={snapshot}
          client={props.client}
          ready={ready}
          canUndo={canUndo}
          words={words}
          onChange={(values) => {
            earlier.value = [...earlier.peek(), settings.peek()];
            change(values);
          }}
          onUndo={() => {
            const last = earlier.peek().at(-1);
            if (!last) return;
            earlier.value = earlier.peek().slice(0, -1);
            change(last);
          }}
          onReset={reset}
        />
      )}
      <Trouble world={world} words={words} />
      <div class="record">
        <Ledger
          rows={rows}
          chosen={chosen}
          words={words}
          onChoose={(row) => {
            act((live) => live.do('seek', row.at));
            void ask(`entry/${String(row.id)}`);
          }}
        />
        <Why
          id={id}
          chosen={chosen}
          explanation={explanation}
          snapshot={snapshot}
          words={words}
          drawWords={drawWords}
          onClose={close}
          onSeek={(at) => act((live) => live.do('seek', at))}
        >
          {props.legend}
        </Why>
      </div>
      <details class="twin">
        <summary>{words.twin}</summary>
        <TwinView snapshot={snapshot} words={drawWords} first={props.twin} />
      </details>
    </div>
  );
}

function specOf({ scenario, settings, seed, startMs, endMs }: FigureProps): WorldSpec {
  return { scenario, settings, seed, startMs, endMs };
}

function defaultSpeed(length: number): number {
  return length > 240_000 ? 10 : 5;
}

function Trouble({
  world,
  words,
}: {
  readonly world: ReadonlySignal<LiveWorld | undefined>;
  readonly words: FigureWords;
}) {
  const trouble = world.value?.trouble.value;
  if (!trouble) return null;
  const { kind, message, seed } = trouble;
  return (
    <p class="trouble" role="alert">
      {kind === 'broken' ? say(words.broken, { seed, message }) : say(words.refused, { message })}
    </p>
  );
}
