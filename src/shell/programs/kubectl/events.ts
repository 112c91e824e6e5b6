// `kubectl events` (kubectl/pkg/cmd/events, 1.32): like `get events`, but in the order of time, and formatted by the
// client.

import { parseTime } from '../../../sim/engine/time.ts';
import { apiVersion, type Resource } from './client.ts';
import type { Context } from './context.ts';
import { interval, escaped } from './describe/text.ts';
import { KubectlError } from './errors.ts';
import { goSort } from './go-sort.ts';
import { isObject, type JsonObject, listAt, namespaceOf, textAt } from './object.ts';
import { printerFor } from './printers/index.ts';
import { TabWriter } from './printers/table.ts';

export async function run(context: Context): Promise<undefined> {
  const { flags, client } = context;
  const all = flags.bool('all-namespaces');
  const own = await context.namespace();
  const namespace = all ? '' : own;
  const fieldSelector = await about(context, flags.text('for'));
  const printer = printerFor(context, { typed: true });
  const types = flags.list('types').map((type) => type.toLowerCase());
  if (types.some((type) => type !== 'normal' && type !== 'warning')) {
    throw new KubectlError('valid --types are Normal or Warning');
  }
  const wanted = (event: JsonObject) => types.length === 0 || types.includes(textAt(event, 'type').toLowerCase());
  const resource = await client.resource('events');
  const typed = (event: JsonObject): JsonObject => ({ kind: 'Event', apiVersion: 'v1', ...event });
  const table = new Table(context, all);
  const query = { fieldSelector, limit: 500 };

  if (flags.bool('watch')) {
    for await (const { type, object } of client.watch(resource, namespace, query)) {
      if (type === 'DELETED' || type === 'BOOKMARK' || !wanted(object)) continue;
      await context.out(printer ? printer.print(typed(object)) + printer.end() : table.print([object]));
    }
    return undefined;
  }
  const list = await client.list(resource, namespace, query);
  const events = listAt(list, 'items').filter(isObject).filter(wanted);
  if (events.length === 0) {
    await context.err(`No events found${all ? '' : ` in ${own} namespace`}.\n`);
    return undefined;
  }
  const sorted = goSort(events, (a, b) => timeOf(a) < timeOf(b));
  // The real one asks its name printer for the names of a list, is refused, and does not listen.
  if (flags.text('output') === 'name') return undefined;
  if (printer) {
    const whole = { kind: 'EventList', apiVersion: 'v1', metadata: {}, items: sorted.map(typed) };
    await context.out(printer.print(whole) + printer.end());
  } else await context.out(table.print(sorted));
  return undefined;
}

/** The field selector for `--for TYPE/NAME`. */
async function about({ client }: Context, what: string): Promise<string> {
  if (what === '') return '';
  const [type = '', name, more] = what.split('/');
  if (name === undefined) throw new KubectlError('--for must be in resource/name form');
  if (more !== undefined) throw new KubectlError('arguments in resource/name form may not have more than one slash');
  const resource: Resource = await client.mapped(type);
  return [
    `involvedObject.apiVersion=${apiVersion(resource)}`,
    `involvedObject.kind=${resource.kind}`,
    `involvedObject.name=${name}`,
  ].join(',');
}

function timeOf(event: JsonObject): number {
  const text =
    textAt(event, 'series', 'lastObservedTime') || textAt(event, 'lastTimestamp') || textAt(event, 'eventTime');
  return parseTime(text) ?? 0;
}

/** Remembers the widths of its columns while events keep coming. */
class Table {
  readonly #context: Context;
  readonly #withNamespace: boolean;
  readonly #writer = new TabWriter();
  #begun = false;

  constructor(context: Context, withNamespace: boolean) {
    this.#context = context;
    this.#withNamespace = withNamespace;
  }

  print(events: readonly JsonObject[]): string {
    const { flags, proc } = this.#context;
    const space = (text: string) => (this.#withNamespace ? [text] : []);
    if (!this.#begun && !flags.bool('no-headers')) {
      this.#writer.row([...space('NAMESPACE'), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']);
    }
    this.#begun = true;
    for (const event of events) {
      const object = `${textAt(event, 'involvedObject', 'kind')}/${textAt(event, 'involvedObject', 'name')}`;
      const cells = [textAt(event, 'type'), textAt(event, 'reason'), object, textAt(event, 'message').trim()];
      this.#writer.row([...space(namespaceOf(event)), interval(event, proc.host.now()), ...cells.map(escaped)]);
    }
    return this.#writer.flush();
  }
}
