// A served world as the shell's programs see it: the same requests as in the page, over HTTP. Commands in containers go
// over a WebSocket as the real kubectl's do; virtual time is asked of the world and kept by each answer.
import { WebSocket } from 'ws';
import {
  type ApiAnswer,
  type HttpAnswer,
  Interrupted,
  type SessionWish,
  type ShellHost,
  type ShellSession,
} from '../../shell/program.ts';
import { refusal } from '../refusal.ts';
import type { Speed } from './clock.ts';

type Target = Parameters<ShellHost['exec']>[0];
type ExecResult = Awaited<ReturnType<ShellHost['exec']>>;

/** @param server `http://127.0.0.1:<port>`; throws a sentence when no world answers there */
export async function connectShellHost(server: string): Promise<ShellHost> {
  const base = server.replace(/\/+$/, '');
  const clock = { nowUnixMs: 0, at: 0, speed: 1 };
  const hear = (nowUnixMs: number) => {
    clock.nowUnixMs = nowUnixMs;
    clock.at = performance.now();
  };
  const post = async <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> => {
    const answer = await fetch(`${base}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      ...(signal ? { signal } : {}),
    });
    if (!answer.ok) throw new Error(`${path}: ${(await answer.text()).trim()}`);
    return (await answer.json()) as T;
  };

  let first: Response;
  try {
    first = await fetch(`${base}/bayplan/clock`);
  } catch {
    throw new Error(`no world answers at ${server}`);
  }
  if (!first.ok) throw new Error(`what answers at ${server} is not a world of \`npm run api\``);
  const { nowUnixMs, speed } = (await first.json()) as { nowUnixMs: number; speed: Speed };
  clock.speed = speed === 'max' ? 1 : speed;
  hear(nowUnixMs);

  return {
    now: () => Math.floor(clock.nowUnixMs + (performance.now() - clock.at) * clock.speed),
    async sleep(virtualMs, signal) {
      const ms = Math.max(0, Math.round(virtualMs));
      const answer = await interruptible(post<{ nowUnixMs: number }>('/bayplan/sleep', { ms }, signal), signal);
      hear(answer.nowUnixMs);
    },
    edit: () => Promise.resolve(null),
    async api({ method, path, headers, body }, signal) {
      const sent = fetch(`${base}${path}`, { method, headers, signal, ...(body === undefined ? {} : { body }) });
      const answer = await interruptible(sent, signal);
      const now = Number(answer.headers.get('bayplan-now'));
      if (now > 0) hear(now);
      return {
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        text: () => interruptible(answer.text(), signal),
        lines: () => lines(answer, signal),
      } satisfies ApiAnswer;
    },
    exec: (target, argv) => exec(base, target, argv),
    session: (target, argv, wish) => converse(base, target, argv, wish),
    http: ({ method, url, timeoutMs }) => post<HttpAnswer>('/bayplan/http', { method, url, timeoutMs }),
  };
}

async function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw error;
  }
}

async function* lines(answer: Response, signal: AbortSignal): AsyncGenerator<string> {
  if (!answer.body) return;
  const decoder = new TextDecoder();
  let rest = '';
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await interruptible(reader.read(), signal);
      if (done) break;
      rest += decoder.decode(value, { stream: true });
      for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
        yield rest.slice(0, at);
        rest = rest.slice(at + 1);
      }
    }
    if (rest !== '') yield rest;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** Of v5: the stream that is named next is at its end. */
const END_OF_STREAM = 255;

/** A WebSocket to a command in a container, as the real kubectl opens it. */
function execSocket(
  base: string,
  target: Target,
  argv: readonly string[],
  streams: Readonly<Record<string, string>>,
): WebSocket {
  const query = new URLSearchParams(streams);
  if (target.container !== undefined) query.set('container', target.container);
  for (const word of argv) query.append('command', word);
  const path = `/api/v1/namespaces/${target.namespace}/pods/${target.pod}/exec?${query.toString()}`;
  return new WebSocket(`${base.replace(/^http/, 'ws')}${path}`, 'v5.channel.k8s.io');
}

function onRefusal(socket: WebSocket, listener: (why: string) => void): void {
  socket.on('unexpected-response', (_request, answer) => {
    let body = '';
    answer.setEncoding('utf8').on('data', (part: string) => (body += part));
    answer.on('end', () => listener(refusal(body)));
  });
}

function exec(base: string, target: Target, argv: readonly string[]): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const socket = execSocket(base, target, argv, { stdout: 'true', stderr: 'true' });
    const said = { 1: '', 2: '', 3: '' };
    socket.on('message', (message: Buffer) => {
      const channel = message[0];
      if (channel === STDOUT || channel === STDERR || channel === ERROR)
        said[channel] += message.subarray(1).toString('latin1');
    });
    const text = (channel: 1 | 2 | 3) => Buffer.from(said[channel], 'latin1').toString();
    socket.on('close', () => resolve(resultOf(text(STDOUT), text(STDERR), text(ERROR))));
    onRefusal(socket, (why) => resolve({ exitCode: 1, stdout: '', stderr: why }));
    socket.on('error', reject);
  });
}

function converse(
  base: string,
  target: Target,
  argv: readonly string[],
  { stdin, tty, onEvent }: SessionWish,
): Promise<ShellSession | string> {
  const streams = { stdout: 'true', ...(stdin && { stdin: 'true' }), ...(tty ? { tty: 'true' } : { stderr: 'true' }) };
  return new Promise((resolve, reject) => {
    const socket = execSocket(base, target, argv, streams);
    let status = '';
    socket.on('message', (message: Buffer) => {
      const bytes = message.subarray(1).toString('latin1');
      if (message[0] === STDOUT) onEvent({ kind: 'output', stream: 'stdout', bytes });
      else if (message[0] === STDERR) onEvent({ kind: 'output', stream: 'stderr', bytes });
      else if (message[0] === ERROR) status += bytes;
    });
    socket.on('close', () => {
      const { exitCode, stderr } = resultOf('', '', Buffer.from(status, 'latin1').toString());
      if (stderr === '') onEvent({ kind: 'exit', exitCode });
      else onEvent({ kind: 'error', message: stderr.trimEnd() });
    });
    onRefusal(socket, resolve);
    socket.on('error', reject);
    socket.on('open', () => {
      resolve({
        input: (bytes) => socket.send(Buffer.from(`\0${bytes}`, 'latin1')),
        endInput: () => socket.send(Buffer.from([END_OF_STREAM, 0])),
        close: () => socket.close(),
      });
    });
  });
}

interface Ended {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly message?: string }[] };
}

function resultOf(stdout: string, stderr: string, error: string): ExecResult {
  const ended = JSON.parse(error === '' ? '{}' : error) as Ended;
  if (ended.status === 'Success') return { exitCode: 0, stdout, stderr };
  if (ended.reason === 'NonZeroExitCode')
    return { exitCode: Number(ended.details?.causes?.[0]?.message ?? 1), stdout, stderr };
  const message = ended.message ?? 'the connection was lost';
  // The runtime's own words are what the page's kubectl looks for.
  return { exitCode: 127, stdout, stderr: `${stderr}${message.slice(Math.max(0, message.indexOf('OCI runtime')))}\n` };
}
