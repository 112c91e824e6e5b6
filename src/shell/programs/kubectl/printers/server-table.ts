// The table of `kubectl get`: the server's columns and cells, hidden or decorated by flags
// (cli-runtime/pkg/printers/tableprinter.go, 1.32).

import type { Resource } from '../client.ts';
import type { Context } from '../context.ts';
import { isObject, type Json, type JsonObject, listAt, mapAt, namespaceOf, numberAt, textAt } from '../object.ts';
import { goNumber } from './yaml.ts';
import { TabWriter } from './table.ts';
import { labelsText } from '../text.ts';

export interface TableOptions {
  readonly showKind: boolean;
  readonly withNamespace: boolean;
  readonly withEvent?: boolean;
}

export class ServerTable {
  readonly #context: Context;
  readonly #resource: Resource;
  readonly #options: TableOptions;
  readonly #writer = new TabWriter();
  #columns: readonly Json[] = [];
  #hasHeader = false;
  #rows = 0;

  constructor(context: Context, resource: Resource, options: TableOptions) {
    this.#context = context;
    this.#resource = resource;
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#rows === 0;
  }

  add(table: JsonObject, event = ''): void {
    const columns = listAt(table, 'columnDefinitions');
    if (columns.length > 0) this.#columns = columns;
    const { flags } = this.#context;
    const rows = listAt(table, 'rows').filter(isObject);
    if (rows.length === 0) return;
    const wide = flags.text('output').toLowerCase() === 'wide';
    const shown = this.#columns
      .map((column, index) => ({ column, index }))
      .filter(({ column }) => wide || numberAt(column, 'priority') === 0);
    const labelColumns = flags.list('label-columns');
    const showLabels = flags.bool('show-labels');
    const { withNamespace, withEvent, showKind } = this.#options;
    if (!this.#hasHeader && !flags.bool('no-headers')) {
      this.#writer.row([
        ...(withEvent ? ['EVENT'] : []),
        ...(withNamespace ? ['NAMESPACE'] : []),
        ...shown.map(({ column }) => textAt(column, 'name').toUpperCase()),
        ...labelColumns.map((label) => (label.split('/').at(-1) ?? '').toUpperCase()),
        ...(showLabels ? ['LABELS'] : []),
      ]);
    }
    this.#hasHeader = true;
    const { kind, group } = this.#resource;
    const prefix = showKind ? `${kind.toLowerCase()}${group && `.${group}`}/` : '';
    for (const row of rows) {
      this.#rows++;
      const cells = listAt(row, 'cells');
      const object = isObject(row['object']) ? row['object'] : {};
      const labels = mapAt(object, 'metadata', 'labels');
      this.#writer.row([
        ...(withEvent ? [event.padEnd('MODIFIED'.length)] : []),
        ...(withNamespace ? [namespaceOf(object)] : []),
        ...shown.map(({ index }) => (index === 0 ? prefix : '') + cell(cells[index])),
        ...labelColumns.map((label) => (Object.hasOwn(labels, label) ? (labels[label] ?? '') : '')),
        ...(showLabels ? [labelsText(labels)] : []),
      ]);
    }
  }

  flush(): string {
    return this.#writer.flush();
  }
}

function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return '<nil>';
  const text = typeof value === 'number' ? goNumber(value) : typeof value === 'string' ? value : String(value);
  const cut = text.search(/[\f\n\r]/);
  return cut < 0 ? text : `${text.slice(0, cut)}...`;
}
