// Time in the reader's own cluster: let it run or hold it, how fast, what time it is; and the way back.
import { useComputed } from '@preact/signals';
import { clock } from '../../draw/words.ts';
import type { LiveWorld } from './live-world.ts';
import type { ExerciseWords } from './words.ts';

const SPEEDS = [1, 5, 20] as const;

export function TimeBar({ world, words }: { readonly world: LiveWorld<unknown>; readonly words: ExerciseWords }) {
  // Frames come sixty times a second; the buttons only change when these do.
  const playing = useComputed(() => world.clock.value?.playing === true);
  const speed = useComputed(() => world.clock.value?.speed ?? 1);
  const canUndo = useComputed(() => world.clock.value?.canUndo === true);
  const time = useComputed(() => clock(world.clock.value?.at ?? 0));
  return (
    <div class="bar" role="group" aria-label={words.time}>
      <button type="button" class="first" onClick={() => world.do(playing.value ? 'pause' : 'play')}>
        {playing.value ? words.pause : words.play}
      </button>
      <label>
        {words.speed}{' '}
        <select value={String(speed.value)} onChange={(event) => world.do('speed', Number(event.currentTarget.value))}>
          {SPEEDS.map((times) => (
            <option key={times} value={String(times)}>
              {times}×
            </option>
          ))}
        </select>
      </label>
      <span class="clock">
        {words.clock} <output class="at">{time}</output>
      </span>
      <span class="way-back">
        <button type="button" disabled={!canUndo.value} onClick={() => world.do('undo')}>
          {words.undo}
        </button>
        <button type="button" onClick={() => world.do('reset')}>
          {words.reset}
        </button>
      </span>
    </div>
  );
}
