// port-forward: every connection to the client's port is a pair of streams, one for bytes, one for what went wrong
// (k8s.io/kubelet/pkg/cri/streaming/portforward, 1.32). The programs of the simulator answer requests, not bytes, so
// HTTP/1.1 is read off the tunnel here and each request goes through the simulated network to the pod.
// Left out: other protocols. Such bytes get `400 Bad Request` from the tunnel, as an HTTP server would answer.
import { createServer, type ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { type Connection, forwardRefused } from '../../sim/kubernetes/api/connect.ts';
import type { Timeline } from '../../sim/index.ts';
import { serveSpdy, type SpdyStream } from './spdy.ts';
import type { Wire } from './wire.ts';

export const WEB_SOCKET_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';
export const SPDY_PROTOCOL = 'portforward.k8s.io';

export type PortForward = Extract<Connection, { readonly kind: 'port-forward' }>;

/** Longer than any client waits. */
const PATIENCE_MS = 600_000;

export function forwardPorts(timeline: Timeline, target: PortForward, wire: Wire, touched: () => void): void {
  const halves = new Map<string, Partial<Record<'data' | 'error', SpdyStream>>>();
  serveSpdy(wire, (stream) => {
    const { streamtype, port, requestid } = stream.headers;
    if ((streamtype !== 'data' && streamtype !== 'error') || requestid === undefined) return;
    const pair = { ...halves.get(requestid), [streamtype]: stream };
    halves.set(requestid, pair);
    if (!pair.data || !pair.error) return;
    halves.delete(requestid);
    tunnel(timeline, target, Number(port), { data: pair.data, error: pair.error }, touched);
  });
}

function tunnel(
  timeline: Timeline,
  target: PortForward,
  port: number,
  { data, error }: Record<'data' | 'error', SpdyStream>,
  touched: () => void,
): void {
  const { kubelets, processes, store } = timeline.world;
  const containers = store.get('pods', target.pod)?.spec.containers ?? [];
  const listens = containers.some(({ name }) => {
    const process = kubelets.processOf(target.uid, name);
    return process !== undefined && processes.listens(process, port);
  });
  if (!listens) {
    error.write(Buffer.from(forwardRefused(target.uid, port)));
    error.end();
    data.end();
    return;
  }
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      data.write(chunk);
      done();
    },
    final: (done) => {
      data.end();
      error.end();
      done();
    },
  });
  data.onData((bytes) => socket.push(bytes));
  data.onEnd(() => socket.push(null));
  socket.on('error', () => undefined);
  const server = createServer((message, response) => {
    message.resume();
    message.on('end', () => {
      const url = `http://${target.address}:${String(port)}${message.url ?? '/'}`;
      timeline.http(message.method ?? 'GET', url, PATIENCE_MS, (answer) => {
        // The program closed the connection instead of answering, or it is gone.
        if (answer.status === 0) socket.destroy();
        else respond(response, answer);
        if (answer.status === 0) {
          data.end();
          error.end();
        }
      });
      touched();
    });
  });
  server.emit('connection', socket);
}

function respond(response: ServerResponse, { status, body }: { readonly status: number; readonly body: string }): void {
  const html = /^<!doctype html/i.test(body);
  response
    .writeHead(status, {
      'content-type': html ? 'text/html' : 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
    })
    .end(body);
}
