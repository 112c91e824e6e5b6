// One attempt to find a node for a pod. Models pkg/scheduler/schedule_one.go (Kubernetes 1.32): findNodesThatFitPod,
// numFeasibleNodesToFind, prioritizeNodes, selectHost. Pure but for the draw between equal scores.
// Departures: nodes are judged one after another where the original judges 16 at once, so it never looks at more
// nodes than it needs; nodes named by an affinity are visited in the order of their names.
// Answers are remembered for pods of one shape (shape-memo.ts); a pod that shares its shape with no other asks each node.
import type { Stream } from '../../engine/random.ts';
import type { Code, FilterPlugin, PreparedFilter, PreparedScore, Profile, ScorePlugin, Verdict } from './framework.ts';
import { type ActiveFilter, judge, type Rejection, Trial, withNominated } from './judge.ts';
import type { NodeTable } from './node-table.ts';
import type { PodInfo } from './pod-info.ts';
import { type KeptScores, scoreColumns, ScoreKeeper } from './score-history.ts';
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

/** The same for all nodes in little space, because it is kept for every pod. {@link nodeDecisions} unfolds it. */
export interface NodeVerdicts {
  readonly filtered: readonly NodeDecision[];
  readonly feasible: readonly string[];
  /** Of the feasible nodes; absent when nothing was scored. */
  readonly scores?: KeptScores;
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
const NO_NAMES: readonly string[] = [];

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
  // Few nodes are not worth remembering.
  const shape = totalNodes > WORTH_A_MEMO ? nodes.memos.of(profile, pod.pod.spec, nodes.version.length) : undefined;
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

  for (let i = 0; i < profile.filters.length; i++) {
    const plugin = profile.filters[i] as FilterPlugin;
    const prepared: PreparedFilter =
      shape && i < locals ? (shape.filters[i] ??= plugin.prepareFilter(pod, nodes)) : plugin.prepareFilter(pod, nodes);
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
  const memo = count > WORTH_A_MEMO ? shape : undefined;
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
  let tallies: Map<Verdict, { readonly rejection: Rejection; count: number }> | undefined;
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
      tallies ??= new Map<Verdict, { readonly rejection: Rejection; count: number }>();
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
  for (const { rejection, count: times } of tallies?.values() ?? []) {
    plugins.add(rejection.plugin);
    for (const reason of rejection.verdict.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + times);
  }
  const nextStart = totalNodes === 0 ? 0 : (start + evaluated) % totalNodes;
  if (found === 0) return failed(evaluated, nextStart);

  const feasibleNames = detail === 'full' ? namesOf(nodes, feasible, found, memo?.names) : NO_NAMES;
  if (memo) memo.names = feasibleNames;
  const scored =
    found === 1
      ? undefined
      : detail === 'full'
        ? scoreInFull(pod, nodes, profile, feasible, feasibleNames, memo)
        : memo
          ? scoreRemembered(pod, nodes, profile, memo, found)
          : score(pod, nodes, profile, feasible, found);
  const best = scored ? selectHost(scored.totals, found, tie) : { index: 0, tied: 1 };
  return {
    chosen: nodes.nameAt(feasible[best.index] as number),
    feasible: found,
    evaluated,
    totalNodes,
    diagnosis: { reasons, plugins, resolvable },
    verdicts: { filtered, feasible: feasibleNames, ...(scored?.kept ? { scores: scored.kept } : {}) },
    chosenTotal: scored?.totals[best.index],
    runnerUp: scored && runnerUp(scored.totals, found, best.index, feasible, nodes),
    tied: best.tied,
    nextStart,
  };
}

/** Filtered nodes first, then the feasible ones, each in the order in which they were looked at. */
export function nodeDecisions({ filtered, feasible, scores: kept }: NodeVerdicts): readonly NodeDecision[] {
  if (!kept) return [...filtered, ...feasible.map((node) => ({ node }))];
  const columns = scoreColumns(kept);
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

/** The names of the first `count` feasible nodes; `before`, where these are the same again. */
function namesOf(
  nodes: NodeTable,
  feasible: Int32Array,
  count: number,
  before: readonly string[] | undefined,
): readonly string[] {
  if (before?.length === count) {
    let i = 0;
    while (i < count && nodes.nodes[feasible[i] as number]?.metadata.name === before[i]) i++;
    if (i === count) return before;
  }
  const names: string[] = [];
  for (let i = 0; i < count; i++) names.push(nodes.nameAt(feasible[i] as number));
  return names;
}

interface Scored {
  readonly totals: Float64Array;
  /** Where every score is to be kept. */
  readonly kept: KeptScores | undefined;
}

function score(pod: PodInfo, nodes: NodeTable, profile: Profile, feasible: Int32Array, count: number): Scored {
  const totals = new Float64Array(count);
  const scores = new Float64Array(count);
  for (const { plugin, weight } of profile.scores) {
    const prepared: PreparedScore | undefined = plugin.prepareScore(pod, nodes, feasible, count);
    if (!prepared) continue;
    scoreAll(prepared, scores, feasible, count);
    prepared.normalize?.(scores, count);
    addTo(totals, scores, weight, count);
  }
  return { totals, kept: undefined };
}

/** The same totals, and every score that led to them. What depends on the node alone is remembered where there is a memo. */
function scoreInFull(
  pod: PodInfo,
  nodes: NodeTable,
  profile: Profile,
  feasible: Int32Array,
  names: readonly string[],
  memo: ShapeMemo | undefined,
): Scored {
  const count = names.length;
  const keeper = memo ? memo.keeper : new ScoreKeeper();
  const totals = memo ? memo.totals : new Float64Array(count);
  const scores = memo ? memo.scores : new Float64Array(count);
  keeper.begin(profile.scores.length, count);
  // All are whole numbers, so the order of the additions makes no difference.
  let uniform = 0;
  totals.fill(0, 0, count);
  for (let i = 0; i < profile.scores.length; i++) {
    const { plugin, weight } = profile.scores[i] as Profile['scores'][number];
    const prepared = prepareScore(plugin, i, pod, nodes, memo, feasible, count);
    if (!prepared) continue;
    if (prepared.uniform !== undefined) {
      keeper.uniform(plugin.name, weight, prepared.score(feasible[0] as number), prepared.uniform);
      uniform += prepared.uniform * weight;
      continue;
    }
    if (memo && plugin.localScore) memo.fill(plugin.name, prepared.score, count, nodes.version);
    else scoreAll(prepared, scores, feasible, count);
    keeper.raw(plugin.name, weight, scores);
    prepared.normalize?.(scores, count);
    keeper.normalized(scores);
    addTo(totals, scores, weight, count);
  }
  if (uniform !== 0) for (let i = 0; i < count; i++) totals[i] = (totals[i] as number) + uniform;
  return { totals, kept: keeper.keep(names) };
}

/** The same totals: what depends on the node alone is remembered, and what is the same for all is not asked of each. */
function scoreRemembered(pod: PodInfo, nodes: NodeTable, profile: Profile, memo: ShapeMemo, count: number): Scored {
  const { feasible, totals, scores } = memo;
  const local = (memo.locals ??= localScores(pod, nodes, profile, memo));
  const others: { readonly prepared: PreparedScore; readonly weight: number }[] = [];
  let uniform = 0;
  for (const { plugin, weight } of profile.scores) {
    if (plugin.localScore) continue;
    const prepared = plugin.prepareScore(pod, nodes, feasible, count);
    if (!prepared) continue;
    if (prepared.uniform !== undefined) uniform += prepared.uniform * weight;
    else others.push({ prepared, weight });
  }
  // All are whole numbers, so the order of the additions makes no difference.
  memo.addUp(local, uniform, count, nodes.version);
  for (const { prepared, weight } of others) {
    scoreAll(prepared, scores, feasible, count);
    prepared.normalize?.(scores, count);
    addTo(totals, scores, weight, count);
  }
  return { totals, kept: undefined };
}

/** The plugins that score by the node alone, ready for all pods of the shape. */
function localScores(pod: PodInfo, nodes: NodeTable, profile: Profile, memo: ShapeMemo): readonly LocalScore[] {
  const out: LocalScore[] = [];
  profile.scores.forEach(({ plugin, weight }, i) => {
    const prepared = plugin.localScore && prepareScore(plugin, i, pod, nodes, memo, memo.feasible, 0);
    if (prepared) out.push({ score: prepared.score, weight });
  });
  return out;
}

/** What depends on the shape alone is made ready once. @param i the plugin's place in the profile */
function prepareScore(
  plugin: ScorePlugin,
  i: number,
  pod: PodInfo,
  nodes: NodeTable,
  memo: ShapeMemo | undefined,
  feasible: Int32Array,
  count: number,
): PreparedScore | undefined {
  return memo && plugin.localScore
    ? (memo.scorers[i] ??= plugin.prepareScore(pod, nodes, feasible, count))
    : plugin.prepareScore(pod, nodes, feasible, count);
}

function addTo(totals: Float64Array, scores: Float64Array, weight: number, count: number): void {
  for (let i = 0; i < count; i++) totals[i] = (totals[i] as number) + (scores[i] as number) * weight;
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
