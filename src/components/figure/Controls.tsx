// "Change one thing": each change builds the world anew from the same seed and runs it to the same moment. How the run
// before it fared up to this moment stays beside it, in magenta: the reader compares two runs that differ in one number.
import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { say } from '../../draw/words.ts';
import type { Settings } from '../../hosts/protocol.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import type { FigureWords } from './words.ts';

export type Control =
  | {
      readonly id: string;
      readonly kind: 'choice';
      readonly label: string;
      readonly options: readonly string[];
      readonly value: string;
    }
  | {
      readonly id: string;
      readonly kind: 'number';
      readonly label: string;
      readonly least: number;
      readonly most: number;
      readonly step?: number;
      readonly value: number;
    };

interface Props {
  readonly id: string;
  readonly controls: readonly Control[];
  /** Where they stand. */
  readonly values: ReadonlySignal<Settings>;
  readonly snapshot: ReadonlySignal<ClusterSnapshot | undefined>;
  /** Who calls, as it stood at the first frame; undefined where nobody does. */
  readonly client: Client | undefined;
  readonly ready: ReadonlySignal<boolean>;
  readonly canUndo: ReadonlySignal<boolean>;
  readonly words: FigureWords;
  readonly onChange: (values: Settings) => void;
  readonly onUndo: () => void;
  readonly onReset: () => void;
}

type Client = Pick<ClusterSnapshot['clients'][number], 'name' | 'totals'>;

interface Sample {
  readonly at: number;
  readonly sent: number;
  readonly failed: number;
}

/** Virtual ms between two samples of a run. */
const SAMPLE_MS = 1000;

export function Controls({
  id,
  controls,
  values,
  snapshot,
  client,
  ready,
  canUndo,
  words,
  onChange,
  onUndo,
  onReset,
}: Props) {
  const before = useSignal<readonly Sample[]>([]);
  const run = useRef<Sample[]>([]);
  const of = useRef(values.peek());
  useSignalEffect(() => {
    const now = snapshot.value;
    if (!now) return;
    if (of.current !== values.value) {
      of.current = values.value;
      // What is shown is still the run before.
      before.value = [...run.current, sampleOf(now)];
      run.current = [];
      return;
    }
    const last = run.current.at(-1);
    if (!last || now.at >= last.at + SAMPLE_MS) run.current.push(sampleOf(now));
  });
  const set = (key: string, value: string | number) => {
    if (values.peek()[key] !== value) onChange({ ...values.peek(), [key]: value });
  };
  const off = !ready.value;
  return (
    <fieldset class="controls" disabled={off}>
      <legend>{words.change}</legend>
      {controls.map((control) => {
        const name = `${id}-${control.id}`;
        const value = values.value[control.id];
        if (control.kind === 'choice')
          return (
            <div key={control.id} class="control" role="radiogroup" aria-labelledby={name}>
              <span id={name} class={labelClass(control.label)}>
                {control.label}
              </span>
              <span class="choices">
                {control.options.map((option) => (
                  <label key={option}>
                    <input
                      type="radio"
                      name={name}
                      checked={value === option}
                      onChange={() => set(control.id, option)}
                    />
                    <span>{option}</span>
                  </label>
                ))}
              </span>
            </div>
          );
        const { least, most, step = 1 } = control;
        const number = Number(value);
        const move = (by: number) => set(control.id, Math.min(most, Math.max(least, number + by)));
        return (
          <div key={control.id} class="control" role="group" aria-labelledby={name}>
            <label id={name} for={`${name}-input`} class={labelClass(control.label)}>
              {control.label}
            </label>
            <span class="number">
              <button
                type="button"
                aria-label={`${control.label} −`}
                disabled={number <= least}
                onClick={() => move(-step)}
              >
                −
              </button>
              <input
                id={`${name}-input`}
                type="number"
                inputMode="numeric"
                min={least}
                max={most}
                step={step}
                value={number}
                onChange={(event) => {
                  const wanted = Math.round(Number(event.currentTarget.value));
                  const held = Number.isFinite(wanted) ? Math.min(most, Math.max(least, wanted)) : number;
                  event.currentTarget.value = String(held);
                  set(control.id, held);
                }}
              />
              <button
                type="button"
                aria-label={`${control.label} +`}
                disabled={number >= most}
                onClick={() => move(step)}
              >
                +
              </button>
            </span>
          </div>
        );
      })}
      <span class="way-back">
        <button type="button" disabled={!canUndo.value} onClick={onUndo}>
          {words.undo}
        </button>
        <button type="button" onClick={onReset}>
          {words.reset}
        </button>
      </span>
      <Tally first={client} snapshot={snapshot} before={before} words={words} />
    </fieldset>
  );
}

/** A field of a manifest is set as code. */
function labelClass(label: string): string {
  return /^\w+$/.test(label) ? 'field' : '';
}

function Tally({
  first,
  snapshot,
  before,
  words,
}: {
  readonly first: Client | undefined;
  readonly snapshot: Props['snapshot'];
  readonly before: ReadonlySignal<readonly Sample[]>;
  readonly words: FigureWords;
}) {
  const now = snapshot.value;
  const client = now ? now.clients[0] : first;
  if (!client) return null;
  const { sent, failed } = client.totals;
  const other = before.value;
  const last = other.at(-1);
  const near = now && last && now.at <= last.at ? other.findLast((sample) => sample.at <= now.at) : undefined;
  // Where the run before was only jumped over there is nothing to compare with.
  const then = near && now && now.at - near.at <= 2 * SAMPLE_MS ? near : undefined;
  return (
    <p class="tally">
      {say(words.tally, { client: client.name, sent, failed, percent: percent(failed, sent) })}
      {then && (
        <span class="before">
          {say(words.before, { failed: then.failed, percent: percent(then.failed, then.sent) })}
        </span>
      )}
    </p>
  );
}

function sampleOf({ at, clients }: ClusterSnapshot): Sample {
  const { sent = 0, failed = 0 } = clients[0]?.totals ?? {};
  return { at, sent, failed };
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0' : String(Math.round((100 * part) / whole));
}
