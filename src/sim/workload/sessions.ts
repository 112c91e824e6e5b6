// Commands that run beside the program of a container with somebody at the other end: `kubectl exec`, with input,
// pauses and a terminal. Models what the container runtime and the kernel's line discipline do. Input and output are
// strings of bytes. Who listens is outside the world: the state goes on without, and going back in time drops them.
// Left out: job control, raw terminals, output that comes before a command's own pauses are over.
import type { SimEvent } from '../engine/event-queue.ts';
import { phase, type Simulation } from '../engine/simulation.ts';
import { fromBytes, toBytes } from './bytes.ts';
import { type CommandWorld, runCommand } from './commands.ts';
import { inside } from './inside.ts';
import { type Instance, NEVER } from './instance.ts';
import { launch, type Program } from './programs/index.ts';
import type { Host } from './service.ts';
import { type CommandResult, createShell, runShell, type ShellState, type ShellWorld } from './shell.ts';
import { parseScript } from './shell-parser.ts';
import { typed } from './terminal.ts';

export type SessionEvent =
  | { readonly kind: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: string }
  | { readonly kind: 'exit'; readonly exitCode: number }
  /** The runtime could not start it. */
  | { readonly kind: 'error'; readonly message: string };

export interface SessionOptions {
  /** Whether input will come; without, it is at its end from the start. */
  readonly stdin: boolean;
  readonly tty: boolean;
}

export interface Sessions {
  /** Starts a command beside process `id`; its number. */
  start(id: string, argv: readonly string[], options: SessionOptions, listener: (event: SessionEvent) => void): number;
  input(session: number, bytes: string): void;
  endInput(session: number): void;
  /** The other end is gone: the command ends with it. */
  hangUp(session: number): void;
}

interface State {
  readonly id: number;
  readonly process: string;
  readonly argv: readonly string[];
  readonly tty: boolean;
  /** A shell that takes its commands from the input. */
  readonly reads: boolean;
  /** The script at work, or null: then a single command, or a shell that waits for its next line. */
  script: ShellState | null;
  input: string;
  inputEnded: boolean;
  /** What has been typed of a line on a terminal. */
  line: string;
  /** Lines that are no whole command yet. */
  unfinished: string;
  variables: Readonly<Record<string, string>>;
  status: number;
  /** How it ends once its time is over; null while it is still to run. */
  exitCode: number | null;
  prompted: boolean;
  wakeEvent: number;
}

interface Saved {
  readonly next: number;
  readonly sessions: readonly Readonly<State>[];
}

interface ResumeEvent extends SimEvent {
  readonly kind: 'workload.session';
  readonly session: number;
}

export interface SessionDeps {
  /** A process that runs, and its program. */
  find(id: string): { readonly instance: Instance; readonly program: Program } | undefined;
  readonly host: Host & { readonly epochMs: number };
  /** Called when a command may have changed when the process does something next. */
  touched(instance: Instance): void;
}

const OCI = 'OCI runtime exec failed: exec failed: unable to start container process';
const SHELL = /^(\/(usr\/)?bin\/)?(ba)?sh$/;
const END_OF_ARCHIVE = '\0'.repeat(1024);
/** How long a script that never pauses computes before we look at it again. */
const BUSY_MS = 100;

export function createSessions(sim: Simulation, deps: SessionDeps): Sessions & { exited(process: string): void } {
  let next = 1;
  let sessions = new Map<number, State>();
  const listeners = new Map<number, (event: SessionEvent) => void>();

  sim.register<Saved>({
    name: 'workload.sessions',
    save: () => ({ next, sessions: [...sessions.values()].map((state) => ({ ...state })) }),
    load: (saved) => {
      next = saved.next;
      sessions = new Map(saved.sessions.map((state) => [state.id, { ...state }]));
      listeners.clear();
    },
  });
  sim.on<ResumeEvent>('workload.session', ({ session }) => {
    const state = sessions.get(session);
    if (!state) return;
    state.wakeEvent = -1;
    advance(state);
  });

  return {
    start(id, argv, { stdin, tty }, listener) {
      const session = next++;
      const found = deps.find(id);
      if (!found) {
        listener({ kind: 'error', message: 'cannot exec in a stopped container' });
        return session;
      }
      const { instance, program } = found;
      const what = launch(program, argv);
      if (what.kind === 'error') {
        listener({ kind: 'error', message: `${OCI}: ${what.message}: unknown` });
        return session;
      }
      const command = what.kind === 'command' ? what.argv : argv;
      const option = command.findIndex((arg, i) => i > 0 && /^-[eux]*c$/.test(arg));
      const isShell = SHELL.test(command[0] ?? '');
      const state: State = {
        id: session,
        process: id,
        argv: command,
        tty,
        reads: isShell && option < 0,
        script: isShell && option > 0 ? createShell(command[option + 1] ?? '', instance.spec.env) : null,
        input: '',
        inputEnded: !stdin,
        line: '',
        unfinished: '',
        variables: instance.spec.env,
        status: 0,
        exitCode: null,
        prompted: false,
        wakeEvent: -1,
      };
      sessions.set(session, state);
      listeners.set(session, listener);
      if (what.kind === 'program') {
        const port = instance.service?.settings.port ?? 0;
        emit(state, `${program.name}: listen tcp :${String(port)}: bind: address already in use\n`, 'stderr');
        finish(state, 1);
      } else advance(state);
      return session;
    },
    input(session, bytes) {
      const state = sessions.get(session);
      if (!state || state.inputEnded) return;
      if (state.tty) type(state, bytes);
      else state.input += bytes;
      go(state);
    },
    endInput(session) {
      const state = sessions.get(session);
      if (!state || state.inputEnded) return;
      state.inputEnded = true;
      go(state);
    },
    hangUp(session) {
      const state = sessions.get(session);
      if (state) drop(state);
      listeners.delete(session);
    },
    exited(process) {
      for (const state of [...sessions.values()]) if (state.process === process) finish(state, 137);
    },
  };

  function type(state: State, bytes: string): void {
    const { line, entered, echo, ended, interrupted } = typed(state.line, bytes);
    emit(state, echo, 'stdout', true);
    state.line = line;
    state.input += entered;
    state.inputEnded ||= ended;
    if (!interrupted) return;
    const idle = state.reads && state.script === null;
    state.input = '';
    state.unfinished = '';
    if (!state.reads) finish(state, 130);
    else if (!idle) {
      stopWaiting(state);
      state.script = null;
      state.status = 130;
    }
    state.prompted = false;
  }

  /** Goes on after input, unless it is in the middle of a pause. */
  function go(state: State): void {
    if (sessions.has(state.id) && state.wakeEvent < 0 && state.exitCode === null) advance(state);
  }

  function advance(state: State): void {
    const found = deps.find(state.process);
    if (!found) return;
    const { instance } = found;
    if (state.exitCode !== null) {
      finish(state, state.exitCode);
      return;
    }
    instance.cause = sim.cause;
    if (state.reads) lines(state, instance, found.program);
    else if (state.script) script(state, instance, found.program);
    else single(state, instance, found.program);
    deps.touched(instance);
  }

  function single(state: State, instance: Instance, program: Program): void {
    if (isCat(state.argv)) {
      emit(state, state.input, 'stdout');
      state.input = '';
      if (state.inputEnded) finish(state, 0);
      return;
    }
    const ran = run(state, instance, program, state.argv, state.variables);
    if (!ran) {
      emit(state, `${state.argv[0] ?? ''}: not simulated\n`, 'stderr');
      finish(state, 127);
    } else if (ran.kind === 'sleep') finishLater(state, 0, ran.ms);
    else if (ran.kind === 'done') {
      emit(state, toBytes(ran.stdout), 'stdout');
      emit(state, toBytes(ran.stderr), 'stderr');
      finishLater(state, ran.exitCode, ran.waitedMs ?? 0);
    }
  }

  /** Runs the script up to its next pause. True when it is over and the session is not. */
  function script(state: State, instance: Instance, program: Program): boolean {
    if (!state.script) return true;
    let waitedMs = 0;
    const shell = shellWorld(state, instance, program, (ms) => (waitedMs += ms));
    const { state: after, why } = runShell(state.script, shell);
    if (!sessions.has(state.id)) return false;
    state.script = after;
    switch (why.kind) {
      case 'end':
        state.script = null;
        state.status = why.exitCode;
        state.variables = after.variables;
        if (state.reads && why.asked !== true) return true;
        finishLater(state, why.exitCode, waitedMs);
        return false;
      case 'sleep':
        wait(state, why.ms + waitedMs);
        return false;
      case 'busy':
        wait(state, BUSY_MS);
        return false;
      case 'program':
        emit(state, `${program.name}: bind: address already in use\n`, 'stderr');
        finish(state, 1);
        return false;
      case 'forever':
      case 'input':
        return false;
    }
  }

  /** A shell that reads its commands: one after another, as far as they have come. */
  function lines(state: State, instance: Instance, program: Program): void {
    for (;;) {
      if (!script(state, instance, program)) return;
      const end = state.input.indexOf('\n');
      if (end < 0 && !(state.inputEnded && state.input !== '')) {
        if (state.inputEnded) {
          if (state.tty && state.prompted) emit(state, '\n', 'stdout');
          finish(state, state.status);
        } else if (state.tty && !state.prompted) {
          const user = inside(instance, program, deps.host, {}).user;
          emit(state, state.unfinished === '' ? (user === 'root' ? '# ' : '$ ') : '> ', 'stdout');
          state.prompted = true;
        }
        return;
      }
      const line = end < 0 ? state.input : state.input.slice(0, end + 1);
      state.input = state.input.slice(line.length);
      state.prompted = false;
      const text = state.unfinished + fromBytes(line);
      const parsed = parseScript(text);
      const whole = !('error' in parsed) || !/end of file|unterminated/.test(parsed.error);
      state.unfinished = whole || (state.inputEnded && state.input === '') ? '' : text;
      if (state.unfinished === '') state.script = { ...createShell(text, state.variables), status: state.status };
    }
  }

  function shellWorld(state: State, instance: Instance, program: Program, waited: (ms: number) => void): ShellWorld {
    return {
      command(argv, variables): CommandResult {
        const what = launch(program, argv);
        if (what.kind === 'program') return { kind: 'program' };
        const ran = what.kind === 'command' ? run(state, instance, program, what.argv, variables) : undefined;
        if (!ran) {
          const why = what.kind === 'command' ? 'not simulated' : 'not found';
          return { kind: 'done', exitCode: 127, stdout: '', stderr: `sh: ${argv[0] ?? ''}: ${why}\n` };
        }
        waited(ran.waitedMs ?? 0);
        return ran;
      },
      print(text, stream) {
        emit(state, toBytes(text), stream === 1 ? 'stdout' : 'stderr');
      },
      write(path, text, append) {
        const at = inside(instance, program, deps.host, {});
        return at.write(path, append ? (at.read(path) ?? '') + text : text);
      },
    };
  }

  /** One command. What it reads of the input is gone afterwards, unless it waits for more. */
  function run(
    state: State,
    instance: Instance,
    program: Program,
    argv: readonly string[],
    variables: Readonly<Record<string, string>>,
  ): ReturnType<typeof runCommand> {
    const asked = { read: false };
    const stdin = {
      get text() {
        asked.read = true;
        return fromBytes(state.input);
      },
      // An archive says itself where it ends.
      ended: state.inputEnded || (/(^|\/)tar$/.test(argv[0] ?? '') && state.input.endsWith(END_OF_ARCHIVE)),
    };
    const world: CommandWorld = { ...inside(instance, program, deps.host, variables), stdin };
    const ran = runCommand(argv, world);
    if (asked.read && ran?.kind !== 'input') state.input = '';
    return ran;
  }

  function emit(state: State, bytes: string, stream: 'stdout' | 'stderr', raw = false): void {
    if (bytes === '') return;
    // On a terminal both streams are one, and a line ends with a return.
    const shown = state.tty && !raw ? bytes.replaceAll('\n', '\r\n') : bytes;
    listeners.get(state.id)?.({ kind: 'output', stream: state.tty ? 'stdout' : stream, bytes: shown });
  }

  function wait(state: State, ms: number): void {
    if (ms >= NEVER) return;
    const event: ResumeEvent = { kind: 'workload.session', session: state.id };
    state.wakeEvent = sim.schedule<ResumeEvent>(sim.now + Math.max(0, Math.round(ms)), phase.workload, event);
  }

  function stopWaiting(state: State): void {
    if (state.wakeEvent >= 0) sim.cancel(state.wakeEvent);
    state.wakeEvent = -1;
  }

  function finishLater(state: State, exitCode: number, ms: number): void {
    if (ms <= 0) finish(state, exitCode);
    else {
      state.exitCode = exitCode;
      wait(state, ms);
    }
  }

  function finish(state: State, exitCode: number): void {
    if (!sessions.has(state.id)) return;
    drop(state);
    listeners.get(state.id)?.({ kind: 'exit', exitCode });
    listeners.delete(state.id);
  }

  function drop(state: State): void {
    stopWaiting(state);
    sessions.delete(state.id);
  }
}

function isCat(argv: readonly string[]): boolean {
  return /(^|\/)cat$/.test(argv[0] ?? '') && argv.slice(1).every((arg) => arg === '-');
}
