// For tests of controllers: a small world whose objects come through the API, and what is said about an object in it.
import { readScenario } from '../../scenario.ts';
import { Timeline } from '../../timeline.ts';

export function story(...objects: readonly object[]): Timeline {
  const nodes = [{ name: 'node', count: 3, cpu: '4', memory: '8Gi' }];
  const read = readScenario({ name: 'story', startsAt: '2026-11-24T09:00:00Z', nodes, objects });
  if ('error' in read) throw new Error(read.error);
  return new Timeline(read.scenario, 1);
}

/** `Reason: message` of the events about an object, in the order in which they were first said. */
export function said({ world }: Timeline, kind: string, name: string): readonly string[] {
  return world.store
    .list('events')
    .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map(({ reason, message }) => `${reason}: ${message}`);
}

/** The world at `to` is the same when it is reached again from a checkpoint at `from`. */
export function replays(timeline: Timeline, from: number, to: number): boolean {
  timeline.run(from);
  const { sim } = timeline.world;
  const checkpoint = sim.checkpoint();
  const play = () => {
    timeline.world.sim.run(to);
    return JSON.stringify(
      ['pods', 'jobs', 'statefulsets', 'persistentvolumeclaims', 'events'].map((resource) =>
        timeline.world.store.list(resource as 'pods'),
      ),
    );
  };
  const first = play();
  sim.restore(checkpoint);
  return play() === first;
}
