// Just enough of protocol buffers to read BuildKit's StatusResponse (moby/buildkit, api/services/control): fields with
// their numbers, whose bytes are strings of one byte a character.

interface Field {
  readonly field: number;
  /** Of a varint. */
  readonly value: number;
  /** Of everything else. */
  readonly bytes: string;
}

export function fieldsOf(bytes: string): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (; at < bytes.length; scale *= 128) {
      const byte = bytes.charCodeAt(at++);
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  const take = (length: number): string => {
    const part = bytes.slice(at, at + length);
    at += length;
    return part;
  };
  while (at < bytes.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        fields.push({ field, value: varint(), bytes: '' });
        break;
      case 1:
        fields.push({ field, value: 0, bytes: take(8) });
        break;
      case 2:
        fields.push({ field, value: 0, bytes: take(varint()) });
        break;
      case 5:
        fields.push({ field, value: 0, bytes: take(4) });
        break;
      default:
        return fields;
    }
  }
  return fields;
}

const last = (fields: readonly Field[], number: number): Field | undefined =>
  fields.findLast(({ field }) => field === number);

export const textOf = (fields: readonly Field[], number: number): string => {
  const bytes = last(fields, number)?.bytes ?? '';
  return new TextDecoder().decode(Uint8Array.from(bytes, (sign) => sign.charCodeAt(0)));
};

export const numberOf = (fields: readonly Field[], number: number): number => last(fields, number)?.value ?? 0;

/** A google.protobuf.Timestamp in Unix milliseconds. */
export function timeOf(fields: readonly Field[], number: number): number | undefined {
  const found = last(fields, number);
  if (!found) return undefined;
  const parts = fieldsOf(found.bytes);
  return numberOf(parts, 1) * 1000 + numberOf(parts, 2) / 1e6;
}
