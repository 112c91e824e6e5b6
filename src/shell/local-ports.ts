// Ports of the reader's own machine on which programs of the shell listen: `kubectl port-forward` puts one up, `curl
// localhost:8080` finds it. They last as long as the program that listens.

import type { HttpAnswer, HttpRequest, ShellHost } from './program.ts';

/** An answer, or null where the connection is closed without one. */
export type Listener = (request: HttpRequest) => Promise<HttpAnswer | null>;

const listening = new WeakMap<ShellHost, Map<number, Listener>>();

/** What it returns ends it; undefined where the port is taken. */
export function listen(host: ShellHost, port: number, listener: Listener): (() => void) | undefined {
  const ports = listening.get(host) ?? new Map<number, Listener>();
  listening.set(host, ports);
  if (ports.has(port)) return undefined;
  ports.set(port, listener);
  return () => {
    ports.delete(port);
  };
}

/** Who listens at the address of a request, if it is one of this machine. */
export function listenerFor(host: ShellHost, { url }: HttpRequest): Listener | undefined {
  const found = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d+))?(?:[/?#]|$)/i.exec(url);
  return found ? listening.get(host)?.get(Number(found[1] ?? 80)) : undefined;
}
