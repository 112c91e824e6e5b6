// The cell, live: how many nodes, the roll-out and its time, what the colours tell, one node under the magnifier, and
// racks, pools and zones to switch off or to close. Loaded when the figure comes into view; no world is made before the
// reader asks for one.
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { measures, scaleOf, type Measure, type Scale } from '../../../draw/heat-map/measure.ts';
import type { CellPlan } from '../../../draw/heat-map/plan.ts';
import { say, type DrawWords } from '../../../draw/words.ts';
import type { CellLoad } from '../../../sim/cell-snapshot.ts';
import type { WorkloadSnapshot } from '../../../sim/snapshot.ts';
import type { CellWords } from '../cell-words.ts';
import { wantsLessMotion } from '../motion.ts';
import { Transport, type Stop } from '../Transport.tsx';
import type { FigureWords } from '../words.ts';
import { CellWorld } from './cell-world.ts';
import { changeOf, type CellChange } from './changes.ts';
import { Choices } from './Choices.tsx';
import { Faults } from './Faults.tsx';
import { Magnifier, tileText } from './Magnifier.tsx';
import { MapCanvas } from './MapCanvas.tsx';
import { InWords, Key, Lost, Ramp } from './Reading.tsx';
import { LookingBack, Tally, Trouble } from './Status.tsx';
import { useSeen } from '../../exercise/use-seen.ts';

export interface CellProps {
  readonly id: string;
  readonly sizes: readonly number[];
  readonly size: number;
  readonly seed: number;
  readonly words: CellWords;
  readonly figureWords: FigureWords;
  readonly drawWords: DrawWords;
  readonly still?: ComponentChildren;
  readonly twin?: ComponentChildren;
}

const SPEEDS = [1, 2, 5, 10, 60] as const;
const NOTHING: readonly WorkloadSnapshot[] = [];
const NO_STOPS: readonly Stop[] = [];
const MOST_PODS = 10_000;
const PODS_A_NODE = 10;

export default function CellLive(props: CellProps) {
  const { id, words, drawWords } = props;
  const root = useRef<HTMLDivElement>(null);
  const world = useSignal<CellWorld | undefined>(undefined);
  const size = useSignal(props.size);
  const speed = useSignal<number>(5);
  const measure = useSignal<Measure>('cpu');
  const scale = useSignal<Scale>(scaleOf('cpu', undefined));
  const plan = useSignal<CellPlan | undefined>(undefined);
  const chosen = useSignal<number | undefined>(undefined);
  const held = useSignal(false);
  const off = useSignal<ReadonlySet<string>>(new Set());
  const change = useSignal<CellChange | undefined>(undefined);
  const spoken = useSignal('');
  const shown = useRef<CellLoad | undefined>(undefined);
  const seen = useSeen(root);

  const map = useComputed(() => world.value?.map.value);
  const load = useComputed(() => world.value?.load.value);
  const told = useComputed(() => world.value?.told.value);
  const looked = useComputed(() => world.value?.looked.value);
  const there = useComputed(() => told.value !== undefined);
  const workloads = useComputed(() => looked.value?.workloads ?? NOTHING);
  const playing = useComputed(() => world.value?.clock.value.playing === true);
  const past = useComputed(() => world.value?.past.value !== undefined);
  const now = useComputed(() => world.value?.clock.value.at ?? 0);
  const reach = useComputed(() => world.value?.reach.value ?? 60_000);
  const begun = useComputed(() => now.value > 0 || playing.value || past.value);
  const ready = useComputed(() => world.value === undefined || there.value);
  const touched = useSignal(true);

  useEffect(() => () => world.peek()?.close(), []);
  useSignalEffect(() => world.value?.do('visible', seen.value));
  useSignalEffect(() => {
    const next = scaleOf(measure.value, told.value, scale.peek());
    if (next !== scale.peek()) scale.value = next;
  });
  // Boxes come of all nodes where all are drawn by the box, else of the one under the magnifier.
  const wanted = useComputed(() => {
    if (plan.value?.level === 'bays') return 'all';
    return map.value?.names[chosen.value ?? -1] ?? '';
  });
  useSignalEffect(() => {
    const to = wanted.value;
    world.value?.do('look', to === 'all' ? to : to === '' ? [] : [to]);
  });
  // With less motion the map goes by steps, and what changed is outlined and said until the next one.
  useSignalEffect(() => {
    const [cell, next] = [map.value, told.value];
    const before = shown.current;
    shown.current = next;
    if (!cell || !next || next === before || playing.peek()) return;
    const comparable = wantsLessMotion() && before?.flags.length === next.flags.length;
    change.value = comparable ? changeOf(cell, before, next, measure.peek(), scale.peek()) : undefined;
    if (change.value) spoken.value = changeText(change.value, words);
  });

  const make = (nodes: number): CellWorld => {
    world.peek()?.close();
    chosen.value = undefined;
    held.value = false;
    off.value = new Set();
    plan.value = undefined;
    shown.current = undefined;
    change.value = undefined;
    const made = new CellWorld(nodes, props.seed);
    made.do('speed', speed.peek());
    world.value = made;
    return made;
  };
  const live = () => world.peek() ?? make(size.peek());
  /** Time passes; with less motion one step of it. */
  const goOn = () => {
    const cell = live();
    if (past.peek()) cell.present();
    else if (playing.peek()) cell.do('pause');
    else if (wantsLessMotion()) cell.step(1);
    else cell.do('play');
  };
  const passes = () => {
    if (!wantsLessMotion()) live().do('play');
  };
  const point = (i: number) => {
    if (!held.peek()) chosen.value = i;
  };
  const hold = (i: number, speak: boolean) => {
    held.value = !(held.peek() && chosen.peek() === i);
    chosen.value = i;
    if (speak) tell(i);
  };
  const tell = (i: number) => {
    if (map.value && load.value) spoken.value = tileText(map.value, load.value, i, words);
  };
  const rollOut = say(words.rollOut, { count: Math.min(MOST_PODS, size.value * PODS_A_NODE).toLocaleString('en') });

  return (
    <div ref={root} class="figure cell" data-ready={there.value ? '' : undefined}>
      <div class="bar sizes">
        <Choices
          id={`${id}-size`}
          label={words.size}
          values={props.sizes.map((nodes) => [String(nodes), say(words.nodes, { count: nodes.toLocaleString('en') })])}
          value={String(size.value)}
          onChoose={(value) => {
            size.value = Number(value);
            make(size.value);
          }}
        />
      </div>
      <Tally world={world} words={words} />
      <div class={world.value ? 'stage' : 'stage still-stage'}>
        {world.value ? (
          <>
            <MapCanvas
              map={map}
              load={load}
              looked={looked}
              measure={measure}
              scale={scale}
              plan={plan}
              chosen={chosen}
              change={change}
              label={say(words.map, {
                count: size.value.toLocaleString('en'),
                measure: words.measures[measure.value],
              })}
              helpId={`${id}-help`}
              onPoint={point}
              onHold={hold}
              onMove={(i) => {
                held.value = false;
                chosen.value = i;
                tell(i);
              }}
              onLetGo={() => {
                held.value = false;
              }}
            />
            <Magnifier
              map={map}
              load={told}
              looked={looked}
              past={past}
              chosen={chosen}
              held={held}
              words={words}
              drawWords={drawWords}
            />
          </>
        ) : (
          <div class="picture">{props.still}</div>
        )}
      </div>
      <p class="visually-hidden" id={`${id}-help`}>
        {words.mapHelp}
      </p>
      <p class="visually-hidden" role="status">
        {spoken.value}
      </p>
      <Transport
        now={now}
        startMs={0}
        endMs={reach.value}
        stops={NO_STOPS}
        playing={playing}
        ready={ready}
        touched={touched}
        speed={speed}
        speeds={SPEEDS}
        words={{
          ...props.figureWords,
          ...words.transport,
          play: past.value ? words.present : begun.value ? words.play : rollOut,
          pause: words.pause,
        }}
        onContinue={goOn}
        onBegin={goOn}
        onPlay={goOn}
        onStep={(direction) => live().step(direction)}
        onSeek={(to) => world.peek()?.seek(to)}
        onSpeed={(times) => {
          speed.value = times;
          world.peek()?.do('speed', times);
        }}
        onReset={() => {
          off.value = new Set();
          world.peek()?.present();
          world.peek()?.do('reset');
        }}
      />
      <LookingBack world={world} words={words} />
      {change.value && <p class="back">{changeText(change.value, words)}</p>}
      <div class="reading">
        <Choices
          id={`${id}-measure`}
          label={words.measure}
          values={measures.map((one) => [one, words.measures[one]])}
          value={measure.value}
          disabled={!world.value}
          onChoose={(value) => (measure.value = value as Measure)}
        />
        {(plan.value?.level ?? 'tiles') === 'tiles' ? (
          <Ramp scale={scale.value} measure={measure.value} words={words} />
        ) : (
          <Key workloads={workloads.value} />
        )}
        <p class="note">{words.measureNotes[measure.value]}</p>
      </div>
      {world.value && (
        <Faults
          id={id}
          map={map}
          load={told}
          chosen={chosen}
          off={off}
          disabled={past.value}
          words={words}
          onMachines={(nodes, running) => {
            const next = new Set(off.peek());
            for (const name of nodes)
              if (running) next.delete(name);
              else next.add(name);
            off.value = next;
            live().do('machines', nodes, running);
            passes();
          }}
          onTaint={(nodes, on) => {
            live().do('taint', nodes, on);
            passes();
          }}
        />
      )}
      <Lost map={map} load={told} words={words} />
      <Trouble world={world} words={words} />
      <InWords map={map} load={told} measure={measure} scale={scale} words={words} first={props.twin} />
    </div>
  );
}

function changeText({ up, down, nodes }: CellChange, words: CellWords): string {
  return say(words.changed, { up, down, other: nodes.length });
}
