// Serves a container engine of the simulator to real clients of the Docker Engine API, on the loopback address alone:
// ordinary requests, and those after which the connection carries bytes both ways (`Upgrade: tcp`). A body may be a tar
// archive of 64 MiB. Time is not this file's business: whoever serves lets it pass.
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiRequest, ApiResponse } from '../../sim/api/http.ts';
import type { DockerConnection, DockerResponse } from '../../sim/containers/api/index.ts';
import { plainHeaders } from './headers.ts';

/** One engine as a host sees it: each call may change the world, and is to be logged by whoever keeps its past. */
interface DockerWorld {
  handle(request: ApiRequest): DockerResponse;
  connect(request: ApiRequest): DockerConnection;
  /** Bytes of a client; undefined is their end. */
  input(target: Extract<DockerConnection, { readonly kind: 'connected' }>['target'], bytes: string | undefined): void;
}

interface DockerHostOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly onBegin?: () => void;
  readonly onEnd?: (request: ApiRequest) => void;
  /** Something came from outside that is no request. */
  readonly touched?: () => void;
}

export interface DockerHost {
  readonly port: number;
  /** `tcp://127.0.0.1:<port>`, for DOCKER_HOST. */
  readonly url: string;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

export function serveDocker(world: DockerWorld, options: DockerHostOptions = {}): Promise<DockerHost> {
  const server = createServer((message, response) => {
    void answer(world, options, message, response);
  });
  const sockets = new Set<Duplex>();
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    void hijack(world, options, message, socket, head);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ port, url: `tcp://127.0.0.1:${String(port)}`, close: () => close(server, sockets) });
    });
  });
}

function close(server: Server, sockets: ReadonlySet<Duplex>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
  });
}

function requestOf(message: IncomingMessage, bytes: Buffer): ApiRequest {
  const headers = plainHeaders(message);
  const method = message.method === 'HEAD' ? 'GET' : ((message.method ?? 'GET') as ApiRequest['method']);
  const isArchive = /tar|octet-stream/.test(headers['content-type'] ?? '') || method === 'PUT';
  const body = bytes.length === 0 ? {} : { body: bytes.toString(isArchive ? 'latin1' : 'utf8') };
  return { method, path: message.url ?? '/', headers, ...body };
}

async function answer(
  world: DockerWorld,
  { onBegin, onEnd }: DockerHostOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  onBegin?.();
  let request: ApiRequest | undefined;
  const end = () => {
    if (request) onEnd?.(request);
    request = undefined;
  };
  try {
    const bytes = await readBody(message).catch(() => null);
    if (bytes === null) {
      response.destroy();
      return;
    }
    if (bytes === undefined) {
      response.writeHead(413).end();
      return;
    }
    request = requestOf(message, bytes);
    const result = world.handle(request);
    const write = (given: ApiResponse) => {
      response.writeHead(given.status, given.headers);
      response.end(message.method === 'HEAD' ? '' : Buffer.from(given.body, result.binary ? 'latin1' : 'utf8'));
    };
    if (result.later) {
      const stop = result.later((last) => write({ ...last, headers: { ...result.headers, ...last.headers } }));
      response.once('close', stop);
      return;
    }
    if (!result.stream) {
      write(result);
      return;
    }
    const encoding = result.binary ? 'latin1' : 'utf8';
    response.writeHead(result.status, result.headers);
    response.flushHeaders();
    if (result.body !== '') response.write(Buffer.from(result.body, encoding));
    const stop = result.stream.open(
      (text) => response.write(Buffer.from(text, encoding)),
      () => response.end(),
    );
    response.once('close', stop);
  } catch (error) {
    // Our bug: the client hears of it, and so does whoever reads this program's output.
    console.error(error);
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: error instanceof Error ? error.message : String(error) }));
  } finally {
    end();
  }
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

async function hijack(
  world: DockerWorld,
  { onBegin, onEnd, touched }: DockerHostOptions,
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  onBegin?.();
  const length = Number(message.headers['content-length'] ?? 0);
  const { body, rest } = await readExactly(socket, head, length);
  const request = requestOf(message, body);
  try {
    const found = world.connect(request);
    if (found.kind === 'refused') {
      refuse(socket, found.response);
      return;
    }
    const { target, headers, output } = found;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 101 UPGRADED\r\n${lines.join('')}Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
    const send = (bytes: Buffer) => {
      if (bytes.length === 0) return;
      world.input(target, bytes.toString('latin1'));
      touched?.();
    };
    const stop = output.open(
      (bytes) => {
        if (!socket.destroyed && !socket.writableEnded) socket.write(Buffer.from(bytes, 'latin1'));
      },
      () => socket.end(),
    );
    send(rest);
    socket.on('data', send);
    socket.once('end', () => {
      world.input(target, undefined);
      touched?.();
    });
    socket.once('close', stop);
    socket.resume();
  } catch (error) {
    console.error(error);
    refuse(socket, { status: 500, headers: {}, body: JSON.stringify({ message: String(error) }) });
  } finally {
    onEnd?.(request);
  }
}

/** The body of a request whose connection is given over, and what came behind it. */
function readExactly(socket: Duplex, head: Buffer, length: number): Promise<{ body: Buffer; rest: Buffer }> {
  return new Promise((resolve) => {
    let all = head;
    const done = () => {
      socket.off('data', more);
      socket.pause();
      resolve({ body: all.subarray(0, length), rest: all.subarray(length) });
    };
    const more = (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      if (all.length >= length) done();
    };
    if (all.length >= length) done();
    else socket.on('data', more);
  });
}

function refuse(socket: Duplex, { status, headers, body }: ApiResponse): void {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}
