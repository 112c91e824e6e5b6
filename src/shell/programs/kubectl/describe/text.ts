// The bricks of every description (kubectl/pkg/describe/describe.go, 1.32): lines with a tab after their title, which
// `tabbed` lays out at the end; labels, annotations, times, events.

import { ageSince } from '../../../../sim/kubernetes/duration.ts';
import { parseTime } from '../../../../sim/engine/time.ts';
import { goSort } from '../go-sort.ts';
import { type Json, type JsonObject, listAt, numberAt, sortedKeys, textAt } from '../object.ts';
import { TabWriter } from '../printers/table.ts';

/** Columns two spaces apart, of any width. */
export function tabbed(text: string): string {
  const writer = new TabWriter({ minWidth: 0, padding: 2, remember: false });
  writer.write(text);
  return writer.flush();
}

export function field(title: string, value: string | number | boolean, level = 0): string {
  return `${'  '.repeat(level)}${title}:\t${escaped(String(value))}\n`;
}

/** A terminal must not obey what stands in an object. */
export function escaped(text: string): string {
  return text.replaceAll('\x1b', '^[').replaceAll('\r', '\\r');
}

export function labels(title: string, map: Readonly<Record<string, string>>): string {
  return several(
    title,
    sortedKeys(map).map((key) => `${key}=${map[key] ?? ''}`),
  );
}

/** The first value beside the title, the others below it. */
export function several(title: string, values: readonly string[]): string {
  return `${title}:\t${values.length === 0 ? '<none>' : escaped(values.join('\n\t'))}\n`;
}

const LONGEST = 140;

export function annotations(title: string, map: Readonly<Record<string, string>>): string {
  const keys = sortedKeys(map).filter((key) => key !== 'kubectl.kubernetes.io/last-applied-configuration');
  const values = keys.map((key) => {
    const value = (map[key] ?? '').replace(/\n$/, '');
    if (value.length + key.length + 2 <= LONGEST && !value.includes('\n')) return `${key}: ${value}`;
    return [`${key}:`, ...value.split('\n').map((line) => `\t  ${shortened(line)}`)].join('\n');
  });
  return several(title, values);
}

function shortened(text: string): string {
  return text.length > LONGEST - 2 ? `${text.slice(0, LONGEST - 2)}...` : text;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Tue, 24 Nov 2026 09:00:00 +0000`: RFC 1123 with a numeric zone, which is always UTC here. */
export function longTime(timestamp: string): string {
  const ms = parseTime(timestamp);
  if (ms === undefined) return 'Mon, 01 Jan 0001 00:00:00 +0000';
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${days[date.getUTCDay()] ?? ''}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()] ?? ''}`;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${day} ${date.getUTCFullYear()} ${time} +0000`;
}

/** `Deployment/web`, or empty. */
export function controllerText(owner: Json | undefined): string {
  return owner === undefined ? '' : `${textAt(owner, 'kind')}/${textAt(owner, 'name')}`;
}

export function conditions(object: JsonObject): string {
  const all = listAt(object, 'status', 'conditions');
  if (all.length === 0) return '';
  const rows = all.map((one) => `  ${textAt(one, 'type')} \t${textAt(one, 'status')}\t${textAt(one, 'reason')}\n`);
  return `Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n${rows.join('')}`;
}

/** @param nowMs Unix time */
export function events(all: readonly JsonObject[], nowMs: number): string {
  if (all.length === 0) return 'Events:\t<none>\n';
  const rows = goSort(all, isEarlier).map((event) => {
    const source = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
    const cells = [textAt(event, 'type'), textAt(event, 'reason'), interval(event, nowMs), source];
    return `  ${[...cells, textAt(event, 'message').trim()].map(escaped).join('\t')}\n`;
  });
  return `Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n${rows.join('')}`;
}

function isEarlier(a: JsonObject, b: JsonObject): boolean {
  return (parseTime(textAt(a, 'lastTimestamp')) ?? 0) < (parseTime(textAt(b, 'lastTimestamp')) ?? 0);
}

/** `5m`, or `12s (x4 over 2m)` for what happened again and again. */
export function interval(event: JsonObject, nowMs: number): string {
  const age = (timestamp: string) => ageSince(timestamp || null, nowMs);
  const first = age(textAt(event, 'eventTime') || textAt(event, 'firstTimestamp'));
  const series = numberAt(event, 'series', 'count');
  if (event['series'] !== undefined) {
    return `${age(textAt(event, 'series', 'lastObservedTime'))} (x${series} over ${first})`;
  }
  const count = numberAt(event, 'count');
  return count > 1 ? `${age(textAt(event, 'lastTimestamp'))} (x${count} over ${first})` : first;
}
