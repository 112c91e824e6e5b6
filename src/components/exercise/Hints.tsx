// The hint ladder: three rungs of words, and a fourth that plays the solution. Rungs stay open once they are.
import { useId } from 'preact/hooks';
import { Prose } from './Prose.tsx';
import type { ExerciseWords } from './words.ts';

export function Hints({
  hints,
  open,
  onOpen,
  onShow,
  showing,
  words,
}: {
  readonly hints: readonly [string, string, string];
  /** Which rungs are open. */
  readonly open: ReadonlySet<number>;
  readonly onOpen: (rung: number) => void;
  readonly onShow: () => void;
  readonly showing: boolean;
  readonly words: ExerciseWords;
}) {
  const id = useId();
  return (
    <div class="hints">
      <div class="rungs" role="group" aria-label={words.hints}>
        {hints.map((_, i) => (
          <button
            key={i}
            type="button"
            aria-expanded={open.has(i)}
            aria-controls={`${id}-${String(i)}`}
            onClick={() => onOpen(i)}
          >
            {words.rungs[i]}
          </button>
        ))}
        <button type="button" aria-pressed={showing} onClick={onShow}>
          {words.showMe}
        </button>
      </div>
      {hints.map((hint, i) => (
        <div key={i} id={`${id}-${String(i)}`} class="rung" hidden={!open.has(i)}>
          <p class="rung-name">{words.rungs[i]}</p>
          {i === 2 ? (
            <pre tabIndex={0}>{hint}</pre>
          ) : (
            <p>
              <Prose text={hint} />
            </p>
          )}
        </div>
      ))}
    </div>
  );
}
