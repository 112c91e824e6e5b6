// The queue of what is still to happen. Keys are (at, phase, seq): earlier first, then by phase, then in the order
// of scheduling, so equal times never depend on luck. A binary heap over parallel arrays; cancelled entries stay in
// the heap until they surface, and are counted so that the heap is swept when they are the majority.

/** What waits in the queue: plain data. `kind` finds the handler; the rest is the handler's own. */
export interface SimEvent {
  readonly kind: string;
}

/** One waiting event, as saved in a checkpoint. */
export interface QueuedEvent {
  readonly at: number;
  readonly phase: number;
  readonly seq: number;
  readonly cause: number | null;
  readonly event: SimEvent;
}

export class EventQueue {
  #heap: QueuedEvent[] = [];
  #cancelled = new Set<number>();
  #live = new Set<number>();

  /** Number of events that will still happen. */
  get length(): number {
    return this.#live.size;
  }

  push(item: QueuedEvent): void {
    this.#live.add(item.seq);
    this.#heap.push(item);
    this.#up(this.#heap.length - 1);
  }

  /** Takes back the event with this `seq`; does nothing when it has already happened. */
  cancel(seq: number): void {
    if (!this.#live.delete(seq)) return;
    this.#cancelled.add(seq);
    if (this.#cancelled.size > 1024 && this.#cancelled.size > this.#heap.length / 2) this.#sweep();
  }

  /** The next event, left in place; undefined when nothing waits. */
  peek(): QueuedEvent | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (!top || !this.#cancelled.delete(top.seq)) return top;
      this.#removeTop();
    }
  }

  /** The next event, taken out. */
  pop(): QueuedEvent | undefined {
    const top = this.peek();
    if (top) {
      this.#removeTop();
      this.#live.delete(top.seq);
    }
    return top;
  }

  /** All waiting events in the order in which they will happen. */
  save(): readonly QueuedEvent[] {
    return this.#heap.filter((item) => this.#live.has(item.seq)).sort(byKey);
  }

  load(items: readonly QueuedEvent[]): void {
    // A sorted array is a heap already.
    this.#heap = items.slice();
    this.#live = new Set(items.map((item) => item.seq));
    this.#cancelled = new Set();
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((item) => this.#live.has(item.seq)).sort(byKey);
    this.#cancelled.clear();
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down(0);
    }
  }

  #up(from: number): void {
    const heap = this.#heap;
    const item = heap[from] as QueuedEvent;
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as QueuedEvent;
      if (byKey(above, item) <= 0) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = item;
  }

  #down(from: number): void {
    const heap = this.#heap;
    const item = heap[from] as QueuedEvent;
    const half = heap.length >> 1;
    let i = from;
    while (i < half) {
      let child = 2 * i + 1;
      const right = child + 1;
      if (right < heap.length && byKey(heap[right] as QueuedEvent, heap[child] as QueuedEvent) < 0) child = right;
      const below = heap[child] as QueuedEvent;
      if (byKey(item, below) <= 0) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = item;
  }
}

function byKey(a: QueuedEvent, b: QueuedEvent): number {
  return a.at - b.at || a.phase - b.phase || a.seq - b.seq;
}
