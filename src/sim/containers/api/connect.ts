// The API's other entry: requests after which the connection carries bytes both ways, `attach` and `exec start`. Models
// moby 28 api/server/httputils and daemon/attach.go. Output comes framed, or raw where there is a terminal; input goes back
// with `sendInput`. Starting an exec changes the world, so the request is an input like any other; the stream only looks.
import type { ApiRequest, ApiStream } from '../../api/http.ts';
import { DaemonError } from '../images/errors.ts';
import { findContainer, refuse } from '../engine/dockerd.ts';
import { findExec, startExec } from '../engine/execs.ts';
import type { Engine } from '../engine/index.ts';
import { drainExits } from '../engine/lifecycle.ts';
import type { Target } from '../engine/state.ts';
import { handle } from './handle.ts';
import { bodyOf, readRequest } from './request.ts';
import { type DockerResponse, follow, frame, refusal, VERSION_HEADERS } from './response.ts';

export type DockerConnection =
  | { readonly kind: 'refused'; readonly response: DockerResponse }
  | {
      readonly kind: 'connected';
      /** Whose input the client's bytes are; plain data, for `sendInput`. */
      readonly target: Target;
      readonly tty: boolean;
      /** Whether it takes input. */
      readonly stdin: boolean;
      /** Of the answer: the content type, and the versions. */
      readonly headers: Readonly<Record<string, string>>;
      /** Bytes, one character each. It ends when the other side closes the connection. */
      readonly output: ApiStream;
    };

export function connect(engine: Engine, request: ApiRequest): DockerConnection {
  try {
    const asked = readRequest(request);
    const attach = /^\/containers\/([^/]+)\/attach$/.exec(asked.path);
    if (request.method === 'POST' && attach) return attachTo(engine, attach[1] ?? '', asked.query);
    const exec = /^\/exec\/([^/]+)\/start$/.exec(asked.path);
    if (request.method !== 'POST' || !exec) return { kind: 'refused', response: handle(engine, request) };
    if (bodyOf(asked)['Detach'] === true) return { kind: 'refused', response: handle(engine, request) };
    return startAttached(engine, exec[1] ?? '');
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    drainExits(engine);
    const response = refusal(error.status, error.message);
    return { kind: 'refused', response: { ...response, headers: { ...VERSION_HEADERS, ...response.headers } } };
  }
}

function headersOf(tty: boolean): Readonly<Record<string, string>> {
  const type = tty ? 'application/vnd.docker.raw-stream' : 'application/vnd.docker.multiplexed-stream';
  return { ...VERSION_HEADERS, 'content-type': type };
}

function attachTo(engine: Engine, name: string, query: ReturnType<typeof readRequest>['query']): DockerConnection {
  const { id, config, state } = findContainer(engine, name);
  if (state.paused) refuse(409, `container ${id} is paused, unpause the container before attach`);
  if (state.restarting) refuse(409, `container ${id} is restarting, wait until the container is running`);
  const { Tty: tty, OpenStdin: stdin } = config;
  const shows = { stdout: query.flag('stdout'), stderr: query.flag('stderr') };
  const output = follow(
    engine,
    (send) => {
      if (query.flag('logs'))
        for (const { stream, text } of engine.state.logs.get(id) ?? [])
          if (shows[stream]) send(frame(stream, text, tty));
      // Of one that never ran the output is still to come.
      const now = engine.state.containers.get(id)?.state;
      return query.flag('stream') && now !== undefined;
    },
    (notice, send) => {
      if (notice.kind === 'output' && notice.target.container === id && notice.target.exec === undefined) {
        if (shows[notice.stream]) send(frame(notice.stream, notice.text, tty));
        return true;
      }
      return (notice.kind !== 'stopped' && notice.kind !== 'removed') || notice.container !== id;
    },
  );
  return { kind: 'connected', target: { container: id }, tty, stdin: stdin && query.flag('stdin'), headers: headersOf(tty), output }; // prettier-ignore
}

function startAttached(engine: Engine, id: string): DockerConnection {
  const { tty, stdin, container } = findExec(engine, id);
  // What it prints at once comes before anybody can listen.
  const early: string[] = [];
  let ended = false;
  const hear = (stream: 'stdout' | 'stderr', text: string) => frame(stream, text, tty);
  const before = follow(
    engine,
    () => true,
    (notice, send) => {
      if (notice.kind === 'output' && notice.target.exec === id) send(hear(notice.stream, notice.text));
      return notice.kind !== 'exec-ended' || notice.exec !== id;
    },
  );
  let deliver: (text: string) => void = (text) => early.push(text);
  let finish: () => void = () => (ended = true);
  const stop = before.open(
    (text) => deliver(text),
    () => finish(),
  );
  try {
    startExec(engine, id);
    drainExits(engine);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    // The connection is open by now, so what went wrong is told on it.
    stop();
    drainExits(engine);
    early.push(hear('stdout', `${error.message}\r\n`));
    ended = true;
  }
  const output: ApiStream = {
    open(onText, onEnd) {
      for (const text of early.splice(0)) onText(text);
      deliver = onText;
      finish = onEnd;
      if (ended) onEnd();
      return stop;
    },
  };
  return { kind: 'connected', target: { container, exec: id }, tty, stdin, headers: headersOf(tty), output };
}
