// A prediction asks its figure for a run (`bp-run`, Predict.tsx). One that was asked before the figure was alive waits on
// the figure's element (Figure.astro), and one that was asked before the world stands waits here.
import { useSignal, type ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import type { RunRequest } from '../lesson/Predict.tsx';

export function useRunRequest(
  id: string,
  root: RefObject<HTMLElement>,
  ready: ReadonlySignal<boolean>,
  run: (request: RunRequest) => void,
): void {
  const pending = useSignal<RunRequest | undefined>(undefined);
  useEffect(() => {
    const place = root.current?.closest<HTMLElement>('[data-live]');
    const asked: unknown = place?.dataset['run'] === undefined ? undefined : JSON.parse(place.dataset['run']);
    if (place) place.dataset['hears'] = '';
    const take = () => {
      const request = pending.peek();
      if (!request || !ready.peek()) return;
      pending.value = undefined;
      run({ ...request, guess: plain(request.guess) });
    };
    const hear = (event: Event) => {
      if (!(event instanceof CustomEvent) || !isRun(event.detail) || event.detail.figure !== id) return;
      pending.value = event.detail;
      take();
    };
    if (isRun(asked)) pending.value = asked;
    document.addEventListener('bp-run', hear);
    const stop = ready.subscribe(take);
    return () => {
      document.removeEventListener('bp-run', hear);
      stop();
    };
  }, []);
}

function isRun(value: unknown): value is RunRequest {
  return (
    typeof value === 'object' &&
    value !== null &&
    'figure' in value &&
    'from' in value &&
    typeof value.from === 'number' &&
    'guess' in value &&
    typeof value.guess === 'string'
  );
}

/** Choices are written as HTML; the picture has only words. */
function plain(html: string): string {
  return new DOMParser().parseFromString(html, 'text/html').body.textContent;
}
