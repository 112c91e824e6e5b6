// Pods with gates do not enter the queue until the last gate is gone. Models
// pkg/scheduler/framework/plugins/schedulinggates (Kubernetes 1.32), PreEnqueue.
import type { Pod } from '../../objects.ts';

export const GATED = 'Scheduling is blocked due to non-empty scheduling gates';

export function isGated({ spec }: Pod): boolean {
  return (spec.schedulingGates?.length ?? 0) > 0;
}
