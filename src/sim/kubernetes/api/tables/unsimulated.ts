// Rows of the kinds that are stored and that nothing acts on.
// Models printReplicationController, printRuntimeClass and printCertificateSigningRequest of
// pkg/printers/internalversion/printers.go (1.32).
import { humanDuration } from '../../duration.ts';
import type { CertificateSigningRequest, ReplicationController, RuntimeClass } from '../../kinds/unsimulated.ts';
import {
  age,
  ageColumn,
  column,
  containerCells,
  containerColumns,
  nameColumn,
  orNone,
  wide,
  type Printer,
} from './table.ts';

export const replicationControllers: Printer<ReplicationController> = {
  columns: [
    nameColumn,
    column(
      'Desired',
      'Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
      'integer',
    ),
    column(
      'Current',
      'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
      'integer',
    ),
    column('Ready', 'The number of ready replicas for this replication controller.', 'integer'),
    ageColumn,
    ...containerColumns,
    wide('Selector', 'Label keys and values that must match in order to be controlled by this replication controller.'),
  ],
  row: (controller, nowUnixMs) => {
    const { spec, status } = controller;
    const pairs = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
    return {
      cells: [
        controller.metadata.name,
        spec.replicas ?? 0,
        status.replicas ?? 0,
        status.readyReplicas ?? 0,
        age(controller, nowUnixMs),
        ...containerCells(spec.template?.spec.containers),
        pairs.length === 0 ? '<none>' : pairs.sort().join(','),
      ],
    };
  },
};

export const runtimeClasses: Printer<RuntimeClass> = {
  columns: [
    nameColumn,
    column('Handler', 'The runtime and configuration that containers of this class run with.'),
    ageColumn,
  ],
  row: (runtime, nowUnixMs) => ({ cells: [runtime.metadata.name, runtime.handler, age(runtime, nowUnixMs)] }),
};

export const signingRequests: Printer<CertificateSigningRequest> = {
  columns: [
    nameColumn,
    ageColumn,
    column('SignerName', 'Who should sign the certificate.'),
    column('Requestor', 'Who asked for the certificate.'),
    column('RequestedDuration', 'How long the certificate should be valid.'),
    column('Condition', 'How far the request has come.'),
  ],
  row: (request, nowUnixMs) => {
    const { metadata, spec } = request;
    const { expirationSeconds } = spec;
    return {
      cells: [
        metadata.name,
        age(request, nowUnixMs),
        orNone(spec.signerName),
        spec.username ?? '',
        expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000),
        conditionOf(request),
      ],
    };
  },
};

function conditionOf({ status = {} }: CertificateSigningRequest): string {
  const has = (type: string) => status.conditions?.some((one) => one.type === type) ?? false;
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return [verdict, ...(has('Failed') ? ['Failed'] : []), ...((status.certificate ?? '') === '' ? [] : ['Issued'])].join(
    ',',
  );
}
