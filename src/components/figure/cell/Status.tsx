// What is said above the map: how many pods run, how many nodes are there, and that one looks back; and what went wrong.
import type { ReadonlySignal } from '@preact/signals';
import { clock, say, seconds } from '../../../draw/words.ts';
import type { CellWords } from '../cell-words.ts';
import type { CellWorld } from './cell-world.ts';

interface Props {
  readonly world: ReadonlySignal<CellWorld | undefined>;
  readonly words: CellWords;
}

export function Tally({ world, words }: Props) {
  const live = world.value;
  if (!live) return <p class="tally">{words.still}</p>;
  const counts = live.told.value?.counts;
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
      <span>{pods}</span>
      <span>
        {say(words.tallyNodes, { count: n(counts.nodes) })},{' '}
        <span class={counts.notReady > 0 ? 'foul' : ''}>{nodes}</span>
      </span>
    </p>
  );
}

/** Under the slider: which picture this is, and where the cell itself stands. */
export function LookingBack({ world, words }: Props) {
  const live = world.value;
  const past = live?.past.value;
  if (!live || !past) return null;
  return (
    <p class="back">
      {say(words.lookingBack, { at: clock(past.at), now: clock(live.at), apart: seconds(live.film.spacing) })}
    </p>
  );
}

export function Trouble({ world, words }: Props) {
  const trouble = world.value?.trouble.value;
  if (!trouble) return null;
  const { kind, message, seed } = trouble;
  return (
    <p class="trouble" role="alert">
      {kind === 'broken' ? say(words.broken, { seed, message }) : say(words.refused, { message })}
    </p>
  );
}
