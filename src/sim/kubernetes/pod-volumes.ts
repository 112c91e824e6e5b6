// The claims that a pod uses. Models k8s.io/component-helpers/storage/ephemeral (1.32): an ephemeral volume's claim
// is called after pod and volume. Volumes of other kinds have nothing to do with claims.
import type { Pod, PodSpec } from './objects.ts';

/** As far as claims go. */
export interface ClaimVolume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean };
  readonly ephemeral?: object;
}

interface PodClaim {
  readonly claimName: string;
  readonly ephemeral: boolean;
}

const NONE: readonly PodClaim[] = [];
const NO_VOLUMES: readonly ClaimVolume[] = [];

export function volumesOf(spec: PodSpec): readonly ClaimVolume[] {
  return (spec as PodSpec & { readonly volumes?: readonly ClaimVolume[] }).volumes ?? NO_VOLUMES;
}

/** In the order of the volumes. */
export function claimsOf(
  pod: Pick<Pod, 'spec'> & { readonly metadata: { readonly name: string } },
): readonly PodClaim[] {
  const volumes = volumesOf(pod.spec);
  if (volumes.length === 0) return NONE;
  const out: PodClaim[] = [];
  for (const { name, persistentVolumeClaim, ephemeral } of volumes)
    if (persistentVolumeClaim) out.push({ claimName: persistentVolumeClaim.claimName, ephemeral: false });
    else if (ephemeral) out.push({ claimName: `${pod.metadata.name}-${name}`, ephemeral: true });
  return out;
}
