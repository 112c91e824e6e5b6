// The rows of a figure's ledger: what the journal told a reader, newest rows last. The same for every kind of world.
import type { Journal, JournalEntry } from './engine/journal.ts';

export interface LedgerRow {
  readonly id: number;
  readonly at: number;
  readonly subject: string;
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly severity: 'normal' | 'warning';
}

/** Journal entries looked through for ledger rows, newest first, before older ones are given up. */
const REACH = 20_000;

/** @param told which entries are for the reader */
export function ledgerOf(journal: Journal, rows: number, told: (entry: JournalEntry) => boolean): readonly LedgerRow[] {
  const out: LedgerRow[] = [];
  const oldest = Math.max(0, journal.length - REACH);
  for (let id = journal.length - 1; id >= oldest && out.length < rows; id--) {
    const entry = journal.get(id);
    if (entry && told(entry)) out.push(ledgerRow(entry));
  }
  return out.reverse();
}

function ledgerRow(entry: JournalEntry): LedgerRow {
  const { id, at, subject, reason, message, kind, data } = entry;
  const type = typeof data === 'object' && data !== null && 'type' in data ? data.type : undefined;
  return { id, at, subject, reason, message, kind, severity: type === 'Warning' ? 'warning' : 'normal' };
}
