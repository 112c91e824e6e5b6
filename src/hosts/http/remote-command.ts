// exec and attach: the streams of a command in a container, over the channels of a WebSocket or the streams of SPDY.
// Models k8s.io/kubelet/pkg/cri/streaming/remotecommand (1.32): channels v5 to v1, base64 forms left out.
import type { WebSocket } from 'ws';
import { type Connection, sessionStatus } from '../../sim/kubernetes/api/connect.ts';
import type { Timeline } from '../../sim/index.ts';
import { serveSpdy, type SpdyStream } from './spdy.ts';
import type { Wire } from './wire.ts';

/** By preference. */
export const WEB_SOCKET_PROTOCOLS: readonly string[] = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
];
export const SPDY_PROTOCOLS: readonly string[] = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
];

export type RemoteCommand = Extract<Connection, { readonly kind: 'exec' | 'attach' }>;

/** One end of the conversation, whatever carries it. */
interface Channels {
  write(stream: 'stdout' | 'stderr', bytes: Buffer): void;
  /** Says how it ended, and closes. */
  end(status: string): void;
  onInput(listener: (bytes: Buffer) => void): void;
  onInputEnd(listener: () => void): void;
  onClose(listener: () => void): void;
}

/** Puts the two ends together. `touched` is called after each thing that comes from the client. */
function converse(timeline: Timeline, command: RemoteCommand, channels: Channels, touched: () => void): void {
  const { streams } = command;
  const write = (stream: 'stdout' | 'stderr', bytes: Buffer) => {
    if (streams[stream]) channels.write(stream, bytes);
  };
  if (command.kind === 'attach') {
    const success = JSON.stringify(sessionStatus({ kind: 'exit', exitCode: 0 }));
    const newline = (text: string) => (streams.tty ? text.replaceAll('\n', '\r\n') : text);
    const stop = command.output.open(
      (text) => write('stdout', Buffer.from(newline(text))),
      () => channels.end(success),
    );
    channels.onClose(stop);
    return;
  }
  const session = timeline.session(command.process, command.argv, streams, (event) => {
    if (event.kind === 'output') write(event.stream, Buffer.from(event.bytes, 'latin1'));
    else channels.end(JSON.stringify(sessionStatus(event)));
  });
  const offRewind = timeline.onRewind(() => channels.end(JSON.stringify({ metadata: {}, status: 'Success' })));
  channels.onInput((bytes) => {
    session.input(bytes.toString('latin1'));
    touched();
  });
  channels.onInputEnd(() => {
    session.endInput();
    touched();
  });
  channels.onClose(() => {
    offRewind();
    session.close();
    touched();
  });
}

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** v5: the byte that follows names a channel that the client has closed. */
const CLOSE = 255;

export function overWebSocket(
  timeline: Timeline,
  command: RemoteCommand,
  socket: WebSocket,
  touched: () => void,
): void {
  const send = (channel: number, bytes: Buffer) => {
    if (socket.readyState === socket.OPEN)
      socket.send(Buffer.concat([Buffer.from([channel]), bytes]), { binary: true });
  };
  let input: (bytes: Buffer) => void = () => undefined;
  let inputEnd: () => void = () => undefined;
  socket.on('message', (message: Buffer) => {
    const channel = message[0];
    if (channel === STDIN) input(message.subarray(1));
    else if (channel === CLOSE && message[1] === STDIN) inputEnd();
  });
  socket.on('error', () => socket.terminate());
  converse(
    timeline,
    command,
    {
      write: (stream, bytes) => send(stream === 'stdout' ? STDOUT : STDERR, bytes),
      end: (status) => {
        send(ERROR, Buffer.from(status));
        socket.close(1000);
      },
      onInput: (listener) => (input = listener),
      onInputEnd: (listener) => (inputEnd = listener),
      onClose: (listener) => void socket.once('close', listener),
    },
    touched,
  );
}

/** The client opens one stream for each that it wants; the command starts when all are there. */
export function overSpdy(timeline: Timeline, command: RemoteCommand, wire: Wire, touched: () => void): void {
  const { stdin, stdout, stderr, tty } = command.streams;
  const wanted = [
    'error',
    ...(stdin ? ['stdin'] : []),
    ...(stdout ? ['stdout'] : []),
    ...(stderr && !tty ? ['stderr'] : []),
  ];
  const streams = new Map<string, SpdyStream>();
  let started = false;
  serveSpdy(wire, (stream) => {
    streams.set(stream.headers['streamtype'] ?? '', stream);
    if (started || wanted.some((name) => !streams.has(name))) return;
    started = true;
    converse(
      timeline,
      command,
      {
        write: (name, bytes) => streams.get(name)?.write(bytes),
        end: (status) => {
          streams.get('error')?.write(Buffer.from(status));
          for (const open of streams.values()) open.end();
          // The client takes the end of the connection for the end of everything, so it comes last.
          setTimeout(() => wire.end(), 50).unref();
        },
        onInput: (listener) => streams.get('stdin')?.onData(listener),
        onInputEnd: (listener) => streams.get('stdin')?.onEnd(listener),
        onClose: (listener) => wire.onClose(listener),
      },
      touched,
    );
  });
}
