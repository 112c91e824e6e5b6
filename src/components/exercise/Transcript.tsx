// What is typed in the played solution, and what it prints, up to the moment shown. A command that is still to come is
// there already, dimmed: each is a button that goes to its moment.
import { useComputed, type ReadonlySignal } from '@preact/signals';
import type { Opened } from '../../hosts/protocol.ts';
import type { LiveWorld } from './live-world.ts';
import type { ExerciseWords } from './words.ts';

export function Transcript({
  world,
  run,
  words,
}: {
  readonly world: LiveWorld<unknown>;
  readonly run: ReadonlySignal<Opened | undefined>;
  readonly words: ExerciseWords;
}) {
  const past = useComputed(() => {
    const at = world.clock.value?.at ?? 0;
    return run.value?.lines.filter((line) => line.at <= at).length ?? 0;
  });
  const lines = run.value?.lines ?? [];
  return (
    <section class="transcript" aria-label={words.solution}>
      <p class="note">{words.solutionNote}</p>
      {lines.map((line, i) => {
        const done = i < past.value;
        if (line.kind === 'printed') return done && <pre key={i}>{line.text}</pre>;
        return (
          <button
            key={i}
            type="button"
            class="typed"
            data-done={done ? '' : undefined}
            title={words.typed}
            onClick={() => world.seek(line.at)}
          >
            <span aria-hidden="true">$ </span>
            {line.text}
          </button>
        );
      })}
    </section>
  );
}
