// Two review cards at the end of a lesson: one to recall, one to transfer. They come back after one and six days.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { withCard } from '../progress/store.ts';
import { progress, startProgress, update } from '../progress/use-progress.ts';
import './review.css';

export interface Card {
  /** `4-3/recall`. */
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

interface Words {
  readonly show: string;
  readonly knew: string;
  readonly missed: string;
  readonly due: string;
  readonly dayOne: string;
  /** With `{n}` for the number of days. */
  readonly days: string;
}

const DAY_MS = 86_400_000;

export function Review({ cards, words }: { readonly cards: readonly Card[]; readonly words: Words }) {
  useEffect(() => startProgress(), []);
  return (
    <ol class="cards not-content">
      {cards.map((card) => (
        <CardView key={card.id} card={card} words={words} />
      ))}
    </ol>
  );
}

function CardView({ card, words }: { readonly card: Card; readonly words: Words }) {
  const open = useSignal(false);
  const state = progress.value.cards[card.id];
  const now = Date.now();
  const days = state ? Math.max(1, Math.ceil((state.due - now) / DAY_MS)) : 0;
  const when =
    state && state.due > now ? (days <= 1 ? words.dayOne : words.days.replace('{n}', String(days))) : words.due;
  const answer = (knew: boolean) => {
    open.value = false;
    update((before) => withCard(before, card.id, knew, Date.now()));
  };
  return (
    <li>
      <p class="when">{when}</p>
      <p class="question">{card.question}</p>
      {open.value ? (
        <div>
          <p class="answer">{card.answer}</p>
          <p class="buttons">
            <button type="button" onClick={() => answer(true)}>
              {words.knew}
            </button>
            <button type="button" onClick={() => answer(false)}>
              {words.missed}
            </button>
          </p>
        </div>
      ) : (
        <button type="button" onClick={() => (open.value = true)}>
          {words.show}
        </button>
      )}
    </li>
  );
}
