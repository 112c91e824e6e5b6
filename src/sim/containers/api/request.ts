// Requests as handlers read them: the path without its version, the query, the filters, the body.
import { parseTime } from '../../engine/time.ts';
import type { ApiRequest } from '../../api/http.ts';
import { refuse } from '../engine/dockerd.ts';

interface Query {
  get(name: string): string;
  has(name: string): boolean;
  all(name: string): readonly string[];
  /** Go's `httputils.BoolValue`: anything but empty, 0, no, false and none. */
  flag(name: string): boolean;
}

export interface Asked {
  readonly request: ApiRequest;
  readonly method: ApiRequest['method'];
  /** `/containers/json`. */
  readonly path: string;
  readonly query: Query;
}

export function readRequest(request: ApiRequest): Asked {
  const [path = '', ...rest] = request.path.split('?');
  const pairs = rest
    .join('?')
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      return [decode(name), equals < 0 ? '' : decode(pair.slice(equals + 1))] as const;
    });
  const all = (name: string) => pairs.filter(([key]) => key === name).map(([, value]) => value);
  const get = (name: string) => all(name)[0] ?? '';
  return {
    request,
    method: request.method,
    path: path.replace(/^\/v\d+\.\d+(?=\/)/, '').replace(/(.)\/+$/, '$1'),
    query: {
      all,
      get,
      has: (name) => pairs.some(([key]) => key === name),
      flag: (name) => !['', '0', 'no', 'false', 'none'].includes(get(name).toLowerCase().trim()),
    },
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

export type Plain = Readonly<Record<string, unknown>>;

/** The body as an object; empty when there is none. */
export function bodyOf({ request }: Asked): Plain {
  const text = request.body ?? '';
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(400, 'invalid JSON: invalid character in the request body');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(400, 'invalid JSON: the request body is no object');
  return value as Plain;
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
export const labelsOf = (value: unknown): Readonly<Record<string, string>> | null =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, string>>) : null;

/** Values by the name of the filter. */
export interface Filters {
  get(name: string): readonly string[];
  has(name: string): boolean;
  /** `dangling=true`; undefined when it was not given. */
  bool(name: string): boolean | undefined;
}

/** `{"status":{"running":true}}`, or the older `{"status":["running"]}`. Unknown names are refused. */
export function filtersOf({ query }: Asked, known: readonly string[]): Filters {
  const found = new Map<string, readonly string[]>();
  const text = query.get('filters');
  if (text !== '') {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      refuse(400, 'invalid filter');
    }
    if (typeof value !== 'object' || value === null) refuse(400, 'invalid filter');
    for (const [name, values] of Object.entries(value as Plain)) {
      if (!known.includes(name)) refuse(400, `invalid filter '${name}'`);
      found.set(name, Array.isArray(values) ? textsOf(values) : Object.keys(values ?? {}));
    }
  }
  const get = (name: string) => found.get(name) ?? [];
  return {
    get,
    has: (name) => found.has(name),
    bool(name) {
      if (!found.has(name)) return undefined;
      const yes = get(name).some((one) => one === '1' || one.toLowerCase() === 'true');
      const no = get(name).some((one) => one === '0' || one.toLowerCase() === 'false');
      if (yes === no) refuse(400, `invalid filter '${name}=[${get(name).join(' ')}]'`);
      return yes;
    },
  };
}

/** `key` or `key=value`, all of them. */
export function matchesLabels(wanted: readonly string[], labels: Readonly<Record<string, string>>): boolean {
  return wanted.every((one) => {
    const equals = one.indexOf('=');
    if (equals < 0) return one in labels;
    return labels[one.slice(0, equals)] === one.slice(equals + 1);
  });
}

/** Unix seconds with a fraction, RFC 3339, or a Go duration before now; in Unix milliseconds. */
export function timeOf(text: string, nowMs: number, usual: number): number {
  if (text === '' || text === '0') return usual;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  const at = parseTime(text.includes('T') ? text : `${text}T00:00:00Z`) ?? parseTime(`${text}Z`);
  if (at !== undefined) return at;
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let ms = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    ms += Number(count) * (units[unit] ?? 0);
  return nowMs - ms;
}
