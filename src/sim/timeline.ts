// The timeline of a cluster: what can come to it from outside, and who hears the answers.
import type { ApiRequest, ApiResponse } from './api/http.ts';
import { BaseTimeline, type Logged } from './base-timeline.ts';
import { unreachable } from './engine/assert.ts';
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

export type LoggedInput = Logged<Input>;

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

export class Timeline extends BaseTimeline<World, Input> {
  readonly scenario: Scenario;

  /** @param spacing virtual ms between checkpoints; large worlds keep few */
  constructor(scenario: Scenario, seed: number, inputs: readonly LoggedInput[] = [], spacing?: number) {
    super(createWorld(scenario, seed), seed, inputs, spacing);
    this.scenario = scenario;
  }

  /** A request to the Kubernetes API. One that changes something becomes an input; one that only reads leaves no trace. */
  api(request: ApiRequest): ApiResponse {
    if (request.method === 'GET') return this.world.api.handle(request);
    return this.log({ kind: 'api', request }) as ApiResponse;
  }

  exec(
    process: string,
    argv: readonly string[],
  ): { readonly exitCode: number; readonly stdout: string; readonly stderr: string } {
    return this.log({ kind: 'exec', process, argv }) as ReturnType<World['processes']['exec']>;
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
    const heard = (event: SessionEvent) => {
      if (event.kind !== 'output') shut();
      listener(event);
    };
    const number = this.log({ kind: 'session', process, argv, stdin, tty }, (input) =>
      this.put(input, heard),
    ) as number;
    const log = (input: Input) => {
      if (open) this.log(input);
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
    this.log({ kind: 'http', method, url, timeoutMs }, (input) => this.put(input, undefined, onDone));
  }

  /** Stops or starts a node's machine. */
  machine(node: string, running: boolean): void {
    this.log({ kind: 'machine', node, running });
  }

  /** A second timeline that stands at the same moment, with the same past; what happens in one does not touch the other. */
  fork(): Timeline {
    const copy = new Timeline(this.scenario, this.seed, this.past);
    copy.standWith(this);
    return copy;
  }

  protected override put(
    input: Input,
    onEvent: (event: SessionEvent) => void = () => undefined,
    onDone: (answer: HttpAnswer) => void = () => undefined,
  ): unknown {
    const { api, processes, traffic, kubelets } = this.world;
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
  }

  protected override subjectOf(input: Input): string {
    return inputSubject(input);
  }
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
