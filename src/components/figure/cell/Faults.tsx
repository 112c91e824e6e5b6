// What the reader can do to a cell: the rack, the pool or the zone of the chosen node loses its power, or is tainted so
// that it takes no new pods; and back again.
import { useComputed, useSignal, type ReadonlySignal } from '@preact/signals';
import { say } from '../../../draw/words.ts';
import { TAINTED, type CellLoad, type CellMap } from '../../../sim/cell-snapshot.ts';
import type { CellWords } from '../cell-words.ts';
import { Choices } from './Choices.tsx';

interface Props {
  readonly id: string;
  readonly map: ReadonlySignal<CellMap | undefined>;
  readonly load: ReadonlySignal<CellLoad | undefined>;
  readonly chosen: ReadonlySignal<number | undefined>;
  /** Machines that are switched off: whether a node is ready follows only later. */
  readonly off: ReadonlySignal<ReadonlySet<string>>;
  readonly disabled: boolean;
  readonly words: CellWords;
  readonly onMachines: (nodes: readonly string[], running: boolean) => void;
  readonly onTaint: (nodes: readonly string[], on: boolean) => void;
}

type Part = 'rack' | 'pool' | 'zone';
const parts: readonly Part[] = ['rack', 'pool', 'zone'];

export function Faults({ id, map, load, chosen, off, disabled, words, onMachines, onTaint }: Props) {
  const part = useSignal<Part>('rack');
  const target = useComputed(() => {
    const now = map.value;
    if (!now) return undefined;
    const names = { rack: now.racks, pool: now.pools, zone: now.zones }[part.value];
    const at = now[part.value];
    const one = at[chosen.value ?? Math.floor(now.names.length / 3)] ?? 0;
    const nodes: number[] = [];
    at.forEach((value, i) => {
      if (value === one) nodes.push(i);
    });
    return { name: names[one] ?? '', nodes, texts: nodes.map((i) => now.names[i] ?? '') };
  });
  const now = target.value;
  const dark = now?.texts.every((name) => off.value.has(name)) === true;
  const tainted = now?.nodes.every((i) => ((load.value?.flags[i] ?? 0) & TAINTED) !== 0) === true;
  const what = say(words.part[part.value], { name: now?.name ?? '' });
  return (
    <div class="faults">
      <Choices
        id={`${id}-part`}
        label={words.parts}
        values={parts.map((one) => [one, words.partNames[one]])}
        value={part.value}
        onChoose={(value) => (part.value = value as Part)}
      />
      <span class="acts">
        <button
          type="button"
          class="power"
          disabled={disabled || !now}
          onClick={() => now && onMachines(now.texts, dark)}
        >
          {say(dark ? words.switchOn : words.switchOff, { what })}
        </button>
        <button
          type="button"
          class="taint"
          disabled={disabled || !now}
          onClick={() => now && onTaint(now.texts, !tainted)}
        >
          {say(tainted ? words.untaint : words.taint, { what })}
        </button>
      </span>
      <p class="note">{words.faultNote}</p>
    </div>
  );
}
