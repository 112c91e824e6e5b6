// `docker build`: the builds of one engine, step by step in virtual time. Models moby 28 builder/dockerfile (the classic
// builder: every step is an image, found again by its parent and its configuration) and BuildKit (steps are vertices,
// found again by the digest of what they depend on; only the stages that are needed).
// Departures: BuildKit's stages run one after the other, not at once; times of steps that only write are made up.
import { phase, type Simulation } from '../../engine/simulation.ts';
import { LinuxError } from '../../linux/contract.ts';
import { DaemonError } from '../images/errors.ts';
import type { Platform } from '../images/platform.ts';
import type { ImageStore } from '../images/store.ts';
import type { BuildCache } from './cache.ts';
import { contextText, withoutIgnored } from './context.ts';
import { DockerfileError } from './dockerfile.ts';
import { readDockerfile } from './instructions.ts';
import type { BuildOutcome, BuildOutput, BuildRequest, Item, Job, RunRequest, RunResult } from './job.ts';
import { plan } from './plan.ts';
import { StepError } from './results.ts';
import { begin, complete } from './steps.ts';
import { WordError } from './words.ts';

export interface BuildsOptions {
  /** Of the engine; makes the component's name. */
  readonly name: string;
  readonly store: ImageStore;
  readonly cache: BuildCache;
  readonly host: Platform;
  /** 64 digits, never twice. */
  readonly newContainerId: () => string;
  /** Free bytes of the disk that images lie on. */
  readonly freeBytes?: () => number;
  /** Fetches an image; {@link Builds.pulled} is told of the end. */
  readonly pull: (build: number, name: string, platform: Platform | undefined) => void;
  /** Runs a command; undefined: {@link Builds.ran} will be told. */
  readonly run: (build: number, request: RunRequest) => RunResult | undefined;
  /** A build that was given up: its command is to be stopped. */
  readonly stop?: (build: number, request: RunRequest) => void;
  readonly onOutput: (build: number, output: BuildOutput) => void;
  readonly onEnd: (build: number, outcome: BuildOutcome) => void;
}

interface Tick {
  readonly kind: `builds ${string}`;
  readonly build: number;
}

interface State {
  readonly jobs: readonly Job[];
  readonly next: number;
}

/** What steps need of the builds they are part of. */
export interface Bench extends BuildsOptions {
  readonly sim: Simulation;
  say(job: Job, output: BuildOutput): void;
}

export class Builds {
  #jobs: Job[] = [];
  #next = 1;
  readonly #sim: Simulation;
  readonly #kind: Tick['kind'];
  readonly #bench: Bench;

  constructor(sim: Simulation, options: BuildsOptions) {
    this.#sim = sim;
    this.#kind = `builds ${options.name}`;
    this.#bench = { ...options, sim, say: (job, output) => options.onOutput(job.id, output) };
    sim.on<Tick>(this.#kind, ({ build }) => this.#wake(build));
    sim.register<State>({
      name: this.#kind,
      save: () => ({ jobs: this.#jobs.map((job) => ({ ...job })), next: this.#next }),
      load: (state) => {
        this.#jobs = state.jobs.map((job) => ({ ...job }));
        this.#next = state.next;
      },
    });
  }

  /** Starts a build; its number. Throws what stands in the way of the first step, with the Dockerfile's line. */
  start(request: BuildRequest): number {
    const path = request.dockerfile ?? 'Dockerfile';
    const text = contextText(request.context, path);
    const classic = request.style === 'classic';
    if (text === undefined)
      throw new DaemonError(
        classic ? 500 : 400,
        classic
          ? `Cannot locate specified Dockerfile: ${path}`
          : `failed to read dockerfile: open ${path}: no such file or directory`,
      );
    if (text === '')
      throw new DaemonError(
        400,
        classic ? `the Dockerfile (${path}) cannot be empty` : 'the Dockerfile cannot be empty',
      );
    const file = readFile(text, path, classic);
    const todo = plan(file, request);
    const id = this.#next++;
    const job: Job = {
      id,
      request,
      host: this.#bench.host,
      file,
      context: withoutIgnored(request.context),
      todo,
      pending: null,
      until: this.#sim.now,
      state: null,
      done: {},
      globals: {},
      referenced: [],
      step: 1,
      steps: todo.filter(({ kind }) => kind === 'global' || kind === 'from' || kind === 'step').length,
      announced: false,
      pulled: [],
    };
    this.#jobs.push(job);
    if (classic)
      for (const warning of file.warnings) this.#bench.say(job, { kind: 'stream', text: `[WARNING]: ${warning}\n` });
    if (classic && file.warnings.length > 0)
      this.#bench.say(job, {
        kind: 'stream',
        text: '[WARNING]: Empty continuation lines will become errors in a future release.\n',
      });
    this.#schedule(job);
    return id;
  }

  /** The end of a pull that a build has asked for. */
  pulled(build: number, error?: string): void {
    const job = this.#jobs.find(({ id }) => id === build);
    if (job?.pending?.kind !== 'pull') return;
    job.pending = { ...job.pending, ...(error !== undefined && { error }) };
    job.until = this.#sim.now;
    this.#schedule(job);
  }

  /** The end of a command that a build has asked for. */
  ran(build: number, result: RunResult): void {
    const job = this.#jobs.find(({ id }) => id === build);
    if (job?.pending?.kind !== 'run') return;
    job.pending = { ...job.pending, result };
    job.until = this.#sim.now;
    this.#schedule(job);
  }

  /** The client has gone. Images and cache of finished steps stay. */
  cancel(build: number): void {
    const job = this.#jobs.find(({ id }) => id === build);
    this.#jobs = this.#jobs.filter(({ id }) => id !== build);
    if (job?.pending?.kind === 'run') this.#bench.stop?.(build, job.pending.request);
  }

  running(): readonly Readonly<Job>[] {
    return this.#jobs;
  }

  #schedule(job: Job): void {
    if (job.until < Infinity) this.#sim.schedule<Tick>(job.until, phase.workload, { kind: this.#kind, build: job.id });
  }

  #wake(build: number): void {
    const job = this.#jobs.find(({ id }) => id === build);
    if (!job || this.#sim.now < job.until) return;
    try {
      const item = job.todo[0];
      if (!item) return;
      if (job.pending) {
        const outcome = complete(this.#bench, job, item);
        if (outcome) {
          this.#end(job, outcome);
          return;
        }
      } else this.#begin(job, item);
      this.#schedule(job);
    } catch (error) {
      this.#end(job, failure(error));
    }
  }

  #begin(job: Job, item: Item): void {
    // Whoever works for the build may be done at once.
    job.until = Infinity;
    const took = begin(this.#bench, job, item);
    if (took < Infinity) job.until = this.#sim.now + took;
  }

  #end(job: Job, outcome: BuildOutcome): void {
    this.#jobs = this.#jobs.filter(({ id }) => id !== job.id);
    this.#bench.onEnd(job.id, outcome);
  }
}

function readFile(text: string, path: string, classic: boolean) {
  try {
    return readDockerfile(text);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    const known =
      error.message.startsWith('dockerfile parse error') || error.message === 'no build stage in current context';
    throw new StepError(
      classic && !known ? `failed to parse ${path}: ${error.message}` : error.message,
      error.line,
      undefined,
      400,
    );
  }
}

function failure(error: unknown): BuildOutcome {
  if (error instanceof StepError)
    return {
      ok: false,
      status: 500,
      message: error.message,
      ...(error.code !== undefined && { code: error.code }),
      ...(error.line > 0 && { line: error.line }),
    };
  if (error instanceof DaemonError) return { ok: false, status: error.status, message: error.message };
  if (error instanceof DockerfileError || error instanceof WordError)
    return { ok: false, status: 400, message: error.message };
  if (error instanceof LinuxError) return { ok: false, status: 500, message: error.message };
  throw error;
}
