// The view that an exercise's checks get: the world as it is, and copies of it played ahead.
import type { Timeline, World } from '../sim/index.ts';
import type { CheckView } from './exercise.ts';

export function checkView(timeline: Timeline): CheckView {
  const futures = new Map<number, World>();
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
