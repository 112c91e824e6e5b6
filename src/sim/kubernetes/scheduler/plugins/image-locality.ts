// Prefers nodes that have the images already, the more the larger they are; an image that few nodes have counts
// less, so that pods do not all heap up on one node. Models
// pkg/scheduler/framework/plugins/imagelocality/image_locality.go (Kubernetes 1.32).
import { MAX_NODE_SCORE, type ScorePlugin } from '../framework.ts';

const MIB = 1024 * 1024;
const MIN_THRESHOLD = 23 * MIB;
const MAX_CONTAINER_THRESHOLD = 1000 * MIB;

export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  prepareScore({ pod }, nodes, feasible) {
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    const found: { readonly scaled: number; readonly slots: ReadonlySet<number> }[] = [];
    for (const { image } of containers) {
      const state = nodes.images.get(normalizedImageName(image));
      if (state)
        found.push({ scaled: Math.trunc(state.sizeBytes * (state.slots.size / nodes.size)), slots: state.slots });
    }
    const max = MAX_CONTAINER_THRESHOLD * containers.length;
    const score = (slot: number): number => {
      let sum = 0;
      for (const { scaled, slots } of found) if (slots.has(slot)) sum += scaled;
      if (sum <= MIN_THRESHOLD) return 0;
      return Math.trunc((MAX_NODE_SCORE * (Math.min(sum, max) - MIN_THRESHOLD)) / (max - MIN_THRESHOLD));
    };
    // An image that is on every node makes no difference either.
    const everywhere = found.every(({ slots }) => slots.size === nodes.size);
    return everywhere ? { score, uniform: score(feasible[0] as number) } : { score };
  },
};

/** The name with `:latest` when it has no tag. A colon before the last slash belongs to a port. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}
