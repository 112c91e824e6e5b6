// Shells and text tools in a container: programs that on the machine itself run beside the reader are played here, as tasks
// of the machine like all others, so that a container works without anybody watching. A shell runs what workload/shell.ts
// understands; each command that it starts is a task of its own, and it waits for those that take time.
// Left out: job control, pipes, the output of a nested shell in a redirection, what comes after a command that never ends.
import { LinuxError, type Started } from '../../../linux/contract.ts';
import { fromBytes } from '../../../workload/bytes.ts';
import { type CommandResult, createShell, runShell, type ShellWorld } from '../../../workload/shell.ts';
import { parseScript } from '../../../workload/shell-parser.ts';
import { typed } from '../../../workload/terminal.ts';
import type { Dockerd } from '../dockerd.ts';
import { output } from '../logs.ts';
import type { Process, Target } from '../state.ts';
import { builtin } from './builtins.ts';
import { runTool, type Tool } from './tools.ts';

export interface ProcessSpec {
  readonly pid: number;
  readonly target: Target;
  /** As the task has it: an interpreter's name first. */
  readonly argv: readonly string[];
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** How long a script that never pauses computes before it is looked at again. */
const BUSY_MS = 100;

/** Begins; the task may be over when this returns. */
export function startProcess(engine: Dockerd, spec: ProcessSpec): void {
  const { pid, target, argv, program, env, tty, stdin } = spec;
  const isShell = ['sh', 'bash', 'dash'].includes(program);
  const option = isShell ? argv.findIndex((arg, i) => i > 0 && /^-[eux]*c$/.test(arg)) : -1;
  const file = option < 0 && isShell ? argv.slice(1).find((arg) => !arg.startsWith('-')) : undefined;
  let script = option > 0 ? (argv[option + 1] ?? '') : undefined;
  let args = option > 0 ? argv.slice(option + 3) : [];
  const process: Process = {
    pid,
    target,
    argv,
    env,
    tty,
    isShell,
    reads: isShell && option < 0 && file === undefined,
    script: null,
    input: '',
    inputEnded: !stdin,
    line: '',
    unfinished: '',
    status: 0,
    waitsFor: 0,
    ending: null,
    prompted: false,
    wakeEvent: -1,
  };
  if (file !== undefined) {
    try {
      script = engine.machine.files(pid).readText(file);
      args = argv.slice(argv.indexOf(file) + 1);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      output(engine, target, 'stderr', `${argv[0] ?? 'sh'}: 0: cannot open ${file}: ${error.message.replace('or directory', 'file').replace('No such file file', 'No such file')}\n`); // prettier-ignore
      engine.putProcess(process);
      finish(engine, process, 2);
      return;
    }
  }
  const variables = { ...env, ...positional(args) };
  const ready = script === undefined ? process : { ...process, script: createShell(withArguments(script, argv, args), variables) }; // prettier-ignore
  engine.putProcess(ready);
  advance(engine, pid);
}

/** `$1` becomes a variable with a name that the shell understands, `"$@"` the words themselves. */
function withArguments(script: string, argv: readonly string[], args: readonly string[]): string {
  const words = args.map((arg) => `'${arg.replaceAll("'", `'"'"'`)}'`).join(' ');
  return script
    .replaceAll(/"\$[@*]"|\$[@*]/g, () => words)
    .replaceAll(/\$([1-9])/g, '${_arg$1}')
    .replaceAll('$#', String(args.length))
    .replaceAll(/\$0\b/g, argv[0] ?? 'sh');
}

function positional(args: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(args.slice(0, 9).map((arg, i) => [`_arg${String(i + 1)}`, arg]));
}

/** Bytes from the other end; undefined is the end of it. */
export function input(engine: Dockerd, pid: number, bytes: string | undefined): void {
  const process = engine.state.processes.get(pid);
  if (!process || process.inputEnded) return;
  if (bytes === undefined) engine.putProcess({ ...process, inputEnded: true });
  else if (!process.tty) engine.putProcess({ ...process, input: process.input + bytes });
  else type(engine, process, bytes);
  const now = engine.state.processes.get(pid);
  if (now && now.wakeEvent < 0 && now.waitsFor === 0 && now.ending === null) advance(engine, pid);
}

function type(engine: Dockerd, process: Process, bytes: string): void {
  const { line, entered, echo, ended, interrupted } = typed(process.line, bytes);
  if (echo !== '') output(engine, process.target, 'stdout', echo);
  let next: Process = { ...process, line, input: process.input + entered, inputEnded: process.inputEnded || ended };
  if (interrupted) {
    const child = next.waitsFor;
    next = {
      ...next,
      input: '',
      unfinished: '',
      prompted: false,
      status: 130,
      script: next.reads ? null : next.script,
    };
    engine.putProcess(next);
    if (child > 0 && engine.machine.task(child)) engine.machine.kill(child, 'INT');
    else if (!next.reads) finish(engine, next, 130);
    return;
  }
  engine.putProcess(next);
}

/** A child of a shell has ended. */
export function childEnded(engine: Dockerd, pid: number, child: number, code: number): void {
  const process = engine.state.processes.get(pid);
  if (process?.waitsFor !== child) return;
  const script = process.script && { ...process.script, status: code };
  engine.putProcess({ ...process, waitsFor: 0, status: code, script });
  advance(engine, pid);
}

/** Its time has come. */
export function wake(engine: Dockerd, pid: number): void {
  const process = engine.state.processes.get(pid);
  if (!process) return;
  if (engine.state.containers.get(process.target.container)?.state.paused === true) {
    engine.putProcess({ ...process, wakeEvent: engine.later(BUSY_MS, { what: 'wake', pid }) });
    return;
  }
  engine.putProcess({ ...process, wakeEvent: -1 });
  if (process.ending !== null) finish(engine, process, process.ending);
  else advance(engine, pid);
}

function advance(engine: Dockerd, pid: number): void {
  const process = engine.state.processes.get(pid);
  if (!process || !engine.machine.task(pid)) return;
  if (!process.isShell) single(engine, process);
  else if (process.reads) lines(engine, pid);
  else script(engine, pid);
}

function single(engine: Dockerd, process: Process): void {
  const { pid, target, argv, env } = process;
  const result = runTool(engine, argv, { pid, env, tty: process.tty, stdin: fromBytes(process.input), ended: process.inputEnded }); // prettier-ignore
  if (!result) {
    output(engine, target, 'stderr', `${argv[0] ?? ''}: this program is not simulated in a container\n`);
    finish(engine, process, 127);
    return;
  }
  output(engine, target, 'stdout', result.stdout);
  output(engine, target, 'stderr', result.stderr);
  const read = result.kind === 'input' ? result.read : 0;
  const next = { ...process, input: process.input.slice(read) };
  engine.putProcess(next);
  if (result.kind === 'done') finishLater(engine, next, result.exitCode, result.waitedMs ?? 0);
}

/** Runs the script up to its next pause. True when it is over and the shell is not. */
function script(engine: Dockerd, pid: number): boolean {
  const process = engine.state.processes.get(pid);
  if (!process?.script) return true;
  const turn: Turn = { waitsFor: 0, replaced: false, waitedMs: 0 };
  const { state, why } = runShell(process.script, shellWorld(engine, pid, turn));
  const now = engine.state.processes.get(pid);
  if (turn.replaced || !now || !engine.machine.task(pid)) return false;
  const next: Process = { ...now, script: state, waitsFor: turn.waitsFor };
  engine.putProcess(next);
  switch (why.kind) {
    case 'end':
      engine.putProcess({ ...next, script: null, status: why.exitCode, env: state.variables });
      if (next.reads && why.asked !== true) return true;
      finishLater(engine, next, why.exitCode, turn.waitedMs);
      return false;
    case 'sleep':
      engine.putProcess({ ...next, wakeEvent: engine.later(why.ms, { what: 'wake', pid }) });
      return false;
    case 'busy':
      engine.putProcess({ ...next, wakeEvent: engine.later(BUSY_MS, { what: 'wake', pid }) });
      return false;
    case 'program':
    case 'forever':
    case 'input':
      return false;
  }
}

/** A shell that reads its commands: one after another, as far as they have come. */
function lines(engine: Dockerd, pid: number): void {
  for (;;) {
    if (!script(engine, pid)) return;
    const process = engine.state.processes.get(pid);
    if (!process) return;
    const end = process.input.indexOf('\n');
    if (end < 0 && !(process.inputEnded && process.input !== '')) {
      if (process.inputEnded) {
        if (process.tty && process.prompted) output(engine, process.target, 'stdout', 'exit\n');
        finish(engine, process, process.status);
      } else if (process.tty && !process.prompted) {
        output(engine, process.target, 'stdout', process.unfinished === '' ? promptOf(engine, process) : '> ');
        engine.putProcess({ ...process, prompted: true });
      }
      return;
    }
    const line = end < 0 ? process.input : process.input.slice(0, end + 1);
    const rest = process.input.slice(line.length);
    const text = process.unfinished + fromBytes(line);
    const parsed = parseScript(text);
    const whole = !('error' in parsed) || !/end of file|unterminated/.test(parsed.error);
    const isDone = whole || (process.inputEnded && rest === '');
    engine.putProcess({
      ...process,
      input: rest,
      prompted: false,
      unfinished: isDone ? '' : text,
      ...(isDone && { script: { ...createShell(text, process.env), status: process.status } }),
    });
  }
}

function promptOf(engine: Dockerd, { pid, argv }: Process): string {
  const task = engine.machine.task(pid);
  const sign = task?.uid === 0 ? '#' : '$';
  if (!/(?:^|\/)bash$/.test(argv[0] ?? '')) return `${sign} `;
  const { kernel } = engine.machine.calls(pid);
  const uts = kernel.state.namespaces.get(task?.namespaces.uts ?? 0);
  const hostname = uts?.kind === 'uts' ? uts.hostname : '';
  return `${task?.uid === 0 ? 'root' : 'I have no name!'}@${hostname}:${task?.cwd ?? '/'}${sign} `;
}

interface Turn {
  waitsFor: number;
  /** `exec` has put another program in the shell's place. */
  replaced: boolean;
  waitedMs: number;
}

function shellWorld(engine: Dockerd, pid: number, turn: Turn): ShellWorld {
  const process = engine.state.processes.get(pid) as Process;
  const { target, tty } = process;
  const name = /(?:^|\/)bash$/.test(process.argv[0] ?? '') ? 'bash: line 1' : 'sh: 1';
  const onlyOne = isSingle(process);
  const done = (exitCode: number, stdout = '', stderr = ''): CommandResult => ({
    kind: 'done',
    exitCode,
    stdout,
    stderr,
  });
  const refused = (what: string, error: LinuxError): CommandResult => {
    const words =
      error.errno === 'ENOENT' ? (name.startsWith('bash') ? 'command not found' : 'not found') : error.message;
    return done(error.errno === 'ENOENT' ? 127 : 126, '', `${name}: ${what}: ${words}\n`);
  };
  const tool = (child: number): Tool => {
    const now = engine.state.processes.get(pid) as Process;
    return { pid: child, env: now.env, tty, stdin: fromBytes(now.input), ended: now.inputEnded };
  };
  return {
    command(argv, variables, replaces = false) {
      const env = Object.fromEntries(Object.entries(variables).filter(([key]) => !key.startsWith('_arg')));
      const built = builtin(engine, pid, argv, variables);
      if (built && !replaces) return built;
      let started: Started;
      const inPlace = replaces || onlyOne;
      try {
        started = inPlace ? engine.machine.exec(pid, argv, { env, tty }) : engine.machine.run(pid, argv, { env, tty });
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        return refused(replaces ? `exec: ${argv[0] ?? ''}` : (argv[0] ?? ''), error);
      }
      if (started.kind === 'asks') return done(0);
      if (inPlace) {
        turn.replaced = true;
        engine.state.processes.delete(pid);
        if (started.kind === 'hosted') {
          startProcess(engine, { pid, target, argv: started.argv, program: started.program, env, tty, stdin: !process.inputEnded }); // prettier-ignore
        } else {
          output(engine, target, 'stdout', started.stdout);
          output(engine, target, 'stderr', started.stderr);
        }
        return { kind: 'forever' };
      }
      if (started.kind === 'done') {
        turn.waitedMs += started.tookMs;
        return done(started.exitCode, started.stdout, started.stderr);
      }
      engine.state.owners.set(started.pid, target);
      if (started.kind === 'running') {
        turn.waitsFor = started.pid;
        output(engine, target, 'stdout', started.stdout);
        output(engine, target, 'stderr', started.stderr);
        return { kind: 'forever' };
      }
      return hosted(started, env);
    },
    print(text, stream) {
      output(engine, target, stream === 1 ? 'stdout' : 'stderr', text);
    },
    chdir(path) {
      try {
        engine.machine.chdir(pid, path);
        return undefined;
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        return `${name}: cd: can't cd to ${path}\n`;
      }
    },
    write(path, text, append) {
      try {
        engine.machine.files(pid).write(path, text, { append });
        return true;
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        return false;
      }
    },
  };

  function hosted(started: Started & { kind: 'hosted' }, env: Readonly<Record<string, string>>): CommandResult {
    if (!['sh', 'bash', 'dash'].includes(started.program)) {
      const result = runTool(engine, started.argv, tool(started.pid));
      if (result?.kind === 'input' || result?.kind === 'forever') {
        const now = engine.state.processes.get(pid) as Process;
        if (result.kind === 'input') {
          engine.machine.exit(started.pid, 0);
          return { kind: 'input' };
        }
        output(engine, target, 'stdout', result.stdout);
        engine.putProcess({ ...now, pid: started.pid, argv: started.argv, isShell: false, reads: false, script: null, waitsFor: 0 }); // prettier-ignore
        turn.waitsFor = started.pid;
        return { kind: 'forever' };
      }
      const exitCode = result?.exitCode ?? 127;
      engine.machine.exit(started.pid, exitCode);
      engine.state.owners.delete(started.pid);
      if (!result) return done(127, '', `${name}: ${started.argv[0] ?? ''}: not simulated in a container\n`);
      turn.waitedMs += result.waitedMs ?? 0;
      return done(exitCode, result.stdout, result.stderr);
    }
    startProcess(engine, { pid: started.pid, target, argv: started.argv, program: started.program, env, tty, stdin: false }); // prettier-ignore
    const ended = engine.state.exits.find((exit) => exit.pid === started.pid);
    if (ended) return done(ended.code);
    turn.waitsFor = started.pid;
    return { kind: 'forever' };
  }
}

/** `sh -c 'one command'`: the shell gives its place to the command. */
function isSingle({ script: state, reads }: Process): boolean {
  if (!state || reads) return false;
  const steps = parseScript(state.script);
  if ('error' in steps || steps.length !== 1) return false;
  const [step] = steps;
  return step?.op === 'run' && step.redirects.length === 0 && step.assign.length === 0;
}

function finishLater(engine: Dockerd, process: Process, exitCode: number, ms: number): void {
  if (ms <= 0) finish(engine, process, exitCode);
  else {
    const wakeEvent = engine.later(Math.round(ms), { what: 'wake', pid: process.pid });
    engine.putProcess({ ...process, ending: exitCode, wakeEvent });
  }
}

function finish(engine: Dockerd, { pid, wakeEvent }: Process, exitCode: number): void {
  if (wakeEvent >= 0) engine.cancel(wakeEvent);
  engine.state.processes.delete(pid);
  if (engine.machine.task(pid)) engine.machine.exit(pid, exitCode & 255);
}
