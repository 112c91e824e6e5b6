// The seam between the network and the programs: a request is offered to a process, and some time later there is an
// answer, or there is none. Beside `Processes`, which is the seam to the kubelets.

/** What becomes of a request at the door. */
export type Reception =
  /** The answer comes through {@link Servers.onAnswer}, or never. */
  | 'accepted'
  /** The queue is full: 503 at once. */
  | 'busy'
  /** Nobody listens on the port. */
  | 'refused'
  /** Something listens that does not speak HTTP, and hangs up. */
  | 'reset';

/** A program in a container opens a connection; the network says where it leads. */
export type Connect = (
  host: string,
  port: number,
  from: {
    readonly namespace: string;
    readonly pod: string;
    readonly podIP: string;
    readonly draw: (bound: number) => number;
  },
) =>
  | { readonly kind: 'process'; readonly processId: string; readonly port: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'no endpoints' }
  | { readonly kind: 'unknown host' }
  | { readonly kind: 'not simulated'; readonly what: string };

export interface Servers {
  /** The network through which `curl` and `wget` in a container reach others. */
  useNetwork(connect: Connect): void;
  /** Whether the process listens on the port now. */
  listens(processId: string, port: number): boolean;
  /**
   * Offers a request. `vary` is a draw from [0, 1024) by which its cost differs from the mean; who sends the request
   * draws it, so that one client's draws move nobody else's.
   */
  offer(processId: string, requestId: number, port: number, path: string, vary: number): Reception;
  /** The client has given up. Work already taken in is done all the same, as in most servers. */
  abandon(processId: string, requestId: number): void;
  /** The text of an answer, for those who want to read it. */
  body(processId: string, path: string, status: number): string;
  /** Called with each answer; status 0 when the connection is reset because the process is gone. One listener. */
  onAnswer(listener: (requestId: number, status: number) => void): void;
}
