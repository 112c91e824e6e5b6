// A connection to a container's input and output (docker/cli 28.2, cli/command/container/hijack.go), and the frames in
// which a log without a terminal comes (moby, pkg/stdcopy).
// Departures: the page's terminal works by lines and echoes them itself, so what the container's terminal echoes is
// left out; no keys to detach; Ctrl-C interrupts the container and ends docker.

import { toBytes } from '../../../sim/workload/bytes.ts';
import type { DockerAnswer, In, ShellSession } from '../../program.ts';
import { orInterrupted } from '../../streams.ts';
import type { SendOptions } from './client.ts';
import { type Context, Decoder } from './context.ts';

export interface StreamWish {
  readonly path: string;
  readonly options: SendOptions;
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Called as soon as the connection stands. */
  readonly connected?: () => Promise<void>;
  /** Called when the reader stops it. */
  readonly interrupted?: (signal: AbortSignal) => Promise<void>;
}

/** Passes everything on until the other end closes. */
export async function converse(context: Context, wish: StreamWish): Promise<void> {
  const { proc } = context;
  const decoders = { stdout: new Decoder(), stderr: new Decoder() };
  const echoes: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let over: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (over = resolve));
  const put = (stream: 'stdout' | 'stderr', given: string) => {
    let text = given;
    if (wish.tty) {
      text = text.replaceAll('\r\n', '\n');
      const [echo] = echoes;
      if (echo !== undefined && text.startsWith(echo)) {
        text = text.slice(echo.length);
        echoes.shift();
      }
    }
    if (text === '') return;
    writing = writing.then(() => (stream === 'stdout' ? context.out(text) : context.err(text)));
    // Told by whoever waits for it.
    writing.catch(() => undefined);
  };
  const controller = new AbortController();
  const connection = await context.engine.attach(wish.path, wish.options, {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.kind === 'output') put(event.stream, decoders[event.stream].decode(event.bytes));
      else {
        for (const stream of ['stdout', 'stderr'] as const) put(stream, decoders[stream].end());
        over();
      }
    },
  });
  const state = { open: true };
  try {
    await wish.connected?.();
    if (wish.stdin) {
      const fed = feed(proc.stdin, connection, state, wish.tty ? echoes : undefined);
      await orInterrupted(Promise.race([ended, fed.then(() => ended)]), proc.signal);
    } else await orInterrupted(ended, proc.signal);
    await writing;
  } catch (error) {
    if (proc.signal.aborted) {
      if (wish.tty) connection.input('\x03');
      else await wish.interrupted?.(controller.signal).catch(() => undefined);
    }
    connection.close();
    throw error;
  } finally {
    state.open = false;
  }
}

async function feed(
  stdin: In,
  connection: ShellSession,
  state: { readonly open: boolean },
  echoes: string[] | undefined,
): Promise<void> {
  for (;;) {
    const text = await stdin.read();
    if (!state.open) {
      if (text !== null) stdin.unread?.(text);
      return;
    }
    if (text === null) break;
    // Line by line, as somebody types.
    for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
      echoes?.push(line);
      connection.input(toBytes(line));
    }
  }
  connection.endInput();
}

const HEAD = 8;

/** The output in an answer's body: frames, or as it is where the container has a terminal. */
export async function* outputOf(
  answer: DockerAnswer,
  raw: boolean,
): AsyncGenerator<{ stream: 'stdout' | 'stderr'; bytes: string }> {
  let rest = '';
  for await (const chunk of answer.chunks()) {
    if (raw) {
      yield { stream: 'stdout', bytes: chunk };
      continue;
    }
    rest += chunk;
    while (rest.length >= HEAD) {
      const [a, b, c, d] = [4, 5, 6, 7].map((n) => rest.charCodeAt(n));
      const length = (a ?? 0) * 2 ** 24 + (b ?? 0) * 2 ** 16 + (c ?? 0) * 2 ** 8 + (d ?? 0);
      if (rest.length < HEAD + length) break;
      yield { stream: rest.charCodeAt(0) === 2 ? 'stderr' : 'stdout', bytes: rest.slice(HEAD, HEAD + length) };
      rest = rest.slice(HEAD + length);
    }
  }
}
