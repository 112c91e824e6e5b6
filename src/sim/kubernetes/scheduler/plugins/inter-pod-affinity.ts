// Affinity and anti-affinity to other pods: required terms filter, preferred ones give points, and the terms of the
// pods that are placed already work on the new pod too. Models pkg/scheduler/framework/plugins/interpodaffinity
// (Kubernetes 1.32). Departures: what the original counts per cycle is kept in placements.ts, the sums are the same;
// a pod that another pod's anti-affinity kept away is tried again when that pod goes, as in later versions.
import type { Node, Pod } from '../../objects.ts';
import {
  type ClusterEvent,
  type FilterPlugin,
  MAX_NODE_SCORE,
  type ScorePlugin,
  success,
  type Verdict,
} from '../framework.ts';
import type { NodeTable } from '../node-table.ts';
import type { PodKind, TermOfPods } from '../placements.ts';
import { allOf, describedOf, type Term, type TermKind, termsOf } from '../pod-terms.ts';
import type { ValueCounts } from '../topology-key.ts';

export interface InterPodAffinityArgs {
  /** What the required affinity of a placed pod weighs when the new pod is scored. */
  readonly hardPodAffinityWeight: number;
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}

const affinityUnmet: Verdict = {
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match pod affinity rules"],
};
const antiAffinityUnmet: Verdict = {
  code: 'Unschedulable',
  reasons: ["node(s) didn't match pod anti-affinity rules"],
};
const existingUnmet: Verdict = {
  code: 'Unschedulable',
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
};

/** Pods counted by the values of one node label. */
interface Counted {
  readonly valueAt: Int32Array;
  readonly counts: Int32Array;
}

export function createInterPodAffinity(args: InterPodAffinityArgs): FilterPlugin & ScorePlugin {
  return {
    name: 'InterPodAffinity',
    preparesFromPods: true,
    prepareFilter({ pod }, nodes) {
      const { placements } = nodes;
      const kind = placements.kindOf(pod);
      const existing: Counted[] = [];
      for (const { kind: of, key, placed } of placements.termsAdmitting(kind))
        if (of === 'requiredAntiAffinity' && placed && placed.total > 0)
          existing.push({ valueAt: key.valueAt, counts: placed.counts });
      const affinity = ofKind(kind, 'requiredAffinity');
      const antiAffinity = ofKind(kind, 'requiredAntiAffinity');
      if (existing.length + affinity.length + antiAffinity.length === 0) return { kind: 'skip' };
      const wanted = affinity.length === 0 ? undefined : prepareAffinity(affinity, kind, nodes);
      const unwanted = antiAffinity.map(({ query, key }) => ({
        valueAt: key.valueAt,
        counts: placements.byValue(placements.countOf(query), key).counts,
      }));
      return {
        kind: 'filter',
        filter(slot) {
          if (wanted && !wanted(slot)) return affinityUnmet;
          if (meetsAny(unwanted, slot)) return antiAffinityUnmet;
          return meetsAny(existing, slot) ? existingUnmet : success;
        },
      };
    },
    prepareScore({ pod }, nodes) {
      const kind = nodes.placements.kindOf(pod);
      const parts = scoreParts(kind, nodes, args);
      if (parts.length === 0) return undefined;
      return {
        score(slot) {
          let sum = 0;
          for (const { valueAt, counts, weight } of parts) {
            const value = valueAt[slot] as number;
            if (value >= 0) sum += (counts[value] as number) * weight;
          }
          return sum;
        },
        normalize(scores, count) {
          stretch(scores, count);
        },
      };
    },
    hears: ['NodeAdd', 'NodeUpdate', 'AssignedPodAdd', 'AssignedPodUpdate', 'AssignedPodDelete', 'PodUpdate'],
    hint({ pod }, event) {
      return helps(pod, event);
    },
  };
}

export const interPodAffinity = createInterPodAffinity({ hardPodAffinityWeight: 1 });

function ofKind(kind: PodKind, wanted: TermKind): readonly TermOfPods[] {
  return kind.terms.filter((term) => term.kind === wanted);
}

function meetsAny(list: readonly Counted[], slot: number): boolean {
  for (const { valueAt, counts } of list) {
    const value = valueAt[slot] as number;
    if (value >= 0 && (counts[value] as number) > 0) return true;
  }
  return false;
}

/**
 * A node needs the labels of all terms, and for each a pod with the same value that all terms match. The first pod of
 * a group that wants to be together matches its own terms and goes anywhere with the labels.
 */
function prepareAffinity(
  terms: readonly TermOfPods[],
  kind: PodKind,
  { placements }: NodeTable,
): (slot: number) => boolean {
  const query = allOf(terms.map((term) => term.query));
  const count = placements.countOf(query);
  const tables = terms.map(({ key }) => ({ valueAt: key.valueAt, table: placements.byValue(count, key) }));
  const first = tables.every(({ table }) => table.total === 0) && placements.admits(query, kind);
  return (slot) => {
    let podsExist = true;
    for (const { valueAt, table } of tables) {
      const value = valueAt[slot] as number;
      if (value < 0) return false;
      if (table.counts[value] === 0) podsExist = false;
    }
    return podsExist || first;
  };
}

/** What adds points for a topology value: pods that the new one prefers, and placed pods that prefer the new one. */
function scoreParts(
  kind: PodKind,
  { placements }: NodeTable,
  { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods = false }: InterPodAffinityArgs,
): readonly (Counted & { readonly weight: number })[] {
  const parts: (Counted & { readonly weight: number })[] = [];
  const add = ({ key }: TermOfPods, { counts, total }: ValueCounts, weight: number): void => {
    if (total > 0 && weight !== 0) parts.push({ valueAt: key.valueAt, counts, weight });
  };
  const own = kind.terms.filter(isPreferred);
  if (ignorePreferredTermsOfExistingPods && own.length === 0) return parts;
  for (const term of own) add(term, placements.byValue(placements.countOf(term.query), term.key), signed(term));
  for (const term of placements.termsAdmitting(kind)) {
    if (!term.placed || term.kind === 'requiredAntiAffinity') continue;
    add(term, term.placed, isPreferred(term) ? signed(term) : hardPodAffinityWeight);
  }
  return parts;
}

function isPreferred({ kind }: Term): boolean {
  return kind === 'preferredAffinity' || kind === 'preferredAntiAffinity';
}

function signed({ kind, weight }: Term): number {
  return kind === 'preferredAntiAffinity' ? -weight : weight;
}

/** The least sum becomes 0 and the greatest 100. */
function stretch(scores: Float64Array, count: number): void {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < count; i++) {
    min = Math.min(min, scores[i] as number);
    max = Math.max(max, scores[i] as number);
  }
  const range = max - min;
  for (let i = 0; i < count; i++)
    scores[i] = range > 0 ? Math.trunc(MAX_NODE_SCORE * (((scores[i] as number) - min) / range)) : 0;
}

function helps(pod: Pod, event: ClusterEvent): boolean {
  const terms = termsOf(describedOf(pod), pod.spec.affinity);
  const affinity = terms.filter(({ kind }) => kind === 'requiredAffinity');
  const antiAffinity = terms.filter(({ kind }) => kind === 'requiredAntiAffinity');
  switch (event.kind) {
    case 'PodUpdate':
      return event.pod.metadata.labels !== event.before.metadata.labels;
    case 'AssignedPodAdd':
      return matchesAll(affinity, event.pod);
    case 'AssignedPodDelete':
      return (
        matchesAll(antiAffinity, event.pod) ||
        termsOf(describedOf(event.pod), event.pod.spec.affinity).some(
          (term) => term.kind === 'requiredAntiAffinity' && matchesAll([term], pod),
        )
      );
    case 'AssignedPodUpdate':
      return (
        (matchesAll(affinity, event.pod) && !matchesAll(affinity, event.before)) ||
        (!matchesAll(antiAffinity, event.pod) && matchesAll(antiAffinity, event.before))
      );
    case 'NodeDelete':
    case 'StorageChange':
      return false;
    default:
      return nodeHelps(affinity, antiAffinity, event.node, event.kind === 'NodeUpdate' ? event.before : undefined);
  }
}

/** Labels of namespaces are not looked at here: where only they could say yes, the pod is tried. */
function matchesAll(terms: readonly Term[], pod: Pod): boolean {
  const described = describedOf(pod);
  return terms.length > 0 && terms.every(({ query }) => query.readsNamespaces || query.admits(described, undefined));
}

function nodeHelps(
  affinity: readonly Term[],
  antiAffinity: readonly Term[],
  node: Node,
  before: Node | undefined,
): boolean {
  const value = (of: Node, { topologyKey }: Term) => of.metadata.labels?.[topologyKey];
  if (!before) return affinity.length === 0 || affinity.some((term) => value(node, term) !== undefined);
  const changed = (term: Term) => value(node, term) !== value(before, term);
  return (
    affinity.some((term) => value(node, term) !== undefined && changed(term)) ||
    antiAffinity.some((term) => value(before, term) !== undefined && changed(term))
  );
}
