// A pod that names its node fits no other. Models pkg/scheduler/framework/plugins/nodename (Kubernetes 1.32). The
// scheduler never meets such a pod, because a pod with a node is bound already; the rule is here for completeness.
import { type FilterPlugin, success, type Verdict } from '../framework.ts';

const otherNode: Verdict = {
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match the requested node name"],
};

export const nodeName: FilterPlugin = {
  name: 'NodeName',
  local: true,
  prepareFilter({ pod }, nodes) {
    const wanted = pod.spec.nodeName ?? '';
    if (wanted === '') return { kind: 'skip' };
    return { kind: 'filter', filter: (slot) => (nodes.nameAt(slot) === wanted ? success : otherNode) };
  },
  hears: ['NodeAdd'],
  hint({ pod }, event) {
    return event.kind === 'NodeAdd' && event.node.metadata.name === pod.spec.nodeName;
  },
};
