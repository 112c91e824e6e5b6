// What the kubelets tell the rest of the world beside the objects they write: the network finds the process behind
// an address, the figure draws probe clocks, logs are read.
import type { LogLine } from '../../workload/process.ts';

/** One probe of one container as it stands, for drawing its clock. All times virtual ms, absolute. */
export interface ProbeView {
  readonly container: string;
  readonly type: 'startup' | 'readiness' | 'liveness';
  /** `GET :8080/readyz`, `tcp :5432`, `exec cat /tmp/ok`. */
  readonly check: string;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** The first moment it asks (start + initial delay), or null while another probe holds it back. */
  readonly from: number | null;
  readonly nextAt: number | null;
  /** The newest results, oldest first, at most 20. Passing ones that were not simulated one by one are filled in. */
  readonly results: readonly { readonly at: number; readonly ok: boolean; readonly message: string }[];
  /** Length of the present run of equal results. */
  readonly streak: number;
  /** What the kubelet now believes. */
  readonly verdict: 'success' | 'failure' | 'unknown';
}

export interface Kubelets {
  /** Probe clocks of a pod, in container order, startup, readiness, liveness. Empty for an unknown pod. */
  probes(podUid: string): readonly ProbeView[];
  /** The running process behind `container` of the pod (the first when not named); undefined when none runs. */
  processOf(podUid: string, container?: string): string | undefined;
  /** The pod that a running process belongs to. */
  podOf(processId: string): { readonly key: string; readonly container: string } | undefined;
  /** Log lines of the present container, or of the one before it; undefined when there is (was) none. */
  logs(podUid: string, container: string, previous: boolean): readonly LogLine[] | undefined;
  /** When a crashed container may start again (virtual ms), while it waits in CrashLoopBackOff. */
  backoffUntil(podUid: string, container: string): number | undefined;
  /** Makes a node's machine stop (no heartbeat, no status, processes gone) or come back. */
  setMachineRunning(node: string, running: boolean): void;
  /** Calls `listener` when a machine has stopped or come back. Set up once, when the world is built. */
  onMachine(listener: (node: string, running: boolean) => void): void;
  /** When this node last renewed its lease. Heartbeats are lazy: this is computed, not stored. */
  lastHeartbeat(node: string): number;
  /** Calls `listener` when a log line is written, for followed logs. Observers only. */
  onLog(listener: (podUid: string, container: string, line: LogLine) => void): void;
}
