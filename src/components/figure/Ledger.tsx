// The event ledger, newest first. A line can be chosen: the world goes to that moment, and the panel says what led to it.
// How grave it is is told by a shape and a word, and only then by colour.
import type { ReadonlySignal } from '@preact/signals';
import { clock } from '../../draw/words.ts';
import type { LedgerRow } from '../../sim/ledger.ts';
import { shortSubject, tellingRows } from './rows.ts';
import type { FigureWords } from './words.ts';

interface Props {
  readonly rows: ReadonlySignal<readonly LedgerRow[]>;
  readonly chosen: ReadonlySignal<string | undefined>;
  readonly words: FigureWords;
  readonly onChoose: (row: LedgerRow) => void;
}

/** Rows in the page; older ones are reached by going back. */
const MOST = 40;

export function Ledger({ rows, chosen, words, onChoose }: Props) {
  const shown = tellingRows(rows.value).slice(-MOST).reverse();
  return (
    <div class="ledger" role="group" aria-label={words.ledger}>
      <p class="head">
        {words.ledger} <small>{words.newest}</small>
      </p>
      {shown.length === 0 && <p>{words.nothingYet}</p>}
      <ol>
        {shown.map((row) => (
          <li key={row.id}>
            <button
              type="button"
              class={chosen.value === `entry/${String(row.id)}` ? 'here' : ''}
              onClick={() => onChoose(row)}
            >
              <RowCells row={row} words={words} />
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

function RowCells({ row, words }: { readonly row: LedgerRow; readonly words: FigureWords }) {
  const warning = row.severity === 'warning';
  return (
    <>
      <time>{clock(row.at)}</time>
      <span class="mark">
        {warning && (
          <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
            <path d="M5 0.5L9.7 9.5H0.3Z" fill="none" stroke="var(--foul)" stroke-width="1.5" />
          </svg>
        )}
        {warning && <span class="visually-hidden">{words.warning}</span>}
      </span>
      <span class="subject">{shortSubject(row.subject)}</span>
      <span class="event">
        {row.reason !== '' && <b class={warning ? 'foul' : ''}>{row.reason}</b>} {row.message}
      </span>
    </>
  );
}
