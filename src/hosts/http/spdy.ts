// The server's half of SPDY/3.1, as far as kubectl's exec, attach and port-forward use it (SPDY Protocol Draft 3.1):
// streams that the client opens, their headers, data both ways. Left out: streams of our own, priorities, settings,
// and waiting for the other side's window, which the clients here do not keep.
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import type { Wire } from './wire.ts';

export interface SpdyStream {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  write(bytes: Buffer): void;
  /** Nothing more will be written. */
  end(): void;
  onData(listener: (bytes: Buffer) => void): void;
  /** Called once when the client has written its last, or has reset the stream. */
  onEnd(listener: () => void): void;
}

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const WINDOW_UPDATE = 9;
const FIN = 1;
const MOST_DATA = 16 * 1024;

/** Header blocks are compressed against these words, each with its length before it, and a tail without lengths. */
const WORDS =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow ' +
  'authorization cache-control connection content-base content-encoding content-language content-length ' +
  'content-location content-md5 content-range content-type date etag expect expires from host if-match ' +
  'if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma ' +
  'proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade ' +
  'user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie ' +
  'keep-alive origin';
const TAIL =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative ' +
  'Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal ' +
  'Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, ' +
  'Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,' +
  'text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

const DICTIONARY = Buffer.concat([
  ...WORDS.split(' ').flatMap((word) => [uint32(word.length), Buffer.from(word.replace('_', ' '))]),
  Buffer.from(TAIL),
]);

interface Open {
  readonly data: ((bytes: Buffer) => void)[];
  readonly ends: (() => void)[];
  readonly early: Buffer[];
  ended: boolean;
}

export function serveSpdy(wire: Wire, onStream: (stream: SpdyStream) => void): void {
  const flush = { dictionary: DICTIONARY, flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
  const inflate = createInflate(flush);
  const deflate = createDeflate(flush);
  const streams = new Map<number, Open>();
  let rest = Buffer.alloc(0);
  // Headers are unpacked by a stream of their own, so frames wait for one another.
  let turn = Promise.resolve();

  wire.onData((bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 8) {
      const length = rest.readUIntBE(5, 3);
      if (rest.length < 8 + length) break;
      const head = rest.subarray(0, 8);
      const payload = rest.subarray(8, 8 + length);
      rest = rest.subarray(8 + length);
      turn = turn.then(() => frame(head, payload)).catch(() => wire.end());
    }
  });
  wire.onClose(() => {
    for (const stream of streams.values()) ended(stream);
    inflate.close();
    deflate.close();
  });

  async function frame(head: Buffer, payload: Buffer): Promise<void> {
    const flags = head.readUInt8(4);
    if (head.readUInt8(0) < 0x80) {
      const id = head.readUInt32BE(0);
      const stream = streams.get(id);
      if (!stream) return;
      if (payload.length > 0) {
        if (stream.data.length === 0) stream.early.push(payload);
        for (const listener of stream.data) listener(payload);
        control(WINDOW_UPDATE, 0, Buffer.concat([uint32(id), uint32(payload.length)]));
        control(WINDOW_UPDATE, 0, Buffer.concat([uint32(0), uint32(payload.length)]));
      }
      if ((flags & FIN) !== 0) ended(stream);
      return;
    }
    switch (head.readUInt16BE(2)) {
      case SYN_STREAM: {
        const id = payload.readUInt32BE(0) & 0x7fffffff;
        const headers = readHeaders(await through(inflate, payload.subarray(10)));
        const stream: Open = { data: [], ends: [], early: [], ended: false };
        streams.set(id, stream);
        control(SYN_REPLY, 0, Buffer.concat([uint32(id), await through(deflate, uint32(0))]));
        onStream(faceOf(id, stream, headers));
        if ((flags & FIN) !== 0) ended(stream);
        return;
      }
      case RST_STREAM: {
        const id = payload.readUInt32BE(0);
        const stream = streams.get(id);
        if (stream) ended(stream);
        streams.delete(id);
        return;
      }
      case PING:
        control(PING, 0, payload);
        return;
      default:
    }
  }

  function faceOf(id: number, stream: Open, headers: SpdyStream['headers']): SpdyStream {
    let open = true;
    const data = (flags: number, bytes: Buffer) =>
      wire.write(Buffer.concat([uint32(id), Buffer.from([flags]), uint24(bytes.length), bytes]));
    return {
      headers,
      write(bytes) {
        if (!open) return;
        for (let at = 0; at < bytes.length; at += MOST_DATA) data(0, bytes.subarray(at, at + MOST_DATA));
      },
      end() {
        if (open) data(FIN, Buffer.alloc(0));
        open = false;
      },
      onData(listener) {
        for (const bytes of stream.early.splice(0)) listener(bytes);
        stream.data.push(listener);
      },
      onEnd(listener) {
        if (stream.ended) listener();
        else stream.ends.push(listener);
      },
    };
  }

  function control(type: number, flags: number, payload: Buffer): void {
    const head = Buffer.from([0x80, 3, 0, type, flags]);
    wire.write(Buffer.concat([head, uint24(payload.length), payload]));
  }
}

function ended(stream: Open): void {
  if (stream.ended) return;
  stream.ended = true;
  for (const listener of stream.ends) listener();
}

/** What comes out of a compressor for one piece; the next piece goes on from there. */
function through(codec: Inflate | Deflate, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    codec.once('error', reject);
    codec.write(bytes, () => {
      codec.off('error', reject);
      const chunks: Buffer[] = [];
      for (let chunk = codec.read() as Buffer | null; chunk; chunk = codec.read() as Buffer | null) chunks.push(chunk);
      resolve(Buffer.concat(chunks));
    });
  });
}

function readHeaders(block: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  let at = 4;
  const text = () => {
    const length = block.readUInt32BE(at);
    at += 4 + length;
    return block.toString('latin1', at - length, at);
  };
  for (let left = block.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase();
    headers[name] = text();
  }
  return headers;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint24(value: number): Buffer {
  return uint32(value).subarray(1);
}
