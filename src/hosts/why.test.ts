// The "why?" of the page on a world of the course.
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../content/scenarios/index.ts';
import { Timeline } from '../sim/index.ts';
import { explain } from './why.ts';

describe('why', () => {
  it('leads from a restart by a liveness probe back to the lock that was lost', async () => {
    const timeline = new Timeline(await loadScenario('deadlock', { liveness: '/readyz' }), 61);
    timeline.run(240_000);
    const restarted = [...timeline.world.store.values('pods')].find(
      (pod) => (pod.status.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    );
    const { chain, verdicts } = explain(timeline.world, `pods/default/${restarted?.metadata.name ?? ''}`);
    const told = chain.map(({ reason, message }) => `${reason} ${message}`);
    const place = (text: string) => told.findIndex((line) => line.includes(text));
    expect(place('Successfully assigned')).toBe(0);
    expect(place('a lock in version 1.5 is never released')).toBeGreaterThan(place('Started container payments'));
    expect(place('Liveness probe failed')).toBeGreaterThan(place('a lock in version 1.5 is never released'));
    expect(place('failed liveness probe, will be restarted')).toBeGreaterThan(place('Liveness probe failed'));
    expect(verdicts.filter(({ chosen }) => chosen)).toHaveLength(1);
  });

  it('has nothing to say of what is not there', async () => {
    const timeline = new Timeline(await loadScenario('deadlock'), 61);
    timeline.run(10_000);
    expect(explain(timeline.world, 'pods/default/nosuch')).toMatchObject({ chain: [], verdicts: [] });
    expect(explain(timeline.world, 'entry/999999')).toMatchObject({ chain: [] });
    expect(explain(timeline.world, 'entry/x')).toMatchObject({ chain: [] });
  });
});
