// Small things that the lists of docker print alike (docker/cli 28.2, cli/command/formatter).

import { isList, isObject, type Json, numberAt, textAt } from './json.ts';

export const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);

/** Cut to `length` characters, the last of them an ellipsis. */
export function ellipsis(text: string, length: number): string {
  const signs = [...text];
  return signs.length <= length ? text : `${signs.slice(0, length - 1).join('')}…`;
}

/** strconv.Quote */
export function goQuote(text: string): string {
  return `"${text.replace(/["\\\n\t\r\x07\b\f\v]|[\0-\x1f\x7f]/g, (sign) => {
    const named: Readonly<Record<string, string>> = {
      '"': '\\"',
      '\\': '\\\\',
      '\n': '\\n',
      '\t': '\\t',
      '\r': '\\r',
      '\x07': '\\a',
      '\b': '\\b',
      '\f': '\\f',
      '\v': '\\v',
    };
    return named[sign] ?? `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`;
  })}"`;
}

/** `a=b,c=d` */
export function joinLabels(labels: Json | undefined): string {
  if (!isObject(labels)) return '';
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}=${textAt(labels, key)}`)
    .join(',');
}

const joinHostPort = (ip: string, port: string): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);

/** `0.0.0.0:8080->80/tcp, 443/tcp`: neighbouring ports as ranges. */
export function displayablePorts(ports: Json | undefined): string {
  if (!isList(ports)) return '';
  const all = ports
    .map((port) => ({
      ip: textAt(port, 'IP'),
      inner: numberAt(port, 'PrivatePort'),
      outer: numberAt(port, 'PublicPort'),
      type: textAt(port, 'Type'),
    }))
    .sort((a, b) => a.inner - b.inner || compare(a.ip, b.ip) || a.outer - b.outer || compare(a.type, b.type));
  const groups = new Map<string, { first: number; last: number }>();
  const result: string[] = [];
  const mapped: string[] = [];
  const group = (key: string, first: number, last: number): string => {
    const slash = key.lastIndexOf('/');
    const [ip, type] = [slash < 0 ? '' : key.slice(0, slash), key.slice(slash + 1)];
    const range = first === last ? String(first) : `${String(first)}-${String(last)}`;
    return `${ip === '' ? range : `${joinHostPort(ip, range)}->${range}`}/${type}`;
  };
  for (const { ip, inner, outer, type } of all) {
    if (ip !== '' && outer !== inner) {
      mapped.push(`${joinHostPort(ip, String(outer))}->${String(inner)}/${type}`);
      continue;
    }
    const key = ip === '' ? type : `${ip}/${type}`;
    const known = groups.get(key);
    if (known && inner === known.last + 1) known.last = inner;
    else {
      if (known) result.push(group(key, known.first, known.last));
      if (known) Object.assign(known, { first: inner, last: inner });
      else groups.set(key, { first: inner, last: inner });
    }
  }
  for (const [key, { first, last }] of groups) result.push(group(key, first, last));
  return [...result, ...mapped].join(', ');
}

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Names in the order that people count: `a2` before `a10` (github.com/fvbommel/sortorder). */
export function naturally(a: string, b: string): number {
  const [partsA, partsB] = [a.match(/\d+|\D/g) ?? [], b.match(/\d+|\D/g) ?? []];
  for (let n = 0; n < partsA.length && n < partsB.length; n++) {
    const [x = '', y = ''] = [partsA[n], partsB[n]];
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y) && Number(x) !== Number(y)) return Number(x) - Number(y);
    return compare(x, y);
  }
  return partsA.length - partsB.length;
}
