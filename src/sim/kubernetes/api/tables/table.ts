// What every printer shares: the shape of a table, and the columns and cells that occur in several.
// Models metav1.Table and the common parts of pkg/printers/internalversion/printers.go (1.32). The descriptions are
// those that travel with the columns; no client shows them, but whoever reads the wire finds them there.
import type { AnyObject, Container } from '../../objects.ts';
import { ageSince } from '../../duration.ts';

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  /** `name` marks the column that says which object a row is. */
  readonly format: '' | 'name';
  readonly description: string;
  /** Columns above 0 are shown by `-o wide` only. Their cells are always sent. */
  readonly priority: 0 | 1;
}

export type Cell = string | number | boolean;

export interface Row {
  readonly cells: readonly Cell[];
  /** Pods that have finished say so. */
  readonly conditions?: readonly {
    readonly type: 'Completed';
    readonly status: 'True';
    readonly reason: string;
    readonly message: string;
  }[];
}

export interface Printer<T extends AnyObject> {
  readonly columns: readonly Column[];
  readonly row: (object: T, nowUnixMs: number) => Row;
}

export function column(name: string, description: string, type: Column['type'] = 'string'): Column {
  return { name, type, format: '', description, priority: 0 };
}

export function wide(name: string, description: string, type: Column['type'] = 'string'): Column {
  return { ...column(name, description, type), priority: 1 };
}

export const nameColumn: Column = {
  ...column(
    'Name',
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  ),
  format: 'name',
};

export const ageColumn = column(
  'Age',
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
);

export const containerColumns: readonly Column[] = [
  wide('Containers', 'Names of each container in the template.'),
  wide('Images', 'Images referenced by each container in the template.'),
];

export function age({ metadata }: AnyObject, nowUnixMs: number): string {
  return ageSince(metadata.creationTimestamp, nowUnixMs);
}

/** Names and images, each joined by commas. */
export function containerCells(containers: readonly Container[] = []): readonly [string, string] {
  return [containers.map((c) => c.name).join(','), containers.map((c) => c.image).join(',')];
}

/** In Go an absent text and an empty one are the same. */
export function textOr(text: string | undefined, otherwise: string): string {
  return text === undefined || text === '' ? otherwise : text;
}

/** `True`, `False`, or `<unset>`, as a pointer to a boolean prints. */
export function yesNo(value: boolean | undefined): string {
  return value === undefined ? '<unset>' : value ? 'True' : 'False';
}

export function orNone(text: string | undefined): string {
  return textOr(text, '<none>');
}
