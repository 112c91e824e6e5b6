// What one container engine remembers, as values: containers, networks, volumes, commands run beside (`exec`), and the
// processes in containers that this simulator itself plays (shells and text tools). A change replaces a value.
import type { Image } from '../images/image.ts';
import type { LayerEntry } from '../../linux/files/layer.ts';
import type { ShellState } from '../../workload/shell.ts';
import type { ContainerConfig, HostConfig } from './config.ts';

export interface HealthResult {
  /** Unix milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly exitCode: number;
  readonly output: string;
}

interface Health {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  readonly failingStreak: number;
  readonly log: readonly HealthResult[];
}

export interface ContainerState {
  readonly running: boolean;
  readonly paused: boolean;
  readonly restarting: boolean;
  readonly removing: boolean;
  readonly oomKilled: boolean;
  readonly pid: number;
  readonly exitCode: number;
  readonly error: string;
  /** Virtual milliseconds; null: never. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export interface MountPoint {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** Of a volume. */
  readonly name: string;
  /** On the machine. */
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
  readonly rw: boolean;
  readonly copy: boolean;
  readonly sizeBytes?: number;
}

/** A container on a network. Addresses are empty while it does not run. */
export interface Endpoint {
  readonly network: string;
  readonly networkId: string;
  readonly endpointId: string;
  readonly aliases: readonly string[] | null;
  readonly wantedIp: string;
  readonly ip: string;
  readonly mac: string;
  /** Interface inside: `eth0`. */
  readonly device: string;
}

export interface ActivePort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostIp: string;
  readonly hostPort: number;
  readonly proxyPid: number;
}

/** What exists while a container runs. */
export interface Sandbox {
  readonly mnt: number;
  readonly pid: number;
  readonly uts: number;
  readonly ipc: number;
  readonly net: number;
  readonly cgroup: number;
  /** Those of them that are its own and go with it. */
  readonly own: readonly number[];
  readonly cgroupPath: string;
  readonly shimPid: number;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly image: Image;
  readonly path: string;
  readonly args: readonly string[];
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** Directory under overlay2. */
  readonly graph: string;
  /** The layer between image and container: mount points that the engine needs. */
  readonly init: readonly LayerEntry[];
  readonly state: ContainerState;
  readonly health: Health | null;
  readonly mounts: readonly MountPoint[];
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly ActivePort[];
  readonly sandboxId: string;
  readonly sandbox: Sandbox | null;
  readonly restartCount: number;
  /** Of the restart policy: attempts since the reader started it, and the last delay. */
  readonly restartTries: number;
  readonly restartDelayMs: number;
  readonly stoppedByHand: boolean;
  /** Events under way; -1 for none, -2 for a stop whose grace is over. */
  readonly restartEvent: number;
  readonly stopEvent: number;
  readonly healthEvent: number;
  /** `docker restart`, `docker rm -f`: what follows its end. */
  readonly afterwards: 'start' | 'remove' | 'remove-volumes' | null;
  /** Bytes that a client has sent before the start. */
  readonly earlyInput: string;
  readonly earlyInputEnded: boolean;
  /** The number of the build whose command it runs. */
  readonly build: number | null;
  /** Journal entry of its last change. */
  readonly cause: number | null;
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly driver: 'bridge' | 'host' | 'null';
  readonly bridge: string;
  readonly subnet: string;
  readonly gateway: string;
  readonly internal: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Volume {
  readonly name: string;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly options: Readonly<Record<string, string>> | null;
  readonly anonymous: boolean;
}

export interface Exec {
  readonly id: string;
  readonly container: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly privileged: boolean;
  readonly detachKeys: string;
  readonly running: boolean;
  readonly pid: number;
  readonly exitCode: number | null;
  /** A health check keeps what it prints. */
  readonly probe: { readonly startedAt: number; readonly output: string; readonly timeoutEvent: number } | null;
}

/** Where output goes, and whose input is read. */
export interface Target {
  readonly container: string;
  /** Undefined: the container's own process. */
  readonly exec?: string;
}

/** A shell or a text tool in a container, played here. */
export interface Process {
  readonly pid: number;
  readonly target: Target;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly tty: boolean;
  /** Of a shell that reads its commands from its input. */
  readonly reads: boolean;
  readonly isShell: boolean;
  readonly script: ShellState | null;
  readonly input: string;
  readonly inputEnded: boolean;
  /** What has been typed of a line on a terminal. */
  readonly line: string;
  readonly unfinished: string;
  readonly status: number;
  /** The child that a shell waits for; 0 for none. */
  readonly waitsFor: number;
  /** What it ends with when its time is over. */
  readonly ending: number | null;
  readonly prompted: boolean;
  readonly wakeEvent: number;
}

export interface LogEntry {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  /** With its newline; without: an unfinished line. */
  readonly text: string;
}

export interface EngineEvent {
  readonly at: number;
  readonly type: 'container' | 'image' | 'network' | 'volume' | 'builder';
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface PendingExit {
  readonly pid: number;
  readonly code: number;
}

export interface EngineState {
  containers: Map<string, Container>;
  networks: Map<string, Network>;
  volumes: Map<string, Volume>;
  execs: Map<string, Exec>;
  processes: Map<number, Process>;
  /** Whose output a task's is. */
  owners: Map<number, Target>;
  logs: Map<string, readonly LogEntry[]>;
  events: readonly EngineEvent[];
  /** Ends that have been heard of and not yet acted upon. */
  exits: readonly PendingExit[];
  exitEvent: number;
  ephemeralPort: number;
  dockerdPid: number;
  containerdPid: number;
}

export function emptyState(): EngineState {
  return {
    containers: new Map(),
    networks: new Map(),
    volumes: new Map(),
    execs: new Map(),
    processes: new Map(),
    owners: new Map(),
    logs: new Map(),
    events: [],
    exits: [],
    exitEvent: -1,
    ephemeralPort: 32_768,
    dockerdPid: 0,
    containerdPid: 0,
  };
}

export function copyState(state: EngineState): EngineState {
  return {
    ...state,
    containers: new Map(state.containers),
    networks: new Map(state.networks),
    volumes: new Map(state.volumes),
    execs: new Map(state.execs),
    processes: new Map(state.processes),
    owners: new Map(state.owners),
    logs: new Map(state.logs),
  };
}

/** The word of `State.Status`. */
export function statusWord(state: ContainerState): string {
  if (state.running) return state.paused ? 'paused' : state.restarting ? 'restarting' : 'running';
  if (state.restarting) return 'restarting';
  if (state.removing) return 'removing';
  return state.startedAt === null ? 'created' : 'exited';
}
