// One attempt to find a node for a pod. Models pkg/scheduler/schedule_one.go (Kubernetes 1.32): findNodesThatFitPod,
// numFeasibleNodesToFind, prioritizeNodes, selectHost. Pure but for the draw between equal scores.
// Departures: nodes are judged one after another where the original judges 16 at once, so it never looks at more
// nodes than it needs; nodes named by an affinity are visited in the order of their names.
// Where only a summary is wanted, answers are remembered for pods of one shape (shape-memo.ts); else each node is asked.
import type { Stream } from '../../engine/random.ts';
import type { Code, PreparedFilter, PreparedScore, Profile, Verdict } from './framework.ts';
import { type ActiveFilter, judge, type Rejection, Trial, withNominated } from './judge.ts';
import type { NodeTable } from './node-table.ts';
import type { PodInfo } from './pod-info.ts';
import { leadingLocal, type LocalScore, type ShapeMemo } from './shape-memo.ts';

/** What one plugin thought of one node: before normalization, after it, and times the weight. */
interface PluginScore {
  readonly raw: number;
  readonly normalized: number;
  readonly weighted: number;
}

export interface NodeDecision {
  readonly node: string;
  /** The first plugin that turned the node down. */
  readonly filtered?: { readonly plugin: string; readonly code: Code; readonly reasons: readonly string[] };
  /** Absent also when only one node was feasible: then nothing is scored. */
  readonly scores?: Readonly<Record<string, PluginScore>>;
  readonly total?: number;
}

/**
 * The same for all nodes in little space, because it is kept for every pod: names and columns of numbers instead of an
 * object for each node and plugin. {@link nodeDecisions} unfolds it.
 */
export interface NodeVerdicts {
  readonly filtered: readonly NodeDecision[];
  readonly feasible: readonly string[];
  /** Absent when nothing was scored. Entry `i` of each column belongs to feasible node `i`. */
  readonly scores?: readonly ScoreColumn[];
}

interface ScoreColumn {
  readonly plugin: string;
  readonly weight: number;
  readonly raw: Int32Array;
  readonly normalized: Int32Array;
}

/** Why nodes were turned down, counted. */
interface Diagnosis {
  /** Nodes turned down, by reason. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly plugins: ReadonlySet<string>;
  /** Set when a plugin turned the pod down before any node was looked at. */
  readonly preFilterMessage?: string;
  /** Slots of the nodes from which removing pods might help (code Unschedulable). */
  readonly resolvable: readonly number[];
}

export interface Attempt {
  readonly chosen: string | undefined;
  readonly feasible: number;
  /** Nodes that the filters looked at. */
  readonly evaluated: number;
  readonly totalNodes: number;
  readonly diagnosis: Diagnosis;
  /** Every node looked at when details are wanted; else none. */
  readonly verdicts: NodeVerdicts;
  readonly chosenTotal: number | undefined;
  readonly runnerUp: { readonly node: string; readonly total: number } | undefined;
  /** How many nodes had the best score. */
  readonly tied: number;
  /** Where the next search begins. */
  readonly nextStart: number;
}

const MIN_FEASIBLE_NODES = 100;
const MIN_PERCENTAGE = 5;
/** So few nodes are asked sooner than looked up. */
const WORTH_A_MEMO = 16;

/** How many feasible nodes are enough: all of a small cluster, by default down to 5 % of a large one. */
export function numFeasibleNodesToFind(totalNodes: number, percentageOfNodesToScore?: number): number {
  if (totalNodes < MIN_FEASIBLE_NODES) return totalNodes;
  const percentage = percentageOfNodesToScore ?? Math.max(MIN_PERCENTAGE, 50 - Math.trunc(totalNodes / 125));
  return Math.max(MIN_FEASIBLE_NODES, Math.trunc((totalNodes * percentage) / 100));
}

export function schedulePod(
  pod: PodInfo,
  nodes: NodeTable,
  profile: Profile,
  start: number,
  tie: Stream,
  detail: 'full' | 'summary',
): Attempt {
  const reasons = new Map<string, number>();
  const plugins = new Set<string>();
  const filtered: NodeDecision[] = [];
  const filters: ActiveFilter[] = [];
  const narrowedBy: string[] = [];
  let names: readonly string[] | undefined;
  const totalNodes = nodes.size;
  let resolvable: number[] = [];
  const locals = leadingLocal(profile.filters);
  /** How many of `filters` are among those. */
  let local = 0;
  const failed = (evaluated: number, nextStart: number, preFilterMessage?: string): Attempt => ({
    chosen: undefined,
    feasible: 0,
    evaluated,
    totalNodes,
    diagnosis: { reasons, plugins, resolvable, ...(preFilterMessage === undefined ? {} : { preFilterMessage }) },
    verdicts: { filtered, feasible: [] },
    chosenTotal: undefined,
    runnerUp: undefined,
    tied: 0,
    nextStart,
  });

  for (const [i, plugin] of profile.filters.entries()) {
    const prepared: PreparedFilter = plugin.prepareFilter(pod, nodes);
    if (prepared.kind === 'skip') continue;
    if (prepared.kind === 'rejected') {
      plugins.add(plugin.name);
      if (prepared.verdict.code === 'Unschedulable') resolvable = [...nodes.order()];
      return failed(0, start, prepared.verdict.reasons.join(', '));
    }
    filters.push({ plugin, filter: prepared.filter });
    if (i < locals) local = filters.length;
    if (!prepared.nodeNames) continue;
    const { nodeNames } = prepared;
    narrowedBy.push(plugin.name);
    names = names ? names.filter((name) => nodeNames.includes(name)) : nodeNames;
  }

  // Nodes for which other pods are nominated must do with and without those.
  const ask = (slot: number): Rejection | undefined =>
    withNominated(pod, nodes, slot, () => new Trial(pod, nodes, profile).judge(slot)) ?? judge(filters, slot);
  // A pod that others were evicted for goes to its node if it can, without a look at the rest.
  const nominated = nodes.slotOf(pod.pod.status.nominatedNodeName ?? '');
  if (nominated !== undefined && !ask(nominated)) {
    const chosen = nodes.nameAt(nominated);
    const verdicts = { filtered, feasible: detail === 'full' ? [chosen] : [] };
    return { ...failed(1, start), chosen, feasible: 1, verdicts, tied: 1 };
  }

  const candidates = names ? slotsOf(names, nodes) : nodes.order();
  const count = candidates.length;
  const absent = totalNodes - count;
  if (names) {
    for (const name of narrowedBy) plugins.add(name);
    if (absent > 0) reasons.set(`node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}]`, absent);
  }
  const enough = numFeasibleNodesToFind(count, profile.percentageOfNodesToScore);
  // One feasible node, or few that are named, are not worth remembering.
  const memo =
    detail === 'summary' && count > WORTH_A_MEMO
      ? nodes.memos.of(profile, pod.pod.spec, nodes.version.length)
      : undefined;
  memo?.reserve(enough);
  const feasible = memo ? memo.feasible : new Int32Array(enough);
  const remembered = filters.slice(0, local);
  const others = filters.slice(local);
  const asked = (slot: number): Rejection | undefined =>
    memo ? (memo.judge(remembered, slot, nodes.version[slot] as number) ?? judge(others, slot)) : judge(filters, slot);
  let found = 0;
  let evaluated = 0;
  const guests = nodes.nominated.empty ? undefined : nodes.guests();
  const versions = nodes.version;
  // Where all that is asked is remembered, and nobody is nominated.
  const judged = others.length === 0 && !guests ? memo?.judged : undefined;
  // Plugins hand out the same verdict again and again, so that counting the verdicts is enough.
  const tallies = new Map<Verdict, { readonly rejection: Rejection; count: number }>();
  let last: { readonly rejection: Rejection; count: number } | undefined;
  for (let at = count === 0 ? 0 : start % count; evaluated < count && found < enough; evaluated++) {
    const slot = candidates[at] as number;
    if (++at === count) at = 0;
    if (judged !== undefined && judged[slot] === versions[slot]) {
      feasible[found++] = slot;
      continue;
    }
    const rejection = guests?.[slot] === 1 ? ask(slot) : asked(slot);
    if (!rejection) {
      feasible[found++] = slot;
      continue;
    }
    const { plugin, verdict } = rejection;
    if (verdict.code === 'Unschedulable') resolvable.push(slot);
    if (last?.rejection.verdict !== verdict) {
      last = tallies.get(verdict);
      if (!last) tallies.set(verdict, (last = { rejection, count: 0 }));
    }
    last.count++;
    if (detail === 'full')
      filtered.push({
        node: nodes.nameAt(slot),
        filtered: { plugin, code: verdict.code, reasons: verdict.reasons },
      });
  }
  for (const { rejection, count: times } of tallies.values()) {
    plugins.add(rejection.plugin);
    for (const reason of rejection.verdict.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + times);
  }
  const nextStart = totalNodes === 0 ? 0 : (start + evaluated) % totalNodes;
  if (found === 0) return failed(evaluated, nextStart);

  const scored =
    found === 1
      ? undefined
      : memo
        ? scoreRemembered(pod, nodes, profile, memo, found)
        : score(pod, nodes, profile, feasible, found, detail);
  const best = scored ? selectHost(scored.totals, found, tie) : { index: 0, tied: 1 };
  const feasibleNames: string[] = [];
  if (detail === 'full') for (let i = 0; i < found; i++) feasibleNames.push(nodes.nameAt(feasible[i] as number));
  return {
    chosen: nodes.nameAt(feasible[best.index] as number),
    feasible: found,
    evaluated,
    totalNodes,
    diagnosis: { reasons, plugins, resolvable },
    verdicts: { filtered, feasible: feasibleNames, ...(scored?.columns ? { scores: scored.columns } : {}) },
    chosenTotal: scored?.totals[best.index],
    runnerUp: scored && runnerUp(scored.totals, found, best.index, feasible, nodes),
    tied: best.tied,
    nextStart,
  };
}

/** Filtered nodes first, then the feasible ones, each in the order in which they were looked at. */
export function nodeDecisions({ filtered, feasible, scores: columns }: NodeVerdicts): readonly NodeDecision[] {
  if (!columns) return [...filtered, ...feasible.map((node) => ({ node }))];
  const scored = feasible.map((node, i) => {
    const scores: Record<string, PluginScore> = {};
    let total = 0;
    for (const { plugin, weight, raw, normalized } of columns) {
      const score = normalized[i] as number;
      scores[plugin] = { raw: raw[i] as number, normalized: score, weighted: score * weight };
      total += score * weight;
    }
    return { node, scores, total };
  });
  return [...filtered, ...scored];
}

function slotsOf(names: readonly string[], nodes: NodeTable): Int32Array {
  const slots: number[] = [];
  for (const name of names) {
    const slot = nodes.slotOf(name);
    if (slot !== undefined) slots.push(slot);
  }
  return Int32Array.from(slots);
}

function score(
  pod: PodInfo,
  nodes: NodeTable,
  profile: Profile,
  feasible: Int32Array,
  count: number,
  detail: 'full' | 'summary',
): { totals: Float64Array; columns: readonly ScoreColumn[] } {
  const totals = new Float64Array(count);
  const scores = new Float64Array(count);
  const columns: ScoreColumn[] = [];
  for (const { plugin, weight } of profile.scores) {
    const prepared: PreparedScore | undefined = plugin.prepareScore(pod, nodes, feasible, count);
    if (!prepared) continue;
    scoreAll(prepared, scores, feasible, count);
    // Scores are whole numbers (int64 in the original), so nothing is lost.
    const raw = detail === 'full' ? Int32Array.from(scores) : undefined;
    prepared.normalize?.(scores, count);
    for (let i = 0; i < count; i++) totals[i] = (totals[i] as number) + (scores[i] as number) * weight;
    if (raw)
      columns.push({
        plugin: plugin.name,
        weight,
        raw,
        normalized: prepared.normalize ? Int32Array.from(scores) : raw,
      });
  }
  return { totals, columns };
}

/** The same totals: what depends on the node alone is remembered, and what is the same for all is not asked of each. */
function scoreRemembered(
  pod: PodInfo,
  nodes: NodeTable,
  profile: Profile,
  memo: ShapeMemo,
  count: number,
): { totals: Float64Array; columns: undefined } {
  const { feasible, totals, scores } = memo;
  const local: LocalScore[] = [];
  const others: { readonly prepared: PreparedScore; readonly weight: number }[] = [];
  let uniform = 0;
  for (const { plugin, weight } of profile.scores) {
    const prepared = plugin.prepareScore(pod, nodes, feasible, count);
    if (!prepared) continue;
    if (prepared.uniform !== undefined) uniform += prepared.uniform * weight;
    else if (plugin.localScore) local.push({ score: prepared.score, weight });
    else others.push({ prepared, weight });
  }
  memo.addUp(local, count, nodes.version);
  // All are whole numbers, so the order of the additions makes no difference.
  if (uniform !== 0) for (let i = 0; i < count; i++) totals[i] = (totals[i] as number) + uniform;
  for (const { prepared, weight } of others) {
    scoreAll(prepared, scores, feasible, count);
    prepared.normalize?.(scores, count);
    for (let i = 0; i < count; i++) totals[i] = (totals[i] as number) + (scores[i] as number) * weight;
  }
  return { totals, columns: undefined };
}

function scoreAll({ score, fill }: PreparedScore, scores: Float64Array, feasible: Int32Array, count: number): void {
  if (fill) fill(scores, count);
  else for (let i = 0; i < count; i++) scores[i] = score(feasible[i] as number);
}

/** The best total; between equal ones each has the same chance (reservoir sampling). */
function selectHost(totals: Float64Array, count: number, tie: Stream): { index: number; tied: number } {
  let max = totals[0] as number;
  let index = 0;
  let tied = 1;
  for (let i = 1; i < count; i++) {
    const total = totals[i] as number;
    if (total > max) {
      max = total;
      index = i;
      tied = 1;
    } else if (total === max && tie.int(++tied) === 0) index = i;
  }
  return { index, tied };
}

function runnerUp(
  totals: Float64Array,
  count: number,
  chosen: number,
  feasible: Int32Array,
  nodes: NodeTable,
): Attempt['runnerUp'] {
  let second = -1;
  for (let i = 0; i < count; i++)
    if (i !== chosen && (second < 0 || (totals[i] as number) > (totals[second] as number))) second = i;
  return second < 0 ? undefined : { node: nodes.nameAt(feasible[second] as number), total: totals[second] as number };
}
