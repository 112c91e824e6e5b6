// How a process of a machine is asked something over the network, and what a container engine adds to the ways there:
// the seam between `machines/http.ts` and whoever serves.
import type { Machine } from './machine.ts';

/** What may be asked of a server: `Machine.ask`. */
export interface HttpQuestion {
  readonly kind: 'http';
  readonly path: string;
}

export interface HttpReply {
  readonly status: number;
  readonly body: string;
  /** Virtual ms. */
  readonly latencyMs: number;
}

/** Where a connection ends: a process of a machine. */
export interface Endpoint {
  readonly machine: Machine;
  readonly pid: number;
}

/** What a container engine adds: names of its networks, ports that it publishes. */
export interface Routes {
  /** The address of a name, as the network namespace of a task resolves it. */
  resolve(machine: Machine, namespace: number, name: string): string | undefined;
  /** Who listens behind an address that is no interface of that namespace, or behind a published port. */
  reach(machine: Machine, namespace: number, address: string, port: number): Endpoint | undefined;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  /** Virtual ms. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly outcome: 'ok' | 'error' | 'timeout' | 'refused' | 'unknown host';
  readonly status: number;
  readonly body: string;
  readonly latencyMs: number;
}

export interface Http {
  send(from: Endpoint, request: HttpRequest, onDone: (answer: HttpAnswer) => void): void;
  /** What would answer now; asking changes nothing but the program's own state. */
  ask(from: Endpoint, url: string): HttpAnswer;
}
