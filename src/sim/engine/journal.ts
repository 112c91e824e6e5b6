// The record of every decision, with its cause. "Why?" in the page, `kubectl describe` and the laws read the same
// entries. Entries are append-only; going back in time cuts the tail off. The journal of a large world keeps only its
// newest part.
import { assert } from './assert.ts';
import { digest53, mix53 } from './hash.ts';

/** One decision or change. `data` is plain JSON for the figure that explains it. */
export interface JournalEntry {
  readonly id: number;
  /** Virtual milliseconds since the world began. */
  readonly at: number;
  /** What wrote it, dotted: `store.update`, `scheduler.bound`, `kubelet.probe`, `workload.deadlock`. */
  readonly kind: string;
  /** What it is about: `<resource>/<namespace>/<name>` (empty namespace for cluster scope), or another stable name. */
  readonly subject: string;
  /** One CamelCase word where Kubernetes has one (`Unhealthy`, `Scheduled`), else empty. */
  readonly reason: string;
  /** A sentence for the reader; empty for entries that only link causes. */
  readonly message: string;
  /** The entry that led to this one, or null for an input and for what a clock alone brings. */
  readonly cause: number | null;
  readonly data?: unknown;
}

export class Journal {
  readonly #most: number;
  #entries: JournalEntry[] = [];
  /** The id of the oldest entry that is kept. */
  #first = 0;
  /** The id of the first entry that is not in the hash yet. */
  #hashed = 0;
  #lanes: [number, number] = [0xdeadbeef | 0, 0x41c6ce57];

  /** @param most so many entries are kept at least, and fewer than twice as many; all without it */
  constructor(most = Infinity) {
    this.#most = most;
  }

  /** How many entries were ever written; the id of the next one. */
  get length(): number {
    return this.#first + this.#entries.length;
  }

  /** Undefined also for one that is no longer kept. */
  get(id: number): JournalEntry | undefined {
    return this.#entries[id - this.#first];
  }

  /** Entries with `from <= id < to`, as far as they are kept. */
  slice(from = 0, to = this.length): readonly JournalEntry[] {
    return this.#entries.slice(Math.max(0, from - this.#first), Math.max(0, to - this.#first));
  }

  /** Adds an entry, whose id must be the next one; returns it. */
  append(entry: JournalEntry): number {
    if (entry.id !== this.length) assert(false, `journal entry ${String(entry.id)} after ${String(this.length)}`);
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * this.#most) {
      this.#entries = this.#entries.slice(-this.#most);
      this.#first = entry.id + 1 - this.#most;
      this.#rehash();
    }
    return entry.id;
  }

  /** The chain of causes that ends in `id`, first cause first. */
  chain(id: number): readonly JournalEntry[] {
    const out: JournalEntry[] = [];
    for (let at: number | null = id; at !== null;) {
      const entry: JournalEntry | undefined = this.get(at);
      if (!entry) break;
      out.push(entry);
      at = entry.cause;
    }
    return out.reverse();
  }

  /** 16 hexadecimal digits over every entry that is kept; equal journals have equal hashes. */
  hash(): string {
    for (; this.#hashed < this.length; this.#hashed++)
      this.#lanes = mix53(this.#lanes, JSON.stringify(this.get(this.#hashed)));
    return digest53(this.#lanes);
  }

  /** The entries up to now, for a fork; the array is shared until either side writes. */
  copyOf(length: number): readonly JournalEntry[] {
    return this.slice(0, length);
  }

  replace(entries: readonly JournalEntry[]): void {
    this.#entries = entries.slice();
    this.#first = entries[0]?.id ?? 0;
    this.#rehash();
  }

  truncate(length: number): void {
    if (length >= this.length) return;
    this.#entries.length = Math.max(0, length - this.#first);
    this.#first = Math.min(this.#first, length);
    if (this.#hashed > length) this.#rehash();
  }

  #rehash(): void {
    this.#hashed = this.#first;
    this.#lanes = [0xdeadbeef | 0, 0x41c6ce57];
  }
}
