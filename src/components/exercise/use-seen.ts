// What an element has of the page: whether it can be seen (in the viewport, in a tab that is in front), and its room.
import { useSignal, type ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

export function useSeen(element: RefObject<Element>): ReadonlySignal<boolean> {
  const seen = useSignal(true);
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    let near = true;
    const look = () => {
      seen.value = near && !document.hidden;
    };
    const observer = new IntersectionObserver((entries) => {
      near = entries.at(-1)?.isIntersecting ?? true;
      look();
    });
    observer.observe(current);
    document.addEventListener('visibilitychange', look);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  return seen;
}

/** As in exercise.css: where the pictures are scrolled sideways. */
const NARROW = 528;

export function useNarrow(element: RefObject<Element>): ReadonlySignal<boolean> {
  const narrow = useSignal(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      narrow.value = (entry?.contentRect.width ?? NARROW) < NARROW;
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return narrow;
}
