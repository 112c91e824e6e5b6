// The counts that are kept up to date say the same as a plain scan of all pods, whatever comes, goes and changes.
import { describe, expect, test } from 'vitest';
import { Random, type Stream } from '../../engine/random.ts';
import type { Labels, LabelSelector, Node, Pod, PodAffinityTerm, TopologySpreadConstraint } from '../objects.ts';
import { matchesLabelSelector } from '../selector.ts';
import type { FilterPlugin } from './framework.ts';
import { NodeTable } from './node-table.ts';
import { podInfo } from './pod-info.ts';
import { interPodAffinity } from './plugins/inter-pod-affinity.ts';
import { podTopologySpread } from './plugins/pod-topology-spread.ts';
import { fullNode, fullPod } from './testing.ts';

const KEYS = ['zone', 'rack', 'kubernetes.io/hostname'] as const;
const NAMESPACES: readonly (readonly [string, Labels])[] = [
  ['one', { team: 'a' }],
  ['two', { team: 'b' }],
  ['three', {}],
];

interface World {
  readonly nodes: Map<string, Node>;
  readonly pods: Map<string, Pod>;
}

function pick<T>(chance: Stream, list: readonly T[]): T {
  return list[chance.int(list.length)] as T;
}

function someLabels(chance: Stream): Labels {
  return { app: `a${String(chance.int(3))}`, ...(chance.chance(1, 2) ? { tier: pick(chance, ['x', 'y']) } : {}) };
}

function someSelector(chance: Stream): LabelSelector {
  if (chance.chance(1, 6)) return {};
  if (chance.chance(1, 3))
    return { matchExpressions: [{ key: 'tier', operator: pick(chance, ['Exists', 'DoesNotExist']) }] };
  return { matchLabels: { app: `a${String(chance.int(3))}` } };
}

function someTerm(chance: Stream): PodAffinityTerm {
  return {
    topologyKey: pick(chance, KEYS),
    labelSelector: someSelector(chance),
    ...(chance.chance(1, 4) ? { namespaces: ['two'] } : {}),
    ...(chance.chance(1, 4) ? { namespaceSelector: pick(chance, [{}, { matchLabels: { team: 'a' } }]) } : {}),
    ...(chance.chance(1, 4) ? { matchLabelKeys: ['tier'] } : {}),
  };
}

function some<T>(chance: Stream, make: (chance: Stream) => T): readonly T[] {
  return Array.from({ length: chance.int(3) }, () => make(chance));
}

function someConstraint(chance: Stream): TopologySpreadConstraint {
  return {
    topologyKey: pick(chance, KEYS),
    maxSkew: 1 + chance.int(2),
    whenUnsatisfiable: chance.chance(1, 2) ? 'DoNotSchedule' : 'ScheduleAnyway',
    labelSelector: someSelector(chance),
    ...(chance.chance(1, 4) ? { minDomains: 1 + chance.int(4) } : {}),
    ...(chance.chance(1, 3) ? { nodeAffinityPolicy: 'Ignore' as const } : {}),
    ...(chance.chance(1, 3) ? { nodeTaintsPolicy: 'Honor' as const } : {}),
  };
}

function somePod(chance: Stream, name: string): Pod {
  const rules = () => ({
    requiredDuringSchedulingIgnoredDuringExecution: some(chance, someTerm),
    preferredDuringSchedulingIgnoredDuringExecution: some(chance, (c) => ({
      weight: 1 + c.int(9),
      podAffinityTerm: someTerm(c),
    })),
  });
  const { metadata, spec } = fullPod({});
  return fullPod({
    metadata: { ...metadata, name, namespace: pick(chance, NAMESPACES)[0], labels: someLabels(chance) },
    spec: {
      ...spec,
      ...(chance.chance(1, 2) ? { affinity: { podAffinity: rules(), podAntiAffinity: rules() } } : {}),
      ...(chance.chance(1, 3) ? { nodeSelector: { disk: 'ssd' } } : {}),
      topologySpreadConstraints: some(chance, someConstraint),
    },
  });
}

function someNode(chance: Stream, name: string): Node {
  const labels: Record<string, string> = { 'kubernetes.io/hostname': name };
  if (!chance.chance(1, 8)) labels['zone'] = `z${String(chance.int(3))}`;
  if (chance.chance(1, 2)) labels['rack'] = `r${String(chance.int(4))}`;
  if (chance.chance(1, 2)) labels['disk'] = 'ssd';
  const spec = chance.chance(1, 4) ? { taints: [{ key: 'k', effect: 'NoSchedule' as const }] } : {};
  return fullNode({ metadata: { ...fullNode({}).metadata, name, labels }, spec });
}

/** One random change, in the table and in the plain world. */
function change(chance: Stream, world: World, table: NodeTable, step: number): void {
  const nodeName = `n${String(chance.int(12))}`;
  switch (chance.int(8)) {
    case 0:
      world.nodes.delete(nodeName);
      table.removeNode(nodeName);
      break;
    case 1:
    case 2: {
      const node = someNode(chance, nodeName);
      world.nodes.set(nodeName, node);
      table.setNode(node);
      break;
    }
    case 3:
    case 4: {
      const key = pick(chance, [...world.pods.keys(), '']);
      world.pods.delete(key);
      table.removePod(key);
      break;
    }
    case 5: {
      const key = pick(chance, [...world.pods.keys(), '']);
      const before = world.pods.get(key);
      if (!before) break;
      const deleted = chance.chance(1, 2) ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
      const pod = { ...before, metadata: { ...before.metadata, labels: someLabels(chance), ...deleted } };
      world.pods.set(key, pod);
      table.setPod(key, pod);
      break;
    }
    default: {
      const pod = somePod(chance, `p${String(step)}`);
      const placed = { ...pod, spec: { ...pod.spec, nodeName } };
      const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
      world.pods.set(key, placed);
      table.setPod(key, placed);
    }
  }
}

const namespaceLabels = new Map(NAMESPACES);

function speaksOf(owner: Pod, term: PodAffinityTerm, other: Pod): boolean {
  const { namespace = '', labels } = other.metadata;
  const own = !term.namespaces && !term.namespaceSelector && namespace === owner.metadata.namespace;
  const selected =
    term.namespaceSelector !== undefined &&
    matchesLabelSelector(term.namespaceSelector, namespaceLabels.get(namespace));
  const keys = (term.matchLabelKeys ?? []).filter((key) => owner.metadata.labels?.[key] !== undefined);
  return (
    (own || selected || (term.namespaces ?? []).includes(namespace)) &&
    matchesLabelSelector(term.labelSelector, labels) &&
    keys.every((key) => labels?.[key] === owner.metadata.labels?.[key])
  );
}

const label = (node: Node | undefined, key: string) => node?.metadata.labels?.[key];

function affinityByScan(pod: Pod, node: Node, { nodes, pods }: World): string {
  const placed = [...pods.values()].map((p) => ({ pod: p, node: nodes.get(p.spec.nodeName ?? '') }));
  const required = (p: Pod, kind: 'podAffinity' | 'podAntiAffinity') =>
    p.spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const together = (key: string, other: Node | undefined) =>
    label(node, key) !== undefined && label(node, key) === label(other, key);
  const wanted = required(pod, 'podAffinity');
  const matched = placed.filter((p) => wanted.every((term) => speaksOf(pod, term, p.pod)));
  const hasKeys = wanted.every(({ topologyKey }) => label(node, topologyKey) !== undefined);
  const near = wanted.every(({ topologyKey }) => matched.some((p) => together(topologyKey, p.node)));
  const nobody = !matched.some((p) => wanted.some(({ topologyKey }) => label(p.node, topologyKey) !== undefined));
  const first = nobody && wanted.every((term) => speaksOf(pod, term, pod));
  if (wanted.length > 0 && !(hasKeys && (near || first))) return "node(s) didn't match pod affinity rules";
  if (
    required(pod, 'podAntiAffinity').some((term) =>
      placed.some((p) => speaksOf(pod, term, p.pod) && together(term.topologyKey, p.node)),
    )
  )
    return "node(s) didn't match pod anti-affinity rules";
  return placed.some((p) =>
    required(p.pod, 'podAntiAffinity').some((term) => speaksOf(p.pod, term, pod) && together(term.topologyKey, p.node)),
  )
    ? "node(s) didn't satisfy existing pods anti-affinity rules"
    : '';
}

function spreadByScan(pod: Pod, node: Node, { nodes, pods }: World): string {
  const constraints = (pod.spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === 'DoNotSchedule');
  const complete = [...nodes.values()].filter((n) => constraints.every((c) => label(n, c.topologyKey) !== undefined));
  for (const c of constraints) {
    if (label(node, c.topologyKey) === undefined)
      return "node(s) didn't match pod topology spread constraints (missing required label)";
    const taking = complete.filter(
      (n) =>
        (c.nodeAffinityPolicy === 'Ignore' || !pod.spec.nodeSelector || label(n, 'disk') === 'ssd') &&
        (c.nodeTaintsPolicy !== 'Honor' || (n.spec.taints ?? []).length === 0),
    );
    const empty = Object.keys(c.labelSelector ?? {}).length === 0;
    const counts = new Map(taking.map((n) => [label(n, c.topologyKey), 0]));
    for (const p of pods.values()) {
      const at = taking.find((n) => n.metadata.name === p.spec.nodeName);
      if (!at || empty || p.metadata.deletionTimestamp !== undefined) continue;
      if (p.metadata.namespace !== pod.metadata.namespace || !matchesLabelSelector(c.labelSelector, p.metadata.labels))
        continue;
      counts.set(label(at, c.topologyKey), (counts.get(label(at, c.topologyKey)) ?? 0) + 1);
    }
    const least = counts.size < (c.minDomains ?? 1) ? 0 : Math.min(...counts.values());
    const self = matchesLabelSelector(c.labelSelector, pod.metadata.labels) ? 1 : 0;
    if ((counts.get(label(node, c.topologyKey)) ?? 0) + self - least > c.maxSkew)
      return "node(s) didn't match pod topology spread constraints";
  }
  return '';
}

function verdicts(plugin: FilterPlugin, pod: Pod, table: NodeTable): Record<string, string> {
  const prepared = plugin.prepareFilter(podInfo(pod), table);
  return Object.fromEntries(
    [...table.order()].map((slot) => [
      table.nameAt(slot),
      prepared.kind === 'filter' ? prepared.filter(slot).reasons.join() : '',
    ]),
  );
}

function scores(pod: Pod, table: NodeTable): Record<string, readonly number[]> {
  const order = table.order();
  const columns = [podTopologySpread, interPodAffinity].map((plugin) => {
    const prepared = plugin.prepareScore(
      podInfo(pod, [{ key: 'app', operator: 'In', values: ['a0'] }]),
      table,
      order,
      order.length,
    );
    const out = Float64Array.from(order, (slot) => prepared?.score(slot) ?? 0);
    prepared?.normalize?.(out, order.length);
    return out;
  });
  return Object.fromEntries([...order].map((slot, i) => [table.nameAt(slot), columns.map((c) => c[i] as number)]));
}

function emptyTable(): NodeTable {
  const table = new NodeTable();
  for (const [name, labels] of NAMESPACES) table.placements.setNamespace(name, labels);
  return table;
}

describe('kept counts', () => {
  test.each([1, 2, 3, 4, 5, 6])('agree with a plain scan and with a table built anew, seed %i', (seed) => {
    const chance = new Random(seed).stream('placements');
    const world: World = { nodes: new Map(), pods: new Map() };
    const table = emptyTable();
    let refused = 0;
    for (let step = 0; step < 400; step++) {
      change(chance, world, table, step);
      const pod = somePod(chance, 'new');
      const affinity = verdicts(interPodAffinity, pod, table);
      const spread = verdicts(podTopologySpread, pod, table);
      for (const [name, node] of world.nodes) {
        expect(affinity[name]).toBe(affinityByScan(pod, node, world));
        expect(spread[name]).toBe(spreadByScan(pod, node, world));
        if (affinity[name] !== '' || spread[name] !== '') refused++;
      }
      if (step % 20 > 0) continue;
      const anew = emptyTable();
      for (const node of world.nodes.values()) anew.setNode(node);
      for (const [key, placed] of world.pods) anew.setPod(key, placed);
      expect(scores(pod, table)).toEqual(scores(pod, anew));
    }
    expect(refused).toBeGreaterThan(100);
  });
});
