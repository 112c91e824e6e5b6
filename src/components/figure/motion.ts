// Less motion: the picture is cut from moment to moment, and what changed is outlined until the next step.
import { boxState } from '../../draw/status.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';

/** The reader's system or the switch of the page asks for it. */
export function wantsLessMotion(): boolean {
  return (
    document.documentElement.dataset['motion'] === 'less' || matchMedia('(prefers-reduced-motion: reduce)').matches
  );
}

/** Pods and nodes that look different from how they looked before, or are new. */
export function changedSubjects(before: ClusterSnapshot, after: ClusterSnapshot): ReadonlySet<string> {
  const held = looks(before);
  const changed = new Set<string>();
  for (const [subject, look] of looks(after)) if (held.get(subject) !== look) changed.add(subject);
  return changed;
}

function looks({ nodes, pods }: ClusterSnapshot): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const node of nodes) out.set(`nodes/${node.name}`, `${node.ready} ${String(node.cordoned)}`);
  for (const pod of pods) {
    const node = nodes.find(({ name }) => name === pod.node);
    out.set(`pods/${pod.key}`, `${boxState(pod, node)} ${String(pod.node)} ${String(pod.restarts)} ${pod.tag}`);
  }
  return out;
}
