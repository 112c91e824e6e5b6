// The picture in its place: the still until the world stands where the still was taken, then what the frames say, in the
// same place and of the same size.
import { useSignal, useSignalEffect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Room } from '../../draw/layout.ts';
import type { DrawWords } from '../../draw/words.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import type { LiveWorld } from '../exercise/live-world.ts';
import { changedSubjects, wantsLessMotion } from './motion.ts';
import { Picture } from './Picture.tsx';

/** With less motion the picture is cut from one moment to the next, no more often than this. Real ms. */
const CUT_MS = 1_000;

export function LivePicture(props: {
  readonly id: string;
  readonly snapshot: ReadonlySignal<ClusterSnapshot | undefined>;
  readonly base: ReadonlySignal<ClusterSnapshot | undefined>;
  readonly still: ComponentChildren;
  readonly keep: Room;
  readonly words: DrawWords;
  readonly chosen: ReadonlySignal<string | undefined>;
  readonly guess: ReadonlySignal<string | undefined>;
  readonly fast: ReadonlySignal<boolean>;
  readonly onChoose: (subject: string) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const room = useSignal(0);
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => {
      room.value = Math.floor(entry?.contentRect.width ?? 0);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const now = props.snapshot.value;
  const before = props.base.value;
  const changed = useMemo(
    () => (now && before && wantsLessMotion() ? changedSubjects(before, now) : undefined),
    [now, before],
  );
  return (
    <div ref={place} class="picture">
      {now && room.value > 0 ? (
        <Picture
          snapshot={now}
          room={room.value}
          words={props.words}
          id={`${props.id}-live`}
          keep={props.keep}
          chosen={props.chosen.value}
          changed={changed}
          guess={props.guess.value}
          flights={props.fast.value ? 'queues' : true}
          onChoose={props.onChoose}
        />
      ) : (
        props.still
      )}
    </div>
  );
}

/** What is shown: the newest frame, or with less motion a cut from time to time. */
export function useCut(
  world: ReadonlySignal<LiveWorld | undefined>,
  ready: ReadonlySignal<boolean>,
  playing: ReadonlySignal<boolean>,
): ReadonlySignal<ClusterSnapshot | undefined> {
  const shown: Signal<ClusterSnapshot | undefined> = useSignal(undefined);
  const cutAt = useRef(0);
  useSignalEffect(() => {
    const next = world.value?.snapshot.value;
    if (!ready.value || !next) return;
    if (playing.value && wantsLessMotion()) {
      const real = performance.now();
      if (real - cutAt.current < CUT_MS) return;
      cutAt.current = real;
    }
    shown.value = next;
  });
  return shown;
}
