// Rows of deployments and replica sets.
// Models printDeployment and printReplicaSet of pkg/printers/internalversion/printers.go (1.32).
import type { Deployment, ReplicaSet } from '../../objects.ts';
import { formatLabelSelector } from '../../selector.ts';
import { age, ageColumn, column, containerCells, containerColumns, nameColumn, wide, type Printer } from './table.ts';

export const deployments: Printer<Deployment> = {
  columns: [
    nameColumn,
    column('Ready', 'Number of the pod with ready state'),
    column(
      'Up-to-date',
      'Total number of non-terminated pods targeted by this deployment that have the desired template spec.',
    ),
    column(
      'Available',
      'Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.',
    ),
    ageColumn,
    ...containerColumns,
    wide(
      'Selector',
      "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.",
    ),
  ],
  row: (deployment, nowUnixMs) => {
    const { spec, status } = deployment;
    return {
      cells: [
        deployment.metadata.name,
        `${String(status.readyReplicas ?? 0)}/${String(spec.replicas)}`,
        status.updatedReplicas ?? 0,
        status.availableReplicas ?? 0,
        age(deployment, nowUnixMs),
        ...containerCells(spec.template.spec.containers),
        deploymentSelector(deployment),
      ],
    };
  },
};

/** Unlike a replica set's, an empty or faulty selector leaves the cell empty. */
function deploymentSelector({ spec }: Deployment): string {
  const text = formatLabelSelector(spec.selector);
  return text === '<none>' || text === '<error>' ? '' : text;
}

export const replicaSets: Printer<ReplicaSet> = {
  columns: [
    nameColumn,
    column(
      'Desired',
      'Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a-replicationcontroller',
      'integer',
    ),
    column(
      'Current',
      'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a-replicationcontroller',
      'integer',
    ),
    column(
      'Ready',
      'readyReplicas is the number of pods targeted by this ReplicaSet with a Ready Condition.',
      'integer',
    ),
    ageColumn,
    ...containerColumns,
    wide(
      'Selector',
      "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
  ],
  row: (replicaSet, nowUnixMs) => {
    const { spec, status } = replicaSet;
    return {
      cells: [
        replicaSet.metadata.name,
        spec.replicas,
        status.replicas,
        status.readyReplicas ?? 0,
        age(replicaSet, nowUnixMs),
        ...containerCells(spec.template.spec.containers),
        formatLabelSelector(spec.selector),
      ],
    };
  },
};
