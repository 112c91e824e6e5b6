// The seam between the node agent, the network and the programs: what a kubelet can do to a process, what the
// network can ask of it, and what it reports. The kubelet knows no program; the programs know no Kubernetes.

import type { Mount, Volumes } from './volumes.ts';

/** What is needed to start one process. */
export interface ProcessSpec {
  /** The container's id; a restarted container has a new one. */
  readonly id: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** The image's environment overlaid with the container's, references resolved. */
  readonly env: Readonly<Record<string, string>>;
  /** Millicores it may use at most; null without a limit. */
  readonly cpuLimitMilli: number | null;
  readonly cpuRequestMilli: number;
  /** Bytes after which the kernel kills it; null without a limit. */
  readonly memoryLimitBytes: number | null;
  /** From -1000 to 1000: the higher, the sooner the kernel kills it when the machine's memory is gone. */
  readonly oomScoreAdj?: number;
  /** What the process can see of where it runs. */
  readonly host: { readonly node: string; readonly pod: string; readonly namespace: string; readonly podIP: string };
  /** Where it sees volumes. */
  readonly mounts?: readonly Mount[];
  /** The pod's cores available on its node, in millicores: the ceiling without a limit. */
  readonly nodeCpuMilli: number;
}

/** How a process ended. */
export interface Exit {
  /** 128 + signal when a signal ended it. */
  readonly exitCode: number;
  readonly reason: 'Completed' | 'Error' | 'OOMKilled';
}

export type ProbeCheck =
  | { readonly kind: 'http'; readonly port: number; readonly path: string }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'exec'; readonly command: readonly string[] };

/** What comes back from a probe if one waits long enough. */
export type ProbeAnswer =
  /** `latencyMs` after the question; the kubelet's timeout decides whether it counts. */
  | { readonly kind: 'status'; readonly status: number; readonly latencyMs: number }
  | { readonly kind: 'connected'; readonly latencyMs: number }
  | { readonly kind: 'exit'; readonly exitCode: number; readonly output: string; readonly latencyMs: number }
  /** Nobody listens on the port. */
  | { readonly kind: 'refused'; readonly latencyMs: number }
  /** The connection stands, but no answer will ever come. */
  | { readonly kind: 'silence' };

export interface LogLine {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly text: string;
}

/** All processes of the world, by container id. Implemented by the programs, used by kubelets and the network. */
export interface Processes {
  /**
   * Why the container runtime cannot start this at all (`exec: "foo": executable file not found in $PATH`), or
   * undefined when it can. Started all the same, such a process ends at once with 128.
   */
  startError?(spec: ProcessSpec): string | undefined;
  start(spec: ProcessSpec): void;
  /** SIGTERM: the program finishes what it is doing and exits, or ignores it. */
  terminate(id: string): void;
  /** SIGKILL: exits now with 137. */
  kill(id: string): void;
  running(id: string): boolean;
  /** The answer to a probe asked now. Asking costs the program nothing. */
  probe(id: string, check: ProbeCheck): ProbeAnswer;
  /**
   * Until when (virtual ms, exclusive) a probe asked at any time from now gets the answer it gets now, unless
   * {@link onDisturbed} says otherwise earlier. `Infinity`: for ever; now: unknown, so keep asking.
   */
  stableUntil(id: string, check: ProbeCheck): number;
  /** Lines of standard output so far; empty for an unknown id. Kept after the exit until {@link forget}. */
  logs(id: string): readonly LogLine[];
  /** Drops all that is known of it. One that still runs vanishes with its machine: no exit, no answers any more. */
  forget(id: string): void;
  /** Runs a small command beside the program in its container (`cat`, `env`, `ls`, `ps`, `curl`, `kill`). */
  exec(
    id: string,
    argv: readonly string[],
  ): { readonly exitCode: number; readonly stdout: string; readonly stderr: string };
  /** The directories that processes share. Whoever starts processes fills them. */
  readonly volumes?: Volumes;
  /** The most memory it can come to use, bytes; Infinity when it grows without end. Limits are not looked at. */
  memoryCeiling?(id: string): number;
  /** Present use, for `kubectl top` and the figure: millicores over the last second, and bytes. */
  usage(id: string): { readonly cpuMilli: number; readonly memoryBytes: number };
  /** Millicores used between the last two whole multiples of 15 s, on average: what a scraper finds. */
  scrapedCpuMilli(id: string): number;
  /** Called with the id when a process has ended by itself or by a signal. One listener: the kubelets. */
  onExit(listener: (id: string, exit: Exit) => void): void;
  /** Called when an earlier {@link stableUntil} no longer holds (load came, a lock was taken). One listener. */
  onDisturbed(listener: (id: string) => void): void;
  /** Called for every line of output as it is written. One listener: the kubelets, for followed logs. */
  onLog?(listener: (id: string, line: LogLine) => void): void;
}

/** What is in an image, for the pull and for the program it starts. */
export interface ImageInfo {
  /** As a registry would name it, with tag. */
  readonly reference: string;
  readonly digest: string;
  /** Compressed bytes that travel on a pull. */
  readonly sizeBytes: number;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly program: string;
}

export interface Images {
  /** Undefined for an image that no registry of this world has: the pull fails with `not found`. */
  find(reference: string): ImageInfo | undefined;
}
