// The cluster as it is now, as wide as its column. Only this is drawn anew with every frame.
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { DrawWords } from '../../draw/words.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { Picture } from '../figure/Picture.tsx';
import { stillWidth } from './still-width.ts';

/** Above this speed requests on their way only flicker. */
const FASTEST_DRAWN = 5;

export function NowPicture({
  snapshot,
  speed,
  words,
  id,
}: {
  readonly snapshot: ReadonlySignal<ClusterSnapshot | undefined>;
  readonly speed: number;
  readonly words: DrawWords;
  readonly id: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const room = useSignal(0);
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => {
      room.value = Math.round(entry?.contentRect.width ?? 0);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const now = snapshot.value;
  return (
    <div ref={place} class="now">
      {now && room.value > 0 && (
        <Picture
          snapshot={now}
          room={room.value}
          width={stillWidth(room.value)}
          words={words}
          id={id}
          clocks={false}
          flights={speed <= FASTEST_DRAWN}
        />
      )}
    </div>
  );
}
