// The goals of a step, each with its mark; once the reader has tried, also what was observed and what was wanted.
import type { ExerciseState } from '../../hosts/protocol.ts';
import { Prose } from './Prose.tsx';
import type { ExerciseWords } from './words.ts';

export function Goals({
  say,
  state,
  words,
}: {
  readonly say: readonly string[];
  readonly state: ExerciseState | undefined;
  readonly words: ExerciseWords;
}) {
  return (
    <ul class="goals" aria-label={words.goals}>
      {say.map((goal, i) => {
        const found = state?.goals[i];
        const tried = state?.tried === true || state?.solved === true;
        const met = tried && found?.met === true;
        return (
          <li key={goal} data-met={met ? '' : undefined}>
            <Mark met={met} />
            <span class="visually-hidden">{met ? words.met : words.notMet}: </span>
            <Prose text={goal} />
            {tried && found && !found.met && (
              <small>
                <b>{words.observed}</b> {found.observed}
                <br />
                <b>{words.wanted}</b> {found.wanted}
              </small>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** Shape first: an open ring, or a check mark in it. */
export function Mark({ met }: { readonly met: boolean }) {
  return (
    <svg class="mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle
        cx="8"
        cy="8"
        r="6.5"
        fill={met ? 'var(--fair)' : 'none'}
        stroke={met ? 'var(--fair)' : 'var(--wait)'}
        stroke-width="1.5"
      />
      {met && <path d="M4.8 8.3l2.3 2.3 4.2-5" fill="none" stroke="var(--sheet)" stroke-width="1.8" />}
    </svg>
  );
}
