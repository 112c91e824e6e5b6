// What traffic needs of the network: where an address leads at this moment. The Kubernetes network implements it;
// traffic itself knows no Service and no pod beyond their names.

/** Where a new connection to an address goes. Chosen anew for each connection. */
export type Destination =
  | {
      readonly kind: 'process';
      readonly processId: string;
      readonly port: number;
      /** `<namespace>/<name>` of the pod. */
      readonly pod: string;
    }
  /** The machine answers, and nobody listens on the port. */
  | { readonly kind: 'refused'; readonly pod: string | null }
  /** Packets go nowhere: the machine or the address is gone, or a policy drops them. */
  | { readonly kind: 'lost'; readonly pod: string | null }
  /** The Service has nobody who is ready; kube-proxy rejects the connection. */
  | { readonly kind: 'no endpoints' }
  /** The name does not exist. */
  | { readonly kind: 'unknown host' }
  /** The address stands for something that this world leaves out. */
  | { readonly kind: 'not simulated'; readonly what: string };

/** Who opens a connection. */
export interface Caller {
  /** For short names; `default` outside the cluster. */
  readonly namespace: string;
  /** `<namespace>/<name>` of the pod it runs in; null outside the cluster. */
  readonly pod: string | null;
  /** As those see it who tell callers apart by their address. */
  readonly ip: string;
  /** A whole number in `[0, bound)`: chance belongs to the caller. */
  readonly draw: (bound: number) => number;
}

/** Open connections to a pod, for those who choose the least loaded one. */
export type OpenTo = (pod: string) => number;

export interface Network {
  /** @param host a name or an IPv4 address */
  connect(host: string, port: number, caller: Caller): Destination;
  /** The address of a pod by its key; undefined when it has none. */
  addressOf(pod: string): string | undefined;
  /** The first pod of a namespace, by name, that runs and carries the labels. */
  podWith(namespace: string, labels: Readonly<Record<string, string>>): { key: string; ip: string } | undefined;
}
