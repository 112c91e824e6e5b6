// What a build under way is made of, and what it says. Plain data.
import type { HistoryItem, RunConfig } from '../images/image.ts';
import type { Layer } from '../images/layer.ts';
import type { LayerEntry } from '../../linux/files/layer.ts';
import type { Platform } from '../images/platform.ts';
import type { BuildContext } from './context.ts';
import type { Dockerfile, Instruction } from './instructions.ts';

export interface BuildRequest {
  /** Whose rules and words: Docker's own builder, or BuildKit. */
  readonly style: 'classic' | 'buildkit';
  /** All that the client sends, `.dockerignore` included. */
  readonly context: BuildContext;
  /** Where in the context; default `Dockerfile`. */
  readonly dockerfile?: string;
  readonly tags?: readonly string[];
  readonly args?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly noCache?: boolean;
  /** Base images are asked for in the registry although they are here. */
  readonly pull?: boolean;
  readonly platform?: Platform;
  /** Classic: images whose steps may be taken over, and no others. */
  readonly cacheFrom?: readonly string[];
  /** Default true: containers of steps that went well are removed. */
  readonly remove?: boolean;
}

/** A command of RUN, for whoever can run it. */
export interface RunRequest {
  /** Bottom first. */
  readonly layers: readonly Layer[];
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** Empty: root. */
  readonly user: string;
  /** Empty: the root directory. */
  readonly cwd: string;
  readonly platform: Platform;
  /** 64 digits. */
  readonly containerId: string;
  /** The image that the container is made from; empty under BuildKit. */
  readonly imageId: string;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** What the command has changed in its file tree: the upper layer. */
  readonly changes: readonly LayerEntry[];
  /** It could not be started at all (`exec: "foo": executable file not found in $PATH`). */
  readonly startError?: string;
}

/** A step as BuildKit reports it; sent anew whenever it changes. Times are virtual milliseconds. */
export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly cached?: boolean;
  readonly startedAt?: number;
  readonly completedAt?: number;
  readonly error?: string;
}

export type BuildOutput =
  /** Classic: a piece of text. */
  | { readonly kind: 'stream'; readonly text: string }
  /** The image of a stage (classic), or of the build. */
  | { readonly kind: 'aux'; readonly id: string }
  | { readonly kind: 'vertex'; readonly vertex: Vertex }
  | {
      readonly kind: 'log';
      readonly vertex: string;
      readonly stream: 1 | 2;
      readonly text: string;
      readonly at: number;
    }
  | {
      readonly kind: 'status';
      readonly vertex: string;
      readonly id: string;
      readonly current: number;
      readonly total: number;
      readonly at: number;
      readonly done: boolean;
    };

export type BuildOutcome =
  | { readonly ok: true; readonly imageId: string }
  /** `code`: of a command that failed. `line`: of the Dockerfile, where it is known. */
  | {
      readonly ok: false;
      readonly status: number;
      readonly message: string;
      readonly code?: number;
      readonly line?: number;
    };

/** What one stage has come to. Replaced as it grows. */
export interface StageState {
  readonly stage: number;
  /** Classic: the image so far; empty for `scratch`. */
  readonly imageId: string;
  readonly layers: readonly Layer[];
  readonly history: readonly HistoryItem[];
  readonly config: RunConfig;
  readonly author?: string;
  readonly platform: Platform;
  readonly cmdSet: boolean;
  /** `ARG`s of the stage; null: without a default. */
  readonly args: Readonly<Record<string, string | null>>;
  /** BuildKit: what the files depend on. */
  readonly key: string;
  /** BuildKit: the step that the next one goes on from. */
  readonly vertex: string;
  /** Classic: a step was not in the cache, so the ones after it are not looked for. */
  readonly missed: boolean;
}

export type Item =
  | { readonly kind: 'open' }
  | { readonly kind: 'global'; readonly index: number }
  | { readonly kind: 'from'; readonly stage: number }
  | { readonly kind: 'step'; readonly instruction: Instruction; readonly silent: boolean }
  | { readonly kind: 'close'; readonly stage: number }
  | { readonly kind: 'export' };

/** What is to happen when the time of the present item is over. */
export type Pending =
  | {
      readonly kind: 'run';
      readonly request: RunRequest;
      readonly result?: RunResult;
      readonly key: string;
      readonly startedAt: number;
    }
  | { readonly kind: 'pull'; readonly name: string; readonly error?: string }
  | { readonly kind: 'item'; readonly startedAt: number };

export interface Job {
  readonly id: number;
  readonly request: BuildRequest;
  readonly host: Platform;
  readonly context: BuildContext;
  readonly file: Dockerfile;
  todo: readonly Item[];
  pending: Pending | null;
  /** When {@link pending} is over; Infinity while somebody else works. */
  until: number;
  state: StageState | null;
  /** By the number of the stage. */
  done: Readonly<Record<string, StageState>>;
  globals: Readonly<Record<string, string | null>>;
  referenced: readonly string[];
  /** Classic: `Step n/m`. */
  step: number;
  readonly steps: number;
  /** The present step has been told. */
  announced: boolean;
  /** Images that this build has fetched already. */
  pulled: readonly string[];
}
