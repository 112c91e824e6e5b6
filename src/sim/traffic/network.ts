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
  /** Packets go nowhere: the machine or the address is gone. */
  | { readonly kind: 'lost'; readonly pod: string | null }
  /** The Service has nobody who is ready; kube-proxy rejects the connection. */
  | { readonly kind: 'no endpoints' }
  /** The name does not exist. */
  | { readonly kind: 'unknown host' }
  /** The address stands for something that this world leaves out. */
  | { readonly kind: 'not simulated'; readonly what: string };

export interface Network {
  /**
   * @param host a name or an IPv4 address
   * @param namespace that of the caller, for short names; `default` outside the cluster
   * @param draw a whole number in `[0, bound)`: chance belongs to the caller
   */
  connect(host: string, port: number, namespace: string, draw: (bound: number) => number): Destination;
}
