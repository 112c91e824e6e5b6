// "Change one thing": each change builds the world anew from the same seed and runs it to the same moment, so that the
// reader compares two runs that differ in one number.
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Settings } from '../../hosts/protocol.ts';
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
  readonly ready: ReadonlySignal<boolean>;
  readonly canUndo: ReadonlySignal<boolean>;
  readonly words: FigureWords;
  readonly onChange: (values: Settings) => void;
  readonly onUndo: () => void;
  readonly onReset: () => void;
  /** What the run came to, beside the run before. */
  readonly children?: ComponentChildren;
}

export function Controls({ id, controls, values, ready, canUndo, words, onChange, onUndo, onReset, children }: Props) {
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
      {children}
    </fieldset>
  );
}

/** A field of a manifest is set as code. */
function labelClass(label: string): string {
  return /^\w+$/.test(label) ? 'field' : '';
}
