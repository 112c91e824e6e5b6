// Serves a request handler of the simulator to real clients over HTTP, on the loopback address alone.
// The handler answers at once; what it leaves to the host is real time: a watch's `timeoutSeconds` is kept here, and
// bodies in protobuf, which newer clients send, are turned to JSON before the simulator sees them.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiRequest, ApiResponse } from '../sim/api/http.ts';
import { plainHeaders } from './http/headers.ts';
import { decodeBody, isProtobuf } from './http/protobuf.ts';

export interface HttpHost {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface HttpOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  /** Answers some paths itself, before the handler is asked; undefined for all others. */
  readonly before?: (request: ApiRequest) => Promise<ApiResponse> | undefined;
  /** Takes requests that become connections. */
  readonly upgrade?: (message: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** A request has come, and has been answered (or its stream is open). */
  readonly onBegin?: () => void;
  readonly onEnd?: (request: ApiRequest) => void;
}

type Handle = (request: ApiRequest) => ApiResponse;

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** More than any manifest; the real server's own limit is 3 MiB. */
const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

export function serveHttp(handle: Handle, options: HttpOptions = {}): Promise<HttpHost> {
  const server = createServer((message, response) => {
    void answer(handle, options, message, response);
  });
  const { upgrade } = options;
  if (upgrade) server.on('upgrade', upgrade);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const { port: taken } = server.address() as AddressInfo;
      resolve({ url: `http://127.0.0.1:${String(taken)}`, port: taken, close: () => close(server) });
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

async function answer(
  handle: Handle,
  { before, onBegin, onEnd }: HttpOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  onBegin?.();
  let begun = true;
  const end = (request: ApiRequest) => {
    if (begun) onEnd?.(request);
    begun = false;
  };
  const method = message.method === 'HEAD' ? 'GET' : (message.method ?? 'GET');
  const path = message.url ?? '/';
  const headers = plainHeaders(message);
  let request: ApiRequest = { method: method as ApiRequest['method'], path, headers };
  try {
    const bytes = await readBody(message).catch(() => null);
    if (bytes === null) {
      // The client went away in the middle of its request.
      response.destroy();
      return;
    }
    if (!METHODS.includes(method) || bytes === undefined) {
      response.writeHead(bytes === undefined ? 413 : 405).end();
      return;
    }
    request = withBody(request, bytes);
    const own = before?.(request);
    if (own) end(request);
    const result = own ? await own : handle(request);
    response.writeHead(result.status, result.headers);
    if (!result.stream) {
      response.end(message.method === 'HEAD' ? '' : result.body);
      return;
    }
    response.flushHeaders();
    if (result.body !== '') response.write(result.body);
    const seconds = Number(new URL(path, 'http://localhost').searchParams.get('timeoutSeconds') ?? 0);
    const stop = result.stream.open(
      (text) => response.write(text),
      () => response.end(),
    );
    const timer = seconds > 0 ? setTimeout(() => response.end(), seconds * 1000) : undefined;
    response.on('close', () => {
      stop();
      clearTimeout(timer);
    });
  } catch (error) {
    // Our bug: the client hears of it, and so does whoever reads this program's output.
    console.error(error);
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
    response.end(error instanceof Error ? error.message : String(error));
  } finally {
    end(request);
  }
}

function withBody(request: ApiRequest, bytes: Buffer): ApiRequest {
  if (bytes.length === 0) return request;
  if (!isProtobuf(bytes)) return { ...request, body: bytes.toString('utf8') };
  const decoded = decodeBody(bytes);
  if (decoded === undefined) return { ...request, body: bytes.toString('latin1') };
  return { ...request, headers: { ...request.headers, 'content-type': 'application/json' }, body: decoded };
}

/** The body; undefined when it is too long. */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
