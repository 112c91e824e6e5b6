// The gantry in its place: the still until the world stands, then what the frames and the scheduler's record say.
import { useSignal, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { gantryScene } from '../../draw/gantry/scene.ts';
import type { GantryWords } from '../../draw/gantry/words.ts';
import type { DrawWords } from '../../draw/words.ts';
import type { Choice } from '../../hosts/protocol.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { layoutWidth, readingOrder } from './Picture.tsx';
import { SceneSvg } from './SceneSvg.tsx';

export function GantryPicture({
  id,
  snapshot,
  choice,
  pod,
  guess,
  still,
  words,
  gantry,
  onChoose,
}: {
  readonly id: string;
  readonly snapshot: ReadonlySignal<ClusterSnapshot | undefined>;
  readonly choice: Choice | undefined;
  readonly pod: string | undefined;
  readonly guess: string | undefined;
  readonly still: ComponentChildren;
  readonly words: DrawWords;
  readonly gantry: GantryWords;
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
  const now = snapshot.value;
  return (
    <div ref={place} class="picture">
      {now && room.value > 0 ? (
        <SceneSvg
          drawn={gantryScene(now, { width: layoutWidth(room.value), words, gantry, choice, pod, guess })}
          id={`${id}-live`}
          order={readingOrder(now).filter((subject) => !subject.startsWith('services/'))}
          onChoose={onChoose}
        />
      ) : (
        still
      )}
    </div>
  );
}
