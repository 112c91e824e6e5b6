// Turns the minimal objects of the upstream test tables into what the plugins take. For tests only.
import type { Namespace, Node, Pod } from '../objects.ts';
import type { ScorePlugin } from './framework.ts';
import { NodeTable } from './node-table.ts';
import { podInfo, type PodInfo } from './pod-info.ts';

export interface UpstreamCase {
  readonly id: number;
  readonly name: string;
  readonly pod?: Partial<Pod>;
  readonly pods?: readonly Partial<Pod>[];
  readonly nodes?: readonly Partial<Node>[];
  readonly namespaces?: readonly Pick<Namespace, 'metadata'>[];
  /** The nodes to score; all of them when left out. */
  readonly candidateNodes?: readonly string[];
  readonly args?: unknown;
}

export function upstreamTable(c: UpstreamCase): { readonly info: PodInfo; readonly table: NodeTable } {
  const table = new NodeTable();
  for (const { metadata } of c.namespaces ?? []) table.placements.setNamespace(metadata.name, metadata.labels ?? {});
  for (const node of c.nodes ?? []) table.setNode(fullNode(node));
  (c.pods ?? []).map(fullPod).forEach((pod, i) => {
    if (pod.spec.nodeName !== undefined) table.setPod(`${String(i)}/${pod.metadata.name}`, pod);
  });
  return { info: podInfo(fullPod(c.pod ?? {})), table };
}

/** Scores of the nodes to score after normalization; zero where the plugin has nothing to score. */
export function scoresOf(plugin: ScorePlugin, c: UpstreamCase): Record<string, number> {
  const { info, table } = upstreamTable(c);
  const order = c.candidateNodes
    ? Int32Array.from(c.candidateNodes, (name) => table.slotOf(name) ?? -1)
    : table.order();
  const prepared = plugin.prepareScore(info, table, order, order.length);
  const scores = new Float64Array(order.length);
  if (prepared) {
    order.forEach((slot, i) => {
      scores[i] = prepared.score(slot);
    });
    prepared.normalize?.(scores, order.length);
  }
  return Object.fromEntries([...order].map((slot, i) => [table.nameAt(slot), scores[i] as number]));
}

export function fullPod(pod: Partial<Pod>): Pod {
  const metadata = { namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '', ...pod.metadata };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', ...metadata },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      ...pod.spec,
      containers: pod.spec?.containers ?? [],
    },
    status: { phase: 'Pending', ...pod.status },
  };
}

export function fullNode(node: Partial<Node>): Node {
  const metadata = { uid: '', resourceVersion: '', creationTimestamp: '', ...node.metadata };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node1', ...metadata },
    spec: { ...node.spec },
    status: { ...node.status, capacity: node.status?.capacity ?? {}, allocatable: node.status?.allocatable ?? {} },
  };
}
