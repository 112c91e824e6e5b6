// What is remembered for pods of one shape leads to the same decisions as asking every node, whatever comes, goes and
// changes in between: the same node, the same total, the same draws.
import { describe, expect, test } from 'vitest';
import { Random, type Stream } from '../../engine/random.ts';
import type { Container, Node, Pod, PodSpec } from '../objects.ts';
import { defaultProfile } from './default-profile.ts';
import { NodeTable } from './node-table.ts';
import { podInfo } from './pod-info.ts';
import { type Attempt, nodeDecisions, schedulePod } from './schedule-pod.ts';
import { fullNode, fullPod } from './testing.ts';

const NODES = 240;

function pick<T>(chance: Stream, list: readonly T[]): T {
  return list[chance.int(list.length)] as T;
}

function someNode(chance: Stream, i: number): Node {
  const name = `n${String(i)}`;
  const amounts = { cpu: String(1 + chance.int(4)), memory: `${String(2 + chance.int(8))}Gi`, pods: '12' };
  const taints = chance.chance(1, 6)
    ? [{ key: 'k', effect: pick(chance, ['NoSchedule', 'PreferNoSchedule'] as const) }]
    : [];
  return fullNode({
    metadata: {
      ...fullNode({}).metadata,
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/zone': `z${String(i % 3)}`,
        disk: pick(chance, ['ssd', 'hdd']),
      },
    },
    spec: { taints, ...(chance.chance(1, 12) ? { unschedulable: true } : {}) },
    status: {
      capacity: amounts,
      allocatable: amounts,
      ...(chance.chance(1, 9) ? { images: [{ names: ['big:1'], sizeBytes: 400_000_000 }] } : {}),
    },
  });
}

function shape(chance: Stream, i: number): PodSpec {
  const container: Container = {
    name: 'c',
    image: i % 3 === 0 ? 'big:1' : 'small:1',
    imagePullPolicy: 'IfNotPresent',
    resources: { requests: { cpu: `${String(50 + chance.int(900))}m`, memory: `${String(64 + chance.int(900))}Mi` } },
    ...(i % 4 === 1 ? { ports: [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' as const }] } : {}),
  };
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: `a${String(i)}` } } };
  return {
    ...fullPod({}).spec,
    priority: i % 2 === 0 ? 0 : 10,
    containers: [container],
    ...(i % 3 === 1 ? { nodeSelector: { disk: 'ssd' } } : {}),
    ...(i % 3 === 2 ? { tolerations: [{ operator: 'Exists' as const }] } : {}),
    ...(i % 5 === 2
      ? { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }
      : {}),
    ...(i % 5 === 3
      ? {
          topologySpreadConstraints: [
            {
              topologyKey: 'topology.kubernetes.io/zone',
              maxSkew: 1,
              whenUnsatisfiable: pick(chance, ['DoNotSchedule', 'ScheduleAnyway'] as const),
              labelSelector: term.labelSelector,
            },
          ],
        }
      : {}),
  };
}

/** All that a decision says, but for the nodes that only full detail lists. */
function said({ diagnosis, ...attempt }: Attempt): unknown {
  return {
    ...attempt,
    verdicts: undefined,
    reasons: [...diagnosis.reasons],
    plugins: [...diagnosis.plugins],
    resolvable: diagnosis.resolvable,
  };
}

describe.each([1, 2, 3, 4, 5, 6])('seed %i', (seed) => {
  test('what is remembered decides as the plain scan does, and keeps the same scores', () => {
    const chance = new Random(seed).stream('test');
    const [plainTie, quickTie, fullTie] = Array.from({ length: 3 }, () => new Random(seed).stream('tie')) as [
      Stream,
      Stream,
      Stream,
    ];
    // Where every node is looked at, many attempts in a row find the same ones feasible.
    const profile = seed % 2 === 0 ? { ...defaultProfile, percentageOfNodesToScore: 100 } : defaultProfile;
    const kept: (readonly [Attempt, Attempt])[] = [];
    const nodes = new NodeTable();
    for (let i = 0; i < NODES; i++) nodes.setNode(someNode(chance, i));
    const shapes = Array.from({ length: 8 }, (_, i) => shape(chance, i));
    const placed: string[] = [];
    let start = 0;
    let bound = 0;
    for (let step = 0; step < 600; step++) {
      if (chance.chance(1, 10)) nodes.setNode(someNode(chance, chance.int(NODES)));
      if (chance.chance(1, 40)) nodes.removeNode(`n${String(chance.int(NODES))}`);
      if (chance.chance(1, 6) && placed.length > 0) {
        const [gone = ''] = placed.splice(chance.int(placed.length), 1);
        nodes.removePod(gone);
      }
      const i = chance.int(shapes.length);
      const name = `p${String(step)}`;
      const base = fullPod({});
      const pod: Pod = fullPod({
        metadata: { ...base.metadata, name, uid: name, labels: { app: `a${String(i)}` } },
        spec: shapes[i] as PodSpec,
      });
      if (chance.chance(1, 25))
        nodes.nominated.set(`default/g${String(step)}`, {
          ...pod,
          metadata: { ...pod.metadata, uid: `g${String(step)}` },
          status: { ...pod.status, nominatedNodeName: `n${String(chance.int(NODES))}` },
        });
      const info = podInfo(pod);
      // Nothing is remembered of a profile that is seen for the first time.
      const plain = schedulePod(info, nodes, { ...profile }, start, plainTie, 'full');
      const quick = schedulePod(info, nodes, profile, start, quickTie, 'summary');
      const full = schedulePod(info, nodes, profile, start, fullTie, 'full');
      if (step % 5 === 0) kept.push([plain, full]);
      expect(said(quick)).toEqual(said(plain));
      expect(said(full)).toEqual(said(plain));
      const draws = [plainTie, quickTie, fullTie].map((tie) => tie.int(1_000_000));
      expect(draws).toEqual([draws[0], draws[0], draws[0]]);
      start = plain.nextStart;
      if (plain.chosen === undefined) continue;
      const key = `default/${name}`;
      nodes.setPod(key, { ...pod, spec: { ...pod.spec, nodeName: plain.chosen } });
      placed.push(key);
      bound++;
    }
    expect(bound).toBeGreaterThan(100);
    // Read at the end, when much has been added to what the attempts share.
    for (const [plain, full] of kept) expect(nodeDecisions(full.verdicts)).toEqual(nodeDecisions(plain.verdicts));
  });
});
