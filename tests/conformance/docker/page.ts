// The page's docker on an engine that speaks real HTTP: how its requests go out, and how connections that become streams
// are taken apart into standard output and standard error.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createShell } from '../../../src/shell/session.ts';
import { type ApiRequest } from '../../../src/sim/api/http.ts';
import type { DockerAnswer, DockerWish, ShellHost, ShellSession } from '../../../src/shell/program.ts';
import { emptyIn, textIn, TextOut } from '../../../src/shell/streams.ts';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const bytesOf = (text: string): Buffer =>
  // What holds only bytes is bytes; everything else is text.
  /^[\0-\xff]*$/.test(text) ? Buffer.from(text, 'latin1') : Buffer.from(text, 'utf8');

function send(port: number, { method, path, headers, body }: ApiRequest, upgrade: boolean) {
  return httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: {
      ...headers,
      ...(body !== undefined && { 'content-length': String(bytesOf(body).length) }),
      ...(upgrade && { connection: 'Upgrade', upgrade: 'tcp' }),
    },
  });
}

function answerOf(message: IncomingMessage): DockerAnswer {
  const type = message.headers['content-type'] ?? '';
  const encoding = type.includes('json') || type.startsWith('text/') ? 'utf8' : 'latin1';
  message.setEncoding(encoding);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) headers[name] = String(value);
  async function* chunks(): AsyncGenerator<string> {
    for await (const chunk of message) yield chunk as string;
  }
  async function* lines(): AsyncGenerator<string> {
    let rest = '';
    for await (const chunk of chunks()) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      yield* parts;
    }
    if (rest !== '') yield rest;
  }
  return {
    status: message.statusCode ?? 0,
    headers,
    text: async () => {
      let all = '';
      for await (const chunk of chunks()) all += chunk;
      return all;
    },
    lines,
    chunks,
  };
}

function pageHost(port: number): ShellHost {
  const nothing = () => Promise.reject(new Error('nothing here'));
  return {
    api: nothing,
    exec: nothing,
    http: nothing,
    edit: () => Promise.resolve(null),
    now: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    docker: (_, request, signal) =>
      new Promise((resolve, reject) => {
        const outgoing = send(
          Number(/:(\d+)$/.exec(request.headers['x-docker-host'] ?? '')?.[1] ?? port),
          request,
          false,
        );
        signal.addEventListener('abort', () => outgoing.destroy(), { once: true });
        outgoing.on('response', (message) => {
          message.on('error', () => undefined);
          resolve(answerOf(message));
        });
        outgoing.on('error', reject);
        outgoing.end(request.body === undefined ? undefined : bytesOf(request.body));
      }),
    dockerAttach: (_, request, wish) => attach(port, request, wish),
  };
}

function attach(port: number, request: ApiRequest, wish: DockerWish): Promise<ShellSession | DockerAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = send(port, request, true);
    outgoing.on('error', reject);
    outgoing.on('response', (message) => {
      resolve(answerOf(message));
    });
    outgoing.on('upgrade', (message, socket, head) => {
      const raw = (message.headers['content-type'] ?? '').includes('raw');
      let rest = Buffer.alloc(0);
      const take = (chunk: Buffer) => {
        if (raw) {
          if (chunk.length > 0) wish.onEvent({ kind: 'output', stream: 'stdout', bytes: chunk.toString('latin1') });
          return;
        }
        rest = Buffer.concat([rest, chunk]);
        while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(4)) {
          const end = 8 + rest.readUInt32BE(4);
          const bytes = rest.subarray(8, end).toString('latin1');
          wish.onEvent({ kind: 'output', stream: rest[0] === 2 ? 'stderr' : 'stdout', bytes });
          rest = rest.subarray(end);
        }
      };
      take(head);
      socket.on('data', take);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        wish.onEvent({ kind: 'end' });
      });
      socket.on('end', () => socket.end());
      wish.signal.addEventListener('abort', () => socket.destroy(), { once: true });
      resolve({
        input: (bytes) => socket.write(Buffer.from(bytes, 'latin1')),
        endInput: () => socket.end(),
        close: () => socket.destroy(),
      });
    });
    outgoing.end(request.body === undefined ? undefined : bytesOf(request.body));
  });
}

export interface Page {
  run(line: string, options?: { stdin?: string; tty?: boolean; signal?: AbortSignal }): Promise<Ran>;
}

export function createPage(port: number, files: Readonly<Record<string, string>>, directory: string, env = {}): Page {
  const shell = createShell(pageHost(port), {
    files,
    interactive: false,
    env: { HOME: directory, DOCKER_HOST: `tcp://127.0.0.1:${String(port)}`, ...env },
  });
  return {
    async run(line, { stdin, tty = false, signal = new AbortController().signal } = {}) {
      const [stdout, stderr] = [new TextOut(tty), new TextOut(tty)];
      const input = stdin === undefined ? emptyIn : textIn(stdin);
      await shell.run(`cd ${directory}`, { stdin: emptyIn, stdout, stderr, signal });
      const io = { stdin: tty ? { ...input, isTTY: true } : input, stdout, stderr, signal };
      const code = await shell.run(line, io);
      return { stdout: stdout.text, stderr: stderr.text, code };
    },
  };
}
