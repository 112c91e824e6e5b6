// The gantry in its place: what the frames and the scheduler's record say.
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { gantryScene } from '../../draw/gantry/scene.ts';
import type { GantryWords } from '../../draw/gantry/words.ts';
import type { DrawWords } from '../../draw/words.ts';
import type { Choice } from '../../hosts/protocol.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { readingOrder } from './Picture.tsx';
import { SceneSvg } from './SceneSvg.tsx';
import { Stage } from './Stage.tsx';
import { layoutWidth } from './widths.ts';

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
  return (
    <Stage snapshot={snapshot} still={still}>
      {(now, room) => (
        <SceneSvg
          drawn={gantryScene(now, { width: layoutWidth(room), words, gantry, choice, pod, guess })}
          id={`${id}-live`}
          order={readingOrder(now).filter((subject) => !subject.startsWith('services/'))}
          onChoose={onChoose}
        />
      )}
    </Stage>
  );
}
