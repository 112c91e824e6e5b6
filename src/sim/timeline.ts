// A world with a past and a future. It keeps the list of inputs and a row of checkpoints, so that any moment can be
// sought: back = the nearest checkpoint, then run on; and running on after going back is never having gone back,
// because the inputs that lie ahead are put in again at their times. A new input in the past starts a new branch:
// the inputs ahead of it are dropped (and can be had back with `undo`).
import type { ApiRequest, ApiResponse } from './api/http.ts';
import { assert, unreachable } from './engine/assert.ts';
import type { Checkpoint } from './engine/simulation.ts';
import type { JournalEntry } from './engine/journal.ts';
import { connect, type Connection } from './kubernetes/api/connect.ts';
import type { Scenario } from './scenario.ts';
import type { Outcome } from './traffic/contract.ts';
import type { SessionEvent, SessionOptions } from './workload/sessions.ts';
import { createWorld, type World } from './world.ts';

/** Everything that can come to a world from outside. Plain data. */
export type Input =
  | { readonly kind: 'api'; readonly request: ApiRequest }
  | { readonly kind: 'exec'; readonly process: string; readonly argv: readonly string[] }
  | {
      readonly kind: 'session';
      readonly process: string;
      readonly argv: readonly string[];
      readonly stdin: boolean;
      readonly tty: boolean;
    }
  | { readonly kind: 'session input'; readonly session: number; readonly bytes: string }
  | { readonly kind: 'session end'; readonly session: number; readonly of: 'input' | 'session' }
  | { readonly kind: 'http'; readonly method: string; readonly url: string; readonly timeoutMs: number }
  | { readonly kind: 'machine'; readonly node: string; readonly running: boolean };

export interface LoggedInput {
  readonly at: number;
  readonly input: Input;
}

export interface HttpAnswer {
  readonly outcome: Outcome;
  readonly status: number;
  readonly body: string;
  readonly latencyMs: number;
  /** In words why there is no answer; empty when there is one. */
  readonly message?: string;
}

/** A command in a container with somebody at the other end. Bytes are strings, one character each. */
export interface Session {
  input(bytes: string): void;
  endInput(): void;
  /** Hangs up: the command ends. */
  close(): void;
}

/** Virtual ms between checkpoints while running; thinned out when there are many. */
const SPACING = 5_000;
const MOST_CHECKPOINTS = 80;

export class Timeline {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly world: World;
  #inputs: LoggedInput[];
  /** How many inputs have been put in up to now. */
  #done = 0;
  #checkpoints: { readonly done: number; readonly checkpoint: Checkpoint }[] = [];
  #spacing = SPACING;
  /** For undo: when each new input came, after how many others, and which ones ahead it dropped. */
  #history: { readonly at: number; readonly done: number; readonly dropped: readonly LoggedInput[] }[] = [];
  readonly #onRewind = new Set<() => void>();

  /** @param spacing virtual ms between checkpoints; large worlds keep few */
  constructor(scenario: Scenario, seed: number, inputs: readonly LoggedInput[] = [], spacing = SPACING) {
    this.scenario = scenario;
    this.seed = seed;
    this.#spacing = spacing;
    this.#inputs = inputs.slice();
    this.world = createWorld(scenario, seed);
    this.#keep();
  }

  get now(): number {
    return this.world.sim.now;
  }

  get inputs(): readonly LoggedInput[] {
    return this.#inputs;
  }

  get canUndo(): boolean {
    return this.#history.length > 0;
  }

  /** Equal for equal pasts, in every engine: what the laws and the browser's tests compare. */
  get journalHash(): string {
    return this.world.sim.journal.hash();
  }

  /** When the next thing happens, be it an event or an input that lies ahead. */
  get nextAt(): number | undefined {
    const event = this.world.sim.nextAt;
    const input = this.#inputs[this.#done]?.at;
    return event === undefined ? input : input === undefined ? event : Math.min(event, input);
  }

  /** Called whenever the world jumps to another moment; open streams of the past are worthless then. */
  onRewind(listener: () => void): () => void {
    this.#onRewind.add(listener);
    return () => this.#onRewind.delete(listener);
  }

  /** Lets time pass until `until`, putting in the inputs that lie ahead. */
  run(until: number): void {
    const { sim } = this.world;
    while (sim.now < until) {
      const last = this.#checkpoints[this.#checkpoints.length - 1];
      const keepAt = (last?.checkpoint.at ?? 0) + this.#spacing;
      const input = this.#inputs[this.#done];
      const stop = Math.min(until, input?.at ?? until, keepAt > sim.now ? keepAt : until);
      sim.run(stop);
      while (this.#inputs[this.#done]?.at === sim.now && this.#done < this.#inputs.length)
        this.#put((this.#inputs[this.#done++] as LoggedInput).input);
      if (sim.now >= keepAt) this.#keep();
    }
  }

  /**
   * Lets time pass until the journal says something to the reader, or until `until`.
   * Returns whether something was said.
   */
  stepForward(until: number): boolean {
    const { sim } = this.world;
    for (;;) {
      const at = this.nextAt;
      if (at === undefined || at > until) {
        this.run(until);
        return false;
      }
      const from = sim.journal.length;
      this.run(Math.max(at, sim.now));
      if (at <= sim.now) sim.run(sim.now);
      if (sim.journal.slice(from).some(isSpoken)) return true;
    }
  }

  /** Goes back to the last moment before now at which the journal said something; to 0 when there is none. */
  stepBack(from = 0): void {
    const { journal, now } = this.world.sim;
    for (let id = journal.length - 1; id >= 0; id--) {
      const entry = journal.get(id) as JournalEntry;
      if (entry.at < now && isSpoken(entry)) {
        this.seek(Math.max(from, entry.at));
        return;
      }
    }
    this.seek(from);
  }

  /** Goes to `at`, back or forth. */
  seek(at: number): void {
    if (at < this.now) {
      while (this.#checkpoints.length > 1 && (this.#checkpoints[this.#checkpoints.length - 1]?.checkpoint.at ?? 0) > at)
        this.#checkpoints.pop();
      const nearest = this.#checkpoints[this.#checkpoints.length - 1];
      assert(nearest, 'a timeline without its first checkpoint');
      this.world.sim.restore(nearest.checkpoint);
      this.#done = nearest.done;
      for (const listener of this.#onRewind) listener();
    }
    this.run(at);
  }

  /** A request to the Kubernetes API. One that changes something becomes an input; one that only reads leaves no trace. */
  api(request: ApiRequest): ApiResponse {
    if (request.method === 'GET') return this.world.api.handle(request);
    return this.#log({ kind: 'api', request }) as ApiResponse;
  }

  exec(
    process: string,
    argv: readonly string[],
  ): { readonly exitCode: number; readonly stdout: string; readonly stderr: string } {
    return this.#log({ kind: 'exec', process, argv }) as ReturnType<World['processes']['exec']>;
  }

  /** A request that becomes a connection, with what it asks for; {@link session} starts a command that it names. */
  connect(request: ApiRequest): Connection {
    return connect(this.world, request);
  }

  /** Starts a command beside a process. What it says comes through `listener`, until the world is rewound. */
  session(
    process: string,
    argv: readonly string[],
    options: SessionOptions,
    listener: (event: SessionEvent) => void,
  ): Session {
    const { stdin, tty } = options;
    let open = true;
    const shut = () => {
      open = false;
      off();
    };
    const off = this.onRewind(() => shut());
    const number = this.#log({ kind: 'session', process, argv, stdin, tty }, (event) => {
      if (event.kind !== 'output') shut();
      listener(event);
    }) as number;
    const log = (input: Input) => {
      if (open) this.#log(input);
    };
    return {
      input: (bytes) => log({ kind: 'session input', session: number, bytes }),
      endInput: () => log({ kind: 'session end', session: number, of: 'input' }),
      close: () => {
        log({ kind: 'session end', session: number, of: 'session' });
        shut();
      },
    };
  }

  http(method: string, url: string, timeoutMs: number, onDone: (answer: HttpAnswer) => void): void {
    this.#log({ kind: 'http', method, url, timeoutMs }, undefined, onDone);
  }

  /** Stops or starts a node's machine. */
  machine(node: string, running: boolean): void {
    this.#log({ kind: 'machine', node, running });
  }

  /** Takes the newest input back, with all that it led to, and stands at the moment before it. */
  undo(): void {
    const last = this.#history.pop();
    if (!last) return;
    this.#inputs = [...this.#inputs.slice(0, last.done), ...last.dropped];
    this.#done = Math.min(this.#done, this.#inputs.length);
    // The world must forget the input even when the clock has not moved since.
    this.#checkpoints = this.#checkpoints.filter((kept) => kept.checkpoint.at < last.at || kept.checkpoint.at === 0);
    const nearest = this.#checkpoints[this.#checkpoints.length - 1];
    assert(nearest, 'a timeline without its first checkpoint');
    this.world.sim.restore(nearest.checkpoint);
    this.#done = nearest.done;
    for (const listener of this.#onRewind) listener();
    this.run(last.at);
  }

  /** A second timeline that stands at the same moment, with the same past; what happens in one does not touch the other. */
  fork(): Timeline {
    const copy = new Timeline(this.scenario, this.seed, this.#inputs.slice(0, this.#done));
    copy.world.sim.restore(this.world.sim.checkpoint(), this.world.sim.journal.copyOf(this.world.sim.journal.length));
    copy.#done = this.#done;
    return copy;
  }

  #log(input: Input, onEvent?: (event: SessionEvent) => void, onDone?: (answer: HttpAnswer) => void): unknown {
    this.#settle();
    this.#branch(input);
    return this.#put(input, onEvent, onDone);
  }

  /** An input comes after everything else of its millisecond; so a replay that first runs to its time does the same. */
  #settle(): void {
    this.world.sim.run(this.now);
  }

  #branch(input: Input): void {
    this.#history.push({ at: this.now, done: this.#done, dropped: this.#inputs.slice(this.#done) });
    this.#inputs.length = this.#done;
    this.#inputs.push({ at: this.now, input });
    this.#done = this.#inputs.length;
    // A checkpoint of this very millisecond was taken before the input.
    while (this.#checkpoints.length > 1 && this.#checkpoints[this.#checkpoints.length - 1]?.checkpoint.at === this.now)
      this.#checkpoints.pop();
  }

  #put(
    input: Input,
    onEvent: (event: SessionEvent) => void = () => undefined,
    onDone: (answer: HttpAnswer) => void = () => undefined,
  ): unknown {
    const { sim, api, processes, traffic, kubelets } = this.world;
    const cause = sim.record(`input.${input.kind}`, inputSubject(input), '', '', undefined, null);
    return sim.because(cause, () => {
      switch (input.kind) {
        case 'api':
          return api.handle(input.request);
        case 'exec':
          return processes.exec(input.process, input.argv);
        case 'session':
          return processes.sessions.start(input.process, input.argv, input, onEvent);
        case 'session input':
          processes.sessions.input(input.session, input.bytes);
          return undefined;
        case 'session end':
          if (input.of === 'input') processes.sessions.endInput(input.session);
          else processes.sessions.hangUp(input.session);
          return undefined;
        case 'http':
          traffic.send(input, onDone);
          return undefined;
        case 'machine':
          kubelets.setMachineRunning(input.node, input.running);
          return undefined;
        default:
          return unreachable(input);
      }
    });
  }

  #keep(): void {
    this.#checkpoints.push({ done: this.#done, checkpoint: this.world.sim.checkpoint() });
    if (this.#checkpoints.length <= MOST_CHECKPOINTS) return;
    this.#checkpoints = this.#checkpoints.filter((_, i) => i % 2 === 0);
    this.#spacing *= 2;
  }
}

/** Entries with a sentence are for the reader; the others only link causes. */
export function isSpoken(entry: JournalEntry): boolean {
  return entry.message !== '';
}

function inputSubject(input: Input): string {
  switch (input.kind) {
    case 'api':
      return `${input.request.method} ${input.request.path}`;
    case 'exec':
    case 'session':
      return input.argv.join(' ');
    case 'session input':
    case 'session end':
      return `session ${String(input.session)}`;
    case 'http':
      return `${input.method} ${input.url}`;
    case 'machine':
      return `nodes/${input.node}`;
    default:
      return unreachable(input);
  }
}
