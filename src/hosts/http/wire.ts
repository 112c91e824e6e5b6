// What carries the frames of SPDY: a socket after its upgrade, or the binary messages of a WebSocket.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

export interface Wire {
  write(bytes: Buffer): void;
  onData(listener: (bytes: Buffer) => void): void;
  /** Called once, however it ended. */
  onClose(listener: () => void): void;
  end(): void;
}

/** @param head what had already been read behind the request */
export function socketWire(socket: Duplex, head: Buffer): Wire {
  socket.on('error', () => socket.destroy());
  if (head.length > 0) socket.unshift(head);
  return {
    write: (bytes) => {
      if (!socket.writableEnded && !socket.destroyed) socket.write(bytes);
    },
    onData: (listener) => void socket.on('data', listener),
    onClose: (listener) => void socket.once('close', listener),
    end: () => socket.end(),
  };
}

export function webSocketWire(socket: WebSocket): Wire {
  return {
    write: (bytes) => {
      if (socket.readyState === socket.OPEN) socket.send(bytes, { binary: true });
    },
    onData: (listener) => void socket.on('message', (data: Buffer) => listener(data)),
    onClose: (listener) => void socket.once('close', listener),
    end: () => socket.close(1000),
  };
}
