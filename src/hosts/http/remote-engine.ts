// A container engine behind a port as the page's docker sees it: the same requests as in the page, over HTTP; attach and
// exec over the upgraded connection that real clients use.
import { type IncomingMessage, request as send, type RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiRequest } from '../../sim/api/http.ts';
import { type DockerAnswer, Interrupted, type ShellHost } from '../../shell/program.ts';
import { unframe } from '../frames.ts';

type DockerWays = Required<Pick<ShellHost, 'docker' | 'dockerAttach'>>;

/** @param server `http://127.0.0.1:<port>` */
export function engineAt(server: string): DockerWays {
  const { hostname, port } = new URL(server);
  const optionsOf = ({ method, path, headers }: ApiRequest, signal: AbortSignal): RequestOptions => ({
    hostname,
    port,
    method,
    path,
    headers,
    signal,
  });
  return {
    docker: (_from, request, signal) =>
      new Promise((resolve, reject) => {
        const asked = send(optionsOf(request, signal), (message) => resolve(answerOf(message, signal)));
        asked.on('error', (error) => reject(signal.aborted ? new Interrupted() : error));
        asked.end(Buffer.from(request.body ?? '', 'latin1'));
      }),

    dockerAttach: (_from, request, { signal, onEvent }) =>
      new Promise((resolve, reject) => {
        const body = Buffer.from(request.body ?? '', 'latin1');
        const headers = { ...request.headers, connection: 'Upgrade', upgrade: 'tcp', 'content-length': body.length };
        const asked = send({ ...optionsOf(request, signal), headers }, (message) => resolve(answerOf(message, signal)));
        asked.on('error', (error) => reject(signal.aborted ? new Interrupted() : error));
        asked.on('upgrade', (message, socket: Duplex, head) => {
          const raw = message.headers['content-type'] === 'application/vnd.docker.raw-stream';
          const frames = unframe(onEvent);
          const hear = (chunk: Buffer) => {
            const bytes = chunk.toString('latin1');
            if (raw) onEvent({ kind: 'output', stream: 'stdout', bytes });
            else frames(bytes);
          };
          if (head.length > 0) hear(head);
          socket.on('data', hear);
          socket.once('close', () => onEvent({ kind: 'end' }));
          socket.on('error', () => socket.destroy());
          signal.addEventListener('abort', () => socket.destroy(), { once: true });
          resolve({
            input: (bytes) => void socket.write(Buffer.from(bytes, 'latin1')),
            endInput: () => void socket.end(),
            close: () => socket.destroy(),
          });
        });
        asked.end(body);
      }),
  };
}

function answerOf(message: IncomingMessage, signal: AbortSignal): DockerAnswer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  // Archives and multiplexed streams are bytes; all else is text.
  const encoding = /json|text/.test(headers['content-type'] ?? 'json') ? 'utf8' : 'latin1';
  message.setEncoding(encoding);
  const chunks = async function* () {
    try {
      for await (const chunk of message as AsyncIterable<string>) yield chunk;
    } catch (error) {
      throw signal.aborted ? new Interrupted() : error;
    }
  };
  return {
    status: message.statusCode ?? 0,
    headers,
    async text() {
      let text = '';
      for await (const chunk of chunks()) text += chunk;
      return text;
    },
    async *lines() {
      let rest = '';
      for await (const chunk of chunks()) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
      if (rest !== '') yield rest;
    },
    chunks,
  };
}
