// The figure of the gantry: one world in the worker, and for one pod what the scheduler thought of every node. Time goes
// as in every other figure. With `place` the reader first puts the box down; only then is anything said or run.
import { batch, useComputed, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { say, type DrawWords } from '../../draw/words.ts';
import type { Choice, Settings } from '../../hosts/protocol.ts';
import type { ClusterSnapshot, LedgerRow, PodSnapshot } from '../../sim/snapshot.ts';
import { LiveWorld } from '../exercise/live-world.ts';
import { useSeen } from '../exercise/use-seen.ts';
import { withGuess } from '../progress/store.ts';
import { progress, startProgress, update } from '../progress/use-progress.ts';
import { Controls, type Control } from './Controls.tsx';
import { onHook } from './gantry-pods.ts';
import type { GantryFigureWords } from './gantry-words.ts';
import { GantryPicture } from './GantryPicture.tsx';
import { Ledger } from './Ledger.tsx';
import { useCut } from './LivePicture.tsx';
import { wantsLessMotion } from './motion.ts';
import { PlaceBox } from './PlaceBox.tsx';
import { PodList } from './PodList.tsx';
import { Transport, type Stop } from './Transport.tsx';
import { TwinView } from './TwinView.tsx';
import { Verdicts } from './Verdicts.tsx';
import type { FigureWords } from './words.ts';
import './figure.css';
import './gantry.css';
import '../lesson/predict.css';

export interface Place {
  /** `4-2/place`; the key of the reader's guess. */
  readonly id: string;
  readonly question: string;
  readonly explain: string;
}

export interface GantryFigureProps {
  readonly id: string;
  readonly scenario: string;
  readonly settings: Settings;
  readonly seed: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly firstMs: number;
  readonly stops: readonly Stop[];
  readonly controls: readonly Control[];
  readonly workload?: string | undefined;
  readonly place?: Place | undefined;
  /** The first frame, as far as it is needed before the world stands. */
  readonly pods: readonly PodSnapshot[];
  readonly nodes: readonly string[];
  readonly rows: readonly LedgerRow[];
  readonly choice: Choice | undefined;
  readonly words: FigureWords;
  readonly gantry: GantryFigureWords;
  readonly drawWords: DrawWords;
  readonly still?: ComponentChildren;
  readonly legend?: ComponentChildren;
  readonly twin?: ComponentChildren;
}

/** A run to the next stop takes about so long, real ms. */
const TO_STOP_MS = 5_000;
const SPEEDS = [1, 2, 5, 10] as const;

export function GantryFigure(props: GantryFigureProps) {
  const { id, words, gantry, drawWords, stops, startMs, endMs, firstMs, place } = props;
  const root = useRef<HTMLDivElement>(null);
  const world = useSignal<LiveWorld | undefined>(undefined);
  const ready = useSignal(false);
  const speed = useSignal<number>(5);
  const target = useSignal<{ readonly at: number; readonly underWay: boolean } | undefined>(undefined);
  const touched = useSignal(false);
  const settings = useSignal<Settings>(props.settings);
  const earlier = useSignal<readonly Settings[]>([]);
  const picked = useSignal<string | undefined>(undefined);
  const choice = useSignal<Choice | undefined>(props.choice);
  /** The choice before the last change of a control. */
  const before = useSignal<Choice | undefined>(undefined);
  const marked = useSignal<string | undefined>(undefined);
  const chosenRow = useSignal<string | undefined>(undefined);
  const seen = useSeen(root);

  const playing = useComputed(() => world.value?.clock.value?.playing === true);
  const canUndo = useComputed(() => earlier.value.length > 0);
  const now = useComputed(() => (ready.value ? (world.value?.clock.value?.at ?? firstMs) : firstMs));
  const snapshot = useCut(world, ready, playing);
  const rows = useComputed(() => snapshot.value?.ledger ?? props.rows);
  const hooked = useComputed(() =>
    onHook(snapshot.value ?? { pods: props.pods, ledger: props.rows }, picked.value, props.workload),
  );

  useEffect(() => startProgress(), []);
  const kept = place && progress.value.guesses[place.id];
  const guess = kept === undefined ? undefined : (props.nodes[kept] ?? '');
  /** Until the reader has said where, nothing is told. */
  const secret = place !== undefined && guess === undefined;

  useEffect(() => {
    const made = new LiveWorld({
      scenario: props.scenario,
      settings: props.settings,
      seed: props.seed,
      startMs,
      endMs,
    });
    world.value = made;
    made.do('speed', speed.peek());
    made.do('seek', firstMs);
    return () => made.close();
  }, []);
  useSignalEffect(() => {
    if (world.value?.snapshot.value?.at === firstMs) ready.value = true;
  });
  useSignalEffect(() => world.value?.do('visible', seen.value));
  // A guess from an earlier visit: what it was about has run.
  useSignalEffect(() => {
    if (place && ready.value && progress.value.guesses[place.id] !== undefined && !touched.peek())
      act((live) => live.do('seek', endMs));
  });
  useChoice(world, ready, snapshot, hooked, choice);

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
    });
    what(live);
  };
  const runTo = (to: number, from?: number) =>
    act((live) => {
      if (from !== undefined) live.do('seek', from);
      if (wantsLessMotion()) {
        live.do('seek', to);
        return;
      }
      const length = to - (from ?? live.clock.peek()?.at ?? startMs);
      live.do('speed', Math.min(60, Math.max(1, Math.round(length / TO_STOP_MS))));
      live.do('play');
      target.value = { at: to, underWay: false };
    });
  const change = (values: Settings) => {
    settings.value = values;
    act((live) => live.do('change', values));
  };
  const reset = () => {
    earlier.value = [];
    picked.value = undefined;
    before.value = undefined;
    if (settings.peek() !== props.settings) change(props.settings);
    act((live) => live.do('seek', firstMs));
  };
  const choose = (subject: string) => {
    if (secret && subject.startsWith('nodes/')) marked.value = subject.slice('nodes/'.length);
    else if (secret && subject.startsWith('pods/')) {
      // A box is as much of its ship as the hull is.
      const node = snapshot.peek()?.pods.find(({ key }) => `pods/${key}` === subject)?.node;
      if (node) marked.value = node;
    } else if (subject.startsWith('pods/')) picked.value = subject.slice('pods/'.length);
  };

  const pod = hooked.value;
  const told = secret ? undefined : choice.value?.pod === pod?.key ? choice.value : undefined;
  const decided = told && !told.ahead && told.at !== null;
  return (
    <div ref={root} class="figure gantry">
      <GantryPicture
        id={id}
        snapshot={snapshot}
        choice={told}
        pod={pod?.key}
        guess={place ? (secret ? marked.value : guess) : undefined}
        still={props.still}
        words={drawWords}
        gantry={gantry.draw}
        onChoose={choose}
      />
      {place && (
        <PlaceBox
          question={place.question}
          explain={place.explain}
          nodes={props.nodes}
          marked={marked}
          guess={guess}
          happened={decided ? (told.chosen ?? '') : undefined}
          off={!ready.value}
          words={gantry.place}
          onCommit={(node) => {
            const index = node === '' ? props.nodes.length : props.nodes.indexOf(node);
            update((all) => withGuess(all, place.id, index));
            runTo(endMs, firstMs);
          }}
          onAgain={() => {
            marked.value = undefined;
            update((all) => ({
              ...all,
              guesses: Object.fromEntries(Object.entries(all.guesses).filter(([key]) => key !== place.id)),
            }));
            act((live) => live.do('seek', firstMs));
          }}
        />
      )}
      {!secret && (
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
          onContinue={(stop) => runTo(stop.at)}
          onBegin={(stop) => runTo(stop.at, startMs)}
          onPlay={() => act((live) => live.do(playing.peek() ? 'pause' : 'play'))}
          onStep={(direction) => act((live) => live.do('step', direction))}
          onSeek={(at) => act((live) => live.seek(at))}
          onSpeed={(times) => {
            speed.value = times;
            if (target.peek() === undefined) world.peek()?.do('speed', times);
          }}
          onReset={props.controls.length === 0 ? reset : undefined}
        />
      )}
      {props.controls.length > 0 && (
        <Controls
          id={id}
          controls={props.controls}
          values={settings}
          snapshot={snapshot}
          client={undefined}
          ready={ready}
          canUndo={canUndo}
          words={words}
          onChange={(values) => {
            earlier.value = [...earlier.peek(), settings.peek()];
            before.value = choice.peek();
            change(values);
          }}
          onUndo={() => {
            const last = earlier.peek().at(-1);
            if (!last) return;
            earlier.value = earlier.peek().slice(0, -1);
            before.value = choice.peek();
            change(last);
          }}
          onReset={reset}
        />
      )}
      <Trouble world={world} words={words} />
      {!secret && (
        <>
          <PodList
            snapshot={snapshot.value ?? { pods: props.pods, workloads: [] }}
            hooked={pod}
            picked={picked.value !== undefined && pod?.key === picked.value}
            off={!ready.value}
            words={gantry}
            onPick={(key) => {
              picked.value = key;
            }}
          />
          {told && (
            <Verdicts
              choice={told}
              words={gantry}
              now={now.value}
              before={before.value}
              onSeek={ready.value ? (at) => act((live) => live.do('seek', Math.max(startMs, at))) : undefined}
            />
          )}
          <div class="record">
            <Ledger
              rows={rows}
              chosen={chosenRow}
              words={words}
              onChoose={(row) => {
                chosenRow.value = `entry/${String(row.id)}`;
                if (row.subject.startsWith('pods/')) picked.value = row.subject.slice('pods/'.length);
                act((live) => live.do('seek', row.at));
              }}
            />
            <div class="why">{props.legend}</div>
          </div>
        </>
      )}
      <details class="twin">
        <summary>{words.twin}</summary>
        <TwinView snapshot={snapshot} words={drawWords} first={props.twin} />
      </details>
    </div>
  );
}

/** Asks the worker anew whenever the moment or the pod has changed; one question at a time, the newest last. */
function useChoice(
  world: ReadonlySignal<LiveWorld | undefined>,
  ready: ReadonlySignal<boolean>,
  snapshot: ReadonlySignal<ClusterSnapshot | undefined>,
  hooked: ReadonlySignal<PodSnapshot | undefined>,
  choice: { value: Choice | undefined },
): void {
  const asking = useRef(false);
  /** Asked for while an answer was on its way. */
  const again = useRef<string | undefined>(undefined);
  useSignalEffect(() => {
    const live = world.value;
    const pod = hooked.value?.key;
    if (!live || !ready.value || !snapshot.value || pod === undefined) return;
    const ask = async (key: string): Promise<void> => {
      asking.current = true;
      const answer = await live.choice(key);
      asking.current = false;
      if (answer) choice.value = answer;
      const next = again.current;
      again.current = undefined;
      if (next !== undefined) await ask(next);
    };
    if (asking.current) again.current = pod;
    else void ask(pod);
  });
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
