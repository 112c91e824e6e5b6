// What the reader has done, kept in this browser alone. Versioned and checked field by field on every read: what is
// broken or from a later version is set aside under another key, never shown, never thrown away.

export interface Progress {
  readonly version: 1;
  /** `<exercise id>#<step id>` → when it was solved (Unix ms). */
  readonly steps: Readonly<Record<string, number>>;
  /** Prediction id → index of the choice. */
  readonly guesses: Readonly<Record<string, number>>;
  /** Card id → how often it was known in a row, and when it is due again (Unix ms). */
  readonly cards: Readonly<Record<string, CardState>>;
}

interface CardState {
  readonly known: number;
  readonly due: number;
}

/** The part of `Storage` that is used; tests bring their own. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export const KEY = 'bayplan.progress';
export const ASIDE = 'bayplan.progress.aside';
export const nothing: Progress = { version: 1, steps: {}, guesses: {}, cards: {} };

/** Days until a card comes back: after the first time, after the second, from then on. */
const DAYS = [1, 6, 21] as const;
const DAY_MS = 86_400_000;
/** A progress file larger than this is not one of ours. */
const MOST_CHARACTERS = 1_000_000;

export type Reading =
  { readonly kind: 'ok'; readonly progress: Progress } | { readonly kind: 'refused'; readonly reason: string };

/** Reads what `text` says, or says which field is wrong. */
export function readProgress(text: string): Reading {
  if (text.length > MOST_CHARACTERS)
    return refused(`the file has ${String(text.length)} characters; at most ${String(MOST_CHARACTERS)} are read`);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return refused('it is not JSON');
  }
  if (!isRecord(data)) return refused('expected an object at the top');
  if (data['version'] !== 1) return refused(`version: expected 1, found ${JSON.stringify(data['version'])}`);
  for (const field of ['steps', 'guesses', 'cards'] as const) {
    const part = data[field];
    if (!isRecord(part)) return refused(`${field}: expected an object`);
    for (const [key, value] of Object.entries(part)) {
      const good = field === 'cards' ? isCard(value) : isTime(value);
      if (!good) return refused(`${field}.${key}: expected ${field === 'cards' ? '{ known, due }' : 'a number'}`);
    }
  }
  return { kind: 'ok', progress: data as unknown as Progress };
}

/** The progress on the shelf. What cannot be read is set aside, once, with the reason. */
export function load(shelf: Shelf): { readonly progress: Progress; readonly setAside?: string } {
  const text = shelf.getItem(KEY);
  if (text === null) return { progress: nothing };
  const reading = readProgress(text);
  if (reading.kind === 'ok') return { progress: reading.progress };
  let place = ASIDE;
  for (let n = 2; shelf.getItem(place) !== null && shelf.getItem(place) !== text; n++) place = `${ASIDE}.${String(n)}`;
  shelf.setItem(place, text);
  shelf.setItem(KEY, JSON.stringify(nothing));
  return { progress: nothing, setAside: reading.reason };
}

export function save(shelf: Shelf, progress: Progress): void {
  shelf.setItem(KEY, JSON.stringify(progress));
}

export function withStep(progress: Progress, key: string, now: number): Progress {
  return key in progress.steps ? progress : { ...progress, steps: { ...progress.steps, [key]: now } };
}

export function withGuess(progress: Progress, key: string, choice: number): Progress {
  return { ...progress, guesses: { ...progress.guesses, [key]: choice } };
}

/** After an answer: a known card waits longer each time, an unknown one comes back tomorrow. */
export function withCard(progress: Progress, key: string, knew: boolean, now: number): Progress {
  const known = knew ? (progress.cards[key]?.known ?? 0) + 1 : 0;
  const days = DAYS[Math.min(Math.max(known - 1, 0), DAYS.length - 1)] ?? 1;
  return { ...progress, cards: { ...progress.cards, [key]: { known, due: now + days * DAY_MS } } };
}

/** Both together: the earlier solution, the later card. For importing a file without losing anything. */
export function merge(mine: Progress, other: Progress): Progress {
  const steps = { ...other.steps };
  for (const [key, at] of Object.entries(mine.steps)) steps[key] = Math.min(at, steps[key] ?? at);
  const cards = { ...other.cards };
  for (const [key, card] of Object.entries(mine.cards)) {
    const theirs = cards[key];
    if (!theirs || theirs.due < card.due) cards[key] = card;
  }
  return { version: 1, steps, guesses: { ...other.guesses, ...mine.guesses }, cards };
}

function refused(reason: string): Reading {
  return { kind: 'refused', reason };
}

function isRecord(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isCard(value: unknown): boolean {
  return isRecord(value) && isTime(value['known']) && isTime(value['due']);
}
