// Lesson 4.2: spread over zones, as a rule and not as a wish.
import type { Exercise } from '../../hosts/exercise.ts';
import type { World } from '../../sim/index.ts';
import type { TopologySpreadConstraint } from '../../sim/kubernetes/objects.ts';
import { ZONE } from '../scenarios/fleet.ts';
import { podsOf } from './checks.ts';
import { isRunning, nodeOf, placing, runs, templateOf } from './4-2-checks.ts';

export const exercise: Exercise = {
  id: '4-2/zones',
  scenario: 'one-zone',
  seed: 7,
  startMs: 40_000,
  files: {},
  steps: [
    {
      id: 'spread',
      title: 'Spread over zones',
      task: 'All six pods of `storefront` stand in zone a: if it goes dark, so does the shop. Write a rule into the template that keeps the zones within one pod of each other, and that no preference can outweigh.',
      goals: [
        { say: 'six pods of storefront run', check: ({ world }) => runs(world, 'storefront', 6) },
        {
          say: 'no zone has more than one pod more than another',
          check: ({ world }) => {
            const zones = zonesOf(world);
            const counts = [...zones.values()];
            return {
              met: Math.max(...counts) - Math.min(...counts) <= 1,
              observed: [...zones].map(([zone, n]) => `${zone} ${String(n)}`).join(', '),
              wanted: 'a difference of at most 1',
            };
          },
        },
        {
          say: 'a rule of the template keeps it so',
          check: ({ world }) => {
            const rules = templateOf(world, 'storefront')?.spec.topologySpreadConstraints ?? [];
            const labels = templateOf(world, 'storefront')?.metadata.labels ?? {};
            const lacks = rules.map((rule) => lackOf(rule, labels));
            return {
              met: lacks.includes(''),
              observed: lacks.includes('') ? 'it does' : (lacks[0] ?? 'the template has no topologySpreadConstraints'),
              wanted: 'a topologySpreadConstraint over the zones with maxSkew 1 that turns nodes down',
            };
          },
        },
      ],
      hints: [
        '`kubectl get nodes -L topology.kubernetes.io/zone` and `kubectl get pods -o wide`: who stands where, and what in the template prefers zone a?',
        '`topologySpreadConstraints` in the pod’s spec has `topologyKey`, `maxSkew`, `whenUnsatisfiable` and a `labelSelector` that says who is counted. One value of `whenUnsatisfiable` only lowers a score, the other filters.',
        `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"topologySpreadConstraints":[{"topologyKey":"…","maxSkew":1,"whenUnsatisfiable":"…","labelSelector":{"matchLabels":{"app":"storefront"}}}]}}}}'`,
      ],
      why: 'DoNotSchedule is a filter: a node whose zone would get too far ahead is turned down before any score is given. The preference for zone a still scores, but only among the nodes that are left.',
      evidence: ({ world }) => placing(world, 'storefront'),
      picture: 'Two boxes of storefront in each zone.',
      drawn: (world) => podsOf(world, 'storefront').filter(isRunning).length === 6,
      solution: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"topologySpreadConstraints":[{"topologyKey":"${ZONE}","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"storefront"}}}]}}}}'
kubectl rollout status deployment/storefront
`,
      nearMisses: [
        {
          why: 'ScheduleAnyway is a wish, and the preference for zone a weighs more',
          script: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"topologySpreadConstraints":[{"topologyKey":"${ZONE}","maxSkew":1,"whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app":"storefront"}}}]}}}}'; sleep 40`,
        },
        {
          why: 'the selector counts nobody',
          script: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"topologySpreadConstraints":[{"topologyKey":"${ZONE}","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"shop"}}}]}}}}'; sleep 40`,
        },
        {
          why: 'spread over machines, zone a and zone b get twice as much as zone c',
          script: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"topologySpreadConstraints":[{"topologyKey":"kubernetes.io/hostname","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"storefront"}}}]}}}}'; sleep 40`,
        },
      ],
      otherWays: [
        {
          why: 'the preference goes as well, and the selector is an expression',
          script: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"affinity":null,"topologySpreadConstraints":[{"topologyKey":"${ZONE}","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchExpressions":[{"key":"app","operator":"In","values":["storefront"]}]}}]}}}}'; sleep 40`,
        },
        {
          why: 'two rules, over zones and over machines',
          script: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"topologySpreadConstraints":[{"topologyKey":"${ZONE}","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"storefront"}}},{"topologyKey":"kubernetes.io/hostname","maxSkew":1,"whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app":"storefront"}}}]}}}}'; sleep 40`,
        },
      ],
    },
  ],
};

/** How many pods of storefront each zone has. */
function zonesOf(world: World): ReadonlyMap<string, number> {
  const zones = new Map<string, number>();
  for (const { metadata } of world.store.list('nodes')) zones.set(metadata.labels?.[ZONE] ?? '', 0);
  for (const pod of podsOf(world, 'storefront')) {
    const node = nodeOf(pod);
    const zone = node === undefined ? undefined : world.store.get('nodes', node)?.metadata.labels?.[ZONE];
    if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + 1);
  }
  return zones;
}

/** What keeps a constraint from being the rule that is wanted; empty when nothing does. */
function lackOf(rule: TopologySpreadConstraint, labels: Readonly<Record<string, string>>): string {
  if (rule.topologyKey !== ZONE) return `the rule spreads over ${rule.topologyKey}`;
  if (rule.whenUnsatisfiable !== 'DoNotSchedule') return `whenUnsatisfiable is ${rule.whenUnsatisfiable}: a wish`;
  if (rule.maxSkew > 1) return `maxSkew is ${String(rule.maxSkew)}`;
  const { matchLabels = {}, matchExpressions = [] } = rule.labelSelector ?? {};
  const counts =
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) =>
      operator === 'In'
        ? values.includes(labels[key] ?? '')
        : operator === 'NotIn'
          ? !values.includes(labels[key] ?? '')
          : key in labels === (operator === 'Exists'),
    );
  return rule.labelSelector !== undefined && counts ? '' : 'the labelSelector does not count the pods of storefront';
}
