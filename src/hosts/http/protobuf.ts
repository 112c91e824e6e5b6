// Bodies in protobuf, which kubectl's generators send since 1.32, as the JSON that the API server reads. Models
// k8s.io/apimachinery/pkg/runtime/serializer/protobuf: four bytes, an envelope that names the kind, the object.
// Zeros stay: which of them say something is known to the API server's own decoder.
// Left out: answers in protobuf; clients that accept it accept JSON too.
import { messages } from './protobuf.generated.ts';

const MAGIC = Buffer.from('k8s\0');

interface Field {
  readonly name: string;
  readonly type: string;
  readonly list: boolean;
  readonly map: boolean;
  readonly inline: boolean;
}

type Piece = readonly [field: number, value: bigint | Buffer];
type Json = null | boolean | number | string | Json[] | JsonObject;
interface JsonObject {
  [name: string]: Json;
}

export function isProtobuf(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/** The object as JSON text; undefined when its kind is not known here. */
export function decodeBody(bytes: Buffer): string | undefined {
  const envelope = pieces(bytes.subarray(MAGIC.length));
  const type = pieces(bytesOf(envelope, 1));
  const apiVersion = bytesOf(type, 1).toString();
  const kind = bytesOf(type, 2).toString();
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? 'core' : (apiVersion.slice(0, slash).split('.')[0] ?? '');
  const name = [`${group}.${apiVersion.slice(slash + 1)}.${kind}`, `meta.v1.${kind}`].find(
    (known) => known in messages,
  );
  if (name === undefined) return undefined;
  const object = decode(name, bytesOf(envelope, 2)) as JsonObject;
  return JSON.stringify({ kind, apiVersion, ...object });
}

const tables = new Map<string, ReadonlyMap<number, Field>>();

function tableOf(name: string): ReadonlyMap<number, Field> {
  let table = tables.get(name);
  if (!table) {
    table = new Map(
      [...(messages[name] ?? '').matchAll(/(\d+)([*%!:]+)(\w+):(\S+)/g)].map(
        ([, number, marks = '', field = '', type = '']) => [
          Number(number),
          {
            name: field,
            type,
            list: marks.includes('*'),
            map: marks.includes('%'),
            inline: marks.includes('!'),
          },
        ],
      ),
    );
    tables.set(name, table);
  }
  return table;
}

function decode(name: string, bytes: Buffer): Json {
  const all = pieces(bytes);
  const text = (field: number) => bytesOf(all, field).toString();
  switch (name.slice(name.lastIndexOf('.') + 1)) {
    case 'Quantity':
      return text(1) || '0';
    case 'IntOrString':
      return numberOf(all, 1) === 0 ? numberOf(all, 2) : text(3);
    case 'Time':
    case 'MicroTime': {
      if (bytes.length === 0) return null;
      const time = new Date(numberOf(all, 1) * 1000).toISOString().slice(0, 19);
      return name.endsWith('MicroTime')
        ? `${time}.${String(Math.floor(numberOf(all, 2) / 1000)).padStart(6, '0')}Z`
        : `${time}Z`;
    }
    case 'RawExtension':
    case 'FieldsV1':
      return JSON.parse(text(1) || 'null') as Json;
    case 'ExtraValue':
    case 'Verbs':
      return all.map(([, value]) => value.toString());
  }
  const table = tableOf(name);
  const object: JsonObject = {};
  for (const [number, value] of all) {
    const field = table.get(number);
    if (!field) continue;
    if (field.map) {
      const entry = pieces(value as Buffer);
      const found = entry.find(([part]) => part === 2)?.[1] ?? Buffer.alloc(0);
      const map = (object[field.name] ??= {}) as JsonObject;
      map[bytesOf(entry, 1).toString()] = valueOf(field.type, found);
      continue;
    }
    const decoded = valueOf(field.type, value);
    if (field.list) ((object[field.name] ??= []) as Json[]).push(decoded);
    else if (field.inline) Object.assign(object, decoded);
    else if (decoded !== '') object[field.name] = decoded;
  }
  return object;
}

function valueOf(type: string, value: bigint | Buffer): Json {
  switch (type) {
    case 's':
      return value.toString();
    case 'y':
      return (value as Buffer).toString('base64');
    case 'b':
      return value === 1n;
    case 'i':
      return Number(BigInt.asIntN(64, value as bigint));
    case 'd':
      return (value as Buffer).readDoubleLE(0);
    default:
      return decode(type, value as Buffer);
  }
}

function bytesOf(all: readonly Piece[], field: number): Buffer {
  const value = all.find(([number]) => number === field)?.[1];
  return value instanceof Buffer ? value : Buffer.alloc(0);
}

function numberOf(all: readonly Piece[], field: number): number {
  const value = all.find(([number]) => number === field)?.[1];
  return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
}

function pieces(bytes: Buffer): readonly Piece[] {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; at < bytes.length; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    return value;
  };
  const out: Piece[] = [];
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    if (wire === 0) out.push([key >> 3, varint()]);
    else {
      const length = wire === 1 ? 8 : wire === 5 ? 4 : Number(varint());
      out.push([key >> 3, bytes.subarray(at, at + length)]);
      at += length;
    }
  }
  return out;
}
