// Two pods cannot have the same port of one node. Models pkg/scheduler/framework/plugins/nodeports and
// framework.HostPortInfo (Kubernetes 1.32). Ports of sidecars count too, as in later patches of the real one.
import { type FilterPlugin, success, type Verdict } from '../framework.ts';
import { type HostPort, podAmounts } from '../pod-info.ts';

const taken: Verdict = {
  code: 'Unschedulable',
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
};

export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  local: true,
  prepareFilter({ amounts: { hostPorts } }, nodes) {
    if (hostPorts.length === 0) return { kind: 'skip' };
    return {
      kind: 'filter',
      filter(slot) {
        const used = nodes.usedPorts[slot];
        return used && portsConflict(hostPorts, used) ? taken : success;
      },
    };
  },
  hears: ['NodeAdd', 'NodeUpdate', 'AssignedPodDelete'],
  hint({ amounts }, event) {
    if (event.kind === 'AssignedPodDelete') return portsConflict(amounts.hostPorts, podAmounts(event.pod).hostPorts);
    return event.kind === 'NodeAdd' || event.kind === 'NodeUpdate';
  },
};

/** 0.0.0.0 stands for every address of the node. */
function portsConflict(wanted: readonly HostPort[], used: readonly HostPort[]): boolean {
  return wanted.some((a) =>
    used.some(
      (b) =>
        a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0'),
    ),
  );
}
