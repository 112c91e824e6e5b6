// nodeSelector and node affinity: required ones filter, preferred ones give points. Models
// pkg/scheduler/framework/plugins/nodeaffinity and component-helpers/scheduling/corev1/nodeaffinity (Kubernetes 1.32).
import type { Node, NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '../../objects.ts';
import { matchesLabels, matchesRequirements, newRequirement, type Operator, type Requirement } from '../../selector.ts';
import { type FilterPlugin, normalizeByMax, type ScorePlugin, success, type Verdict } from '../framework.ts';

const notPod: Verdict = {
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
};
const notEnforced: Verdict = {
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match scheduler-enforced node affinity"],
};
const conflict: Verdict = { code: 'UnschedulableAndUnresolvable', reasons: ['pod affinity terms conflict'] };

type NodeMatcher = (node: Node) => boolean;

/** @param added affinity that the scheduler's configuration demands of every pod */
export function createNodeAffinity(added?: NodeAffinity): FilterPlugin & ScorePlugin {
  const enforced = added?.requiredDuringSchedulingIgnoredDuringExecution;
  const matchesEnforced = enforced && anyTerm(enforced.nodeSelectorTerms);
  const addedPreferred = added?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    name: 'NodeAffinity',
    local: true,
    prepareFilter({ pod }, nodes) {
      const required = requiredTerms(pod);
      if (!required && !matchesEnforced && pod.spec.nodeSelector === undefined) return { kind: 'skip' };
      const matchesPod = requiredMatcher(pod);
      const filter = (slot: number): Verdict => {
        const node = nodes.nodeAt(slot);
        if (matchesEnforced && !matchesEnforced(node)) return notEnforced;
        return matchesPod(node) ? success : notPod;
      };
      const nodeNames = required && namedNodes(required);
      if (!nodeNames) return { kind: 'filter', filter };
      return nodeNames.size === 0
        ? { kind: 'rejected', verdict: conflict }
        : { kind: 'filter', filter, nodeNames: [...nodeNames].sort() };
    },
    prepareScore({ pod }, nodes) {
      const own = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      if (own.length === 0 && addedPreferred.length === 0) return undefined;
      const terms = [...addedPreferred, ...own]
        .filter(({ weight }) => weight !== 0)
        .map(({ weight, preference }) => ({ weight, matches: termMatcher(preference) }));
      return {
        score(slot) {
          const node = nodes.nodeAt(slot);
          let sum = 0;
          for (const { weight, matches } of terms) if (matches(node)) sum += weight;
          return sum;
        },
        normalize(scores, count) {
          normalizeByMax(scores, count, false);
        },
      };
    },
    hears: ['NodeAdd', 'NodeUpdate', 'PodUpdate'],
    hint({ pod }, event) {
      if (event.kind === 'PodUpdate') return event.pod.spec !== event.before.spec;
      if (event.kind !== 'NodeAdd' && event.kind !== 'NodeUpdate') return false;
      const matchesPod = requiredMatcher(pod);
      const fits: NodeMatcher = (node) => (matchesEnforced?.(node) ?? true) && matchesPod(node);
      return fits(event.node) && !(event.kind === 'NodeUpdate' && fits(event.before));
    },
  };
}

export const nodeAffinity = createNodeAffinity();

/** Whether a node is among those that nodeSelector and required affinity admit. Also what a kubelet checks. */
export function requiredMatcher(pod: Pod): NodeMatcher {
  const { nodeSelector } = pod.spec;
  const terms = requiredTerms(pod);
  const matchesTerms = terms && anyTerm(terms);
  return (node) => matchesLabels(nodeSelector, node.metadata.labels) && (!matchesTerms || matchesTerms(node));
}

function requiredTerms(pod: Pod): readonly NodeSelectorTerm[] | undefined {
  return pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
}

/** Terms are alternatives. No terms, or only empty ones, match nothing. */
export function anyTerm(terms: readonly NodeSelectorTerm[]): NodeMatcher {
  const matchers = terms.map(termMatcher);
  return (node) => matchers.some((matches) => matches(node));
}

/** The requirements of a term must all hold. An empty term, or one with an impossible requirement, matches nothing. */
function termMatcher({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeMatcher {
  if (matchExpressions.length === 0 && matchFields.length === 0) return () => false;
  const labels = requirements(matchExpressions);
  const fields = matchFields.every(isFieldRequirement) ? requirements(matchFields) : undefined;
  if (!labels || !fields) return () => false;
  return ({ metadata }) =>
    matchesRequirements(labels, metadata.labels) && matchesRequirements(fields, { 'metadata.name': metadata.name });
}

const OPERATORS: Readonly<Record<NodeSelectorRequirement['operator'], Operator>> = {
  In: 'In',
  NotIn: 'NotIn',
  Exists: 'Exists',
  DoesNotExist: 'DoesNotExist',
  Gt: 'GreaterThan',
  Lt: 'LessThan',
};

function requirements(list: readonly NodeSelectorRequirement[]): readonly Requirement[] | undefined {
  const out: Requirement[] = [];
  for (const { key, operator, values } of list) {
    const made = newRequirement(key, OPERATORS[operator], values ?? []);
    if ('error' in made) return undefined;
    out.push(made);
  }
  return out;
}

function isFieldRequirement({ operator, values }: NodeSelectorRequirement): boolean {
  return (operator === 'In' || operator === 'NotIn') && values?.length === 1;
}

/**
 * The only nodes that can do, when every term names its nodes; undefined when some term does not. Several names in
 * one term must all hold, so only names in all of its requirements remain.
 */
function namedNodes(terms: readonly NodeSelectorTerm[]): Set<string> | undefined {
  if (terms.length === 0) return undefined;
  const out = new Set<string>();
  for (const { matchFields = [] } of terms) {
    let names: string[] | undefined;
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== 'metadata.name' || operator !== 'In') continue;
      names = names ? names.filter((name) => values.includes(name)) : [...values];
    }
    if (!names) return undefined;
    for (const name of names) out.add(name);
  }
  return out;
}
