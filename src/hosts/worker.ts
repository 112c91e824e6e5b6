// The worker: holds every world of the page, its shell and its checks. The page holds only what it draws.
import type { CellView } from '../sim/cell-snapshot.ts';
import { diff } from '../sim/diff.ts';
import { Bug } from '../sim/engine/assert.ts';
import type { ShellHost } from '../shell/program.ts';
import { readCall } from './calls.ts';
import type { Exercise } from './exercise.ts';
import { ExerciseRun } from './exercise-run.ts';
import type { AnyTimeline, AnyWorld, WorldKind } from './kind.ts';
import type {
  CellFrame,
  ExerciseState,
  FromWorker,
  Frame,
  Opened,
  Settings,
  ToWorker,
  WorldCalls,
  WorldSpec,
} from './protocol.ts';
import { Runner, type Advance, type Ticker } from './runner.ts';
import { Waiters } from './waiters.ts';

/** What a page can open, by name; each is loaded at its first use. */
export interface Library<S, W extends AnyWorld> {
  scenario(name: string, settings: Settings): Promise<S>;
  exercise(id: string): Promise<Exercise<W>>;
}

export interface Port {
  postMessage(message: FromWorker, options?: { readonly transfer: Transferable[] }): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

/** Loaded when a terminal or an exercise needs it. */
const withShell = () => import('./with-shell.ts');

/** Real ms between frames. */
const FRAME_MS = 16;
/** A large cell is read as a map, and a map need not change more often. */
const CELL_FRAME_MS = 50;
/** "Show me" waits so long before each command, and goes on so long after the goal shows. Virtual ms. */
const SHOWN_PAUSE_MS = 2_000;
const SHOWN_AFTER_MS = 20_000;
/** A large world works so long at once before the worker reads its mail and draws, real ms. */
const SLICE_MS = 12;
const bySlices: Advance = (timeline, until) => {
  const stop = performance.now() + SLICE_MS;
  do timeline.run(Math.min(until, Math.max(timeline.now + 1, timeline.nextAt ?? until)));
  while (timeline.now < until && performance.now() < stop);
};

export function serve<S, W extends AnyWorld, T extends AnyTimeline<W>>(
  port: Port,
  library: Library<S, W>,
  kind: WorldKind<S, T>,
): void {
  const worlds = new Map<number, Hosted<S, W, T>>();
  port.onmessage = ({ data }) => {
    if (data.kind === 'shell') {
      worlds.get(data.world)?.connectShell(data.port);
      return;
    }
    const { id, world, method, args } = data;
    const hosted = worlds.get(world) ?? new Hosted<S, W, T>(world, port, library, kind);
    if (method === 'close') worlds.delete(world);
    else worlds.set(world, hosted);
    hosted
      .call(method, args)
      .then((value) => port.postMessage({ kind: 'answer', id, value }))
      .catch((error: unknown) => {
        port.postMessage({ kind: 'answer', id, error: error instanceof Error ? error.message : String(error) });
      });
  };
}

class Hosted<S, W extends AnyWorld, T extends AnyTimeline<W>> {
  readonly #id: number;
  readonly #port: Port;
  readonly #library: Library<S, W>;
  readonly #kind: WorldKind<S, T>;
  #queue: Promise<unknown> = Promise.resolve();
  #spec: WorldSpec | undefined;
  #settings: Settings = {};
  #exercise: ExerciseRun<W> | undefined;
  #files: Readonly<Record<string, string>> = {};
  /** Where the world stood when it was made: the reader cannot go back further. */
  #from = 0;
  #runner: Runner<T> | undefined;
  #visible = true;
  #resume = false;
  #sent: object | undefined;
  #cell: CellView | undefined;
  #look: 'all' | ReadonlySet<string> = new Set();
  #sentMap: CellView['map'] | undefined;
  #sentState: ExerciseState | undefined;
  #flush: ReturnType<typeof setTimeout> | undefined;
  #edited: ((text: string | null) => void) | undefined;
  #shellPort: MessagePort | undefined;
  #broken = false;
  #closed = false;

  constructor(id: number, port: Port, library: Library<S, W>, kind: WorldKind<S, T>) {
    this.#id = id;
    this.#port = port;
    this.#library = library;
    this.#kind = kind;
  }

  /** One call after the other: what is asked while a world is being made waits until it stands. */
  call(method: string, args: readonly unknown[]): Promise<unknown> {
    const answer = this.#queue.then(() => this.#call(method, args));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  async #call(method: string, args: readonly unknown[]): Promise<unknown> {
    const given = readCall(method, args);
    // A broken world can only be left or made anew.
    if (this.#broken && !['open', 'close', 'reset', 'change', 'goToStep', 'visible'].includes(method)) return undefined;
    const calls: { [M in keyof WorldCalls]: (...args: Parameters<WorldCalls[M]>) => unknown } = {
      open: (spec) => this.#open(spec),
      close: () => this.#close(),
      play: () => this.#runner?.play(),
      pause: () => this.#runner?.pause(),
      speed: (times) => {
        if (this.#runner) this.#runner.speed = times;
      },
      step: (direction) =>
        this.#runner?.act((timeline) => {
          if (direction > 0) timeline.stepForward(this.#runner?.endMs ?? timeline.now);
          else timeline.stepBack(this.#from);
        }),
      seek: (at) =>
        this.#runner?.act((timeline) =>
          timeline.seek(Math.round(Math.min(Math.max(at, this.#from), this.#runner?.endMs ?? at))),
        ),
      undo: () => {
        this.#runner?.act((timeline) => timeline.undo());
        this.#exercise?.forget();
      },
      reset: () => this.#build(this.#spec?.startMs ?? 0),
      change: async (settings) => {
        this.#settings = settings;
        await this.#build(this.#runner?.timeline.now ?? 0);
      },
      why: (subject) => this.#runner && this.#kind.explain(this.#runner.timeline, subject),
      choice: (pod) => this.#runner && this.#kind.choice?.(this.#runner.timeline, pod),
      visible: (on) => this.#show(on),
      goToStep: (step) => this.#goToStep(step),
      edited: (text) => this.#edited?.(text),
      look: (nodes) => {
        this.#look = nodes === 'all' ? nodes : new Set(nodes);
        this.#changed();
      },
      machines: (nodes, running) =>
        this.#each('machines', nodes, (of, timeline, name) => of.setRunning(timeline, name, running)),
      taint: (nodes, on) => this.#each('taint', nodes, (of, timeline, name) => of.setTaint(timeline, name, on)),
      journalHash: () => this.#runner?.timeline.journalHash,
    };
    const call = calls[method as keyof WorldCalls] as (...all: readonly unknown[]) => unknown;
    try {
      return await call(...given);
    } catch (error) {
      this.#freeze(error);
      throw error;
    }
  }

  connectShell(port: MessagePort): void {
    this.#shellPort = port;
    // After what was asked before: a shell belongs to the world that stands then.
    this.#queue = this.#queue.then(() => this.#startShell()).catch(() => undefined);
  }

  async #open(spec: WorldSpec): Promise<Opened> {
    const exercise = spec.exercise && new ExerciseRun(await this.#library.exercise(spec.exercise.id));
    exercise?.choose(spec.exercise?.step ?? 0);
    this.#spec = spec;
    this.#settings = spec.settings ?? {};
    this.#exercise = exercise;
    return this.#build(spec.startMs);
  }

  #close(): void {
    this.#closed = true;
    this.#runner?.pause();
    clearTimeout(this.#flush);
    this.#shellPort?.close();
  }

  #show(on: boolean): void {
    this.#visible = on;
    const runner = this.#runner;
    if (on) {
      // In an exercise time passes once the reader has acted; looking away only holds it.
      if (this.#resume && this.#exercise) runner?.play();
      this.#changed();
    } else {
      this.#resume = runner?.playing ?? false;
      runner?.pause();
    }
  }

  /** From a step just solved the reader goes on in the same world; else the step's own start is made. */
  async #goToStep(step: number): Promise<void> {
    const exercise = this.#exercise;
    if (!exercise) throw new Error('goToStep: this world belongs to no exercise');
    const onward = exercise.solved && step === exercise.index + 1;
    exercise.choose(step);
    if (onward && this.#runner && !this.#broken) {
      exercise.begin(this.#runner.timeline);
      this.#changed();
    } else await this.#build(this.#spec?.startMs ?? 0);
  }

  /** Makes the world anew and stands at `at`; in an exercise at the start of its step. */
  async #build(at: number): Promise<Opened> {
    const spec = this.#spec;
    if (!spec) throw new Error('no world is open');
    this.#runner?.pause();
    this.#resume = false;
    const scenario = await this.#library.scenario(spec.scenario, this.#settings);
    const large = spec.cell === true;
    const kind = this.#kind;
    let timeline = kind.timeline(scenario, spec.seed, [], large ? kind.nodes?.spacing(scenario) : undefined);
    let endMs = spec.endMs;
    let lines: Opened['lines'] = [];
    const run = this.#exercise;
    if (run) {
      const { playSolution, playUpTo, runToGoal } = await withShell();
      this.#files = await playUpTo<W, T>(timeline, kind, run.exercise, run.index);
      at = timeline.now;
      if (spec.solution === true) {
        ({ lines } = await playSolution<W, T>(timeline, kind, run.exercise, run.index, this.#files, SHOWN_PAUSE_MS));
        runToGoal(timeline, run.step);
        endMs = timeline.now + SHOWN_AFTER_MS;
      } else endMs = Math.max(endMs, at);
      // The same run again, with what was typed as its given past: it is not the reader's to undo.
      if (timeline.inputs.length > 0) timeline = kind.timeline(scenario, spec.seed, timeline.inputs);
    }
    timeline.seek(at);
    run?.begin(timeline);
    this.#from = run ? at : spec.startMs;
    this.#broken = false;
    const speed = this.#runner?.speed ?? 1;
    const cell = large ? kind.nodes?.cell(timeline) : undefined;
    timeline.onRewind(() => cell?.recount());
    this.#cell = cell;
    this.#sentMap = undefined;
    this.#runner = new Runner<T>(
      timeline,
      new Waiters(),
      endMs,
      this.#ticker,
      () => this.#changed(),
      large ? bySlices : undefined,
    );
    this.#runner.speed = speed;
    this.#sent = undefined;
    if (this.#shellPort) await this.#startShell();
    this.#changed();
    const stops = lines.filter(({ kind }) => kind === 'typed').map(({ at, text }) => ({ at, say: text }));
    return { startMs: this.#from, endMs, stops, lines };
  }

  async #startShell(): Promise<void> {
    const runner = this.#runner;
    const port = this.#shellPort;
    if (!runner || !port) return;
    const { openShell } = await withShell();
    this.#edited?.(null);
    const host = this.#kind.shellHost(runner.timeline, runner.waiters, {
      onInput: () => {
        // The reader acts on the world, so time passes from now on.
        runner.play();
        this.#changed();
      },
      onWait: () => runner.play(),
      edit: (fileName, text) =>
        new Promise((resolve) => {
          this.#edited = (saved) => {
            this.#edited = undefined;
            resolve(saved);
          };
          this.#port.postMessage({ kind: 'edit', world: this.#id, fileName, text });
        }),
    });
    openShell(port, this.#guarded(host, runner), this.#files);
  }

  /** A shell's way into the world: closed when the world is broken, or another has taken its place. */
  #guarded(host: ShellHost, runner: Runner<T>): ShellHost {
    const only = <R>(act: () => R): R => {
      if (this.#broken || this.#runner !== runner) throw new Error('the world stands still');
      return this.#guard(act);
    };
    return {
      ...host,
      api: (request, signal) => only(() => host.api(request, signal)),
      exec: (target, argv) => only(() => host.exec(target, argv)),
      ...(host.session && {
        session: (target, argv, wish) => only(() => host.session?.(target, argv, wish) ?? Promise.resolve('')),
      }),
      http: (request) => only(() => host.http(request)),
      ...(host.machines && { machines: guardedMembers(host.machines, only) }),
    };
  }

  #changed(): void {
    if (this.#flush !== undefined || this.#broken || this.#closed) return;
    this.#flush = setTimeout(
      () => {
        this.#flush = undefined;
        this.#alone(() => this.#send());
      },
      this.#cell ? CELL_FRAME_MS : FRAME_MS,
    );
  }

  /** Gives turns to the runner, and catches what breaks there: nobody else would. */
  readonly #ticker: Ticker = (onTick) => {
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      this.#alone(() => onTick(now - last));
      last = now;
    }, FRAME_MS);
    return () => clearInterval(timer);
  };

  #send(): void {
    const runner = this.#runner;
    const spec = this.#spec;
    if (!runner || !spec || !this.#visible || this.#broken || this.#closed) return;
    const { timeline } = runner;
    const exercise = spec.solution === true ? undefined : this.#exercise;
    exercise?.look(timeline, () => performance.now());
    const state = exercise?.state;
    const now: object = this.#cell ? this.#cell.look(this.#look) : this.#kind.snapshot(timeline);
    const cell = this.#cell && this.#cellFrame(this.#cell);
    const frame: Frame<object> = {
      at: timeline.now,
      startMs: this.#from,
      endMs: runner.endMs,
      playing: runner.playing,
      speed: runner.speed,
      canUndo: timeline.canUndo,
      ...(this.#sent ? { diff: diff(this.#sent, now) } : { snapshot: now }),
      ...(state && (state !== this.#sentState || !this.#sent) ? { goals: state } : {}),
      ...(cell && { cell }),
    };
    this.#sent = now;
    this.#sentState = state;
    this.#port.postMessage(
      { kind: 'frame', world: this.#id, frame: frame as Frame },
      { transfer: cell ? arraysOf(cell) : [] },
    );
  }

  /** Does something to each of these nodes, all at this moment. */
  #each(
    method: string,
    nodes: readonly string[],
    act: (of: NonNullable<WorldKind<S, T>['nodes']>, timeline: T, node: string) => void,
  ): void {
    const timeline = this.#runner?.timeline;
    const of = this.#kind.nodes;
    if (!timeline || !of) return;
    const unknown = nodes.find((name) => !of.has(timeline, name));
    if (unknown !== undefined) throw new Error(`${method}: no node is called ${JSON.stringify(unknown)}`);
    for (const name of nodes) act(of, timeline, name);
    this.#changed();
  }

  #cellFrame(view: CellView): CellFrame {
    const { map } = view;
    const frame = { load: view.load(), ...(map === this.#sentMap ? {} : { map }) };
    this.#sentMap = map;
    return frame;
  }

  #alone(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Bug)) throw error;
      this.#freeze(error);
    }
  }

  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      this.#freeze(error);
      throw error;
    }
  }

  #freeze(error: unknown): void {
    if (!(error instanceof Bug) || this.#broken) return;
    this.#broken = true;
    this.#runner?.pause();
    this.#port.postMessage({ kind: 'broken', world: this.#id, message: error.message, seed: this.#spec?.seed ?? 0 });
  }
}

/** Every function of `members` behind `only`. */
function guardedMembers<M extends object>(members: M, only: <R>(act: () => R) => R): M {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'function'
        ? (...args: readonly unknown[]) => only(() => (member as (...all: readonly unknown[]) => unknown)(...args))
        : member,
    ]),
  ) as M;
}

/** The arrays of a frame, to be handed over and not copied. The map stays: the world counts by it. */
function arraysOf({ load }: CellFrame): Transferable[] {
  const { cpuMilli, memoryMi, pods, flags, stripes } = load;
  const own = [cpuMilli, memoryMi, pods, flags];
  const all = stripes ? [...own, stripes.cpuMilli, stripes.memoryMi, stripes.pods] : own;
  return all.map(({ buffer }) => buffer);
}
