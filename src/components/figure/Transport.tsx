// Time in a figure: to the next stop, play, step, any moment, how fast; and the way back.
import type { ReadonlySignal } from '@preact/signals';
import { clock, say } from '../../draw/words.ts';
import type { FigureWords } from './words.ts';

export interface Stop {
  readonly at: number;
  readonly say: string;
}

interface Props {
  readonly now: ReadonlySignal<number>;
  readonly startMs: number;
  readonly endMs: number;
  readonly stops: readonly Stop[];
  readonly playing: ReadonlySignal<boolean>;
  readonly ready: ReadonlySignal<boolean>;
  readonly touched: ReadonlySignal<boolean>;
  readonly speed: ReadonlySignal<number>;
  readonly speeds: readonly number[];
  readonly words: FigureWords;
  readonly onContinue: (stop: Stop) => void;
  readonly onBegin: (stop: Stop) => void;
  readonly onPlay: () => void;
  readonly onStep: (direction: 1 | -1) => void;
  readonly onSeek: (at: number) => void;
  readonly onSpeed: (times: number) => void;
  /** Left out where the way back stands beside the controls. */
  readonly onReset?: (() => void) | undefined;
}

/** Moves of the slider without stops, and with Shift. Virtual ms. */
const LEAP_MS = 30_000;
const HOP_MS = 10_000;

export function Transport(props: Props) {
  const { now, stops, words, startMs, endMs } = props;
  const at = now.value;
  const off = !props.ready.value;
  const index = stops.findLastIndex((stop) => stop.at <= at);
  const next = stops[index + 1];
  // The first frame shows the trouble; the story begins before it.
  const opening = props.touched.value ? undefined : stops.find((stop) => stop.at > startMs && stop.at < at);
  const go = () => {
    if (opening) props.onBegin(opening);
    else if (next) props.onContinue(next);
  };
  return (
    <div class="transport">
      {stops.length > 0 && <Sentence stops={stops} index={index} words={words} />}
      <div class="bar">
        {stops.length > 0 && (
          <button type="button" class="first go-on" disabled={off || (!opening && !next)} onClick={go}>
            {opening ? words.begin : words.goOn}
          </button>
        )}
        <button
          type="button"
          class={stops.length > 0 ? 'play' : 'play first'}
          disabled={off || (at >= endMs && !props.playing.value)}
          onClick={props.onPlay}
        >
          {props.playing.value ? words.pause : words.play}
        </button>
        <button
          type="button"
          class="step"
          disabled={off || at <= startMs}
          aria-label={words.back}
          title={words.back}
          onClick={() => props.onStep(-1)}
        >
          <Triangle back />
          <span>{words.step}</span>
        </button>
        <button
          type="button"
          class="step"
          disabled={off || at >= endMs}
          aria-label={words.forward}
          title={words.forward}
          onClick={() => props.onStep(1)}
        >
          <span>{words.step}</span>
          <Triangle />
        </button>
        <Slider {...props} index={index} />
        <output class="at">{clock(at)}</output>
        <label class="speed">
          <span class="visually-hidden">{words.speed}</span>
          <select
            disabled={off}
            value={String(props.speed.value)}
            onChange={(event) => props.onSpeed(Number(event.currentTarget.value))}
          >
            {props.speeds.map((times) => (
              <option key={times} value={String(times)}>
                {times}×
              </option>
            ))}
          </select>
        </label>
        {props.onReset && (
          <button type="button" class="reset" disabled={off} onClick={props.onReset}>
            {words.reset}
          </button>
        )}
      </div>
    </div>
  );
}

/** What the author says at the newest stop: ours, so its numeral is magenta. All of them lie in one place, so that the
    longest keeps the room for the others. */
function Sentence({
  stops,
  index,
  words,
}: {
  readonly stops: readonly Stop[];
  readonly index: number;
  readonly words: FigureWords;
}) {
  return (
    <div class="say">
      <div class="says">
        {stops.map((stop, i) => (
          <p key={stop.at} class={i === index ? 'now' : 'other'} aria-hidden={i !== index}>
            <span class="numeral" title={say(words.stop, { n: i + 1, of: stops.length })}>
              {i + 1}
            </span>
            {stop.say}
          </p>
        ))}
      </div>
      <p class="visually-hidden" role="status">
        {stops[index]?.say ?? ''}
      </p>
    </div>
  );
}

function Slider({
  now,
  startMs,
  endMs,
  stops,
  ready,
  words,
  index,
  onSeek,
  onStep,
}: Props & { readonly index: number }) {
  const at = now.value;
  const share = (ms: number) => `${String(Math.round(((ms - startMs) / (endMs - startMs)) * 10_000) / 100)}%`;
  const onKeyDown = (event: KeyboardEvent) => {
    const direction =
      event.key === 'ArrowRight' || event.key === 'ArrowUp'
        ? 1
        : event.key === 'ArrowLeft' || event.key === 'ArrowDown'
          ? -1
          : 0;
    if (direction !== 0) {
      event.preventDefault();
      if (event.shiftKey) onSeek(Math.min(endMs, Math.max(startMs, at + direction * HOP_MS)));
      else onStep(direction);
      return;
    }
    const page = event.key === 'PageDown' ? -1 : event.key === 'PageUp' ? 1 : 0;
    if (page === 0) return;
    event.preventDefault();
    const before = stops.findLast((stop) => stop.at < at)?.at ?? startMs;
    const after = stops.find((stop) => stop.at > at)?.at ?? endMs;
    if (stops.length > 0) onSeek(page > 0 ? after : before);
    else onSeek(Math.min(endMs, Math.max(startMs, at + page * LEAP_MS)));
  };
  return (
    <span class="slider" style={{ '--share': share(at) }}>
      <span class="ticks" aria-hidden="true">
        {stops.map((stop, i) => (
          <i key={stop.at} class={i <= index ? 'past' : ''} style={{ insetInlineStart: share(stop.at) }} />
        ))}
      </span>
      <input
        type="range"
        min={startMs}
        max={endMs}
        step={100}
        value={at}
        disabled={!ready.value}
        aria-label={words.time}
        aria-valuetext={say(words.timeText, { time: clock(at), say: stops[index]?.say ?? '' })}
        onInput={(event) => onSeek(Number(event.currentTarget.value))}
        onKeyDown={onKeyDown}
      />
    </span>
  );
}

function Triangle({ back = false }: { readonly back?: boolean }) {
  return (
    <svg class="triangle" viewBox="0 0 8 10" width="8" height="10" aria-hidden="true">
      <path d={back ? 'M8 0L0 5L8 10Z' : 'M0 0L8 5L0 10Z'} fill="currentColor" />
    </svg>
  );
}
