// Keeps pods off cordoned nodes. Models pkg/scheduler/framework/plugins/nodeunschedulable (Kubernetes 1.32).
import type { Node } from '../../objects.ts';
import { type FilterPlugin, success, type Verdict } from '../framework.ts';
import { toleratesTaint } from './taint-toleration.ts';

const unschedulable: Verdict = {
  code: 'UnschedulableAndUnresolvable',
  reasons: ['node(s) were unschedulable'],
};

export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  local: true,
  prepareFilter({ pod }, nodes) {
    const taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' } as const;
    if ((pod.spec.tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint))) return { kind: 'skip' };
    return { kind: 'filter', filter: (slot) => (nodes.unschedulable[slot] === 0 ? success : unschedulable) };
  },
  hears: ['NodeAdd', 'NodeUpdate', 'PodUpdate'],
  hint(_pod, event) {
    const open = (node: Node) => !node.spec.unschedulable;
    if (event.kind === 'NodeAdd') return open(event.node);
    if (event.kind === 'NodeUpdate') return open(event.node) && !open(event.before);
    return event.kind === 'PodUpdate';
  },
};
