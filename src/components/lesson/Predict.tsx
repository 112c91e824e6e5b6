// One question per concept. The reader commits to a guess; then it runs, and the guess stands beside what happened.
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { withGuess } from '../progress/store.ts';
import { progress, startProgress, update } from '../progress/use-progress.ts';
import './predict.css';

interface PredictWords {
  readonly legend: string;
  readonly commit: string;
  readonly need: string;
  readonly yours: string;
  readonly happened: string;
  readonly right: string;
  readonly wrong: string;
  readonly watch: string;
  readonly again: string;
}

export interface PredictProps {
  /** `4-3/liveness-healthz`; the key of the reader's guess. */
  readonly id: string;
  readonly question: string;
  readonly choices: readonly string[];
  /** Index of the choice that comes true. */
  readonly answer: number;
  readonly explain: string;
  /** The figure that shows it, and from which moment on (virtual ms). */
  readonly figure?: string;
  readonly from?: number;
  readonly words: PredictWords;
}

/** A figure hears this and plays from `from`, with the guess beside it. */
export interface RunRequest {
  readonly figure: string;
  readonly from: number;
  readonly guess: string;
}

export function Predict({ id, question, choices, answer, explain, figure, from = 0, words }: PredictProps) {
  const name = useId();
  const chosen = useSignal(-1);
  const asked = useSignal(false);
  useEffect(() => startProgress(), []);
  const guess = progress.value.guesses[id];

  const commit = (event: Event) => {
    event.preventDefault();
    asked.value = chosen.value < 0;
    if (chosen.value >= 0) update((now) => withGuess(now, id, chosen.value));
  };
  const watch = () => {
    if (figure === undefined || guess === undefined) return;
    const detail: RunRequest = { figure, from, guess: choices[guess] ?? '' };
    document.dispatchEvent(new CustomEvent('bp-run', { detail }));
    document.getElementById(figure)?.scrollIntoView({ block: 'start' });
  };

  if (guess === undefined || guess >= choices.length)
    return (
      <form class="predict not-content" onSubmit={commit}>
        <fieldset>
          <legend>{words.legend}</legend>
          <p dangerouslySetInnerHTML={{ __html: question }} />
          {choices.map((choice, i) => (
            <label key={choice}>
              <input type="radio" name={name} checked={chosen.value === i} onChange={() => (chosen.value = i)} />
              <span dangerouslySetInnerHTML={{ __html: choice }} />
            </label>
          ))}
          <button type="submit">{words.commit}</button>
          <span class="need" role="status">
            {asked.value && chosen.value < 0 ? words.need : ''}
          </span>
        </fieldset>
      </form>
    );

  return (
    <section class="predict not-content" aria-label={words.legend}>
      <p dangerouslySetInnerHTML={{ __html: question }} />
      <dl>
        <dt class="guess">{words.yours}</dt>
        <dd class="guess" dangerouslySetInnerHTML={{ __html: choices[guess] ?? '' }} />
        <dt>{words.happened}</dt>
        <dd dangerouslySetInnerHTML={{ __html: choices[answer] ?? '' }} />
      </dl>
      <p role="status">
        <strong>{guess === answer ? words.right : words.wrong}</strong>{' '}
        <span dangerouslySetInnerHTML={{ __html: explain }} />
      </p>
      <p class="buttons">
        {figure !== undefined && (
          <button type="button" class="first" onClick={watch}>
            {words.watch}
          </button>
        )}
        <button
          type="button"
          onClick={() => {
            chosen.value = -1;
            update((now) => ({
              ...now,
              guesses: Object.fromEntries(Object.entries(now.guesses).filter(([key]) => key !== id)),
            }));
          }}
        >
          {words.again}
        </button>
      </p>
    </section>
  );
}
