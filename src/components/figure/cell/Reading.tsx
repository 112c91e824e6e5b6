// How to read the map, and the map in words: the ramp with its numbers, the buckets, and who is not ready.
import { useSignal, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { cellTwin, lostRacks } from '../../../draw/heat-map/twin.ts';
import { stepsOf, STEPS, type Measure, type Scale } from '../../../draw/heat-map/measure.ts';
import { say } from '../../../draw/words.ts';
import type { CellLoad, CellMap } from '../../../sim/cell-snapshot.ts';
import type { WorkloadSnapshot } from '../../../sim/snapshot.ts';
import type { CellWords } from '../cell-words.ts';

/** Racks named beside the map; all of them stand in the map in words. */
const MOST_RACKS = 6;

export function Ramp({
  scale,
  measure,
  words,
}: {
  readonly scale: Scale;
  readonly measure: Measure;
  readonly words: CellWords;
}) {
  return (
    <div class="ramp">
      <ol aria-label={words.measures[measure]}>
        {Array.from({ length: STEPS }, (_, i) => (
          <li key={i}>
            <i style={{ background: `var(--load-${String(i)})` }} />
            <span>
              {scale.from[i]}
              {i === STEPS - 1 ? '+' : ''}
              {scale.unit === '%' ? '\u2009%' : ''}
            </span>
          </li>
        ))}
      </ol>
      <p class="sign">
        <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
          <path d="M.5 .5h13v13h-13z" fill="var(--paper)" stroke="var(--hair)" />
          <path d="M3 3l8 8M11 3l-8 8" stroke="var(--foul)" stroke-width="2" />
        </svg>
        {words.lost}
      </p>
    </div>
  );
}

/** What the colours of stripes and boxes stand for. */
export function Key({ workloads }: { readonly workloads: readonly WorkloadSnapshot[] }) {
  return (
    <ul class="key">
      {workloads.map(({ key, name, letter, colour }) => {
        const token = `wl-${'abcdefgh'[colour] ?? 'a'}`;
        return (
          <li key={key}>
            <i style={{ background: `var(--${token})`, color: `var(--${token}-label)` }}>{letter}</i>
            {name}
          </li>
        );
      })}
    </ul>
  );
}

interface WordsProps {
  readonly map: ReadonlySignal<CellMap | undefined>;
  readonly load: ReadonlySignal<CellLoad | undefined>;
  readonly measure: ReadonlySignal<Measure>;
  readonly scale: ReadonlySignal<Scale>;
  readonly words: CellWords;
}

export function Lost({ map, load, words }: Omit<WordsProps, 'measure' | 'scale'>) {
  if (!map.value || !load.value || load.value.counts.notReady === 0) return null;
  const racks = lostRacks(map.value, load.value);
  return (
    <p class="lost">
      <b>{words.notReady}</b>{' '}
      {racks
        .slice(0, MOST_RACKS)
        .map((one) => say(words.rackLine, { rack: one.rack, nodes: one.nodes.length, of: one.of }))
        .join('; ')}
      {racks.length > MOST_RACKS && `; ${say(words.more, { n: racks.length - MOST_RACKS })}`}
    </p>
  );
}

/** Kept current only while it is open. */
export function InWords(props: WordsProps & { readonly first: ComponentChildren }) {
  const open = useSignal(false);
  return (
    <details class="twin" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{props.words.twin}</summary>
      {open.value && props.map.value && props.load.value ? <Table {...props} /> : props.first}
    </details>
  );
}

function Table({ map, load, measure, scale, words }: WordsProps) {
  if (!map.value || !load.value) return null;
  const steps = stepsOf(map.value, load.value, measure.value, scale.value, new Uint8Array(map.value.names.length));
  return (
    <Buckets
      twin={cellTwin(map.value, load.value, steps, scale.value)}
      scale={scale.value}
      measure={measure.value}
      words={words}
    />
  );
}

export function Buckets({
  twin,
  scale,
  measure,
  words,
}: {
  readonly twin: ReturnType<typeof cellTwin>;
  readonly scale: Scale;
  readonly measure: Measure;
  readonly words: CellWords;
}) {
  const unit = scale.unit === '%' ? '\u2009%' : '';
  const range = (from: number, to: number | undefined) =>
    to === undefined
      ? say(words.andMore, { from: `${String(from)}${unit}` })
      : scale.unit === '%'
        ? `${String(from)} – ${String(to)}${unit}`
        : to - 1 === from
          ? String(from)
          : `${String(from)} – ${String(to - 1)}`;
  return (
    <div class="buckets">
      <table>
        <caption>{say(words.twinCaption, { measure: words.measures[measure] })}</caption>
        <thead>
          <tr>
            <th scope="col">{words.step}</th>
            <th scope="col">{words.count}</th>
          </tr>
        </thead>
        <tbody>
          {twin.steps.map(({ from, to, nodes }) => (
            <tr key={from}>
              <td>{range(from, to)}</td>
              <td>{nodes.toLocaleString('en')}</td>
            </tr>
          ))}
          {twin.noData > 0 && (
            <tr>
              <td>{words.noData}</td>
              <td>{twin.noData.toLocaleString('en')}</td>
            </tr>
          )}
        </tbody>
      </table>
      {twin.notReady.length > 0 && (
        <>
          <p class="head">{words.notReady}</p>
          <ul>
            {twin.notReady.map(({ rack, nodes, of }) => (
              <li key={rack}>
                {say(words.rackLine, { rack, nodes: nodes.length, of })}: {nodes.join(', ')}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
