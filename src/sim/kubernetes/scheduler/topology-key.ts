// The values of one node label as small numbers by slot, so that pods can be counted by value without looking at
// labels. What the plugins of Kubernetes keep in maps from topology pair to count, here as arrays.
import type { Labels } from '../objects.ts';

/** Pods counted by the value that the label has on their node. */
export interface ValueCounts {
  /** By number of the value. Replaced when it grows: read it anew in each cycle. */
  counts: Int32Array;
  /** The sum: how many pods are on nodes that have the label at all. */
  total: number;
  /** How many of these pods are on one node. */
  readonly at: (slot: number) => number;
}

export class TopologyKey {
  readonly name: string;
  /** By slot: the number of the value; -1 where there is no node, or one without the label. */
  valueAt: Int32Array;
  /** By number: how many nodes have the value. A number whose count is 0 is free. */
  nodesWith = new Int32Array(16);
  /** How many nodes have the label. */
  nodes = 0;
  /** How many different values there are. */
  values = 0;
  /** One more than the highest number ever given. */
  numbers = 0;
  readonly #numberOf = new Map<string, number>();
  readonly #textOf: string[] = [];
  readonly #free: number[] = [];
  readonly #tables = new Set<ValueCounts>();

  constructor(name: string, slots: number) {
    this.name = name;
    this.valueAt = new Int32Array(slots).fill(-1);
  }

  /** Takes over what the label of the node in `slot` is now; undefined labels: no node. */
  setNode(slot: number, labels: Labels | undefined): void {
    const text = labels && Object.hasOwn(labels, this.name) ? labels[this.name] : undefined;
    const before = this.valueAt[slot] as number;
    if (text === (before < 0 ? undefined : this.#textOf[before])) return;
    if (before >= 0) {
      for (const table of this.#tables) move(table, before, -table.at(slot));
      this.#release(before);
    }
    const after = text === undefined ? -1 : this.#number(text);
    this.valueAt[slot] = after;
    if (after < 0) return;
    this.nodesWith[after] = (this.nodesWith[after] as number) + 1;
    this.nodes++;
    for (const table of this.#tables) move(table, after, table.at(slot));
  }

  /** Begins to keep a count by value of pods that are counted by slot. */
  table(at: (slot: number) => number): ValueCounts {
    const table: ValueCounts = { counts: new Int32Array(this.nodesWith.length), total: 0, at };
    for (let slot = 0; slot < this.valueAt.length; slot++) {
      const value = this.valueAt[slot] as number;
      if (value >= 0) move(table, value, at(slot));
    }
    this.#tables.add(table);
    return table;
  }

  drop(table: ValueCounts): void {
    this.#tables.delete(table);
  }

  /** `amount` pods of a table came to the node in `slot`. */
  count(table: ValueCounts, slot: number, amount: number): void {
    const value = this.valueAt[slot] as number;
    if (value >= 0) move(table, value, amount);
  }

  growSlots(length: number): void {
    const grown = new Int32Array(length).fill(-1);
    grown.set(this.valueAt);
    this.valueAt = grown;
  }

  #number(text: string): number {
    const known = this.#numberOf.get(text);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.numbers++;
    this.#numberOf.set(text, number);
    this.#textOf[number] = text;
    this.values++;
    if (number >= this.nodesWith.length) {
      this.nodesWith = grown(this.nodesWith);
      for (const table of this.#tables) table.counts = grown(table.counts);
    }
    return number;
  }

  #release(number: number): void {
    this.nodes--;
    const left = (this.nodesWith[number] as number) - 1;
    this.nodesWith[number] = left;
    if (left > 0) return;
    this.#numberOf.delete(this.#textOf[number] as string);
    this.#free.push(number);
    this.values--;
  }
}

function move(table: ValueCounts, value: number, amount: number): void {
  table.counts[value] = (table.counts[value] as number) + amount;
  table.total += amount;
}

function grown(old: Int32Array): Int32Array<ArrayBuffer> {
  const next = new Int32Array(old.length * 2);
  next.set(old);
  return next;
}
