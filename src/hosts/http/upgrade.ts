// Requests that ask for a connection: WebSocket (RFC 6455) or SPDY/3.1, as the client likes.
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { plainHeaders } from './headers.ts';
import type { ApiResponse } from '../../sim/index.ts';
import type { Timeline } from '../../sim/index.ts';
import { forwardPorts, SPDY_PROTOCOL, WEB_SOCKET_PROTOCOL } from './port-forward.ts';
import { overSpdy, overWebSocket, SPDY_PROTOCOLS, WEB_SOCKET_PROTOCOLS } from './remote-command.ts';
import { socketWire, webSocketWire } from './wire.ts';

export interface Upgrades {
  upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** @param touched called after each thing that comes over a connection and may have changed the world */
export function createUpgrades(timeline: Timeline, touched: () => void): Upgrades {
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) =>
      [WEB_SOCKET_PROTOCOL, ...WEB_SOCKET_PROTOCOLS].find((protocol) => offered.has(protocol)) ?? false,
  });
  const sockets = new Set<Duplex>();

  return {
    upgrade(message, socket, head) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => sockets.delete(socket));
      const wish = (message.headers.upgrade ?? '').toLowerCase();
      const method = message.method === 'POST' ? 'POST' : 'GET';
      const found = timeline.connect({ method, path: message.url ?? '/', headers: plainHeaders(message) });
      if (found.kind === 'refused') {
        refuse(socket, found.response);
        return;
      }
      if (wish === 'websocket') {
        const offered = listOf(message.headers['sec-websocket-protocol']);
        const known = found.kind === 'port-forward' ? [WEB_SOCKET_PROTOCOL] : WEB_SOCKET_PROTOCOLS;
        if (!known.some((protocol) => offered.includes(protocol))) {
          refuse(socket, { status: 400, headers: {}, body: `unable to negotiate a protocol: ${offered.join(', ')}\n` });
          return;
        }
        webSockets.handleUpgrade(message, socket, head, (webSocket) => {
          if (found.kind === 'port-forward') forwardPorts(timeline, found, webSocketWire(webSocket), touched);
          else overWebSocket(timeline, found, webSocket, touched);
          touched();
        });
        return;
      }
      if (wish !== 'spdy/3.1') {
        refuse(socket, { status: 400, headers: {}, body: 'Upgrade request required\n' });
        return;
      }
      const offered = listOf(message.headers['x-stream-protocol-version']);
      const known = found.kind === 'port-forward' ? [SPDY_PROTOCOL] : SPDY_PROTOCOLS;
      const chosen = known.find((protocol) => offered.includes(protocol));
      if (chosen === undefined) {
        refuse(socket, { status: 403, headers: {}, body: `unable to negotiate a protocol: ${offered.join(', ')}\n` });
        return;
      }
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
          `X-Stream-Protocol-Version: ${chosen}\r\n\r\n`,
      );
      const wire = socketWire(socket, head);
      if (found.kind === 'port-forward') forwardPorts(timeline, found, wire, touched);
      else overSpdy(timeline, found, wire, touched);
      touched();
    },
    close() {
      webSockets.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listOf(header: string | readonly string[] | undefined): readonly string[] {
  return [header ?? []].flat().flatMap((part) => part.split(',').map((word) => word.trim()));
}

function refuse(socket: Duplex, { status, headers, body }: ApiResponse): void {
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  socket.end(
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}
