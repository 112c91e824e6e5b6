// Reading a request: its path, its query, what it accepts. Models k8s.io/apiserver/pkg/endpoints/request (1.32).
import type { ApiRequest } from '../../api/http.ts';
import { type ResourceInfo, resourceInfo } from '../resources.ts';
import { type Served, servedAt } from './served.ts';

export type Query = ReadonlyMap<string, string>;

export interface ResourcePath {
  /** The resource as it stands in the store. */
  readonly info: ResourceInfo;
  /** The resource as this path shows it. */
  readonly served: Served;
  /** Undefined for cluster scope and for all namespaces. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

export function splitPath(path: string): { readonly segments: readonly string[]; readonly query: Query } {
  const mark = path.indexOf('?');
  const segments = (mark < 0 ? path : path.slice(0, mark))
    .split('/')
    .filter((s) => s !== '')
    .map(unescape);
  const query = new Map<string, string>();
  if (mark >= 0)
    for (const pair of path.slice(mark + 1).split('&')) {
      const equals = pair.indexOf('=');
      const key = unescape(equals < 0 ? pair : pair.slice(0, equals));
      if (key !== '' && !query.has(key)) query.set(key, equals < 0 ? '' : unescape(pair.slice(equals + 1)));
    }
  return { segments, query };
}

function unescape(text: string): string {
  if (!/^(?:[^%]|%[0-9A-Fa-f]{2})*$/.test(text)) return text;
  const plain = text.replaceAll('+', ' ');
  // Bytes above 0x7f must form UTF-8; a sequence that does not is left as it came.
  return /%[89A-Fa-f]/.test(plain) ? decodeUtf8(plain) : plain.replace(/%(..)/g, (_, hex: string) => byte(hex));
}

function byte(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function decodeUtf8(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = run
      .slice(1)
      .split('%')
      .map((hex) => Number.parseInt(hex, 16));
    let out = '';
    for (let i = 0; i < bytes.length;) {
      const first = bytes[i++] as number;
      const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
      let code = more === 0 ? first : first & (0x3f >> more);
      for (let n = 0; n < more; n++) code = (code << 6) | ((bytes[i++] ?? 0) & 0x3f);
      out += String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
    }
    return out;
  });
}

interface VirtualPath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** The parts of `/api/v1/…` or `/apis/<group>/<version>/…`, whatever is there. */
export function virtualPath(segments: readonly string[]): VirtualPath | undefined {
  const core = segments[0] === 'api';
  const group = core ? '' : (segments[1] ?? '');
  const version = segments[core ? 1 : 2] ?? '';
  let rest = segments.slice(core ? 2 : 3);
  let namespace: string | undefined;
  if (rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize') {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [resource, name, ...sub] = rest;
  if (resource === undefined) return undefined;
  return { group, version, resource, namespace, name, subresource: sub.length > 0 ? sub.join('/') : undefined };
}

/** The resource that a path names, or undefined when none is stored and served there. */
export function resourcePath(segments: readonly string[]): ResourcePath | undefined {
  const path = virtualPath(segments);
  const served = path && servedAt(path.group, path.version, path.resource);
  if (!served || (path.namespace !== undefined && !served.info.namespaced)) return undefined;
  const { namespace, name, subresource } = path;
  return { info: resourceInfo(served.info.resource), served, namespace, name, subresource };
}

export interface TableRequest {
  readonly version: string;
  readonly includeObject: string;
}

/** The client's wish for a Table, if that is what it would like best. */
export function tableRequest(request: ApiRequest, query: Query): TableRequest | undefined {
  const first = (request.headers.accept ?? '').split(',').find((part) => part.includes('application/json'));
  if (!first?.includes('as=Table')) return undefined;
  return {
    version: /v=(v1beta1|v1)/.exec(first)?.[1] ?? 'v1',
    includeObject: query.get('includeObject') ?? 'Metadata',
  };
}

export function isTrue(query: Query, name: string): boolean {
  const value = query.get(name);
  return value !== undefined && /^(true|1|)$/i.test(value);
}

/** A whole number in the query; undefined when absent or none. */
export function numberIn(query: Query, name: string): number | undefined {
  const value = query.get(name);
  return value !== undefined && /^-?\d+$/.test(value) ? Number(value) : undefined;
}
