// Time in the copy that plays the solution: play, step, and a slider over the whole run.
import { useComputed, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Opened } from '../../hosts/protocol.ts';
import { clock } from '../../draw/words.ts';
import type { LiveWorld } from './live-world.ts';
import type { ExerciseWords } from './words.ts';

export function SolutionBar({
  world,
  run,
  onHide,
  words,
}: {
  readonly world: LiveWorld<unknown>;
  readonly run: ReadonlySignal<Opened | undefined>;
  readonly onHide: () => void;
  readonly words: ExerciseWords;
}) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus({ preventScroll: true }), []);
  const playing = useComputed(() => world.clock.value?.playing === true);
  const at = useComputed(() => world.clock.value?.at ?? run.value?.startMs ?? 0);
  const time = useComputed(() => clock(at.value));
  const said = useComputed(() => run.value?.stops.findLast((stop) => stop.at <= at.value)?.say ?? '');
  const ready = run.value !== undefined;
  const { startMs = 0, endMs = 1, stops = [] } = run.value ?? {};
  return (
    <div class="bar solution-bar" role="group" aria-label={words.solution}>
      <button
        type="button"
        class="first"
        ref={first}
        aria-disabled={!ready}
        onClick={() => {
          if (!ready) return;
          if (!playing.value && at.value >= endMs) world.seek(startMs);
          world.do(playing.value ? 'pause' : 'play');
        }}
      >
        {ready ? (playing.value ? words.holdCopy : words.playCopy) : words.starting}
      </button>
      <button type="button" disabled={!ready} onClick={() => world.do('step', -1)}>
        {words.back}
      </button>
      <button type="button" disabled={!ready} onClick={() => world.do('step', 1)}>
        {words.forth}
      </button>
      <span class="track">
        <input
          type="range"
          min={startMs}
          max={endMs}
          step={1000}
          value={at}
          disabled={!ready}
          aria-label={words.moment}
          aria-valuetext={`${time.value}${said.value === '' ? '' : `, ${said.value}`}`}
          onInput={(event) => world.seek(Number(event.currentTarget.value))}
        />
        {/* Where each command is typed. */}
        <span class="ticks" aria-hidden="true">
          {stops.map((stop) => (
            <i
              key={stop.at}
              style={{ insetInlineStart: `${String((100 * (stop.at - startMs)) / (endMs - startMs))}%` }}
            />
          ))}
        </span>
      </span>
      <span class="clock">
        {words.clock} <output class="at">{time}</output>
      </span>
      <button type="button" onClick={onHide}>
        {words.hideSolution}
      </button>
    </div>
  );
}
