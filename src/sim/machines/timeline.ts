// The timeline of a world of machines: what can come to it from outside, and who hears the answers. A shell on a machine
// acts through system calls of its task; those that change something are inputs, reads leave no trace.
import type { ApiRequest } from '../api/http.ts';
import { BaseTimeline, type Logged } from '../base-timeline.ts';
import type { DockerConnection, DockerResponse } from '../containers/api/index.ts';
import type { Engine } from '../containers/engine/index.ts';
import { unreachable } from '../engine/assert.ts';
import { LinuxError, type Content, type Files, type RunOptions, type Started } from '../linux/contract.ts';
import type { Signal } from '../linux/machine.ts';
import type { HttpAnswer, HttpRequest } from '../linux/serving.ts';
import type { MachineScenario } from './scenario.ts';
import { createMachineWorld, machineOf, type EngineMaker, type MachineWorld, type TaskRef } from './world.ts';

export type DockerTarget = Extract<DockerConnection, { readonly kind: 'connected' }>['target'];

/** What a world with container engines needs beyond one without; `docker.ts` has it. */
export interface DockerKind {
  readonly maker: EngineMaker;
  handle(engine: Engine, request: ApiRequest): DockerResponse;
  connect(engine: Engine, request: ApiRequest): DockerConnection;
  input(engine: Engine, target: DockerTarget, bytes: string | undefined): void;
  tick(engine: Engine): void;
}

/** A system call about files that changes something. */
type FileCall = {
  [K in FileChange]: { readonly call: K; readonly args: Parameters<Files[K]> };
}[FileChange];

const fileChanges = ['write', 'mkdir', 'mkdirs', 'rmdir', 'unlink', 'rename', 'symlink', 'link', 'chmod', 'chown', 'utimes'] as const; // prettier-ignore
type FileChange = (typeof fileChanges)[number];

export type MachineInput =
  | {
      readonly kind: 'run';
      readonly task: TaskRef;
      readonly argv: readonly string[];
      readonly options: RunOptions;
    }
  | { readonly kind: 'file'; readonly task: TaskRef; readonly of: FileCall }
  | { readonly kind: 'exit'; readonly task: TaskRef; readonly exitCode: number }
  | { readonly kind: 'signal'; readonly from: TaskRef | null; readonly machine: string; readonly pid: number; readonly signal: Signal }
  | { readonly kind: 'login'; readonly machine: string }
  | { readonly kind: 'docker'; readonly machine: string; readonly request: ApiRequest }
  | { readonly kind: 'docker connect'; readonly machine: string; readonly request: ApiRequest }
  | { readonly kind: 'docker input'; readonly machine: string; readonly target: DockerTarget; readonly bytes: string | null }
  | { readonly kind: 'http'; readonly from: TaskRef; readonly request: HttpRequest }; // prettier-ignore

export type LoggedMachineInput = Logged<MachineInput>;

export class MachineTimeline extends BaseTimeline<MachineWorld, MachineInput> {
  readonly scenario: MachineScenario;

  readonly #docker: DockerKind | undefined;

  /** @param docker where machines have container engines: what makes them, and their API */
  constructor(
    scenario: MachineScenario,
    seed: number,
    inputs: readonly LoggedMachineInput[] = [],
    spacing?: number,
    docker?: DockerKind,
  ) {
    super(createMachineWorld(scenario, seed, docker?.maker), seed, inputs, spacing);
    this.scenario = scenario;
    this.#docker = docker;
  }

  /** fork(2) and execve(2). Throws a `LinuxError` when the file cannot be executed; that changes nothing. */
  spawn(task: TaskRef, argv: readonly string[], options: RunOptions): Started {
    return allowed(this.log({ kind: 'run', task, argv, options })) as Started;
  }

  /** Files as a task sees them. What changes them is logged. */
  files(task: TaskRef): Files {
    const files = () => machineOf(this.world, task).files(task.pid);
    const changing = Object.fromEntries(
      fileChanges.map((call) => [
        call,
        (...args: unknown[]) => allowed(this.log({ kind: 'file', task, of: { call, args } as unknown as FileCall })),
      ]),
    ) as unknown as Pick<Files, FileChange>;
    return {
      ...changing,
      stat: (path) => files().stat(path),
      lstat: (path) => files().lstat(path),
      exists: (path) => files().exists(path),
      realpath: (path) => files().realpath(path),
      readlink: (path) => files().readlink(path),
      read: (path): Content => files().read(path),
      readText: (path) => files().readText(path),
      list: (path) => files().list(path),
      nowMs: () => files().nowMs(),
      statfs: (path) => files().statfs(path),
      access: (path, want) => files().access(path, want),
    };
  }

  exit(task: TaskRef, exitCode: number): void {
    this.log({ kind: 'exit', task, exitCode });
  }

  /** @param from whose rights and PID namespace count; null: the hardware's own hand */
  kill(from: TaskRef | null, machine: string, pid: number, signal: Signal): void {
    allowed(this.log({ kind: 'signal', from, machine, pid, signal }));
  }

  /** Another shell of the reader on that machine. */
  login(machine: string): TaskRef {
    return { machine, pid: this.log({ kind: 'login', machine }) as number };
  }

  http(from: TaskRef, request: HttpRequest, onDone: (answer: HttpAnswer) => void): void {
    this.log({ kind: 'http', from, request }, (input) => this.put(input, onDone));
  }

  /** A request to the container engine of a machine. One that only reads leaves no trace. */
  docker(machine: string, request: ApiRequest): DockerResponse {
    const { docker, engine } = this.#engine(machine);
    if (request.method === 'GET') return docker.handle(engine, request);
    return this.log({ kind: 'docker', machine, request }) as DockerResponse;
  }

  /** A request that becomes a connection. */
  dockerConnect(machine: string, request: ApiRequest): DockerConnection {
    this.#engine(machine);
    return this.log({ kind: 'docker connect', machine, request }) as DockerConnection;
  }

  /** Bytes of the client on such a connection; null is their end. */
  dockerInput(machine: string, target: DockerTarget, bytes: string | null): void {
    this.log({ kind: 'docker input', machine, target, bytes });
  }

  /** Time has passed: streams that read now and then get a reading. */
  dockerTick(machine: string): void {
    const { docker, engine } = this.#engine(machine);
    docker.tick(engine);
  }

  #engine(machine: string): { readonly docker: DockerKind; readonly engine: Engine } {
    const engine = this.world.engines.get(machine);
    const docker = this.#docker;
    if (!engine || !docker) throw new LinuxError('ECONNREFUSED');
    return { docker, engine };
  }

  /** A second timeline that stands at the same moment, with the same past. */
  fork(): MachineTimeline {
    const copy = new MachineTimeline(this.scenario, this.seed, this.past, undefined, this.#docker);
    copy.standWith(this);
    return copy;
  }

  protected override put(input: MachineInput, onDone: (answer: HttpAnswer) => void = () => undefined): unknown {
    // A refusal is an answer, and the same one when the input is put in again.
    try {
      return this.#act(input, onDone);
    } catch (error) {
      if (error instanceof LinuxError) return error;
      throw error;
    }
  }

  #act(input: MachineInput, onDone: (answer: HttpAnswer) => void): unknown {
    const { world } = this;
    switch (input.kind) {
      case 'run':
        return machineOf(world, input.task).run(input.task.pid, input.argv, input.options);
      case 'file': {
        const files = machineOf(world, input.task).files(input.task.pid);
        const { call, args } = input.of;
        (files[call] as (...all: readonly unknown[]) => void)(...args);
        return;
      }
      case 'exit':
        machineOf(world, input.task).exit(input.task.pid, input.exitCode);
        return undefined;
      case 'signal':
        machineOf(world, input).kill(input.pid, input.signal, input.from?.pid);
        return undefined;
      case 'login':
        return world.login(input.machine);
      case 'docker':
      case 'docker connect':
      case 'docker input': {
        const { docker, engine } = this.#engine(input.machine);
        if (input.kind === 'docker') return docker.handle(engine, input.request);
        if (input.kind === 'docker connect') return docker.connect(engine, input.request);
        docker.input(engine, input.target, input.bytes ?? undefined);
        return undefined;
      }
      case 'http':
        world.http.send({ machine: machineOf(world, input.from), pid: input.from.pid }, input.request, onDone);
        return undefined;
      default:
        return unreachable(input);
    }
  }

  protected override subjectOf(input: MachineInput): string {
    switch (input.kind) {
      case 'run':
        return input.argv.join(' ');
      case 'file':
        return `${input.of.call} ${input.of.args[0]}`;
      case 'exit':
        return `${input.task.machine}/process/${String(input.task.pid)}`;
      case 'signal':
        return `kill -${input.signal} ${String(input.pid)}`;
      case 'login':
        return `login ${input.machine}`;
      case 'docker':
      case 'docker connect':
        return `${input.machine}: ${input.request.method} ${input.request.path}`;
      case 'docker input':
        return `${input.machine}: input of ${input.target.container}`;
      case 'http':
        return `${input.request.method} ${input.request.url}`;
      default:
        return unreachable(input);
    }
  }
}

function allowed(answer: unknown): unknown {
  if (answer instanceof LinuxError) throw answer;
  return answer;
}
