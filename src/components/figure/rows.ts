// What the ledger shows of the journal: the Event that Kubernetes would print, not our own record of the same thing.
import type { LedgerRow } from '../../sim/ledger.ts';

/** Rows without those that say the same of the same thing at the same moment; a warning wins. */
export function tellingRows(rows: readonly LedgerRow[]): readonly LedgerRow[] {
  const out: LedgerRow[] = [];
  for (const row of rows) {
    const last = out[out.length - 1];
    const same = last?.at === row.at && last.subject === row.subject && last.message === row.message;
    if (same) out[out.length - 1] = last.severity === 'warning' ? last : row;
    else out.push(row);
  }
  return out;
}

/** `pod/payments-1` for `pods/default/payments-1`: as short as a reader can still tell what it is. */
export function shortSubject(subject: string): string {
  const parts = subject.split('/');
  const [kind = '', ...rest] = parts;
  const name = rest.length > 1 ? rest.slice(1).join('/') : rest.join('/');
  const one = kind.endsWith('ies') ? `${kind.slice(0, -3)}y` : kind.endsWith('s') ? kind.slice(0, -1) : kind;
  return name === '' ? kind : `${one}/${name}`;
}
