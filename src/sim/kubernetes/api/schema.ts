// What the fields of the served kinds are, and decoding of untyped JSON against that: unknown fields, wrong types,
// canonical quantities, zeros that Go cannot tell from nothing. Models sigs.k8s.io/json with the strict decoder of
// k8s.io/apimachinery/pkg/runtime/serializer/json (1.32); the error texts are Go's.
// Left out: the different words for each way in which a time can be malformed.
import { formatMicroTime, formatTime, parseTime } from '../../engine/time.ts';
import { canonicalQuantity, isQuantity } from '../quantity.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { schemaText } from './schema.generated.ts';

interface Field {
  readonly code: string;
  readonly zeroIsAbsent: boolean;
}

const types = readSchema();

/** The type code of a field of a type, or undefined when the type has no such field. */
export function fieldCode(type: string, field: string): string | undefined {
  return types.get(type)?.get(field)?.code;
}

export type Decoded = { readonly object: JsonObject; readonly strict: readonly string[] } | { readonly error: string };

/** Decodes a document as `type`: what is wrong is an error, what is merely unknown goes to `strict`. */
export function decodeAs(type: string, document: JsonObject): Decoded {
  const into: Decoding = { strict: [], error: undefined };
  const object = struct(into, type, document, '', '');
  return into.error === undefined ? { object, strict: into.strict } : { error: into.error };
}

interface Decoding {
  readonly strict: string[];
  /** The first thing that cannot be decoded; Go's decoder stops there. */
  error: string | undefined;
}

/** @param path with indices, for people; @param goPath without, as Go's decoder says it */
function struct(into: Decoding, type: string, value: JsonObject, path: string, goPath: string): JsonObject {
  const fields = types.get(type) as ReadonlyMap<string, Field>;
  const out: JsonObject = {};
  for (const [name, item] of Object.entries(value)) {
    const field = fields.get(name);
    const at = path === '' ? name : `${path}.${name}`;
    if (!field) {
      into.strict.push(`unknown field "${at}"`);
      continue;
    }
    if (item === null || item === undefined) continue;
    const decoded = decode(into, field.code, item, at, goPath === '' ? name : `${goPath}.${name}`, type);
    // A claim says with an empty class that it wants none, which is not the same as naming none.
    const noClass = type === 'PersistentVolumeClaimSpec' && name === 'storageClassName';
    if (decoded === undefined || (isAbsent(field, decoded) && !noClass)) continue;
    out[name] = decoded;
  }
  return out;
}

/** `omitempty`: empty strings, lists and maps are not written; zeros only where there is no pointer. Structs stay. */
function isAbsent(field: Field, value: Json): boolean {
  if (value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (field.code.startsWith('{}')) return Object.keys(value as JsonObject).length === 0;
  return field.zeroIsAbsent && (value === 0 || value === false);
}

function decode(into: Decoding, code: string, value: Json, path: string, goPath: string, owner: string): Json {
  const stop = (error: string): Json => {
    into.error ??= error;
    return null;
  };
  const wrong = (type: string, literal?: string): Json =>
    stop(`json: cannot unmarshal ${literal ?? kindOf(value)} into Go struct field ${owner}.${goPath} of type ${type}`);
  if (code.startsWith('[]')) {
    const item = code.slice(2);
    if (!Array.isArray(value)) return wrong(goType(code));
    return value.map((v, i) =>
      v === null ? zero(item) : decode(into, item, v, `${path}[${String(i)}]`, goPath, owner),
    );
  }
  if (code.startsWith('{}')) {
    const item = code.slice(2);
    if (!isObject(value)) return wrong(goType(code));
    const out: JsonObject = {};
    for (const [key, v] of Object.entries(value))
      out[key] = v === null || v === undefined ? zero(item) : decode(into, item, v, `${path}.${key}`, goPath, owner);
    return out;
  }
  switch (code) {
    case '*':
      return value;
    case 's':
    case 'y':
      if (typeof value !== 'string') return wrong(code === 's' ? 'string' : '[]uint8');
      return value;
    case 'b':
      if (typeof value !== 'boolean') return wrong('bool');
      return value;
    case 'i':
    case 'l': {
      const type = code === 'i' ? 'int32' : 'int64';
      if (typeof value !== 'number') return wrong(type);
      if (!Number.isInteger(value) || (code === 'i' && (value > 2147483647 || value < -2147483648)))
        return wrong(type, `number ${String(value)}`);
      return value;
    }
    case 'x':
      if (typeof value === 'number' && !Number.isInteger(value)) return wrong('int32', `number ${String(value)}`);
      if (typeof value !== 'number' && typeof value !== 'string')
        return stop(`json: cannot unmarshal ${kindOf(value)} into Go value of type int32`);
      return value;
    case 'q':
      return quantity(value) ?? stop(quantityError(value));
    case 't':
    case 'T': {
      if (typeof value !== 'string')
        return stop(`json: cannot unmarshal ${kindOf(value)} into Go value of type string`);
      if (value === '') return '';
      const unixMs = parseTime(value);
      if (unixMs === undefined) {
        const layout = code === 't' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
        return stop(
          `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(value)} as "2006"`,
        );
      }
      return code === 't' ? formatTime(unixMs) : formatMicroTime(unixMs);
    }
    default:
      if (!isObject(value)) return wrong(goType(code));
      return struct(into, code, value, path, goPath);
  }
}

/** Go keeps a quantity in its canonical form: what is written `1000m` comes back as `1`. */
function quantity(value: Json): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  if (text === '') return '0';
  return isQuantity(text) ? canonicalQuantity(text) : undefined;
}

function quantityError(value: Json): string {
  const suffixOnly = typeof value === 'string' && /^[+-]?[0-9]*\.?[0-9]*[eEinumkKMGTP]+$/.test(value);
  return suffixOnly ? "unable to parse quantity's suffix" : QUANTITY_FORM;
}
const QUANTITY_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function zero(code: string): Json {
  if (code === 's' || code === 'y') return '';
  if (code === 'q') return '0';
  if (code === 'i' || code === 'l' || code === 'x') return 0;
  return code === 'b' ? false : {};
}

const GO: Readonly<Record<string, string>> = {
  s: 'string',
  y: '[]uint8',
  i: 'int32',
  l: 'int64',
  b: 'bool',
  x: 'intstr.IntOrString',
  q: 'resource.Quantity',
  t: 'v1.Time',
  T: 'v1.MicroTime',
};

function goType(code: string): string {
  if (code.startsWith('[]')) return `[]${goType(code.slice(2))}`;
  if (code === '{}q') return 'v1.ResourceList';
  if (code.startsWith('{}')) return `map[string]${goType(code.slice(2))}`;
  return GO[code] ?? `v1.${code.replace(/_.*/, '')}`;
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function readSchema(): ReadonlyMap<string, ReadonlyMap<string, Field>> {
  const out = new Map<string, Map<string, Field>>();
  for (const line of schemaText.trim().split('\n')) {
    const [type, ...rest] = line.split(' ');
    const fields = new Map<string, Field>();
    for (const part of rest) {
      const m = /^(\w+)!?(~?):(.+)$/.exec(part);
      if (m) fields.set(m[1] as string, { code: m[3] as string, zeroIsAbsent: m[2] === '~' });
    }
    out.set(type as string, fields);
  }
  return out;
}
