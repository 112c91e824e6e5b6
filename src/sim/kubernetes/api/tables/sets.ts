// Rows of daemon sets, stateful sets and their revisions. Models printDaemonSet, printStatefulSet and
// printControllerRevision of pkg/printers/internalversion/printers.go (1.32).
import type { ControllerRevision, DaemonSet, StatefulSet } from '../../kinds/workloads.ts';
import { formatLabels, formatLabelSelector } from '../../selector.ts';
import { age, ageColumn, column, containerCells, containerColumns, nameColumn, wide, type Printer } from './table.ts';

export const daemonSets: Printer<DaemonSet> = {
  columns: [
    nameColumn,
    column('Desired', '', 'integer'),
    column('Current', '', 'integer'),
    column('Ready', '', 'integer'),
    column('Up-to-date', '', 'integer'),
    column('Available', '', 'integer'),
    column('Node Selector', ''),
    ageColumn,
    ...containerColumns,
    wide('Selector', ''),
  ],
  row: (daemonSet, nowUnixMs) => {
    const { spec, status } = daemonSet;
    return {
      cells: [
        daemonSet.metadata.name,
        status.desiredNumberScheduled,
        status.currentNumberScheduled,
        status.numberReady,
        status.updatedNumberScheduled ?? 0,
        status.numberAvailable ?? 0,
        formatLabels(spec.template.spec.nodeSelector),
        age(daemonSet, nowUnixMs),
        ...containerCells(spec.template.spec.containers),
        formatLabelSelector(spec.selector),
      ],
    };
  },
};

export const statefulSets: Printer<StatefulSet> = {
  columns: [nameColumn, column('Ready', 'Number of the pod with ready state'), ageColumn, ...containerColumns],
  row: (statefulSet, nowUnixMs) => {
    const { spec, status } = statefulSet;
    return {
      cells: [
        statefulSet.metadata.name,
        `${String(status.readyReplicas ?? 0)}/${String(spec.replicas)}`,
        age(statefulSet, nowUnixMs),
        ...containerCells(spec.template.spec.containers),
      ],
    };
  },
};

export const controllerRevisions: Printer<ControllerRevision> = {
  columns: [
    nameColumn,
    column('Controller', 'Controller of the object'),
    column('Revision', 'Revision indicates the revision of the state represented by Data.'),
    ageColumn,
  ],
  row: (revision, nowUnixMs) => {
    const owner = revision.metadata.ownerReferences?.find((o) => o.controller === true);
    const slash = owner?.apiVersion.indexOf('/') ?? -1;
    const group = slash < 0 ? '' : `.${owner?.apiVersion.slice(0, slash) ?? ''}`;
    return {
      cells: [
        revision.metadata.name,
        owner ? `${owner.kind.toLowerCase()}${group}/${owner.name}` : '<none>',
        revision.revision,
        age(revision, nowUnixMs),
      ],
    };
  },
};
