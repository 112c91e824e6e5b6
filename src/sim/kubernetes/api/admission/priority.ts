// The priority of a pod, from its class. Models plugin/pkg/admission/priority (1.32).
import type { PriorityClass } from '../../kinds/policy.ts';
import type { PodSpec } from '../../objects.ts';
import type { Store } from '../../store.ts';

type Priority = Pick<PodSpec, 'priority' | 'preemptionPolicy' | 'priorityClassName'>;

/** What the spec gets, or why it may not be. */
export function priorityOf(store: Store, spec: PodSpec): Priority | { readonly refused: string } {
  const named = spec.priorityClassName ?? '';
  const found = named === '' ? globalDefault(store) : store.get('priorityclasses', named);
  if (!found && named !== '') return { refused: `no PriorityClass with name ${named} was found` };
  const priority = found?.value ?? 0;
  const preemptionPolicy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.priority !== undefined && spec.priority !== priority)
    return {
      refused:
        `the integer value of priority (${String(spec.priority)}) must not be provided in pod spec; ` +
        `priority admission controller computed ${String(priority)} from the given PriorityClass name`,
    };
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy)
    return {
      refused:
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; ` +
        `priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    };
  return { priority, preemptionPolicy, ...(found ? { priorityClassName: found.metadata.name } : {}) };
}

/** The class of pods that name none: of several the one with the lowest value. */
export function globalDefault(store: Store): PriorityClass | undefined {
  let found: PriorityClass | undefined;
  for (const candidate of store.values('priorityclasses'))
    if (candidate.globalDefault === true && (!found || candidate.value < found.value)) found = candidate;
  return found;
}
