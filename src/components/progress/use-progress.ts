// One signal of progress for every island of the page; another tab's changes are seen too.
import { signal } from '@preact/signals';
import { KEY, load, nothing, save, type Progress, type Shelf } from './store.ts';

export const progress = signal<Progress>(nothing);
/** Why an older store was set aside, for a line to the reader; empty when all is well. */
export const setAside = signal('');

let started = false;

/** Reads the store once, in the browser. Safe where storage is switched off: then progress lasts as long as the page. */
export function startProgress(): void {
  if (started) return;
  started = true;
  const shelf = storage();
  if (!shelf) return;
  const read = load(shelf);
  progress.value = read.progress;
  setAside.value = read.setAside ?? '';
  window.addEventListener('storage', (event) => {
    if (event.key === KEY) progress.value = load(shelf).progress;
  });
}

export function update(change: (now: Progress) => Progress): void {
  startProgress();
  const next = change(progress.value);
  if (next === progress.value) return;
  progress.value = next;
  const shelf = storage();
  if (!shelf) return;
  try {
    save(shelf, next);
  } catch {
    // A full or blocked store: the page goes on with what it has in memory.
  }
}

function storage(): Shelf | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
