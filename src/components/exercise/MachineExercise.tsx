// An exercise on a Linux machine.
import type { WebWords } from '../../draw/web/words.ts';
import type { MachineSnapshot } from '../../sim/machines/snapshot.ts';
import { WebPicture } from '../figure/web/WebPicture.tsx';
import { ExerciseOf, type ExerciseProps } from './ExerciseOf.tsx';
import { stillWidth } from './still-width.ts';

export function MachineExercise({ webWords, ...props }: ExerciseProps & { readonly webWords: WebWords }) {
  return (
    <ExerciseOf<MachineSnapshot>
      {...props}
      draw={(snapshot, _speed, id) => (
        <div class="now">
          <WebPicture
            id={id}
            snapshot={snapshot}
            before={undefined}
            chosen={undefined}
            still={null}
            words={webWords}
            widthOf={stillWidth}
          />
        </div>
      )}
    />
  );
}
