// The scores of every node that an attempt looked at, kept in little space because they are kept for every pod. From one
// pod of a template to the next only a few of them change, so what is kept is a place in a list of changes; the scores
// are worked out when somebody reads them. Stands for nothing in Kubernetes 1.32.

/** The scores of attempts that looked at the same nodes with the same plugins. Only ever added to. */
interface ScoreHistory {
  readonly plugins: readonly { readonly plugin: string; readonly weight: number }[];
  readonly nodes: readonly string[];
  /** Of the first attempt: for each plugin the scores of all nodes before normalization, then those after it. Never written again. */
  readonly first: Int32Array;
  /** Pairs of a place in that list and the score that is there from then on. */
  readonly changes: number[];
}

/** Plain data, as a checkpoint wants it. */
export interface KeptScores {
  readonly history: ScoreHistory;
  /** How much of the changes this attempt knows. */
  readonly known: number;
}

export interface ScoreColumn {
  readonly plugin: string;
  readonly weight: number;
  /** Entry `i` belongs to node `i`. */
  readonly raw: Int32Array;
  readonly normalized: Int32Array;
}

/** Where the scores of an attempt are put down, and then those of the next one. */
export class ScoreKeeper {
  #history: ScoreHistory | undefined;
  /** What the newest attempt found; undefined while the history has no changes. */
  #latest: Int32Array | undefined;
  #next = new Int32Array(0);
  #plugins: { readonly plugin: string; readonly weight: number }[] = [];
  #count = 0;

  /** Begins with an attempt in which at most `plugins` plugins score `count` nodes. */
  begin(plugins: number, count: number): void {
    this.#plugins = [];
    this.#count = count;
    if (this.#next.length < 2 * plugins * count) this.#next = new Int32Array(2 * plugins * count);
  }

  /** Puts down what `plugin` says before its scores are normalized; {@link normalized} must follow. */
  raw(plugin: string, weight: number, scores: Float64Array): void {
    this.#put(scores, 2 * this.#plugins.length);
    this.#plugins.push({ plugin, weight });
  }

  normalized(scores: Float64Array): void {
    this.#put(scores, 2 * this.#plugins.length - 1);
  }

  /** Both at once, of a plugin to which all nodes are the same. */
  uniform(plugin: string, weight: number, raw: number, normalized: number): void {
    const from = 2 * this.#plugins.length * this.#count;
    this.#next.fill(raw, from, from + this.#count);
    this.#next.fill(normalized, from + this.#count, from + 2 * this.#count);
    this.#plugins.push({ plugin, weight });
  }

  /**
   * Ends the attempt.
   * @param nodes names of the nodes, as many as there are scores; the very array of the attempt before where it is equal
   */
  keep(nodes: readonly string[]): KeptScores {
    const history = this.#history;
    const size = 2 * this.#plugins.length * this.#count;
    if (history?.nodes !== nodes || !this.#samePlugins(history)) return this.#anew(nodes);
    const { changes, first } = history;
    const latest = (this.#latest ??= first.slice());
    const next = this.#next;
    for (let i = 0; i < size; i++) {
      const score = next[i] as number;
      if (latest[i] === score) continue;
      latest[i] = score;
      changes.push(i, score);
    }
    // A long list is long to read.
    return changes.length > 2 * size ? this.#anew(nodes) : { history, known: changes.length };
  }

  #put(scores: Float64Array, column: number): void {
    const next = this.#next;
    const from = column * this.#count;
    // Scores are whole numbers (int64 in the original), so nothing is lost.
    for (let i = 0; i < this.#count; i++) next[from + i] = scores[i] as number;
  }

  #samePlugins({ plugins }: ScoreHistory): boolean {
    const mine = this.#plugins;
    if (plugins.length !== mine.length) return false;
    for (let i = 0; i < mine.length; i++)
      if (plugins[i]?.plugin !== mine[i]?.plugin || plugins[i]?.weight !== mine[i]?.weight) return false;
    return true;
  }

  #anew(nodes: readonly string[]): KeptScores {
    const history: ScoreHistory = { plugins: this.#plugins, nodes, first: this.#next, changes: [] };
    this.#history = history;
    this.#latest = undefined;
    this.#next = new Int32Array(0);
    return { history, known: 0 };
  }
}

/** The scores as they were, a column for each plugin. */
export function scoreColumns({ history, known }: KeptScores): readonly ScoreColumn[] {
  const { plugins, nodes, first, changes } = history;
  const all = first.slice();
  for (let i = 0; i < known; i += 2) all[changes[i] as number] = changes[i + 1] as number;
  const column = (number: number) => all.subarray(number * nodes.length, (number + 1) * nodes.length);
  return plugins.map(({ plugin, weight }, i) => ({
    plugin,
    weight,
    raw: column(2 * i),
    normalized: column(2 * i + 1),
  }));
}
