// The cell, live: how many nodes, the roll-out, what the colours tell, one node under the magnifier, and a rack to switch
// off. Loaded when the figure comes into view; no world is made before the reader asks for one.
import { useComputed, useSignal, useSignalEffect, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { measures, scaleOf, type Measure, type Scale } from '../../../draw/heat-map/measure.ts';
import type { CellPlan } from '../../../draw/heat-map/plan.ts';
import { clock, say, type DrawWords } from '../../../draw/words.ts';
import type { WorkloadSnapshot } from '../../../sim/snapshot.ts';
import type { CellWords } from '../cell-words.ts';
import { CellWorld } from './cell-world.ts';
import { Magnifier, tileText } from './Magnifier.tsx';
import { MapCanvas } from './MapCanvas.tsx';
import { InWords, Key, Lost, Ramp } from './Reading.tsx';
import { useSeen } from '../../exercise/use-seen.ts';

export interface CellProps {
  readonly id: string;
  readonly sizes: readonly number[];
  readonly size: number;
  readonly seed: number;
  readonly words: CellWords;
  readonly drawWords: DrawWords;
  readonly still?: ComponentChildren;
  readonly twin?: ComponentChildren;
}

const SPEEDS = [1, 2, 5, 10, 60] as const;
const NOTHING: readonly WorkloadSnapshot[] = [];
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
  const spoken = useSignal('');
  const seen = useSeen(root);

  const map = useComputed(() => world.value?.map.value);
  const load = useComputed(() => world.value?.load.value);
  const looked = useComputed(() => world.value?.looked.value);
  const there = useComputed(() => load.value !== undefined);
  const workloads = useComputed(() => looked.value?.workloads ?? NOTHING);
  const playing = useComputed(() => world.value?.clock.value.playing === true);
  const begun = useComputed(() => (world.value?.clock.value.at ?? 0) > 0 || playing.value);

  useEffect(() => () => world.peek()?.close(), []);
  useSignalEffect(() => world.value?.do('visible', seen.value));
  useSignalEffect(() => {
    const next = scaleOf(measure.value, load.value, scale.peek());
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

  const make = (nodes: number): CellWorld => {
    world.peek()?.close();
    chosen.value = undefined;
    held.value = false;
    off.value = new Set();
    plan.value = undefined;
    const made = new CellWorld(nodes, props.seed);
    made.do('speed', speed.peek());
    world.value = made;
    return made;
  };
  const target = useComputed(() => {
    const now = map.value;
    if (!now) return undefined;
    const at = now.rack[chosen.value ?? -1] ?? Math.floor(now.racks.length / 3);
    const rack = now.racks[at] ?? '';
    return rack === '' ? undefined : { at, rack };
  });
  const switchRack = () => {
    const rack = target.value;
    const now = map.peek();
    if (!rack || !now) return;
    const running = off.peek().has(rack.rack);
    const next = new Set(off.peek());
    if (running) next.delete(rack.rack);
    else next.add(rack.rack);
    off.value = next;
    world.peek()?.do(
      'machines',
      now.names.filter((_, i) => now.rack[i] === rack.at),
      running,
    );
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

  return (
    <div ref={root} class="figure cell" data-ready={there.value ? '' : undefined}>
      <div class="bar">
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
        <Drive
          world={world}
          begun={begun.value}
          playing={playing.value}
          label={say(words.rollOut, { count: Math.min(MOST_PODS, size.value * PODS_A_NODE).toLocaleString('en') })}
          words={words}
          onStart={() => (world.peek() ?? make(size.peek())).do('play')}
          onReset={() => {
            off.value = new Set();
            world.peek()?.do('reset');
          }}
        />
        <label class="speed">
          <span class="visually-hidden">{words.speed}</span>
          <select
            value={String(speed.value)}
            onChange={(event) => {
              speed.value = Number(event.currentTarget.value);
              world.peek()?.do('speed', speed.value);
            }}
          >
            {SPEEDS.map((times) => (
              <option key={times} value={String(times)}>
                {times}×
              </option>
            ))}
          </select>
        </label>
        <Time world={world} />
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
              load={load}
              looked={looked}
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
        <div class="faults">
          <button type="button" disabled={!target.value} onClick={switchRack}>
            {say(target.value && off.value.has(target.value.rack) ? words.rackOn : words.rackOff, {
              rack: target.value?.rack ?? '',
            })}
          </button>
          <p class="note">{words.rackNote}</p>
        </div>
      )}
      <Lost map={map} load={load} words={words} />
      <Trouble world={world} words={words} />
      <InWords map={map} load={load} measure={measure} scale={scale} words={words} first={props.twin} />
    </div>
  );
}

function Time({ world }: { readonly world: Signal<CellWorld | undefined> }) {
  return <output class="at">{clock(world.value?.clock.value.at ?? 0)}</output>;
}

function Drive(props: {
  readonly world: Signal<CellWorld | undefined>;
  readonly begun: boolean;
  readonly playing: boolean;
  readonly label: string;
  readonly words: CellWords;
  readonly onStart: () => void;
  readonly onReset: () => void;
}) {
  const { begun, playing, words, world } = props;
  return (
    <>
      <button type="button" class="first start" onClick={() => (playing ? world.peek()?.do('pause') : props.onStart())}>
        {!begun ? props.label : playing ? words.pause : words.play}
      </button>
      <button type="button" disabled={!begun} onClick={props.onReset}>
        {words.reset}
      </button>
    </>
  );
}

function Tally({ world, words }: { readonly world: Signal<CellWorld | undefined>; readonly words: CellWords }) {
  const live = world.value;
  if (!live) return <p class="tally">{words.still}</p>;
  const counts = live.load.value?.counts;
  if (!counts) return <p class="tally">{words.making}</p>;
  const n = (value: number) => value.toLocaleString('en');
  const pods = say(words.tally, {
    running: n(counts.running),
    pods: n(counts.pods),
    starting: n(counts.bound - counts.running),
    waiting: n(counts.waiting),
  });
  const nodes = counts.notReady === 0 ? words.allReady : say(words.lostNodes, { n: counts.notReady });
  return (
    <p class="tally">
      {pods}
      <span>
        {say(words.tallyNodes, { count: n(counts.nodes) })},{' '}
        <span class={counts.notReady > 0 ? 'foul' : ''}>{nodes}</span>
      </span>
    </p>
  );
}

function Trouble({ world, words }: { readonly world: Signal<CellWorld | undefined>; readonly words: CellWords }) {
  const trouble = world.value?.trouble.value;
  if (!trouble) return null;
  const { kind, message, seed } = trouble;
  return (
    <p class="trouble" role="alert">
      {kind === 'broken' ? say(words.broken, { seed, message }) : say(words.refused, { message })}
    </p>
  );
}

function Choices(props: {
  readonly id: string;
  readonly label: string;
  readonly values: readonly (readonly [value: string, text: string])[];
  readonly value: string;
  readonly disabled?: boolean;
  readonly onChoose: (value: string) => void;
}) {
  return (
    <div class="control" role="radiogroup" aria-labelledby={`${props.id}-label`}>
      <span id={`${props.id}-label`}>{props.label}</span>
      <span class="choices">
        {props.values.map(([value, text]) => (
          <label key={value}>
            <input
              type="radio"
              name={props.id}
              value={value}
              checked={value === props.value}
              disabled={props.disabled === true}
              onChange={() => props.onChoose(value)}
            />
            <span>{text}</span>
          </label>
        ))}
      </span>
    </div>
  );
}
