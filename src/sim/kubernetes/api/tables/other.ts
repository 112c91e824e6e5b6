// Rows of the kinds that have little to tell: namespaces, config maps, leases.
// Models printNamespace, printConfigMap and printLease of pkg/printers/internalversion/printers.go (1.32).
import type { ConfigMap, Lease, Namespace } from '../../objects.ts';
import { age, ageColumn, column, nameColumn, type Printer } from './table.ts';

export const namespaces: Printer<Namespace> = {
  columns: [nameColumn, column('Status', 'The status of the namespace'), ageColumn],
  row: (namespace, nowUnixMs) => ({
    cells: [namespace.metadata.name, namespace.status.phase, age(namespace, nowUnixMs)],
  }),
};

export const configMaps: Printer<ConfigMap> = {
  columns: [
    nameColumn,
    column(
      'Data',
      "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
    ),
    ageColumn,
  ],
  row: (configMap, nowUnixMs) => ({
    cells: [
      configMap.metadata.name,
      Object.keys(configMap.data ?? {}).length + Object.keys(configMap.binaryData ?? {}).length,
      age(configMap, nowUnixMs),
    ],
  }),
};

export const leases: Printer<Lease> = {
  columns: [
    nameColumn,
    column(
      'Holder',
      'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.',
    ),
    ageColumn,
  ],
  row: (lease, nowUnixMs) => ({
    cells: [lease.metadata.name, lease.spec.holderIdentity ?? '', age(lease, nowUnixMs)],
  }),
};
