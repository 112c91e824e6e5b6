// What the kubelets remember, as plain data: one record a pod, one a node. Records are values; a change makes a new
// one, so a checkpoint shares all that has not changed since. Times are virtual milliseconds.
import type { Pod } from '../objects.ts';
import type { BackoffEntry } from './backoff.ts';

export interface Terminated {
  readonly id: string;
  readonly exitCode: number;
  readonly reason: string;
  readonly startedAt: number;
  readonly finishedAt: number;
}

export interface ContainerRecord {
  readonly name: string;
  readonly role: 'init' | 'sidecar' | 'main' | 'ephemeral';
  /** The newest container, running or ended; null before the first. */
  readonly id: string | null;
  /** The image in the spec that it was made with. */
  readonly image: string;
  /** As the runtime names it. */
  readonly imageReference: string;
  readonly imageId: string;
  readonly startedAt: number;
  /** How the newest container ended; null while it runs and before the first. */
  readonly terminated: Terminated | null;
  /** How the one before the newest ended. */
  readonly previous: Terminated | null;
  /** Why the next one does not run yet, once that is something other than its first creation. */
  readonly waiting: { readonly reason: string; readonly message?: string } | null;
  readonly restartCount: number;
  readonly started: boolean;
  readonly ready: boolean;
  readonly backoff: BackoffEntry | null;
  readonly pullBackoff: BackoffEntry | null;
  /** Why the last pull failed, for the message while it backs off. */
  readonly pullError: string;
  /** It is not tried again before this time. */
  readonly notBefore: number;
  readonly killing: Killing | null;
  /** It was killed for its probe or for a new image: the delay counts from the exit before. */
  readonly restarting: boolean;
}

interface Killing {
  /** When SIGKILL comes. */
  readonly deadline: number;
  /** The waiting event (end of preStop, or SIGKILL) in the queue. */
  readonly event: number;
}

/** What the kubelet is in the middle of; one thing at a time for each pod, as a pod worker does. */
export type Work =
  | { readonly kind: 'sandbox'; readonly event: number }
  | {
      readonly kind: 'pull';
      readonly container: string;
      readonly image: string;
      readonly since: number;
      readonly pullMs: number;
      readonly event: number;
    }
  | { readonly kind: 'start'; readonly container: string; readonly event: number };

export interface PodRecord {
  readonly uid: string;
  /** `<namespace>/<name>`. */
  readonly key: string;
  readonly node: string;
  /** The pod as it was when it left the store; until then the store has it. */
  readonly gone: Pod | null;
  /** When the kubelet first acted on it; null until then. The clocks of its probes count from here. */
  readonly seenAt: number | null;
  readonly rejected: { readonly reason: string; readonly message: string } | null;
  readonly sandbox: { readonly state: 'Ready' | 'NotReady'; readonly attempt: number } | null;
  readonly ip: string;
  readonly containers: readonly ContainerRecord[];
  readonly work: Work | null;
  /** The next look at the pod that is already in the queue. */
  readonly sync: { readonly at: number; readonly event: number } | null;
  /** Set once the pod is on its way out: when its grace ends. */
  readonly terminating: { readonly deadline: number } | null;
  /** Why the kubelet put it out, when its machine ran short. */
  readonly evicted: { readonly reason: string; readonly message: string } | null;
  /** Its volumes, by name the id that processes know them by; null until all are mounted. */
  readonly volumes: Readonly<Record<string, string>> | null;
  /** How often mounting them has failed. */
  readonly mountTries: number;
  /** Nothing of it will run again. */
  readonly finished: boolean;
}

export interface NodeRecord {
  readonly name: string;
  readonly running: boolean;
  /** A heartbeat falls on every tenth second from here. */
  readonly heartbeatFrom: number;
  /** The last heartbeat, once the machine has stopped. */
  readonly lastHeartbeat: number;
  /** The pull queue is free from this time on. (serializeImagePulls) */
  readonly pullsFreeAt: number;
  /** When each image was, or will be, on the machine; by full reference. */
  readonly images: Readonly<Record<string, number>>;
  /** The last host number given out of the node's pod range. */
  readonly lastHost: number;
}

export function newContainer(name: string, role: ContainerRecord['role']): ContainerRecord {
  return {
    name,
    role,
    id: null,
    image: '',
    imageReference: '',
    imageId: '',
    startedAt: 0,
    terminated: null,
    previous: null,
    waiting: null,
    restartCount: 0,
    started: false,
    ready: false,
    backoff: null,
    pullBackoff: null,
    pullError: '',
    notBefore: 0,
    killing: null,
    restarting: false,
  };
}

export function isRunning(container: ContainerRecord): boolean {
  return container.id !== null && container.terminated === null;
}
