// Getting an image onto a machine: how long it takes and what is said about it.
// Models k8s.io/kubernetes/pkg/kubelet/images (1.32) with serializeImagePulls, its default: one pull at a time on a
// node. Leaves out: layers that images share, disk pressure and image garbage collection, pull secrets.
import type { ImageInfo } from '../../workload/process.ts';

/** What a node's link and disk take in together. A stated guess for a node of a few cores in a data centre. */
const PULL_BYTES_PER_SECOND = 100_000_000;
/** Asking the registry for the manifest and unpacking nothing. All that a pull takes when the layers are there. */
const PULL_OVERHEAD_MS = 400;

export function pullDurationMs(image: ImageInfo | undefined, layersPresent: boolean): number {
  if (!image || layersPresent) return PULL_OVERHEAD_MS;
  return PULL_OVERHEAD_MS + Math.ceil((image.sizeBytes * 1000) / PULL_BYTES_PER_SECOND);
}

/** What containerd answers for a name that no registry has. */
export function pullErrorOf(fullReference: string): string {
  return (
    `rpc error: code = NotFound desc = failed to pull and unpack image "${fullReference}": ` +
    `failed to resolve reference "${fullReference}": ${fullReference}: not found`
  );
}

export function pulledMessage(image: string, pullMs: number, waitedMs: number, sizeBytes: number): string {
  const size = String(sizeBytes);
  return `Successfully pulled image "${image}" in ${goDuration(pullMs)} (${goDuration(waitedMs)} including waiting). Image size: ${size} bytes.`;
}

/** Milliseconds as Go prints a time.Duration: `400ms`, `1.2s`, `1m20s`, `5m0s`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1000) return `${String(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${String((ms % 60_000) / 1000)}s`;
  if (hours > 0) return `${String(hours)}h${String(minutes)}m${seconds}`;
  return minutes > 0 ? `${String(minutes)}m${seconds}` : seconds;
}

const ids = new WeakMap<ImageInfo, string>();

/** `docker.io/library/nginx@sha256:…`, as imageID shows it. */
export function imageIdOf(image: ImageInfo): string {
  let id = ids.get(image);
  if (id === undefined) {
    const slash = image.reference.lastIndexOf('/');
    const colon = image.reference.indexOf(':', slash);
    id = `${colon < 0 ? image.reference : image.reference.slice(0, colon)}@${image.digest}`;
    ids.set(image, id);
  }
  return id;
}
