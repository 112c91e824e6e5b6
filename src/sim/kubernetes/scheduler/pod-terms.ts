// What pods say of other pods, ready to be matched: selectors of spread constraints and terms of pod affinity. Models
// framework.AffinityTerm and GetNamespaceLabelsSnapshot (pkg/scheduler/framework/types.go; Kubernetes 1.32).
// Every selector and term has a text; equal texts mean the same.
import type { Labels, LabelSelector, Pod, PodAffinityTerm } from '../objects.ts';
import { matchesRequirements, newRequirement, type Requirement, requirementsOf } from '../selector.ts';

/** A question about placed pods. */
export interface PodQuery {
  readonly text: string;
  readonly admits: (pod: Described, namespaceLabels: Labels | undefined) => boolean;
  /** Whether the answer hangs on labels of namespaces. */
  readonly readsNamespaces: boolean;
}

/** The parts of a pod that questions are about. */
export interface Described {
  readonly namespace: string;
  readonly labels: Labels | undefined;
  readonly terminating: boolean;
}

export type TermKind = 'requiredAffinity' | 'requiredAntiAffinity' | 'preferredAffinity' | 'preferredAntiAffinity';

export interface Term {
  readonly kind: TermKind;
  readonly weight: number;
  readonly topologyKey: string;
  readonly query: PodQuery;
  readonly text: string;
}

/** Requirements of a selector; undefined matches nothing, as no selector and an impossible one do. */
export function selectorOf(selector: LabelSelector | undefined): readonly Requirement[] | undefined {
  const made = requirementsOf(selector);
  return made && 'error' in made ? undefined : made;
}

/** `selector` and the pod's own value of each key (or, with `NotIn`, another one); keys that it lacks are left out. */
export function withLabelKeys(
  selector: readonly Requirement[] | undefined,
  keys: readonly string[] | undefined,
  labels: Labels | undefined,
  operator: 'In' | 'NotIn' = 'In',
): readonly Requirement[] | undefined {
  if (!selector || !keys) return selector;
  const out = [...selector];
  for (const key of keys) {
    if (!labels || !Object.hasOwn(labels, key)) continue;
    const made = newRequirement(key, operator, [labels[key] ?? '']);
    if (!('error' in made)) out.push(made);
  }
  return out;
}

/**
 * Pods of one namespace that a spread constraint counts. Pods that are being deleted do not count, and the empty
 * selector counts none. (podtopologyspread.countPodsMatchSelector)
 */
export function spreadQuery(namespace: string, selector: readonly Requirement[] | undefined): PodQuery {
  return {
    text: `spread ${JSON.stringify([namespace, selector])}`,
    readsNamespaces: false,
    admits: (pod) =>
      selector !== undefined &&
      selector.length > 0 &&
      !pod.terminating &&
      pod.namespace === namespace &&
      matchesRequirements(selector, pod.labels),
  };
}

/** Pods that all of the queries admit. */
export function allOf(queries: readonly PodQuery[]): PodQuery {
  const [first] = queries;
  if (first && queries.length === 1) return first;
  return {
    text: `all ${JSON.stringify(queries.map(({ text }) => text))}`,
    readsNamespaces: queries.some(({ readsNamespaces }) => readsNamespaces),
    admits: (pod, namespaceLabels) => queries.every((query) => query.admits(pod, namespaceLabels)),
  };
}

export function describedOf({ metadata }: Pod): Described {
  return {
    namespace: metadata.namespace ?? '',
    labels: metadata.labels,
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

/** All terms of a pod's affinity and anti-affinity to other pods. */
export function termsOf(owner: Described, affinity: Pod['spec']['affinity']): readonly Term[] {
  const { podAffinity, podAntiAffinity } = affinity ?? {};
  const out: Term[] = [];
  const add = (kind: TermKind, weight: number, term: PodAffinityTerm) => {
    const query = termQuery(term, owner);
    const { topologyKey } = term;
    const text = JSON.stringify([kind, weight, topologyKey, query.text]);
    out.push({ kind, weight, topologyKey, query, text });
  };
  for (const term of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
    add('requiredAffinity', 1, term);
  for (const term of podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
    add('requiredAntiAffinity', 1, term);
  for (const { weight, podAffinityTerm } of podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    add('preferredAffinity', weight, podAffinityTerm);
  for (const { weight, podAffinityTerm } of podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    add('preferredAntiAffinity', weight, podAffinityTerm);
  return out;
}

/**
 * The pods that a term of `owner` speaks of. The API server has written matchLabelKeys and mismatchLabelKeys into the
 * selector of a pod that was posted; for pods that controllers made here it happens now, and twice does no harm.
 */
function termQuery(term: PodAffinityTerm, owner: Described): PodQuery {
  const selector = withLabelKeys(
    withLabelKeys(selectorOf(term.labelSelector), term.matchLabelKeys, owner.labels),
    term.mismatchLabelKeys,
    owner.labels,
    'NotIn',
  );
  const named = term.namespaces ?? [];
  const namespaceSelector = selectorOf(term.namespaceSelector);
  const own = named.length === 0 && term.namespaceSelector === undefined;
  const namespaces = own ? [owner.namespace] : [...named].sort();
  return {
    text: JSON.stringify([namespaces, namespaceSelector, selector]),
    readsNamespaces: namespaceSelector !== undefined && namespaceSelector.length > 0,
    admits: (pod, namespaceLabels) =>
      selector !== undefined &&
      (namespaces.includes(pod.namespace) ||
        (namespaceSelector !== undefined && matchesRequirements(namespaceSelector, namespaceLabels))) &&
      matchesRequirements(selector, pod.labels),
  };
}
