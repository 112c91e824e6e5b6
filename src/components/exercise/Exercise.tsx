// An exercise in a cluster.
import type { DrawWords } from '../../draw/words.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { ExerciseOf, type ExerciseProps } from './ExerciseOf.tsx';
import { NowPicture } from './NowPicture.tsx';

export function Exercise({ drawWords, ...props }: ExerciseProps & { readonly drawWords: DrawWords }) {
  return (
    <ExerciseOf<ClusterSnapshot>
      {...props}
      draw={(snapshot, speed, id) => <NowPicture snapshot={snapshot} speed={speed} words={drawWords} id={id} />}
    />
  );
}
