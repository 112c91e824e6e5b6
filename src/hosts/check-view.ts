// The view that an exercise's checks get: the world as it is, and copies of it played ahead.
import type { CheckView } from './exercise.ts';
import type { AnyTimeline, AnyWorld } from './kind.ts';

export function checkView<W extends AnyWorld>(timeline: AnyTimeline<W>): CheckView<W> {
  const futures = new Map<number, W>();
  return {
    world: timeline.world,
    ahead(ms) {
      let world = futures.get(ms);
      if (!world) {
        const copy = timeline.fork();
        copy.run(timeline.now + ms);
        world = copy.world;
        futures.set(ms, world);
      }
      return world;
    },
  };
}
