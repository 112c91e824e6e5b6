// The record of every decision, with its cause. "Why?" in the page, `kubectl describe` and the laws read the same
// entries. Entries are append-only; going back in time cuts the tail off.
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
  #entries: JournalEntry[] = [];
  #hashed = 0;
  #lanes: [number, number] = [0xdeadbeef | 0, 0x41c6ce57];

  get length(): number {
    return this.#entries.length;
  }

  get(id: number): JournalEntry | undefined {
    return this.#entries[id];
  }

  /** Entries with `from <= id < to`. */
  slice(from = 0, to = this.#entries.length): readonly JournalEntry[] {
    return this.#entries.slice(from, to);
  }

  /** Adds an entry, whose id must be the next one; returns it. */
  append(entry: JournalEntry): number {
    assert(
      entry.id === this.#entries.length,
      `journal entry ${String(entry.id)} after ${String(this.#entries.length)}`,
    );
    this.#entries.push(entry);
    return entry.id;
  }

  /** The chain of causes that ends in `id`, first cause first. */
  chain(id: number): readonly JournalEntry[] {
    const out: JournalEntry[] = [];
    for (let at: number | null = id; at !== null;) {
      const entry: JournalEntry | undefined = this.#entries[at];
      if (!entry) break;
      out.push(entry);
      at = entry.cause;
    }
    return out.reverse();
  }

  /** 16 hexadecimal digits over every entry so far; equal journals have equal hashes. */
  hash(): string {
    for (; this.#hashed < this.#entries.length; this.#hashed++)
      this.#lanes = mix53(this.#lanes, JSON.stringify(this.#entries[this.#hashed]));
    return digest53(this.#lanes);
  }

  /** The entries up to now, for a fork; the array is shared until either side writes. */
  copyOf(length: number): readonly JournalEntry[] {
    return this.#entries.slice(0, length);
  }

  replace(entries: readonly JournalEntry[]): void {
    this.#entries = entries.slice();
    this.#rehash();
  }

  truncate(length: number): void {
    if (length >= this.#entries.length) return;
    this.#entries.length = length;
    if (this.#hashed > length) this.#rehash();
  }

  #rehash(): void {
    this.#hashed = 0;
    this.#lanes = [0xdeadbeef | 0, 0x41c6ce57];
  }
}
