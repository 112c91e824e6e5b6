// Where pods of which kind are: counts by node and by topology value, kept up to date as pods come and go, so that no
// rule has to look at every pod. Stands for what podtopologyspread and interpodaffinity count anew in each PreFilter
// (Kubernetes 1.32) and for the lists HavePodsWithAffinity of the snapshot. Everything in it follows from the objects
// in the store.
// Pods with equal namespace, labels and terms are of one kind. A count of pods is made when a rule first asks for it
// and kept for as long as it is among the newest {@link COUNTS_KEPT}.
import type { Labels, Node, Pod } from '../objects.ts';
import { type Described, type PodQuery, type Term, termsOf } from './pod-terms.ts';
import { TopologyKey, type ValueCounts } from './topology-key.ts';

/** Pods that nobody can tell apart by what rules say of them. */
export interface PodKind extends Described {
  readonly terms: readonly TermOfPods[];
  readonly text: string;
  readonly affinity: Pod['spec']['affinity'];
  /** How many are on which node. */
  readonly slots: Map<number, number>;
  /** The counts that these pods are in, once any is placed. */
  counts: PodCount[];
  /** Terms of placed pods that speak of this kind, and the version of the terms for which that holds. */
  admitting: readonly TermOfPods[];
  admittingVersion: number;
}

/** A term and the pods that have it. */
export interface TermOfPods extends Term {
  readonly key: TopologyKey;
  readonly slots: Map<number, number>;
  /** Undefined while no placed pod has the term. */
  placed: ValueCounts | undefined;
}

/** The pods that a query admits. */
export interface PodCount {
  readonly query: PodQuery;
  /** Replaced when it grows: read it anew in each cycle. */
  bySlot: Int32Array;
  readonly byKey: Map<TopologyKey, ValueCounts>;
  /** No longer kept up to date; ask for it again. */
  stale: boolean;
}

const COUNTS_KEPT = 256;
const KINDS_REMEMBERED = 64;
const NO_LABELS: Labels = {};

export class Placements {
  /** Goes up when a node comes, goes or changes its labels or taints. */
  nodesVersion = 0;
  readonly #labels: (Labels | undefined)[] = [];
  readonly #keys = new Map<string, TopologyKey>();
  readonly #kinds = new Map<string, PodKind>();
  /** Kinds of pods that are not placed, the newest {@link KINDS_REMEMBERED}, so that they are not made ready again. */
  readonly #unplaced = new Map<string, PodKind>();
  /** The answer to the last question: the same pod is asked about several times in a row. */
  #last: PodKind | undefined;
  readonly #counts = new Map<string, PodCount>();
  /** Terms that some placed pod has, by text. */
  readonly #terms = new Map<string, TermOfPods>();
  #termsVersion = 0;
  readonly #namespaces = new Map<string, Labels>();
  readonly #priorities = new Map<number, number>();
  #slots = 16;

  /** The node in `slot` came, changed, or (undefined) went. */
  setNode(slot: number, node: Node | undefined): void {
    this.#reach(slot);
    this.nodesVersion++;
    const labels = node && (node.metadata.labels ?? NO_LABELS);
    if (this.#labels[slot] === labels) return;
    this.#labels[slot] = labels;
    for (const key of this.#keys.values()) key.setNode(slot, labels);
  }

  setNamespace(name: string, labels: Labels | undefined): void {
    if (labels) this.#namespaces.set(name, labels);
    else this.#namespaces.delete(name);
    this.#termsVersion++;
    for (const count of [...this.#counts.values()]) if (count.query.readsNamespaces) this.#forget(count);
  }

  /** Pods of `kind` came to (1) or left (-1) the node in `slot`. */
  count(slot: number, kind: PodKind, amount: 1 | -1): void {
    this.#reach(slot);
    if (kind.slots.size === 0) this.#enter(kind);
    tally(kind.slots, slot, amount);
    for (const count of kind.counts) {
      count.bySlot[slot] = (count.bySlot[slot] as number) + amount;
      for (const [key, table] of count.byKey) key.count(table, slot, amount);
    }
    for (const term of kind.terms) this.#countTerm(term, slot, amount);
    if (kind.slots.size === 0) this.#leave(kind);
  }

  countPriority(priority: number, amount: 1 | -1): void {
    tally(this.#priorities, priority, amount);
  }

  /** Whether any placed pod has a lower priority: without one, preemption has nobody to evict. */
  anyBelow(priority: number): boolean {
    for (const held of this.#priorities.keys()) if (held < priority) return true;
    return false;
  }

  /** The kind of a pod, placed or not. */
  kindOf({ metadata, spec }: Pod): PodKind {
    const { namespace = '', labels } = metadata;
    const { affinity } = spec;
    const terminating = metadata.deletionTimestamp !== undefined;
    const last = this.#last;
    if (
      last?.labels === labels &&
      last?.affinity === affinity &&
      last?.namespace === namespace &&
      last.terminating === terminating
    )
      return last;
    const text = `${namespace} ${String(terminating)} ${labelsText(labels)} ${affinityText(affinity)}`;
    const kind =
      this.#kinds.get(text) ??
      this.#unplaced.get(text) ??
      this.#newKind({ namespace, labels, terminating }, affinity, text);
    // Another object with the same labels may come next; it is the newest that is compared.
    if (kind.labels === labels && kind.affinity === affinity) this.#last = kind;
    return kind;
  }

  key(name: string): TopologyKey {
    let key = this.#keys.get(name);
    if (!key) {
      key = new TopologyKey(name, this.#slots);
      for (let slot = 0; slot < this.#labels.length; slot++) key.setNode(slot, this.#labels[slot]);
      this.#keys.set(name, key);
    }
    return key;
  }

  /** The placed pods that `query` admits, by slot. */
  countOf(query: PodQuery): PodCount {
    const known = this.#counts.get(query.text);
    if (known) return known;
    const count: PodCount = { query, bySlot: new Int32Array(this.#slots), byKey: new Map(), stale: false };
    for (const kind of this.#kinds.values()) {
      if (!this.admits(query, kind)) continue;
      kind.counts.push(count);
      for (const [slot, pods] of kind.slots) count.bySlot[slot] = (count.bySlot[slot] as number) + pods;
    }
    this.#counts.set(query.text, count);
    if (this.#counts.size > COUNTS_KEPT) this.#forget(this.#counts.values().next().value as PodCount);
    return count;
  }

  /** The same by the values of a node label. */
  byValue(count: PodCount, key: TopologyKey): ValueCounts {
    let table = count.byKey.get(key);
    if (!table) {
      table = key.table((slot) => count.bySlot[slot] as number);
      count.byKey.set(key, table);
    }
    return table;
  }

  /** Terms of placed pods that speak of pods of this kind. */
  termsAdmitting(kind: PodKind): readonly TermOfPods[] {
    if (kind.admittingVersion !== this.#termsVersion) {
      kind.admitting = [...this.#terms.values()].filter(({ query }) => this.admits(query, kind));
      kind.admittingVersion = this.#termsVersion;
    }
    return kind.admitting;
  }

  admits(query: PodQuery, pod: Described): boolean {
    return query.admits(pod, this.#namespaces.get(pod.namespace));
  }

  #newKind(described: Described, affinity: Pod['spec']['affinity'], text: string): PodKind {
    const terms = termsOf(described, affinity).map(
      (term): TermOfPods =>
        this.#terms.get(term.text) ?? {
          ...term,
          key: this.key(term.topologyKey),
          slots: new Map(),
          placed: undefined,
        },
    );
    const kind: PodKind = {
      ...described,
      terms,
      text,
      affinity,
      slots: new Map(),
      counts: [],
      admitting: [],
      admittingVersion: -1,
    };
    this.#keepUnplaced(kind);
    return kind;
  }

  #keepUnplaced(kind: PodKind): void {
    this.#unplaced.set(kind.text, kind);
    if (this.#unplaced.size > KINDS_REMEMBERED) this.#unplaced.delete(this.#unplaced.keys().next().value as string);
  }

  #enter(kind: PodKind): void {
    this.#kinds.set(kind.text, kind);
    this.#unplaced.delete(kind.text);
    kind.counts = [...this.#counts.values()].filter(({ query }) => this.admits(query, kind));
  }

  #leave(kind: PodKind): void {
    this.#kinds.delete(kind.text);
    kind.counts = [];
    this.#keepUnplaced(kind);
  }

  #countTerm(term: TermOfPods, slot: number, amount: 1 | -1): void {
    // Two kinds may have made the same term before either was placed; the first that was placed counts for both.
    let counted = this.#terms.get(term.text);
    if (!counted?.placed) {
      counted = term;
      term.placed = term.key.table((at) => term.slots.get(at) ?? 0);
      this.#terms.set(term.text, term);
      this.#termsVersion++;
    }
    const { slots, key, placed } = counted;
    tally(slots, slot, amount);
    if (placed) key.count(placed, slot, amount);
    if (slots.size > 0 || !placed) return;
    key.drop(placed);
    counted.placed = undefined;
    this.#terms.delete(term.text);
    this.#termsVersion++;
  }

  #forget(count: PodCount): void {
    count.stale = true;
    this.#counts.delete(count.query.text);
    for (const [key, table] of count.byKey) key.drop(table);
    for (const kind of this.#kinds.values()) {
      const at = kind.counts.indexOf(count);
      if (at >= 0) kind.counts.splice(at, 1);
    }
  }

  #reach(slot: number): void {
    if (slot < this.#slots) return;
    while (slot >= this.#slots) this.#slots *= 2;
    for (const key of this.#keys.values()) key.growSlots(this.#slots);
    for (const count of this.#counts.values()) {
      const grown = new Int32Array(this.#slots);
      grown.set(count.bySlot);
      count.bySlot = grown;
    }
  }
}

function tally(counts: Map<number, number>, at: number, amount: number): void {
  const left = (counts.get(at) ?? 0) + amount;
  if (left === 0) counts.delete(at);
  else counts.set(at, left);
}

function labelsText(labels: Labels | undefined): string {
  let text = '';
  if (labels) for (const key of Object.keys(labels).sort()) text += `${key}=${labels[key] ?? ''},`;
  return text;
}

const affinityTexts = new WeakMap<object, string>();

/** What an affinity says of other pods. */
function affinityText(affinity: Pod['spec']['affinity']): string {
  if (!affinity?.podAffinity && !affinity?.podAntiAffinity) return '';
  let text = affinityTexts.get(affinity);
  if (text === undefined) {
    text = JSON.stringify([affinity.podAffinity, affinity.podAntiAffinity]);
    affinityTexts.set(affinity, text);
  }
  return text;
}
