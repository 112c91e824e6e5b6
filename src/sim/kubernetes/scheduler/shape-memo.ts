// What has been found out about the nodes for pods of one shape (one spec: the pods of a template share it), each answer
// kept until its node changes. Thousands of pods of a template then cost one judgement for each node that changed since,
// not one for every node looked at. Stands for nothing in Kubernetes 1.32; the answers are those of a plain scan, which a
// test holds it to. Derived: never saved.
import type { FilterPlugin, PreparedFilter, PreparedScore, Profile } from './framework.ts';
import type { ActiveFilter, Rejection } from './judge.ts';
import { judge } from './judge.ts';
import type { PodSpec } from '../objects.ts';
import { ScoreKeeper } from './score-history.ts';

/** Scores of a plugin whose answers depend on the node alone, ready to be added up. */
export interface LocalScore {
  readonly score: PreparedScore['score'];
  readonly weight: number;
}

/** How many of the filters, from the first on, look at nothing but the node and the pod's spec. */
export function leadingLocal(filters: readonly FilterPlugin[]): number {
  const other = filters.findIndex((plugin) => plugin.local !== true);
  return other < 0 ? filters.length : other;
}

export class ShapeMemo {
  /** By slot: the version of the node for which the filters said yes; its negative where they said no. */
  readonly judged: Int32Array;
  /** By place in the profile: the leading local filters and the local scores, ready for every pod of the shape. */
  readonly filters: PreparedFilter[] = [];
  readonly scorers: (PreparedScore | undefined)[] = [];
  /** The latter with their weights, where all of them have been asked for. */
  locals: readonly LocalScore[] | undefined;
  readonly #rejections: (Rejection | undefined)[] = [];
  readonly #scored: Int32Array;
  readonly #totals: Float64Array;
  /** For one attempt at a time: slots that passed, their totals, and the scores of one plugin. */
  feasible = new Int32Array(128);
  totals = new Float64Array(128);
  scores = new Float64Array(128);
  /** Of the newest attempt: the names of the feasible nodes, and all scores, where these are kept. */
  names: readonly string[] = [];
  readonly keeper = new ScoreKeeper();
  /** By plugin and slot: scores, and the versions of the nodes for which they are right. */
  readonly #local = new Map<string, { readonly scores: Float64Array; readonly versions: Int32Array }>();

  constructor(slots: number) {
    this.judged = new Int32Array(slots);
    this.#scored = new Int32Array(slots);
    this.#totals = new Float64Array(slots);
  }

  get slots(): number {
    return this.judged.length;
  }

  /** Makes room for `count` feasible nodes. */
  reserve(count: number): void {
    if (count <= this.feasible.length) return;
    this.feasible = new Int32Array(count);
    this.totals = new Float64Array(count);
    this.scores = new Float64Array(count);
  }

  /** What `filters` say of the node in `slot`, which is at `version`. */
  judge(filters: readonly ActiveFilter[], slot: number, version: number): Rejection | undefined {
    const judged = this.judged[slot] as number;
    if (judged === version) return undefined;
    if (judged === -version) return this.#rejections[slot];
    const rejection = judge(filters, slot);
    this.judged[slot] = rejection ? -version : version;
    if (rejection || this.#rejections[slot]) this.#rejections[slot] = rejection;
    return rejection;
  }

  /** Fills {@link totals} with `base` and the weighted sums of `scores` for the first `count` feasible slots. */
  addUp(scores: readonly LocalScore[], base: number, count: number, versions: Int32Array): void {
    const { feasible, totals } = this;
    for (let i = 0; i < count; i++) {
      const slot = feasible[i] as number;
      const version = versions[slot] as number;
      if (this.#scored[slot] !== version) {
        let sum = 0;
        for (const { score, weight } of scores) sum += score(slot) * weight;
        this.#totals[slot] = sum;
        this.#scored[slot] = version;
      }
      totals[i] = base + (this.#totals[slot] as number);
    }
  }

  /** Fills {@link scores} with what the plugin says of the first `count` feasible slots. */
  fill(plugin: string, score: PreparedScore['score'], count: number, versions: Int32Array): void {
    let known = this.#local.get(plugin);
    if (!known) {
      known = { scores: new Float64Array(this.slots), versions: new Int32Array(this.slots) };
      this.#local.set(plugin, known);
    }
    const { feasible, scores } = this;
    for (let i = 0; i < count; i++) {
      const slot = feasible[i] as number;
      const version = versions[slot] as number;
      if (known.versions[slot] !== version) {
        known.scores[slot] = score(slot);
        known.versions[slot] = version;
      }
      scores[i] = known.scores[slot] as number;
    }
  }
}

/** The memos of one table of nodes. */
export class ShapeMemos {
  readonly #byProfile = new WeakMap<Profile, WeakMap<PodSpec, ShapeMemo | null>>();

  /** Undefined when a spec is seen for the first time: a pod that shares it with no other is not worth a memo. */
  of(profile: Profile, spec: PodSpec, slots: number): ShapeMemo | undefined {
    let bySpec = this.#byProfile.get(profile);
    if (!bySpec) this.#byProfile.set(profile, (bySpec = new WeakMap<PodSpec, ShapeMemo | null>()));
    const known = bySpec.get(spec);
    if (known === undefined) {
      bySpec.set(spec, null);
      return undefined;
    }
    if (known?.slots === slots) return known;
    const made = new ShapeMemo(slots);
    bySpec.set(spec, made);
    return made;
  }
}
