// The row of a node. Models printNode of pkg/printers/internalversion/printers.go (1.32).
import type { Node } from '../../objects.ts';
import { age, ageColumn, column, nameColumn, orNone, textOr, wide, type Printer } from './table.ts';

const ADDRESSES =
  "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).";

export const nodes: Printer<Node> = {
  columns: [
    nameColumn,
    column('Status', 'The status of the node'),
    column('Roles', 'The roles of the node'),
    ageColumn,
    column('Version', 'Kubelet Version reported by the node.'),
    wide('Internal-IP', ADDRESSES),
    wide('External-IP', ADDRESSES),
    wide('OS-Image', 'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).'),
    wide('Kernel-Version', "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64)."),
    wide(
      'Container-Runtime',
      'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
    ),
  ],
  row: (node, nowUnixMs) => {
    const { nodeInfo } = node.status;
    return {
      cells: [
        node.metadata.name,
        nodeStatus(node),
        orNone(roles(node).join(',')),
        age(node, nowUnixMs),
        nodeInfo?.['kubeletVersion'] ?? '',
        address(node, 'InternalIP'),
        address(node, 'ExternalIP'),
        textOr(nodeInfo?.['osImage'], '<unknown>'),
        textOr(nodeInfo?.['kernelVersion'], '<unknown>'),
        textOr(nodeInfo?.['containerRuntimeVersion'], '<unknown>'),
      ],
    };
  },
};

function nodeStatus({ spec, status }: Node): string {
  const ready = status.conditions?.findLast((c) => c.type === 'Ready');
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec.unschedulable ? `${word},SchedulingDisabled` : word;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function roles({ metadata }: Node): readonly string[] {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) found.add(key.slice(ROLE_PREFIX.length));
    else if (key === 'kubernetes.io/role') found.add(value);
  }
  found.delete('');
  return [...found].sort();
}

function address({ status }: Node, type: string): string {
  return status.addresses?.find((a) => a.type === type)?.address ?? '<none>';
}
