// Serves a request handler of the simulator to real clients over HTTP, on the loopback address alone.
// The handler answers at once; what it leaves to the host is real time: a watch's `timeoutSeconds` is kept here.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiRequest, ApiResponse } from '../sim/api/http.ts';

export interface HttpHost {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** More than any manifest; the real server's own limit is 3 MiB. */
const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

/** @param port 0 takes a free one */
export function serveHttp(handle: (request: ApiRequest) => ApiResponse, port = 0): Promise<HttpHost> {
  const server = createServer((message, response) => {
    void answer(handle, message, response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
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
  handle: (request: ApiRequest) => ApiResponse,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = message.method === 'HEAD' ? 'GET' : (message.method ?? 'GET');
  const body = await readBody(message);
  if (!METHODS.includes(method) || body === undefined) {
    response.writeHead(body === undefined ? 413 : 405).end();
    return;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  const path = message.url ?? '/';
  const result = handle({ method: method as ApiRequest['method'], path, headers, ...(body === '' ? {} : { body }) });
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
}

/** The body as text; undefined when it is too long. */
async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
