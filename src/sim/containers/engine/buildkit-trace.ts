// What BuildKit says of a build, as its clients read it: StatusResponse of moby/buildkit api/services/control (0.22) in
// protocol buffers, as base64.
import type { BuildOutput } from '../build/job.ts';
import { toBytes } from '../../workload/bytes.ts';
import { base64 } from './base64.ts';

/** @param epochMs Unix milliseconds of virtual time 0 */
export function traceOf(
  message: Extract<BuildOutput, { readonly kind: 'vertex' | 'log' | 'status' }>,
  epochMs: number,
): string {
  const time = (at: number) =>
    number(1, Math.floor((epochMs + at) / 1000)) + number(2, ((epochMs + at) % 1000) * 1_000_000);
  const optional = (field: number, at: number | undefined) => (at === undefined ? '' : bytes(field, time(at)));
  switch (message.kind) {
    case 'vertex': {
      const { digest, inputs, name, cached, startedAt, completedAt, error } = message.vertex;
      return base64(
        bytes(
          1,
          text(1, digest) +
            inputs.map((input) => text(2, input)).join('') +
            text(3, name) +
            (cached === true ? number(4, 1) : '') +
            optional(5, startedAt) +
            optional(6, completedAt) +
            (error === undefined ? '' : text(7, error)),
        ),
      );
    }
    case 'status': {
      const { vertex, id, current, total, at, done } = message;
      const parts = text(1, id) + text(2, vertex) + text(3, id) + number(4, current) + number(5, total);
      return base64(bytes(2, parts + bytes(6, time(at)) + bytes(7, time(at)) + (done ? bytes(8, time(at)) : '')));
    }
    case 'log': {
      const { vertex, stream, text: said, at } = message;
      return base64(bytes(3, text(1, vertex) + bytes(2, time(at)) + number(3, stream) + bytes(4, toBytes(said))));
    }
  }
}

function varint(value: number): string {
  let out = '';
  let left = value;
  while (left >= 128) {
    out += String.fromCharCode((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  return out + String.fromCharCode(left);
}

const number = (field: number, value: number): string => varint(field * 8) + varint(value);
const bytes = (field: number, value: string): string => varint(field * 8 + 2) + varint(value.length) + value;
const text = (field: number, value: string): string => bytes(field, toBytes(value));
