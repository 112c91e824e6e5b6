// A command in a container with input and output as they come (client-go/tools/remotecommand, 1.32): what `exec`, `cp`
// and `run -it` have in common.
// Departures: the page's terminal works by lines and echoes them itself, so what the container's terminal echoes is
// left out, and Ctrl-C ends kubectl; no changes of the window's size.

import { sessionStatus } from '../../../sim/kubernetes/api/connect.ts';
import { fromBytes, toBytes } from '../../../sim/workload/bytes.ts';
import type { In } from '../../program.ts';
import { orInterrupted } from '../../streams.ts';
import { apiError, resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { Exit, KubectlError, notSimulated } from './errors.ts';
import { type JsonObject, nameOf, namespaceOf, textAt } from './object.ts';
import { annotatedContainer, firstContainer, hasContainer } from './pods.ts';

/** The container that is meant where none is named; `say` gets the sentence that tells so. */
export async function defaultContainer(pod: JsonObject, say: (text: string) => Promise<void>): Promise<string> {
  const annotated = annotatedContainer(pod);
  if (annotated !== '' && hasContainer(pod, annotated)) return annotated;
  const { name, note } = firstContainer(pod);
  await say(note);
  return name;
}

export function checkRunning(pod: JsonObject): void {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw new KubectlError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
}

/** Whether whom the command acts for may connect; the connection itself is the host's and carries no name. */
export async function checkConnect(
  context: Context,
  pod: JsonObject,
  subresource: 'attach' | 'exec' | 'portforward',
): Promise<void> {
  if (context.flags.text('as') === '') return;
  const path = resourcePath(await context.client.resource('pods'), namespaceOf(pod), nameOf(pod), subresource);
  const answer = await context.client.send('POST', path);
  if (answer.status !== 403) return;
  const error = apiError(answer.status, await answer.text(), 'POST', path);
  if (subresource !== 'portforward') throw error;
  throw new KubectlError(`error upgrading connection: ${error.status.message ?? ''}`);
}

export interface Talk {
  readonly pod: JsonObject;
  readonly container: string;
  readonly command: readonly string[];
  /** A string of bytes, or a stream to read until the command is over. */
  readonly input?: string | In;
  readonly tty?: boolean;
  /** Text, or bytes where `binary` says so. */
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => Promise<void>;
  readonly binary?: boolean;
}

/** The exit code; throws what kept the command from running. */
export async function talk(context: Context, wish: Talk): Promise<number> {
  const { pod, container, command, input, tty = false, binary = false } = wish;
  const { host, signal } = context.proc;
  await checkConnect(context, pod, 'exec');
  if (!host.session) throw notSimulated('input for a command in a container');
  let writing: Promise<void> = Promise.resolve();
  /** Lines that the container's terminal has not echoed yet. */
  const echoes: string[] = [];
  let over: (end: number | Error) => void = () => undefined;
  const ended = new Promise<number | Error>((resolve) => (over = resolve));
  const target = { namespace: namespaceOf(pod), pod: nameOf(pod), container };
  const session = await host.session(target, command, {
    stdin: input !== undefined,
    tty,
    onEvent: (event) => {
      if (event.kind === 'exit') over(event.exitCode);
      else if (event.kind === 'error') over(new KubectlError(sessionStatus(event).message ?? event.message));
      else {
        let text = binary ? event.bytes : fromBytes(event.bytes);
        if (tty) {
          text = text.replaceAll('\r\n', '\n');
          const [echo] = echoes;
          if (echo !== undefined && text.startsWith(echo)) {
            text = text.slice(echo.length);
            echoes.shift();
          }
        }
        const write = event.stream === 'stdout' ? wish.out : wish.err;
        writing = writing.then(() => (text === '' ? undefined : write(text)));
      }
    },
  });
  if (typeof session === 'string') {
    await context.err(session);
    throw new Exit(1);
  }
  const state = { open: true };
  const feed = async (stream: In) => {
    for (;;) {
      const text = await stream.read();
      if (!state.open) {
        if (text !== null) stream.unread?.(text);
        return;
      }
      if (text === null) break;
      // Line by line, as somebody types.
      for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
        if (tty) echoes.push(line);
        session.input(toBytes(line));
      }
    }
    session.endInput();
  };
  try {
    const fed = Promise.resolve().then(async () => {
      if (typeof input === 'string') {
        session.input(input);
        session.endInput();
      } else if (input) await feed(input);
    });
    // What stops the input stops the conversation; what ends the conversation need not wait for input.
    const end = await orInterrupted(Promise.race([ended, fed.then(() => ended)]), signal);
    await writing;
    if (end instanceof Error) throw end;
    return end;
  } catch (error) {
    session.close();
    throw error;
  } finally {
    state.open = false;
  }
}

/** A command that failed ends kubectl with its own exit code. */
export async function endedWith(context: Context, exitCode: number): Promise<number> {
  if (exitCode === 0) return 0;
  await context.err(`command terminated with exit code ${exitCode}\n`);
  throw new Exit(exitCode);
}
