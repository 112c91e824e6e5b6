// Who calls the programs. Clients send requests to a Service by its DNS name; kube-proxy's rules pick a ready
// endpoint; the program answers in its own time. What the figure draws and the exercises check comes from here.

/** A source of requests, from the scenario: outside the cluster, or in a pod. */
export interface ClientSpec {
  readonly name: string;
  /** `http://payments/pay` or `http://payments.shop.svc.cluster.local:8080/`. */
  readonly url: string;
  /** Mean requests per second; arrivals are a Poisson process. Steps in time, first at 0 unless it starts later. */
  readonly rate: readonly { readonly fromMs: number; readonly perSecond: number }[];
  readonly timeoutMs: number;
  /** Connections it keeps open and uses in turn; left out, every request opens its own. */
  readonly connections?: number;
  /** It runs in the first pod with these labels, and is silent while there is none. Left out: outside the cluster. */
  readonly from?: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

export type Outcome = 'pending' | 'ok' | 'error' | 'timeout' | 'refused' | 'no endpoints';

/** One request on its way, for drawing. Times are virtual ms. */
export interface Flight {
  readonly id: number;
  readonly client: string;
  readonly service: string;
  /** `<namespace>/<name>` of the pod it was sent to, or null when there was none to send it to. */
  readonly pod: string | null;
  readonly sentAt: number;
  /** When the answer (or the giving up) reached the client; null while pending. */
  readonly doneAt: number | null;
  readonly outcome: Outcome;
  readonly status: number | null;
}

/** Counters of one second of one client (and, by pod, of one pod). */
export interface TrafficSecond {
  readonly at: number;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** Latency of the answers that came, ms. */
  readonly p50: number;
  readonly p99: number;
}

export interface Traffic {
  /** Requests sent or answered within the last `windowMs`, oldest first. */
  flights(windowMs: number): readonly Flight[];
  /**
   * Finished seconds, oldest first, for a client by name or a pod by `<namespace>/<name>`; the last ten minutes.
   * Seconds in which nothing happened are left out.
   */
  seconds(client: string): readonly TrafficSecond[];
  /** Connections to a pod that are open now. */
  open(pod: string): number;
  /** Totals since the world began. */
  totals(client: string): { readonly sent: number; readonly ok: number; readonly failed: number };
  readonly clients: readonly ClientSpec[];
  /**
   * One request by hand (`curl`). The answer comes in virtual time through `onDone`; the call itself is an input of the
   * world. `from` is null for outside the cluster, or the pod key the caller runs in.
   */
  send(
    request: {
      readonly method: string;
      readonly url: string;
      readonly timeoutMs: number;
      /** Decides how short names are completed; outside the cluster they are those of namespace `default`. */
      readonly from?: string | null;
    },
    onDone: (answer: {
      readonly outcome: Outcome;
      readonly status: number;
      readonly body: string;
      readonly latencyMs: number;
      /** In words why there is no answer (`could not resolve host: shop`); empty when there is one. */
      readonly message: string;
    }) => void,
  ): void;
}
