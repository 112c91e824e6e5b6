import { expect, test } from 'vitest';
import { Random } from '../../engine/random.ts';
import { defaultProfile } from './default-profile.ts';
import { NodeTable } from './node-table.ts';
import { podInfo } from './pod-info.ts';
import { nodeDecisions, numFeasibleNodesToFind, schedulePod } from './schedule-pod.ts';
import { fullNode, fullPod } from './testing.ts';

const tie = () => new Random(1).stream('scheduler.tie');

function table(count: number, zones = 1): NodeTable {
  const amounts = { cpu: '4', memory: '8Gi', pods: '110' };
  const nodes = new NodeTable();
  for (let i = 0; i < count; i++)
    nodes.setNode(
      fullNode({
        metadata: {
          ...fullNode({}).metadata,
          name: `n${String(i)}`,
          labels: { 'topology.kubernetes.io/zone': `z${String(Math.trunc((i * zones) / count))}` },
        },
        status: { capacity: amounts, allocatable: amounts },
      }),
    );
  return nodes;
}

test.each([
  [0, 0],
  [99, 99],
  [100, 100],
  [125, 100],
  [250, 120],
  [1000, 420],
  [5000, 500],
  [6000, 300],
  [15_000, 750],
])('of %i nodes %i feasible ones are enough', (all, enough) => {
  expect(numFeasibleNodesToFind(all)).toBe(enough);
});

test('nodes are visited one of each zone in turn', () => {
  const nodes = table(7, 3);
  expect([...nodes.order()].map((slot) => nodes.nameAt(slot))).toEqual(['n0', 'n3', 'n5', 'n1', 'n4', 'n6', 'n2']);
});

test('the next search begins where this one ended', () => {
  const nodes = table(1000);
  const pod = podInfo(fullPod({}));
  const first = schedulePod(pod, nodes, defaultProfile, 0, tie(), 'full');
  expect([first.feasible, first.nextStart]).toEqual([420, 420]);
  const third = schedulePod(pod, nodes, defaultProfile, 840, tie(), 'full');
  expect(third.nextStart).toBe(260);
  expect(nodeDecisions(third.verdicts)[0]?.node).toBe('n840');
});

test('between equal nodes each is chosen about as often', () => {
  const nodes = table(4);
  const stream = tie();
  const chosen = new Map<string, number>();
  for (let i = 0; i < 4000; i++) {
    const attempt = schedulePod(podInfo(fullPod({})), nodes, defaultProfile, 0, stream, 'summary');
    expect(attempt.tied).toBe(4);
    chosen.set(attempt.chosen ?? '', (chosen.get(attempt.chosen ?? '') ?? 0) + 1);
  }
  expect([...chosen.keys()].sort()).toEqual(['n0', 'n1', 'n2', 'n3']);
  for (const count of chosen.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test('with one feasible node nothing is scored', () => {
  const attempt = schedulePod(podInfo(fullPod({})), table(1), defaultProfile, 0, tie(), 'full');
  expect(attempt).toMatchObject({ chosen: 'n0', chosenTotal: undefined });
  expect(nodeDecisions(attempt.verdicts)).toEqual([{ node: 'n0' }]);
});

test('pods on a node that is not there are counted once it comes', () => {
  const nodes = new NodeTable();
  const container = {
    name: 'c',
    image: 'i',
    imagePullPolicy: 'Always',
    resources: { requests: { cpu: '3' } },
  } as const;
  const spec = { ...fullPod({}).spec, containers: [container] };
  nodes.setPod('default/early', fullPod({ spec: { ...spec, nodeName: 'n0' } }));
  expect(nodes.size).toBe(0);
  nodes.setNode(table(1).nodeAt(0));
  const attempt = schedulePod(podInfo(fullPod({ spec })), nodes, defaultProfile, 0, tie(), 'full');
  expect([...attempt.diagnosis.reasons]).toEqual([['Insufficient cpu', 1]]);
  nodes.removePod('default/early');
  expect(nodes.requestedCpu[0]).toBe(0);
});
