// The place of a live picture: the still until the world stands, then what the newest frame says, laid out for the room
// that there is. What `children` reads of signals draws it anew.
import { useSignal, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function Stage<S>({
  snapshot,
  still,
  children,
}: {
  readonly snapshot: ReadonlySignal<S | undefined>;
  readonly still: ComponentChildren;
  /** @param room px */
  readonly children: (now: S, room: number) => ComponentChildren;
}) {
  const place = useRef<HTMLDivElement>(null);
  const room = useSignal(0);
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => {
      room.value = Math.floor(entry?.contentRect.width ?? 0);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const now = snapshot.value;
  return (
    <div ref={place} class="picture">
      {now !== undefined && room.value > 0 ? children(now, room.value) : still}
    </div>
  );
}
