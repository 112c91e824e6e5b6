// The frame around any live figure: its picture, time, controls, what went wrong, what the kind of figure adds, and the
// picture in words. A kind supplies the picture, its own parts and its words; the world comes from `useFigureWorld`.
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { say } from '../../draw/words.ts';
import type { Trouble as WorldTrouble } from '../exercise/live-world.ts';
import { Controls } from './Controls.tsx';
import { Transport } from './Transport.tsx';
import type { FigureWorld, FrameProps } from './use-figure-world.ts';
import type { FigureWords } from './words.ts';
import './figure.css';

interface Props<S> {
  readonly frame: FrameProps;
  readonly figure: FigureWorld<S>;
  /** A class of the kind, for its own stylesheet. */
  readonly kind?: string;
  readonly speeds: readonly number[];
  readonly picture: ComponentChildren;
  /** Between the picture and its time. */
  readonly ask?: ComponentChildren;
  /** Time is not the reader's yet. */
  readonly held?: boolean;
  /** Under the controls: what the run came to, beside the run before. */
  readonly tally?: ComponentChildren;
  /** The picture in words, kept current. */
  readonly twin: ComponentChildren;
  /** A control is about to make the world anew. */
  readonly onChange?: () => void;
  readonly onReset: () => void;
  readonly onEscape?: () => void;
  /** What the kind has below. */
  readonly children: ComponentChildren;
}

export function FigureFrame<S>({ frame, figure, kind, ask, held = false, onChange, onReset, ...props }: Props<S>) {
  const { id, words, controls, startMs, endMs } = frame;
  const { ready, playing, act, runTo } = figure;
  return (
    <div
      ref={figure.root}
      class={kind === undefined ? 'figure' : `figure ${kind}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') props.onEscape?.();
      }}
    >
      {props.picture}
      {ask}
      {!held && (
        <Transport
          now={figure.now}
          startMs={startMs}
          endMs={endMs}
          stops={frame.stops}
          playing={playing}
          ready={ready}
          touched={figure.touched}
          speed={figure.speed}
          speeds={props.speeds}
          words={words}
          onContinue={(stop) => runTo(stop.at)}
          onBegin={(stop) => runTo(stop.at, startMs)}
          onPlay={() => act((live) => live.do(playing.peek() ? 'pause' : 'play'))}
          onStep={(direction) => act((live) => live.do('step', direction))}
          onSeek={(at) => act((live) => live.seek(at))}
          onSpeed={figure.setSpeed}
          onReset={controls.length === 0 ? onReset : undefined}
        />
      )}
      {controls.length > 0 && (
        <Controls
          id={id}
          controls={controls}
          values={figure.settings}
          ready={ready}
          canUndo={figure.canUndo}
          words={words}
          onChange={(values) => {
            onChange?.();
            figure.change(values);
          }}
          onUndo={() => {
            onChange?.();
            figure.undo();
          }}
          onReset={onReset}
        >
          {props.tally}
        </Controls>
      )}
      <Trouble trouble={figure.world.value?.trouble} words={words} />
      {props.children}
      <details class="twin">
        <summary>{words.twin}</summary>
        {props.twin}
      </details>
    </div>
  );
}

/** The scenario was refused, or the simulator broke one of its own rules and the world stands still. */
function Trouble({
  trouble,
  words,
}: {
  readonly trouble: ReadonlySignal<WorldTrouble | undefined> | undefined;
  readonly words: FigureWords;
}) {
  const now = trouble?.value;
  if (!now) return null;
  const { kind, message, seed } = now;
  return (
    <p class="trouble" role="alert">
      {kind === 'broken' ? say(words.broken, { seed, message }) : say(words.refused, { message })}
    </p>
  );
}
