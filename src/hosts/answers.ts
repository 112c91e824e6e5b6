// Answers of an API as a shell reads them: a body, and text that keeps coming while the world runs.
import { Interrupted } from '../shell/program.ts';
import type { ApiStream } from '../sim/api/http.ts';
import type { AnyTimeline } from './kind.ts';
import type { Waiters } from './waiters.ts';

/** Pieces of text as they come, until the stream ends, the world is rewound, or the signal is aborted. */
export async function* chunks(
  stream: ApiStream,
  signal: AbortSignal,
  timeline: Pick<AnyTimeline, 'onRewind'>,
  waiters: Waiters,
): AsyncGenerator<string> {
  const ready: string[] = [];
  const state = { ended: false };
  let wake: () => void = () => undefined;
  const end = () => {
    state.ended = true;
    wake();
  };
  waiters.watching++;
  const offRewind = timeline.onRewind(end);
  signal.addEventListener('abort', end, { once: true });
  const close = stream.open((text) => {
    ready.push(text);
    wake();
  }, end);
  try {
    for (;;) {
      if (signal.aborted) throw new Interrupted();
      const text = ready.shift();
      if (text !== undefined) yield text;
      else if (state.ended) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    close();
    offRewind();
    signal.removeEventListener('abort', end);
    waiters.watching--;
  }
}

/** Lines without their newline: of what is there, then of what comes. */
export async function* lines(
  body: string,
  stream: ApiStream | undefined,
  signal: AbortSignal,
  timeline: Pick<AnyTimeline, 'onRewind'>,
  waiters: Waiters,
): AsyncGenerator<string> {
  let rest = '';
  const cut = function* (text: string): Generator<string> {
    rest += text;
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      const line = rest.slice(0, at);
      rest = rest.slice(at + 1);
      yield line;
    }
  };
  yield* cut(body);
  if (stream) for await (const text of chunks(stream, signal, timeline, waiters)) yield* cut(text);
  if (rest !== '') yield rest;
}
