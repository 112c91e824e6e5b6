// Lesson 4.2 says what its worlds do and prints what the scheduler says. Every such sentence and number is held against
// the world here; a stop or a number that is rewritten in the lesson has to be rewritten here too.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { onHook } from '../../src/components/figure/gantry-pods.ts';
import { gantry } from '../../src/content/strings/en/gantry.ts';
import { draw } from '../../src/content/strings/en/draw.ts';
import { loadScenario } from '../../src/content/scenarios/index.ts';
import { gantryScene } from '../../src/draw/gantry/scene.ts';
import { labelBoxes } from '../../src/draw/measure.ts';
import type { Shape } from '../../src/draw/shapes.ts';
import { choiceOf } from '../../src/hosts/choice.ts';
import { Headless } from '../../src/hosts/headless.ts';
import { cluster } from '../../src/hosts/kinds/cluster.ts';
import type { Choice } from '../../src/hosts/protocol.ts';
import { parseDuration, Timeline } from '../../src/sim/index.ts';
import { defaultProfiles } from '../../src/sim/kubernetes/scheduler/index.ts';
import { numFeasibleNodesToFind } from '../../src/sim/kubernetes/scheduler/schedule-pod.ts';
import { snapshot, type ClusterSnapshot } from '../../src/sim/snapshot.ts';

const page = readFileSync(
  new URL('../../src/content/docs/4-kubernetes/2-how-the-scheduler-chooses.mdx', import.meta.url),
  'utf8',
);

/** The element of the page with this id, as it is written. */
function element(id: string): string {
  return page.split(/^<(?=Gantry|Exercise)/m).find((text) => text.includes(`id="${id}"`)) ?? '';
}

function stopsOf(figure: string): readonly { readonly at: string; readonly say: string }[] {
  return [...element(figure).matchAll(/\{ at: '([^']+)', say: '([^']+)' \}/g)].map(([, at = '', say = '']) => ({
    at,
    say,
  }));
}

interface Seen {
  readonly now: ClusterSnapshot;
  readonly choice: Choice;
  readonly timeline: Timeline;
}

/** The figure as it stands at a moment, with the pod on its hook. */
async function look(
  figure: string,
  at: string,
  settings: Readonly<Record<string, number | string | boolean>> = {},
): Promise<Seen> {
  const text = element(figure);
  const seed = Number(/seed=\{(\d+)\}/.exec(text)?.[1]);
  const act = /act: '(\w+)'/.exec(text)?.[1] ?? '';
  const workload = /workload="(\w+)"/.exec(text)?.[1];
  const timeline = new Timeline(await loadScenario('fleet', { act, ...settings }), seed);
  timeline.run(parseDuration(at) ?? 0);
  const now = snapshot(timeline.world, { ledgerRows: 2000 });
  const pod = onHook(now, undefined, workload);
  const choice = pod && choiceOf(timeline, pod.key);
  if (!choice) throw new Error(`nobody hangs on the hook of ${figure} at ${at}`);
  return { now, choice, timeline };
}

const totals = ({ nodes }: Choice) =>
  Object.fromEntries(nodes.flatMap(({ node, scores }) => (scores ? [[node, scores.total]] : [])));
const reasons = ({ nodes }: Choice) =>
  Object.fromEntries(
    nodes.map(({ node, verdict }) => [
      node,
      typeof verdict === 'object' && verdict ? verdict.reasons.join(', ') : (verdict ?? 'not asked'),
    ]),
  );
const freeCpu = (now: ClusterSnapshot, node: string) => {
  const { allocatable, requested } = now.nodes.find(({ name }) => name === node) as ClusterSnapshot['nodes'][number];
  return (allocatable.cpuMilli - requested.cpuMilli) / 1000;
};
const AFFINITY = "node(s) didn't match Pod's node affinity/selector";
const TAINT = 'node(s) had untolerated taint {harbour.example/dedicated: search}';

const claims: Readonly<Record<string, Readonly<Record<string, (seen: Seen) => void>>>> = {
  berths: {
    '10s': ({ now, choice, timeline }) => {
      expect(now.pods.filter(({ node }) => node !== null)).toHaveLength(9);
      // The last one.
      const bound = timeline.world.sim.journal.slice().filter(({ kind }) => kind === 'scheduler.bound');
      expect(bound.at(-1)?.subject).toBe(`pods/${choice.pod}`);
    },
    '40s': ({ now, choice }) => {
      expect(reasons(choice)).toEqual({
        'node-a1': AFFINITY,
        'node-a2': AFFINITY,
        'node-b1': AFFINITY,
        'node-b2': 'Insufficient cpu',
        'node-c1': TAINT,
      });
      expect(now.pods.find(({ key }) => key === choice.pod)?.requests.cpuMilli).toBe(3000);
      expect(freeCpu(now, 'node-b2')).toBe(2);
      expect(freeCpu(now, 'node-c1')).toBe(3);
    },
    '1m10s': ({ now, choice }) => {
      const short = Object.entries(reasons(choice)).filter(([, said]) => said === 'Insufficient cpu');
      expect(short).toHaveLength(4);
      expect(reasons(choice)['node-c1']).toBe(TAINT);
      const free = short.map(([node]) => freeCpu(now, node));
      expect(free.reduce((a, b) => a + b, 0)).toBe(8);
      for (const cpu of free) expect(cpu).toBeLessThan(3);
    },
    '1m40s': ({ now, choice }) => {
      expect(now.pods.find(({ key }) => key === choice.pod)?.requests.cpuMilli).toBe(1500);
      expect(Object.values(totals(choice))).toHaveLength(4);
      expect(choice.tied).toBe(3);
      expect(choice.chosen).not.toBeNull();
    },
  },
  preempt: {
    '30.01s': ({ choice, now, timeline }) => {
      expect(choice).toMatchObject({ ahead: true, priority: 100_000, chosen: null });
      expect((choice.at ?? 0) - timeline.now).toBe(10);
      expect(now.pods.find(({ key }) => key === choice.pod)?.requests.cpuMilli).toBe(2000);
      const { candidates, chosen } = choice.preemption as NonNullable<Choice['preemption']>;
      expect(candidates.map(({ node }) => node)).toEqual(['node-a1', 'node-a2', 'node-b1', 'node-b2']);
      expect(chosen).toBe('node-a2');
      const of = (node: string) => candidates.find((one) => one.node === node)?.victims ?? [];
      expect(of('node-a2').map(({ pod }) => pod)).toEqual([expect.stringMatching(/^default\/monthly-reports-/)]);
      const most = (node: string) => Math.max(...of(node).map(({ priority }) => priority));
      for (const node of ['node-a1', 'node-b1', 'node-b2']) {
        expect(of(node).length).toBeGreaterThan(1);
        expect(most(node)).toBeGreaterThanOrEqual(most('node-a2'));
      }
    },
    '31s': ({ now, choice, timeline }) => {
      const pod = timeline.world.store.get('pods', choice.pod);
      expect(pod?.status.nominatedNodeName).toBe('node-a2');
      expect(pod?.spec.nodeName).toBeUndefined();
      expect(now.ledger.some(({ reason }) => reason === 'Preempted')).toBe(true);
      // What was compared is still told, although the victim may have left.
      expect(
        choice.preemption?.candidates.flatMap(({ victims }) => victims).every(({ priority }) => priority > 0),
      ).toBe(true);
    },
    '35s': ({ now, choice }) => {
      expect(choice.chosen).toBe('node-a2');
      expect(now.pods.find(({ key }) => key === choice.pod)?.node).toBe('node-a2');
      const monthly = now.pods.filter(({ workload }) => workload === 'default/monthly-reports');
      expect(monthly.map(({ node }) => node)).toEqual([null]);
    },
  },
};

describe.each(Object.keys(claims))('the stops of %s', { timeout: 60_000 }, (figure) => {
  it('have a claim each', () => {
    expect(stopsOf(figure).map(({ at }) => at)).toEqual(Object.keys(claims[figure] ?? {}));
  });

  it.each(stopsOf(figure))('$at: $say', async ({ at }) => {
    claims[figure]?.[at]?.(await look(figure, at));
  });
});

describe('the numbers of the text', { timeout: 60_000 }, () => {
  it('the command prints the sentence that stands under it', async () => {
    const [, command = '', output = ''] =
      /```sh\n(kubectl get events [^\n]+)\n```\n\n```\n([^\n]+)\n```/.exec(page) ?? [];
    const { timeline } = await look('berths', '40s');
    const shell = new Headless(timeline, cluster, { files: {}, untilMs: timeline.now + 60_000 });
    expect((await shell.run(command)).output.trim()).toBe(output);
  });

  it('the table has the default weights', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \|.*\| (\d) \|$/gm)].map(([, name, weight]) => [name, Number(weight)]);
    const scores = defaultProfiles.get('default-scheduler')?.scores ?? [];
    const known = new Map(scores.map(({ plugin, weight }) => [plugin.name, weight]));
    expect(rows).toHaveLength(7);
    for (const [name, weight] of rows) expect(known.get(String(name))).toBe(weight);
  });

  it('the third storefront: 650, 624, 604, 579, and 46 points for who is there already', async () => {
    const { now, choice } = await look('place', '20.01s');
    expect(element('place')).toContain('604 against 650. node-b2 gets 624, node-a1 579');
    expect(choice).toMatchObject({ ahead: true, chosen: 'node-a2', tied: 1 });
    expect(totals(choice)).toEqual({ 'node-a1': 579, 'node-a2': 650, 'node-b1': 604, 'node-b2': 624 });
    const spread = (node: string) =>
      choice.nodes.find((one) => one.node === node)?.scores?.by['PodTopologySpread']?.weighted ?? 0;
    expect(spread('node-a2') - spread('node-b1')).toBe(46);
    expect(freeCpu(now, 'node-a2')).toBe(freeCpu(now, 'node-b1'));
    expect(
      now.pods
        .filter(({ workload, node }) => workload === 'default/storefront' && node !== null)
        .map(({ node }) => node)
        .sort(),
    ).toEqual(['node-a1', 'node-b1']);
  });

  it.each([
    { settings: {}, won: ['node-a2'], total: 650 },
    { settings: { affinity: 'preferred' }, won: ['node-b1'], total: 733 },
    { settings: { affinity: 'preferred', spread: 6 }, won: ['node-a1', 'node-a2'], total: 1050 },
  ])('with $settings $won wins with $total', async ({ settings, won, total }) => {
    const { choice } = await look('scores', '30s', settings);
    expect(element('scores')).toContain(String(total));
    expect(won).toContain(choice.chosen);
    expect(totals(choice)[choice.chosen ?? '']).toBe(total);
  });

  it('a preference adds 200, and zone b has two already', async () => {
    const { now, choice } = await look('scores', '30s', { affinity: 'preferred' });
    expect(choice.nodes.find(({ node }) => node === 'node-b1')?.scores?.by['NodeAffinity']?.weighted).toBe(200);
    const others = now.pods.filter(({ workload, key }) => workload === 'default/storefront' && key !== choice.pod);
    expect(others.map(({ node }) => node?.slice(0, 6))).toEqual(['node-b', 'node-b']);
  });

  it('PreferNoSchedule lets node-c1 be scored, and costs it 300', async () => {
    const { choice } = await look('scores', '30s', { taint: 'PreferNoSchedule' });
    const taint = (node: string) =>
      choice.nodes.find((one) => one.node === node)?.scores?.by['TaintToleration']?.weighted;
    expect([taint('node-a1'), taint('node-c1')]).toEqual([300, 0]);
  });

  it('with Never nobody goes', async () => {
    const { choice, now } = await look('preempt', '45s', { preemptionPolicy: 'Never' });
    expect(choice).toMatchObject({ chosen: null, preemption: null });
    expect(now.pods.find(({ key }) => key === choice.pod)?.node).toBeNull();
  });

  it('how many nodes are enough', () => {
    expect(page).toContain('of 1,000 nodes 420, of 5,000 nodes 500');
    expect([99, 1000, 5000].map((n) => numFeasibleNodesToFind(n))).toEqual([99, 420, 500]);
  });
});

describe('the picture', { timeout: 60_000 }, () => {
  const cases = [318, 640, 900, 1080].flatMap((width) =>
    [
      ['berths', '40s'],
      ['berths', '1m40s'],
      ['scores', '30s'],
      ['preempt', '30.01s'],
    ].map(([figure = '', at = '']) => ({ width, figure, at })),
  );
  const drawn = async (width: number, figure: string, at: string) => {
    const { now, choice } = await look(figure, at);
    return gantryScene(now, { width, words: draw, gantry: gantry.draw, choice, pod: choice.pod, guess: undefined });
  };

  it.each(cases)('$figure at $at, $width px: inside its frame, no words over others, none below 12 px', async (of) => {
    const scene = await drawn(of.width, of.figure, of.at);
    for (const box of labelBoxes(scene.shapes)) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(scene.width + 1);
      expect(box.y + box.height).toBeLessThanOrEqual(scene.height);
    }
    const verdicts = labelBoxes(scene.shapes.filter(({ key = '' }) => /^(verdict|notes|zone)-/.test(key)));
    verdicts.forEach((a, i) =>
      verdicts.slice(i + 1).forEach((b) => {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y + 0.5 || b.y + b.height <= a.y + 0.5;
        expect(apart, JSON.stringify([a, b])).toBe(true);
      }),
    );
    const sizes = (shapes: readonly Shape[]): number[] =>
      shapes.flatMap((shape) =>
        shape.kind === 'text' ? [shape.size] : shape.kind === 'group' ? sizes(shape.children) : [],
      );
    expect(Math.min(...sizes(scene.shapes))).toBeGreaterThanOrEqual(12);
  });

  it('number plates stand on one line', async () => {
    const scene = await drawn(1080, 'scores', '30s');
    const tops = scene.shapes.flatMap((shape) =>
      shape.kind === 'group' && shape.class === 'verdict'
        ? shape.children.flatMap((child) => (child.key === 'plate' && child.kind === 'rect' ? [child.y] : []))
        : [],
    );
    expect(tops).toHaveLength(4);
    expect(new Set(tops).size).toBe(1);
  });
});
