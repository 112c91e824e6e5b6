// fork, execve and what a program does then: commands run to their end at once, programs that stay are called when
// something concerns them, hosted ones run elsewhere. See the contract's `Started`.
import {
  type Commands,
  type Exec,
  type Files,
  LinuxError,
  type MachineView,
  type RunOptions,
  type Started,
  type Sys,
} from '../contract.ts';
import { phase } from '../../engine/simulation.ts';
import type { Loaded, LoadOptions } from '../loader/load.ts';
import { type Executable, prepareExec } from './exec.ts';
import { type Kernel, namespaceOf, viewOf } from './kernel.ts';
import { end, fork, reap } from './life.ts';
import { outsideId } from './namespaces.ts';
import { listen } from './network.ts';
import type { Program, Programs, ProgramSys } from './program.ts';
import type { Signal } from './signals.ts';
import { type ExecWords, type Failure, type KernelSys, type SystemCalls, systemCalls } from './system-calls.ts';
import type { TaskRecord } from './state.ts';

export type Load = (files: Files, exe: string, env: Readonly<Record<string, string>>, options: LoadOptions) => Loaded;

interface Running {
  run(parent: TaskRecord, argv: readonly string[], options: RunOptions): Started;
  /** execve(2) in a task that exists. */
  execIn(pid: number, argv: readonly string[], options: RunOptions): Started;
  /** A program that stays is called. */
  wake(pid: number): void;
  deliver(pid: number, signal: Signal): void;
  childEnded(parent: number, pid: number, code: number): void;
  ask(pid: number, question: unknown): unknown;
}

interface RunningSpec {
  readonly kernel: Kernel;
  readonly view: MachineView;
  readonly commands: Commands;
  readonly programs: Programs;
  readonly hosted: ReadonlySet<string>;
  readonly load: Load;
  readonly wakeKind: string;
  output(pid: number, stream: 'stdout' | 'stderr', text: string): void;
}

/** What a process weighs that says nothing of itself. */
const SMALL_BYTES = 1_572_864;
const HOSTED_BYTES = 3_670_016;
const PROGRAM_BYTES = 2_097_152;
/** fork(2) and execve(2): fact 2-081, the average. */
const FORK_MS = 3;

/** How often a stopped program is looked at. */
const STOPPED_MS = 100;

/** The command wants input that has not come yet. */
class Asks extends Error {
  readonly wants: 'line' | 'all';
  constructor(wants: 'line' | 'all') {
    super('asks');
    this.wants = wants;
  }
}

interface ExecRequest extends Exec {
  readonly env: Readonly<Record<string, string>>;
  readonly words: ExecWords;
  readonly forks: boolean;
  readonly inChild?: ((calls: SystemCalls) => Failure | undefined) | undefined;
}

interface Streams {
  stdout: string;
  stderr: string;
  tookMs: number;
  /** What a program that ended at once ended with. */
  code?: number;
  /** Once the task stays, output goes to the listener. */
  live: boolean;
}

export function createRunning(spec: RunningSpec): Running {
  const { kernel } = spec;

  function execIn(pid: number, argv: readonly string[], options: RunOptions, streams: Streams): Started {
    const task = kernel.get(pid);
    const env = options.env ?? task.env;
    const files = kernel.fileWorld.view(task);
    const found = prepareExec(files, kernel.architecture, kernel.state.binfmt.values(), argv, env);
    const next = become(task, found, env, files);
    const loaded = spec.load(files, found.path, env, {
      secure: next.secure,
      name: argv[0] ?? found.path,
      pid: task.pids[task.pids.length - 1] ?? task.pid,
    });
    streams.stderr += loaded.stderr;
    streams.tookMs += FORK_MS;
    if (loaded.kind !== 'loaded') {
      kernel.put(next.task);
      if (loaded.kind === 'told') streams.stdout += loaded.stdout;
      else kernel.record(next.task, 'linux.exec', 'LoaderFailed', loaded.stderr.trimEnd());
      return done(pid, loaded.exitCode, streams);
    }
    const name = found.elf.program ?? '';
    const libraries = loaded.objects.flatMap((object) => (object.path === undefined ? [] : [object.path]));
    kernel.settle();
    const record: TaskRecord = {
      ...next.task,
      libraries,
      program: name,
      memory: {
        at: kernel.sim.now,
        bytes: SMALL_BYTES,
        growthPerSecond: 0,
        ceilingBytes: Infinity,
        fileBytes: fileBytes(found, files, libraries),
      },
    };
    const after = loaded.stderrAtExit;
    if (spec.hosted.has(name)) {
      kernel.put({ ...record, role: 'hosted', reaps: true, memory: { ...record.memory, bytes: HOSTED_BYTES } });
      started(record);
      return { kind: 'hosted', pid, program: name, argv: found.argv };
    }
    const program = spec.programs[name];
    if (program) return startProgram(record, program, streams, after);
    const command = spec.commands[name];
    kernel.put({ ...record, role: 'command' });
    if (!command) {
      streams.stderr += `${argv[0] ?? ''}: this program is not simulated\n`;
      return done(pid, 126, streams);
    }
    const sys = sysFor(pid, options, streams, found);
    let result: number | Exec;
    try {
      result = command(sys);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      streams.stderr += `${argv[0] ?? ''}: ${error.message}\n`;
      result = 1;
    }
    if (typeof result === 'number') {
      streams.stderr += after;
      return done(pid, result, streams);
    }
    return follow(pid, result as ExecRequest, options, streams);
  }

  /** What the command asked for at its end. */
  function follow(pid: number, request: ExecRequest, options: RunOptions, streams: Streams): Started {
    const { exec, words, forks, inChild } = request;
    const refused = (error: unknown): Started => {
      if (!(error instanceof LinuxError)) throw error;
      const { text, exitCode } = words(exec[0] ?? '', error);
      streams.stderr += text;
      return done(pid, exitCode, streams);
    };
    if (!forks) {
      try {
        return execIn(pid, exec, { ...options, env: request.env }, streams);
      } catch (error) {
        return refused(error);
      }
    }
    let child: TaskRecord | undefined;
    try {
      child = fork(kernel, kernel.get(pid));
      kernel.put({ ...kernel.get(pid), role: 'waiter', waitsFor: child.pid });
      const failure = inChild?.(systemCalls(kernel, child.pid));
      if (failure) {
        streams.stderr += failure.text;
        end(kernel, child.pid, { code: failure.exitCode });
        return ended(pid, failure.exitCode, streams);
      }
      const result = execIn(child.pid, exec, { ...options, env: request.env }, streams);
      // The child's end has ended the waiter too.
      if (result.kind === 'done') return { ...result, pid };
      return result.kind === 'running' ? { ...result, pid } : result;
    } catch (error) {
      if (child && error instanceof LinuxError) {
        const { text, exitCode } = words(exec[0] ?? '', error);
        streams.stderr += text;
        end(kernel, child.pid, { code: exitCode });
        return ended(pid, exitCode, streams);
      }
      return refused(error);
    }
  }

  function startProgram(record: TaskRecord, program: Program, streams: Streams, after: string): Started {
    const { pid } = record;
    kernel.put({
      ...record,
      role: 'program',
      reaps: program.reaps ?? false,
      handles: program.handles ?? [],
      ignores: program.ignores ?? record.ignores,
      threads: program.threads ?? 1,
      memory: { ...record.memory, bytes: program.memoryBytes ?? PROGRAM_BYTES },
    });
    started(record);
    call(pid, streams, (sys) => {
      try {
        program.start(sys);
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        sys.err(`${baseOf(sys.argv[0])}: ${error.message}\n`);
        sys.exit(1);
      }
    });
    streams.live = true;
    const task = kernel.state.tasks.get(pid);
    if (!task || task.exit) {
      streams.stderr += after;
      return ended(pid, task?.exit?.code ?? streams.code ?? 0, streams);
    }
    kernel.replan();
    return { kind: 'running', pid, stdout: streams.stdout, stderr: streams.stderr };
  }

  /** Calls into a program with its system calls; an exit takes effect afterwards. */
  function call<T>(pid: number, streams: Streams, act: (sys: ProgramSys) => T): T {
    let code: number | undefined;
    const task = kernel.get(pid);
    const write = (stream: 'stdout' | 'stderr') => (text: string) => {
      if (streams.live) spec.output(pid, stream, text);
      else streams[stream] += text;
    };
    const change = (fields: Partial<TaskRecord>) => {
      kernel.put({ ...kernel.get(pid), ...fields });
    };
    const sys: ProgramSys = {
      argv: task.argv,
      env: task.env,
      get task() {
        return viewOf(kernel, kernel.get(pid));
      },
      files: kernel.fileWorld.view(task),
      machine: spec.view,
      unixMs: kernel.sim.epochMs + kernel.sim.now,
      now: kernel.sim.now,
      get data() {
        return kernel.get(pid).data;
      },
      keep: (data) => {
        change({ data });
      },
      out: write('stdout'),
      err: write('stderr'),
      exit: (given) => {
        code ??= given;
      },
      wakeIn(ms) {
        const { wakeEvent } = kernel.get(pid);
        if (wakeEvent >= 0) kernel.sim.cancel(wakeEvent);
        const at = kernel.sim.now + ms;
        const event = ms === Infinity ? -1 : kernel.sim.schedule(at, phase.workload, { kind: spec.wakeKind, pid }, task.cause); // prettier-ignore
        change({ wakeEvent: event });
      },
      demand(milli) {
        if (kernel.get(pid).demandMilli === milli) return;
        kernel.settle();
        change({ demandMilli: milli });
      },
      memory(bytes, growthPerSecond = 0, ceilingBytes = Infinity) {
        kernel.settle();
        const { memory } = kernel.get(pid);
        change({ memory: { ...memory, at: kernel.sim.now, bytes, growthPerSecond, ceilingBytes } });
        kernel.replan();
      },
      listen(port, { address = '0.0.0.0', protocol = 'tcp' } = {}) {
        const self = kernel.get(pid);
        const namespace = namespaceOf(kernel, self, 'net');
        const privileged = self.capabilities.includes('NET_BIND_SERVICE');
        if (port < 1024 && !privileged) throw new LinuxError('EACCES');
        const net = listen(namespace.net, { protocol, address, port, pid, backlog: 511 });
        kernel.state.namespaces.set(namespace.id, { ...namespace, net });
      },
      spawn: (argv, options = {}) => running.run(kernel.get(pid), argv, options),
      draw: (bound) => kernel.sim.random(`linux.${kernel.name}`).int(bound),
    };
    const result = act(sys);
    if (code !== undefined) {
      streams.code = code;
      end(kernel, pid, { code });
    }
    return result;
  }

  function sysFor(pid: number, options: RunOptions, streams: Streams, found: Executable): KernelSys {
    const env = options.env ?? kernel.get(pid).env;
    const given = options.stdin ?? '';
    let read = 0;
    const request = (argv: readonly string[], words: ExecWords, to: typeof env, forks: boolean): ExecRequest => ({
      exec: argv,
      env: to,
      words,
      forks,
    });
    const own: ExecWords = (name, error) => ({
      text: `${baseOf(found.argv[0])}: failed to execute ${name}: ${error.message}\n`,
      exitCode: error.errno === 'ENOENT' ? 127 : 126,
    });
    const machine: MachineView = found.emulator === undefined ? spec.view : emulated(spec.view, found.elf.machine);
    return {
      argv: found.argv,
      env,
      get stdin() {
        if (options.stdinOpen === true) throw new Asks('all');
        return given;
      },
      readLine() {
        if (read >= given.length) {
          if (options.stdinOpen === true) throw new Asks('line');
          return undefined;
        }
        const newline = given.indexOf('\n', read);
        const line = given.slice(read, newline < 0 ? undefined : newline);
        read = newline < 0 ? given.length : newline + 1;
        return line;
      },
      tty: options.tty ?? false,
      columns: options.columns ?? 80,
      unixMs: kernel.sim.epochMs + kernel.sim.now,
      get task() {
        return viewOf(kernel, kernel.get(pid));
      },
      get files() {
        return kernel.fileWorld.view(kernel.get(pid));
      },
      out(text) {
        streams.stdout += text;
      },
      err(text) {
        streams.stderr += text;
      },
      takes(ms) {
        streams.tookMs += ms;
      },
      machine,
      exec: (argv, to = env) => request(argv, own, to, false),
      execWith: (argv, words, to = env) => request(argv, words, to, false),
      forkExec: (argv, words = own, inChild) => ({ ...request(argv, words, env, true), inChild }),
      spawn(argv, childOptions = {}) {
        const result = running.run(kernel.get(pid), argv, { env, ...childOptions });
        if (result.kind === 'done') streams.tookMs += result.tookMs;
        return result;
      },
      calls: systemCalls(kernel, pid),
    } satisfies KernelSys & Sys;
  }

  /** Who the task is after execve(2): set-id bits, capabilities, name. */
  function become(
    task: TaskRecord,
    found: Executable,
    env: Readonly<Record<string, string>>,
    files: Files,
  ): { task: TaskRecord; secure: boolean } {
    const { uidMap } = namespaceOf(kernel, task, 'user');
    const setIds = !kernel.fileWorld.nosuid(task, found.path);
    const uid = setIds && (found.mode & 0o4000) !== 0 ? found.uid : task.uid;
    const gid = setIds && (found.mode & 0o2010) === 0o2010 ? found.gid : task.gid;
    const isRoot = uid === outsideId(uidMap, 0);
    const secure = uid !== task.realUid || gid !== task.realGid;
    const next: TaskRecord = {
      ...task,
      uid,
      gid,
      capabilities: isRoot ? task.bounding : [],
      comm: found.comm,
      argv: found.shown,
      env,
      exe: quietRealpath(files, found.emulator ?? found.path),
      handles: [],
    };
    return { task: next, secure };
  }

  function started(task: TaskRecord): void {
    const cause = kernel.record(
      task,
      'linux.start',
      'Started',
      `${task.argv.join(' ')} runs as process ${String(task.pid)}`,
    );
    kernel.put({ ...kernel.get(task.pid), cause });
  }

  function done(pid: number, exitCode: number, streams: Streams): Started {
    const task = kernel.state.tasks.get(pid);
    if (task) {
      kernel.record(
        task,
        'linux.run',
        exitCode === 0 ? 'Done' : 'Failed',
        `${task.argv.join(' ')} ended with exit code ${String(exitCode)}`,
      );
      end(kernel, pid, { code: exitCode });
    }
    return ended(pid, exitCode, streams);
  }

  function ended(pid: number, exitCode: number, { stdout, stderr, tookMs }: Streams): Started {
    return { kind: 'done', pid, exitCode, stdout, stderr, tookMs };
  }

  const fresh = (): Streams => ({ stdout: '', stderr: '', tookMs: 0, live: false });
  const lively = (): Streams => ({ ...fresh(), live: true });

  const programOf = (pid: number) => {
    const task = kernel.state.tasks.get(pid);
    return task && !task.exit && task.role === 'program' ? spec.programs[task.program] : undefined;
  };

  const running: Running = {
    run(parent, argv, options) {
      const cwd = options.cwd;
      // Found before fork(2), so that a command that does not exist leaves no trace.
      const env = options.env ?? parent.env;
      prepareExec(kernel.fileWorld.view(parent), kernel.architecture, kernel.state.binfmt.values(), argv, env);
      const before = new Map(kernel.state.namespaces);
      const child = fork(kernel, parent);
      // A shell with a terminal makes each command a job of its own, and what it ignores itself is its own affair.
      if (parent.role === 'hosted' && parent.tty !== '') kernel.put({ ...child, group: child.pid, ignores: [] });
      const streams = fresh();
      try {
        if (cwd !== undefined) systemCalls(kernel, child.pid).chdir(cwd);
        return execIn(child.pid, argv, options, streams);
      } catch (error) {
        end(kernel, child.pid, { code: 0 });
        reap(kernel, child.pid);
        if (!(error instanceof Asks)) throw error;
        // Nothing has happened, so its number is free again.
        kernel.state.namespaces = before;
        return { kind: 'asks', wants: error.wants, stdout: streams.stdout, stderr: streams.stderr };
      }
    },
    execIn(pid, argv, options) {
      const streams = fresh();
      try {
        return execIn(pid, argv, options, streams);
      } catch (error) {
        if (!(error instanceof Asks)) throw error;
        return { kind: 'asks', wants: error.wants, stdout: streams.stdout, stderr: streams.stderr };
      }
    },
    wake(pid) {
      const program = programOf(pid);
      if (!program?.wake) return;
      const task = kernel.get(pid);
      // A stopped process goes on where it was once it may.
      const again = { kind: spec.wakeKind, pid };
      const wakeEvent = task.stopped ? kernel.sim.schedule(kernel.sim.now + STOPPED_MS, phase.workload, again) : -1;
      kernel.put({ ...task, wakeEvent });
      if (task.stopped) return;
      call(pid, lively(), (sys) => program.wake?.(sys));
    },
    deliver(pid, signal) {
      const program = programOf(pid);
      if (program?.signal) call(pid, lively(), (sys) => program.signal?.(sys, signal));
    },
    childEnded(parent, pid, code) {
      const program = programOf(parent);
      if (program?.child) call(parent, lively(), (sys) => program.child?.(sys, pid, code));
    },
    ask(pid, question) {
      const program = programOf(pid);
      return program?.ask ? call(pid, lively(), (sys) => program.ask?.(sys, question)) : undefined;
    },
  };
  return running;
}

function fileBytes(found: Executable, files: Files, libraries: readonly string[]): number {
  let bytes = found.elf.sizeBytes;
  for (const path of libraries) if (files.exists(path)) bytes += files.stat(path).sizeBytes;
  // About a third of what is mapped is ever touched.
  return Math.floor(bytes / 3);
}

function emulated(view: MachineView, architecture: MachineView['architecture']): MachineView {
  return new Proxy(view, {
    get: (target, key) => (key === 'architecture' ? architecture : (Reflect.get(target, key) as unknown)),
  });
}

function quietRealpath(files: Files, path: string): string {
  try {
    return files.realpath(path);
  } catch {
    return path;
  }
}

function baseOf(path = ''): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
