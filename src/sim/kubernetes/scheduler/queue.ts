// Pods that wait for a node. Models pkg/scheduler/backend/queue/scheduling_queue.go (Kubernetes 1.32): the active
// queue by priority, the back-off queue, the pods that do not fit, and the gated ones. Holds no clock of its own: the
// scheduler says what time it is, and asks when something is due.
// Departures: hints are asked once for an event, when it happens; nothing is in flight then, because an attempt is
// one event.

/** A waiting pod. A value: changes make a new one. */
export interface QueuedPod {
  readonly key: string;
  readonly uid: string;
  readonly priority: number;
  /** When it last entered the queue, or last failed. Orders pods of equal priority. */
  readonly timestamp: number;
  readonly seq: number;
  readonly attempts: number;
  /** The plugins that turned it down in the last attempt. */
  readonly plugins: readonly string[];
  /** The journal entry because of which it is tried next. */
  readonly cause: number | null;
}

const BACKOFF_INITIAL_MS = 1000;
const BACKOFF_MAX_MS = 10_000;
const BACKOFF_FLUSH_MS = 1000;
const UNSCHEDULABLE_MAX_MS = 300_000;
const UNSCHEDULABLE_FLUSH_MS = 30_000;

export interface QueueState {
  readonly arriving: readonly (readonly [at: number, pod: QueuedPod])[];
  readonly active: readonly QueuedPod[];
  readonly backoff: readonly QueuedPod[];
  readonly unschedulable: readonly QueuedPod[];
  readonly gated: readonly QueuedPod[];
  readonly seq: number;
  readonly nextFlush: number | null;
}

export class SchedulingQueue {
  /** Where each pod is, by key. The arrays below may hold pods that have left; this map is the truth. */
  #where = new Map<string, QueuedPod>();
  /** On their way to the active queue, in the order of arrival. */
  #arriving: (readonly [at: number, pod: QueuedPod])[] = [];
  #arrived = 0;
  #active: QueuedPod[] = [];
  #backoff = new Map<string, QueuedPod>();
  #unschedulable = new Map<string, QueuedPod>();
  #gated = new Map<string, QueuedPod>();
  /** The pods in #unschedulable by each plugin that turned them down. */
  #rejectedBy = new Map<string, Map<string, QueuedPod>>();
  #seq = 0;
  /** When a flush next has something to do; never too late, but too early when the pod it was for has gone. */
  #nextFlush: number | undefined;

  has(key: string): boolean {
    return this.#where.has(key);
  }

  isGated(key: string): boolean {
    return this.#gated.has(key);
  }

  /** A new pod; it reaches the active queue at `at`. */
  add(pod: Omit<QueuedPod, 'seq' | 'attempts' | 'plugins'>, at: number): void {
    this.#arrive({ ...pod, seq: this.#seq++, attempts: 0, plugins: [] }, at);
  }

  addGated(pod: Omit<QueuedPod, 'seq' | 'attempts' | 'plugins'>): void {
    const queued = { ...pod, seq: this.#seq++, attempts: 0, plugins: [] };
    this.#where.set(pod.key, queued);
    this.#gated.set(pod.key, queued);
  }

  /** The last gate of a pod is gone. */
  ungate(key: string, now: number, at: number, cause: number | null): void {
    const pod = this.#gated.get(key);
    if (!pod) return;
    this.#gated.delete(key);
    this.#arrive({ ...pod, timestamp: now, cause }, at);
  }

  remove(key: string): void {
    if (!this.#where.delete(key)) return;
    this.#backoff.delete(key);
    this.#gated.delete(key);
    this.#leaveUnschedulable(key);
  }

  /** Takes the next pod, among those that have arrived by `at`; counts the attempt. */
  pop(at: number): QueuedPod | undefined {
    this.#letArrive(at);
    for (;;) {
      const pod = this.#takeTop();
      if (!pod) return undefined;
      if (this.#where.get(pod.key) !== pod) continue;
      this.#where.delete(pod.key);
      return { ...pod, attempts: pod.attempts + 1 };
    }
  }

  /** When the next pod can be taken: `now`, or later when it is still on its way; undefined when none waits. */
  nextAt(now: number): number | undefined {
    for (;;) {
      const top = this.#active[0];
      if (!top) break;
      if (this.#where.get(top.key) === top) return now;
      this.#takeTop();
    }
    for (let i = this.#arrived; i < this.#arriving.length; i++) {
      const [at, pod] = this.#arriving[i] as readonly [number, QueuedPod];
      if (this.#where.get(pod.key) === pod) return Math.max(now, at);
    }
    return undefined;
  }

  /** Puts back a pod that found no node. One that no plugin turned down waits for its back-off alone. */
  fail(pod: QueuedPod, now: number): void {
    const next = { ...pod, timestamp: now };
    this.#where.set(pod.key, next);
    if (pod.plugins.length === 0) this.#enterBackoff(next);
    else this.#enterUnschedulable(next);
  }

  /**
   * Moves the pods that something may help to the active queue, or first to back-off.
   * @param plugins only pods that one of these turned down are looked at
   * @returns whether any moved
   */
  move(
    plugins: readonly string[],
    helps: (pod: QueuedPod) => boolean,
    now: number,
    at: number,
    cause: number | null,
  ): boolean {
    let moved = false;
    // Most of the time every pod has found its node.
    if (this.#unschedulable.size === 0) return moved;
    for (const plugin of plugins)
      for (const pod of [...(this.#rejectedBy.get(plugin)?.values() ?? [])])
        if (helps(pod)) {
          this.#wake(pod, now, at, cause);
          moved = true;
        }
    return moved;
  }

  /** Moves one pod if it is among those that do not fit. */
  moveOne(key: string, helps: (pod: QueuedPod) => boolean, now: number, at: number, cause: number | null): boolean {
    const pod = this.#unschedulable.get(key);
    if (!pod || !helps(pod)) return false;
    this.#wake(pod, now, at, cause);
    return true;
  }

  /** Moves the pods whose back-off is over, and those that have waited too long for an event. */
  flush(now: number): void {
    if (now % BACKOFF_FLUSH_MS === 0)
      for (const pod of [...this.#backoff.values()].sort(byBackoff)) {
        if (backoffUntil(pod) > now) continue;
        this.#backoff.delete(pod.key);
        this.#push(pod);
      }
    if (now % UNSCHEDULABLE_FLUSH_MS === 0)
      for (const pod of [...this.#unschedulable.values()])
        if (now - pod.timestamp > UNSCHEDULABLE_MAX_MS) this.#wake(pod, now, now, null);
    this.#nextFlush = undefined;
    for (const pod of this.#backoff.values()) this.#flushBy(backoffFlush(pod));
    for (const pod of this.#unschedulable.values()) this.#flushBy(unschedulableFlush(pod));
  }

  /** When to call {@link flush}. */
  get nextFlush(): number | undefined {
    return this.#nextFlush;
  }

  /** What waits where, each in its order. */
  save(): QueueState {
    const there = (pod: QueuedPod) => this.#where.get(pod.key) === pod;
    return {
      arriving: this.#arriving.slice(this.#arrived).filter(([, pod]) => there(pod)),
      active: this.#active.filter(there).sort(before),
      backoff: [...this.#backoff.values()],
      unschedulable: [...this.#unschedulable.values()],
      gated: [...this.#gated.values()],
      seq: this.#seq,
      nextFlush: this.#nextFlush ?? null,
    };
  }

  load(state: QueueState): void {
    const keyed = (pods: readonly QueuedPod[]) => new Map(pods.map((pod) => [pod.key, pod]));
    this.#arriving = state.arriving.slice();
    this.#arrived = 0;
    // A sorted array is a heap already.
    this.#active = state.active.slice();
    this.#backoff = keyed(state.backoff);
    this.#unschedulable = new Map();
    this.#rejectedBy = new Map();
    for (const pod of state.unschedulable) this.#enterUnschedulable(pod);
    this.#gated = keyed(state.gated);
    this.#seq = state.seq;
    this.#nextFlush = state.nextFlush ?? undefined;
    this.#where = keyed([
      ...state.arriving.map(([, pod]) => pod),
      ...state.active,
      ...state.backoff,
      ...state.unschedulable,
      ...state.gated,
    ]);
  }

  #wake(pod: QueuedPod, now: number, at: number, cause: number | null): void {
    this.#leaveUnschedulable(pod.key);
    const next = { ...pod, cause: cause ?? pod.cause };
    if (backoffUntil(pod) <= now) {
      this.#arrive(next, at);
      return;
    }
    this.#where.set(pod.key, next);
    this.#enterBackoff(next);
  }

  #enterBackoff(pod: QueuedPod): void {
    this.#backoff.set(pod.key, pod);
    this.#flushBy(backoffFlush(pod));
  }

  #enterUnschedulable(pod: QueuedPod): void {
    this.#unschedulable.set(pod.key, pod);
    for (const plugin of pod.plugins) {
      const list = this.#rejectedBy.get(plugin);
      if (list) list.set(pod.key, pod);
      else this.#rejectedBy.set(plugin, new Map([[pod.key, pod]]));
    }
    this.#flushBy(unschedulableFlush(pod));
  }

  #leaveUnschedulable(key: string): void {
    const pod = this.#unschedulable.get(key);
    if (!pod) return;
    this.#unschedulable.delete(key);
    for (const plugin of pod.plugins) this.#rejectedBy.get(plugin)?.delete(key);
  }

  #flushBy(at: number): void {
    if (this.#nextFlush === undefined || at < this.#nextFlush) this.#nextFlush = at;
  }

  #arrive(pod: QueuedPod, at: number): void {
    this.#where.set(pod.key, pod);
    const last = this.#arriving[this.#arriving.length - 1];
    // Every way to the queue takes the same time, so the list is in order unless the flush comes in between.
    if (!last || last[0] <= at) this.#arriving.push([at, pod]);
    else {
      let i = this.#arriving.length;
      while (i > this.#arrived && (this.#arriving[i - 1] as readonly [number, QueuedPod])[0] > at) i--;
      this.#arriving.splice(i, 0, [at, pod]);
    }
  }

  #letArrive(until: number): void {
    while (this.#arrived < this.#arriving.length) {
      const [at, pod] = this.#arriving[this.#arrived] as readonly [number, QueuedPod];
      if (at > until) break;
      this.#arrived++;
      if (this.#where.get(pod.key) === pod) this.#push(pod);
    }
    if (this.#arrived === this.#arriving.length) {
      this.#arriving = [];
      this.#arrived = 0;
    }
  }

  #push(pod: QueuedPod): void {
    this.#where.set(pod.key, pod);
    const heap = this.#active;
    let i = heap.push(pod) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as QueuedPod;
      if (before(above, pod) <= 0) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = pod;
  }

  #takeTop(): QueuedPod | undefined {
    const heap = this.#active;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as QueuedPod, heap[child] as QueuedPod) < 0) child++;
      const below = heap[child] as QueuedPod;
      if (before(last, below) <= 0) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

/** 1 s after the first failure, then twice as long each time, 10 s at most. */
function backoffUntil({ timestamp, attempts }: QueuedPod): number {
  let duration = BACKOFF_INITIAL_MS;
  for (let i = 1; i < attempts && duration < BACKOFF_MAX_MS; i++) duration *= 2;
  return timestamp + Math.min(duration, BACKOFF_MAX_MS);
}

/** The first of the regular flushes that finds the back-off over. */
function backoffFlush(pod: QueuedPod): number {
  return Math.ceil(backoffUntil(pod) / BACKOFF_FLUSH_MS) * BACKOFF_FLUSH_MS;
}

function unschedulableFlush({ timestamp }: QueuedPod): number {
  return (Math.floor((timestamp + UNSCHEDULABLE_MAX_MS) / UNSCHEDULABLE_FLUSH_MS) + 1) * UNSCHEDULABLE_FLUSH_MS;
}

/** PrioritySort: higher priority first, then who waits longer. */
function before(a: QueuedPod, b: QueuedPod): number {
  return b.priority - a.priority || a.timestamp - b.timestamp || a.seq - b.seq;
}

function byBackoff(a: QueuedPod, b: QueuedPod): number {
  return backoffUntil(a) - backoffUntil(b) || a.seq - b.seq;
}
