// The picture of a cluster in its place, of the same size as the still that it takes the place of. With less motion, what
// the last step changed is outlined.
import { useComputed, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Room } from '../../draw/layout.ts';
import type { DrawWords } from '../../draw/words.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { changedSubjects, wantsLessMotion } from './motion.ts';
import { Picture } from './Picture.tsx';
import { Stage } from './Stage.tsx';

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
  const { snapshot, base } = props;
  const changed = useComputed(() =>
    snapshot.value && base.value && wantsLessMotion() ? changedSubjects(base.value, snapshot.value) : undefined,
  );
  return (
    <Stage snapshot={snapshot} still={props.still}>
      {(now, room) => (
        <Picture
          snapshot={now}
          room={room}
          words={props.words}
          id={`${props.id}-live`}
          keep={props.keep}
          chosen={props.chosen.value}
          changed={changed.value}
          guess={props.guess.value}
          flights={props.fast.value ? 'queues' : true}
          onChoose={props.onChoose}
        />
      )}
    </Stage>
  );
}
