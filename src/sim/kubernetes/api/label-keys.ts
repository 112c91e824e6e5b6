// matchLabelKeys and mismatchLabelKeys of pod affinity are written into the selectors when a pod is created, from the
// labels that it has then. Models applyMatchLabelKeysAndMismatchLabelKeys of pkg/registry/core/pod/strategy.go (1.32).
import { isObject, type JsonObject, listOf, objectOf, textOf } from './json.ts';

/** Changes `spec` in place. */
export function applyLabelKeys(spec: JsonObject, labels: JsonObject): void {
  const affinity = objectOf(spec.affinity);
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const rules = objectOf(affinity[kind]);
    for (const term of listOf(rules.requiredDuringSchedulingIgnoredDuringExecution)) applyToTerm(term, labels);
    for (const preference of listOf(rules.preferredDuringSchedulingIgnoredDuringExecution))
      applyToTerm(objectOf(preference.podAffinityTerm), labels);
  }
}

/** No selector matches nothing, and stays so. */
function applyToTerm(term: JsonObject, labels: JsonObject): void {
  if (!isObject(term.labelSelector)) return;
  const added: JsonObject[] = [];
  for (const [keys, operator] of [
    [term.matchLabelKeys, 'In'],
    [term.mismatchLabelKeys, 'NotIn'],
  ] as const)
    for (const key of Array.isArray(keys) ? keys.map(textOf) : [])
      if (labels[key] !== undefined) added.push({ key, operator, values: [labels[key]] });
  if (added.length === 0) return;
  term.labelSelector = {
    ...term.labelSelector,
    matchExpressions: [...listOf(term.labelSelector.matchExpressions), ...added],
  };
}
