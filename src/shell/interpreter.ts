// Runs the syntax tree as bash 5.2 does. Every stage of a pipeline starts at once, joined by bounded pipes, so
// `logs -f | grep | head -2` flows and ends by itself; Ctrl-C is the abort of one signal.
// Left out: `select`, `coproc`, job suspension (Ctrl-Z), descriptors of child processes.

import { evaluate, evaluateText } from './arithmetic.ts';
import { builtins } from './builtins.ts';
import { condition } from './condition.ts';
import { expandPattern, expandText, expandWords } from './expand.ts';
import { FileError } from './file-system.ts';
import { stderrOf, stdinOf, stdoutOf, withChannel } from './frame.ts';
import { Jobs, PROCESS_COUNT_MAX } from './jobs.ts';
import { check, parse } from './parse.ts';
import { patternRegExp } from './pattern.ts';
import { BrokenPipe, Interrupted, ProgramError } from './program.ts';
import { redirect } from './redirect.ts';
import { MachineFiles } from './machine-files.ts';
import { runOnMachine, type OnMachine } from './on-machine.ts';
import { refusalOf } from './refusals.ts';
import { Jump, ShellError } from './state.ts';
import { baseOf, breathe, emptyIn, guardIn, guardOut, orInterrupted, Pipe } from './streams.ts';
import type { Channels, Frame, ShellCore } from './frame.ts';
import type { ShellFiles } from './file-system.ts';
import type { HttpRequest, MachineHost, Proc, Program, Programs, ShellHost, TaskRef } from './program.ts';
import type { Value, Variable } from './state.ts';
import type {
  Assignment,
  AndOr,
  Command,
  CompoundList,
  ParsedScript,
  Pipeline,
  Redirection,
  Statement,
  SyntaxNode,
  Word,
} from './parse.ts';

/** Programs that have been asked for, shared by the shells of one session. */
interface Loads {
  readonly programs: Map<string, Promise<Program>>;
  pending: number;
}

const FUNCTION_DEPTH_MAX = 400;
const CAPTURE_SIZE_MAX = 8 << 20;

export class Interpreter implements ShellCore {
  readonly fs: ShellFiles;
  readonly host: ShellHost;
  readonly jobs = new Jobs();
  readonly history: string[] = [];
  columns = 80;
  rows = 24;
  readonly #programs: Programs;
  #loads: Loads = { programs: new Map(), pending: 0 };
  readonly task?: TaskRef;
  enter?: (inner: Frame, parting: string) => void;

  /** @param task where the host has machines: which task of which machine this shell is */
  constructor(fs: ShellFiles, host: ShellHost, programs: Programs, task?: TaskRef) {
    this.fs = fs;
    this.host = host;
    this.#programs = programs;
    if (task) this.task = task;
  }

  /** The same shell as another task, of this machine or another: what `unshare bash`, `chroot` and `ssh` lead to. */
  as(task: TaskRef): Interpreter {
    const { machines } = this.host;
    if (!machines) throw new Error('no machine here');
    const host = { ...this.host, http: (request: HttpRequest) => machines.http(task, request) };
    const inner = new Interpreter(new MachineFiles(() => machines.files(task)), host, this.#programs, task);
    inner.#loads = this.#loads;
    inner.columns = this.columns;
    inner.rows = this.rows;
    if (this.enter) inner.enter = this.enter;
    return inner;
  }

  program(name: string): Promise<Program> | undefined {
    const entry = Object.hasOwn(this.#programs, name) ? this.#programs[name] : undefined;
    let loading = this.#loads.programs.get(name);
    if (!loading && entry) {
      loading = this.#load(entry.load());
      this.#loads.programs.set(name, loading);
    }
    return loading;
  }

  async #load(coming: Promise<Program>): Promise<Program> {
    this.#loads.pending++;
    try {
      return await coming;
    } finally {
      this.#loads.pending--;
    }
  }

  /** A program is on its way from where it is stored: who lets time pass has to wait for it. */
  get loading(): boolean {
    return this.#loads.pending > 0;
  }

  programNames(): readonly string[] {
    return Object.keys(this.#programs);
  }

  isBuiltin(name: string): boolean {
    return Object.hasOwn(builtins, name);
  }

  builtinNames(): readonly string[] {
    return Object.keys(builtins);
  }

  async evaluate(source: string, frame: Frame): Promise<number> {
    const checked = check(source);
    if (checked.kind !== 'complete') {
      const message = checked.kind === 'more' ? 'syntax error: unexpected end of file' : checked.message;
      throw new ShellError(message, 2, true);
    }
    return this.runStatements(parse(source).commands, frame);
  }

  async runScript(source: string, name: string, args: readonly string[], frame: Frame): Promise<number> {
    return this.#subshell(frame, {}, async (inner) => {
      inner.state.interactive = false;
      inner.state.aliases.clear();
      inner.state.functions.clear();
      inner.state.scriptName = name;
      inner.state.positional = [...args];
      for (const [key, variable] of inner.state.variables) if (!variable.exported) inner.state.variables.delete(key);
      return this.evaluate(source.replace(/^#!.*/, ''), inner);
    });
  }

  /** Runs statements one after another; the exit code of the last. */
  async runStatements(statements: readonly Statement[], frame: Frame): Promise<number> {
    const { state } = frame;
    let exitCode = 0;
    for (const statement of statements) {
      await breathe(frame.signal);
      if (statement.background === true) {
        await this.#startJob(statement, frame);
        exitCode = state.status = 0;
        continue;
      }
      exitCode = state.status = await this.#run(statement.command, frame);
      const { command } = statement;
      const negated = command.type === 'Pipeline' && command.prefixes.some((p) => p.type === 'Negation');
      if (command.type !== 'AndOr' && !negated) await this.#failed(exitCode, frame);
    }
    return exitCode;
  }

  /** What a failure sets off: the ERR trap and `set -e`. */
  async #failed(exitCode: number, frame: Frame): Promise<void> {
    const { state } = frame;
    if (exitCode === 0 || state.conditionDepth > 0) return;
    const trap = state.traps.get('ERR');
    if (trap !== undefined) {
      state.conditionDepth++;
      await this.evaluate(trap, frame);
      state.conditionDepth--;
      state.status = exitCode;
    }
    if (state.options.errexit) throw new Jump('exit', exitCode);
  }

  async #startJob(statement: Statement, frame: Frame): Promise<void> {
    const { state } = frame;
    const text = sourceOf(statement.command);
    const channels = withChannel(frame.channels, 0, { in: emptyIn });
    const job = this.jobs.start(text, state, (signal) =>
      // The job outlives the line that started it, so it has a signal and guards of its own.
      this.#subshell({ ...frame, signal, channels: guardChannels(channels, signal) }, {}, (inner) =>
        this.#run(statement.command, inner),
      ).catch((error: unknown) => {
        if (error instanceof Interrupted || error instanceof BrokenPipe || signal.aborted) return 143;
        return failedJob(error, channels);
      }),
    );
    state.lastBackgroundId = job.processId;
    if (state.interactive && state.subshellDepth === 0) await stderrOf(frame).write(`[${job.id}] ${job.processId}\n`);
  }

  /** Runs in a copy of the state. Jumps, discards and the EXIT trap end here. */
  async #subshell(
    frame: Frame,
    changes: { readonly channels?: Channels },
    run: (inner: Frame) => Promise<number>,
  ): Promise<number> {
    if (this.jobs.running >= PROCESS_COUNT_MAX) {
      // A fork bomb would go on behind the prompt for ever, so everything there ends with it.
      this.jobs.stopAll();
      throw new ShellError('fork: Resource temporarily unavailable', 254, true);
    }
    this.jobs.running++;
    const state = frame.state.fork();
    const inner: Frame = { shell: this, state, channels: changes.channels ?? frame.channels, signal: frame.signal };
    try {
      let exitCode: number;
      try {
        exitCode = await run(inner);
      } catch (error) {
        if (error instanceof Jump) exitCode = error.kind === 'exit' || error.kind === 'return' ? error.count : 0;
        else if (error instanceof ShellError) {
          await stderrOf(inner).write(`bash: ${error.message}\n`);
          exitCode = error.exitCode;
        } else throw error;
      }
      return await this.runExitTrap(exitCode, inner);
    } finally {
      this.jobs.running--;
    }
  }

  async runExitTrap(exitCode: number, frame: Frame): Promise<number> {
    const trap = frame.state.traps.get('EXIT');
    if (trap === undefined) return exitCode;
    frame.state.traps.delete('EXIT');
    frame.state.status = exitCode;
    try {
      await this.evaluate(trap, frame);
    } catch (error) {
      if (error instanceof Jump && error.kind === 'exit') return error.count;
      throw error;
    }
    return exitCode;
  }

  async #run(node: SyntaxNode | CompoundList, frame: Frame): Promise<number> {
    switch (node.type) {
      case 'Command':
        return this.#command(node, frame);
      case 'Pipeline':
        return this.#pipeline(node, frame);
      case 'AndOr':
        return this.#andOr(node, frame);
      case 'CompoundList':
        return this.runStatements(node.commands, frame);
      case 'BraceGroup':
        return this.runStatements(node.body.commands, frame);
      case 'Subshell':
        return this.#subshell(frame, {}, (inner) => this.runStatements(node.body.commands, inner));
      case 'Redirected':
        return this.#redirected(node.redirects, frame, (inner) => this.#run(node.command, inner));
      case 'If': {
        for (const branch of [{ clause: node.clause, then: node.then }, ...node.elif])
          if (await this.#holds(branch.clause, frame)) return this.#run(branch.then, frame);
        return node.else ? this.#run(node.else, frame) : 0;
      }
      case 'While': {
        let exitCode = 0;
        await this.#loop(frame, async () => {
          if ((await this.#holds(node.clause, frame)) === (node.kind === 'until')) return false;
          exitCode = await this.#run(node.body, frame);
          return true;
        });
        return exitCode;
      }
      case 'For': {
        let exitCode = 0;
        const values = node.wordlist ? await expandWords(node.wordlist, frame) : [...frame.state.positional];
        let next = 0;
        await this.#loop(frame, async () => {
          const value = values[next++];
          if (value === undefined) return false;
          frame.state.set(node.name.value, value);
          exitCode = await this.#run(node.body, frame);
          return true;
        });
        return exitCode;
      }
      case 'ArithmeticFor': {
        let exitCode = 0;
        let first = true;
        if (node.initialize) await evaluate(node.initialize, frame);
        await this.#loop(frame, async () => {
          if (!first && node.update) await evaluate(node.update, frame);
          first = false;
          if (node.test && (await evaluate(node.test, frame)) === 0n) return false;
          exitCode = await this.#run(node.body, frame);
          return true;
        });
        return exitCode;
      }
      case 'Case': {
        const word = await expandText(node.word, frame);
        let exitCode = 0;
        let falls = false;
        for (const item of node.items) {
          let hit = falls;
          for (const pattern of item.pattern) hit ||= patternRegExp(await expandPattern(pattern, frame)).test(word);
          if (!hit) continue;
          exitCode = await this.#run(item.body, frame);
          if (item.terminator !== ';&' && item.terminator !== ';;&') return exitCode;
          falls = item.terminator === ';&';
        }
        return exitCode;
      }
      case 'Function':
        frame.state.functions.set(node.name.value, node.body);
        return 0;
      case 'ArithmeticCommand':
        return node.expression && (await evaluate(node.expression, frame)) !== 0n ? 0 : 1;
      case 'TestCommand':
        return (await condition(node.expression, frame)) ? 0 : 1;
      default:
        throw new ShellError(`${node.type.toLowerCase()}: not simulated`, 2, true);
    }
  }

  async #andOr(node: AndOr, frame: Frame): Promise<number> {
    const { state } = frame;
    let exitCode = 0;
    for (const [i, command] of node.commands.entries()) {
      if (i > 0 && (node.operators[i - 1] === '&&') !== (exitCode === 0)) continue;
      const isLast = i === node.commands.length - 1;
      if (!isLast) state.conditionDepth++;
      try {
        exitCode = state.status = await this.#run(command, frame);
      } finally {
        if (!isLast) state.conditionDepth--;
      }
      if (isLast) await this.#failed(exitCode, frame);
    }
    return exitCode;
  }

  /** A list in the place of a condition. */
  async #holds(list: CompoundList, frame: Frame): Promise<boolean> {
    frame.state.conditionDepth++;
    try {
      return (await this.runStatements(list.commands, frame)) === 0;
    } finally {
      frame.state.conditionDepth--;
    }
  }

  /** Turns until `turn` gives false or something breaks out. */
  async #loop(frame: Frame, turn: () => Promise<boolean>): Promise<void> {
    const { state } = frame;
    state.loopDepth++;
    try {
      for (;;) {
        await breathe(frame.signal);
        try {
          if (!(await turn())) return;
        } catch (error) {
          if (!(error instanceof Jump) || (error.kind !== 'break' && error.kind !== 'continue')) throw error;
          if (error.count > 1 && state.loopDepth > 1) {
            error.count--;
            throw error;
          }
          if (error.kind === 'break') return;
        }
      }
    } finally {
      state.loopDepth--;
    }
  }

  async #pipeline(node: Pipeline, frame: Frame): Promise<number> {
    const { state } = frame;
    const negated = node.prefixes.some((prefix) => prefix.type === 'Negation');
    const time = node.prefixes.find((prefix) => prefix.type === 'Time');
    const startedAt = this.host.now();
    let exitCode = 0;
    const [only] = node.commands;
    if (negated) state.conditionDepth++;
    try {
      if (node.commands.length > 1) exitCode = await this.#stages(node, frame);
      else if (only) {
        exitCode = await this.#run(only, frame);
        state.pipeStatus = [exitCode];
      }
    } finally {
      if (negated) state.conditionDepth--;
    }
    if (time) {
      const seconds = (this.host.now() - startedAt) / 1000;
      const real = `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(3)}s`;
      const text = time.posix
        ? `real ${seconds.toFixed(2)}\nuser 0.00\nsys 0.00\n`
        : `\nreal\t${real}\nuser\t0m0.000s\nsys\t0m0.000s\n`;
      await stderrOf(frame).write(text);
    }
    return negated ? (exitCode === 0 ? 1 : 0) : exitCode;
  }

  async #stages(node: Pipeline, frame: Frame): Promise<number> {
    const { state, signal } = frame;
    const runs: Promise<number>[] = [];
    let upstream: Pipe | undefined;
    for (const [i, command] of node.commands.entries()) {
      const source = upstream;
      const pipe = i < node.commands.length - 1 ? new Pipe() : undefined;
      let channels = frame.channels;
      if (source) channels = withChannel(channels, 0, { in: guardIn(source, signal) });
      if (pipe) {
        const out = { out: guardOut(pipe, signal) };
        channels = withChannel(channels, 1, out);
        if (node.operators[i] === '|&') channels = withChannel(channels, 2, out);
      }
      upstream = pipe;
      const run = this.#subshell(frame, { channels }, (inner) => this.#run(command, inner))
        .catch((error: unknown) => {
          // SIGPIPE: 128 + 13.
          if (error instanceof BrokenPipe) return 141;
          throw error;
        })
        .finally(() => {
          pipe?.close();
          source?.closeRead();
        });
      runs.push(run);
    }
    const settled = await Promise.allSettled(runs);
    const exitCodes = settled.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    state.pipeStatus = exitCodes;
    const last = exitCodes.at(-1) ?? 0;
    return state.options.pipefail ? (exitCodes.findLast((code) => code !== 0) ?? 0) : last;
  }

  async #redirected(
    redirections: readonly Redirection[],
    frame: Frame,
    run: (inner: Frame) => Promise<number>,
  ): Promise<number> {
    if (redirections.length === 0) return run(frame);
    return run({ ...frame, channels: await redirect(redirections, frame) });
  }

  async #command(node: Command, frame: Frame): Promise<number> {
    const { state } = frame;
    await breathe(frame.signal);
    const assignments = node.prefix.filter((part) => part.type === 'Assignment');
    try {
      const argv = await this.#arguments(node, frame);
      if (state.options.xtrace && argv.length > 0) await stderrOf(frame).write(`+ ${argv.join(' ')}\n`);
      if (argv.length === 0) {
        state.status = 0;
        for (const assignment of assignments) await this.#assign(assignment, frame);
        const { status } = state;
        return await this.#redirected(node.redirects, frame, () => Promise.resolve(status));
      }
      if (argv[0] === 'exec') return await this.#exec(argv, node.redirects, frame);
      return await this.#withAssignments(assignments, frame, () =>
        this.#redirected(node.redirects, frame, (inner) => this.invoke(argv, inner)),
      );
    } catch (error) {
      if (!(error instanceof ShellError) || error.discard) throw error;
      await stderrOf(frame).write(`bash: ${error.message}\n`);
      return error.exitCode;
    }
  }

  async #arguments(node: Command, frame: Frame): Promise<string[]> {
    if (!node.name) return [];
    const argv = await expandWords([node.name], frame);
    const declares = /^(?:export|local|declare|typeset|readonly|alias)$/.test(argv[0] ?? '');
    for (const argument of node.args) {
      if (argument.type === 'Word') {
        if (declares && /^\w+\+?=/.test(argument.text)) argv.push(await expandText(argument, frame));
        else argv.push(...(await expandWords([argument], frame)));
      } else if (argument.value.type === 'ArrayValue') {
        // `local a=(x y)`: the array is set here; the builtin hears of the name alone.
        if (argv[0] === 'local') await this.invoke(argv.concat(argument.name), frame);
        else if (argv.includes('-A')) state(frame, argument.name).value ??= new Map<string, string>();
        if (argv[0] === 'local' && argv.includes('-A')) state(frame, argument.name).value = new Map<string, string>();
        await this.#assign(argument, frame);
        argv.push(argument.name);
      } else {
        const value = await expandText(argument.value, frame);
        argv.push(`${argument.name}${argument.append === true ? '+=' : '='}${value}`);
      }
    }
    return argv;
  }

  async #withAssignments(
    assignments: readonly Assignment[],
    frame: Frame,
    run: () => Promise<number>,
  ): Promise<number> {
    if (assignments.length === 0) return run();
    const { variables } = frame.state;
    const saved = new Map<string, Variable | undefined>();
    for (const assignment of assignments) {
      const old = variables.get(assignment.name);
      if (!saved.has(assignment.name)) saved.set(assignment.name, old);
      if (old) variables.set(assignment.name, { ...old });
      await this.#assign(assignment, frame);
      frame.state.declare(assignment.name).exported = true;
    }
    try {
      return await run();
    } finally {
      for (const [name, old] of saved) {
        if (old) variables.set(name, old);
        else variables.delete(name);
      }
    }
  }

  async #assign(assignment: Assignment, frame: Frame): Promise<void> {
    const { state } = frame;
    const { name, append } = assignment;
    const variable = state.variables.get(name);
    if (assignment.value.type === 'ArrayValue') {
      if (variable?.readonly === true) throw new ShellError(`${name}: readonly variable`, 1, true);
      state.declare(name).value = await this.#arrayValue(
        assignment.value.elements,
        variable?.value,
        append === true,
        frame,
      );
      return;
    }
    let text = await expandText(assignment.value, frame);
    if (variable?.integer === true) text = String(await evaluateText(text, frame));
    if (assignment.index) {
      const isMap = variable?.value instanceof Map;
      const index = isMap
        ? await expandText(assignment.index, frame)
        : Number(await evaluateText(await expandText(assignment.index, frame), frame));
      const old = isMap ? variable.value : undefined;
      const before =
        append !== true
          ? ''
          : old instanceof Map
            ? (old.get(String(index)) ?? '')
            : ((Array.isArray(variable?.value) ? variable.value[Number(index)] : undefined) ?? '');
      state.setElement(name, index, before + text);
    } else if (append === true)
      state.set(
        name,
        variable?.integer === true
          ? String(BigInt(state.get(name) ?? '0') + BigInt(text))
          : (state.get(name) ?? '') + text,
      );
    else state.set(name, text);
  }

  async #arrayValue(elements: readonly Word[], old: Value | undefined, append: boolean, frame: Frame): Promise<Value> {
    const keyed = (word: Word) => /^\[([^\]]+)\]=([^]*)$/.exec(word.text);
    const valueOf = async (text: string) => {
      const command = parse(`x=${text}`).commands[0]?.command;
      const part = command?.type === 'Command' ? command.prefix[0] : undefined;
      return part?.type === 'Assignment' && part.value.type === 'Word' ? expandText(part.value, frame) : '';
    };
    if (old instanceof Map) {
      const map = new Map(append ? old : []);
      for (const word of elements) {
        const pair = keyed(word);
        if (pair) map.set(await valueOf(pair[1] ?? ''), await valueOf(pair[2] ?? ''));
      }
      return map;
    }
    const array: (string | undefined)[] = !append ? [] : Array.isArray(old) ? [...old] : old === undefined ? [] : [old];
    for (const word of elements) {
      const pair = keyed(word);
      if (pair) array[Number(await evaluateText(pair[1] ?? '', frame))] = await valueOf(pair[2] ?? '');
      else array.push(...(await expandWords([word], frame)));
    }
    return array;
  }

  /** `exec >file` changes the descriptors from here on; `exec cmd` runs it and ends the shell. */
  async #exec(argv: readonly string[], redirections: readonly Redirection[], frame: Frame): Promise<number> {
    const channels = await redirect(redirections, frame);
    if (argv.length === 1) {
      frame.channels = channels;
      return 0;
    }
    throw new Jump('exit', await this.invoke(argv.slice(1), { ...frame, channels }, 'no functions'));
  }

  async invoke(argv: readonly string[], frame: Frame, lookup: 'all' | 'no functions' = 'all'): Promise<number> {
    const [name = '', ...args] = argv;
    const body = lookup === 'all' ? frame.state.functions.get(name) : undefined;
    if (body) return this.#call(body, args, frame);
    const own = this.task && PROGRAMS_OF_MACHINES.includes(name);
    const builtin = !own && Object.hasOwn(builtins, name) ? builtins[name] : undefined;
    if (builtin) {
      try {
        return (await builtin(args, frame)) ?? 0;
      } catch (error) {
        if (!(error instanceof FileError) && (!(error instanceof ShellError) || error.discard)) throw error;
        await stderrOf(frame).write(`bash: ${name}: ${error.message}\n`);
        return error instanceof ShellError ? error.exitCode : 1;
      }
    }
    const { machines } = this.host;
    if (machines && this.task) return runOnMachine(argv, frame, this.#onMachine(machines, this.task));
    const program = await this.program(name.replace(/^(?:\/usr)?(?:\/local)?\/bin\//, ''));
    if (program) return this.#runProgram(program, name.slice(name.lastIndexOf('/') + 1), args, frame);
    return this.#runFile(name, args, frame);
  }

  #onMachine(machines: MachineHost, task: TaskRef): OnMachine {
    return {
      machines,
      task,
      columns: this.columns,
      sleep: (ms, signal) => this.host.sleep(ms, signal),
      script: (path, args, frame) => this.runScript(this.fs.read(path), path, args, frame),
      hosted: (name, argv, inner, frame) => {
        const shell = this.as(inner);
        const state = frame.state.fork();
        state.cwd = machines.task(inner)?.cwd ?? state.cwd;
        const frameInside: Frame = { ...frame, shell, state };
        if (name === 'bash' || name === 'sh' || name === 'dash') {
          const bare = argv.slice(1).every((arg) => arg === '-i' || arg === '-l' || arg === '--login');
          if (bare && stdinOf(frame).isTTY && this.enter) {
            this.enter(frameInside, 'exit\n');
            return Promise.resolve('entered');
          }
          const builtin = builtins['bash'];
          return this.#subshell(frameInside, {}, async (of) => (await builtin?.(argv.slice(1), { ...of, shell })) ?? 0);
        }
        if (name === 'ssh') return this.#secureShell(machines, inner, argv.slice(1), frame);
        return shell.#hostedProgram(name, argv, frameInside);
      },
    };
  }

  /** `ssh HOST [COMMAND]`. Left out: every option, keys, other users. */
  async #secureShell(
    machines: MachineHost,
    from: TaskRef,
    args: readonly string[],
    frame: Frame,
  ): Promise<number | 'entered'> {
    const [target, ...command] = args;
    const refuse = async (words: string) => {
      await stderrOf(frame).write(`${words}\n`);
      return 255;
    };
    if (target === undefined) return refuse('usage: ssh destination [command [argument ...]]');
    if (target.startsWith('-')) return refuse(`ssh: option ${target} is not simulated`);
    const name = target.replace(/^[^@]*@/, '');
    const task = machines.remoteLogin(from, name);
    if (typeof task === 'string') return refuse(task);
    const shell = this.as(task);
    const state = frame.state.fork();
    const { user, home, hostname } = machines.identity(task);
    for (const [key, value] of Object.entries({ USER: user, HOME: home, HOSTNAME: hostname })) state.set(key, value);
    state.cwd = home;
    state.set('PWD', home);
    const inner: Frame = { ...frame, shell, state };
    if (command.length === 0) {
      if (!this.enter || !stdinOf(frame).isTTY) return refuse('ssh: a shell there needs a terminal here');
      this.enter(inner, `logout\nConnection to ${name} closed.\n`);
      return 'entered';
    }
    try {
      return await shell.runScript(command.join(' '), 'bash', [], inner);
    } finally {
      if (machines.task(task)) machines.exit(task, 0);
    }
  }

  async #hostedProgram(name: string, argv: readonly string[], frame: Frame): Promise<number> {
    const program = await this.program(name);
    if (program) return this.#runProgram(program, (argv[0] ?? name).replace(/^.*\//, ''), argv.slice(1), frame);
    await stderrOf(frame).write(`${argv[0] ?? name}: not simulated here\n`);
    return 126;
  }

  async #runFile(name: string, args: readonly string[], frame: Frame): Promise<number> {
    const stderr = stderrOf(frame);
    if (!name.includes('/')) {
      await stderr.write(`${refusalOf(name) ?? `bash: ${name}: command not found`}\n`);
      return 127;
    }
    const node = this.fs.find(this.fs.resolve(frame.state.cwd, name));
    if (node?.kind === 'file' && node.executable) return this.runScript(node.text, name, args, frame);
    const reason =
      node === undefined
        ? 'No such file or directory'
        : node.kind === 'directory'
          ? 'Is a directory'
          : 'Permission denied';
    await stderr.write(`bash: ${name}: ${reason}\n`);
    return node === undefined ? 127 : 126;
  }

  async #call(body: SyntaxNode | CompoundList, args: string[], frame: Frame): Promise<number> {
    const { state } = frame;
    if (state.functionDepth >= FUNCTION_DEPTH_MAX)
      throw new ShellError(`maximum function nesting level exceeded (${FUNCTION_DEPTH_MAX})`, 1, true);
    const { positional, loopDepth } = state;
    const hidden = new Map<string, Variable | undefined>();
    state.functionDepth++;
    state.positional = args;
    state.loopDepth = 0;
    state.locals.push(hidden);
    try {
      return await this.#run(body, frame);
    } catch (error) {
      if (error instanceof Jump && error.kind === 'return') return error.count;
      throw error;
    } finally {
      state.positional = positional;
      state.loopDepth = loopDepth;
      state.functionDepth--;
      state.locals.pop();
      for (const [name, variable] of hidden) {
        if (variable) state.variables.set(name, variable);
        else state.variables.delete(name);
      }
    }
  }

  async #runProgram(program: Program, name: string, args: readonly string[], frame: Frame): Promise<number> {
    const { state, signal } = frame;
    const stderr = stderrOf(frame);
    const proc: Proc = {
      name,
      args,
      env: state.environment(),
      cwd: state.cwd,
      fs: this.fs,
      stdin: stdinOf(frame),
      stdout: stdoutOf(frame),
      stderr,
      signal,
      columns: this.columns,
      rows: this.rows,
      host: this.host,
      ...(this.task && { task: this.task }),
      spawn: (argv, streams = {}) => {
        let { channels, signal: inner } = { channels: frame.channels, signal };
        if (streams.signal) {
          inner = AbortSignal.any([signal, streams.signal]);
          channels = guardChannels(channels, inner);
        }
        if (streams.stdin) channels = withChannel(channels, 0, { in: streams.stdin });
        if (streams.stdout) channels = withChannel(channels, 1, { out: guardOut(streams.stdout, signal) });
        if (streams.stderr) channels = withChannel(channels, 2, { out: guardOut(streams.stderr, signal) });
        return this.#subshell({ ...frame, signal: inner }, { channels }, (child) => {
          for (const [key, value] of Object.entries(streams.env ?? {})) {
            if (value === undefined) child.state.unset(key);
            else {
              child.state.set(key, value);
              child.state.declare(key).exported = true;
            }
          }
          return this.invoke(argv, child, 'no functions');
        });
      },
    };
    try {
      // Whatever a program waits for, a stop ends it.
      return (await orInterrupted(program(proc), signal)) ?? 0;
    } catch (error) {
      // A stopped program may have failed in its own way because of it.
      if (signal.aborted) throw new Interrupted();
      if (error instanceof ProgramError || error instanceof FileError) {
        if (error.message !== '') await stderr.write(`${name}: ${error.message}\n`);
        return error instanceof ProgramError ? error.exitCode : 1;
      }
      throw error;
    }
  }

  async capture(script: ParsedScript | undefined, frame: Frame): Promise<string> {
    let text = '';
    const write = (chunk: string) => {
      if (text.length + chunk.length > CAPTURE_SIZE_MAX)
        throw new ShellError('command substitution: output is larger than this shell keeps (8 MiB)', 1, true);
      text += chunk;
    };
    const out = { out: guardOut({ isTTY: false, write }, frame.signal) };
    frame.state.status = await this.#subshell(
      frame,
      { channels: withChannel(frame.channels, 1, out) },
      async (inner) => {
        // `$(<file)` is the file itself.
        const only = script?.commands.length === 1 ? script.commands[0]?.command : undefined;
        const file =
          only?.type === 'Command' && !only.name && only.redirects.length === 1 ? only.redirects[0] : undefined;
        if (file?.type === 'Redirect' && file.operator === '<') {
          const input = (await redirect([file], inner)).get(0)?.in ?? emptyIn;
          for (let chunk = await input.read(); chunk !== null; chunk = await input.read()) write(chunk);
          return 0;
        }
        return this.runStatements(script?.commands ?? [], inner);
      },
    );
    return text.replace(/\n+$/, '');
  }
}

/** Builtins of this shell that are programs of a machine. */
const PROGRAMS_OF_MACHINES: readonly string[] = ['bash', 'sh'];

function state(frame: Frame, name: string): Variable {
  return frame.state.declare(name);
}

/** How a background job ends that could not even be run; nobody waits for it, so it says so itself. */
async function failedJob(error: unknown, channels: Channels): Promise<number> {
  const message = error instanceof Error ? error.message : String(error);
  const out = channels.get(2)?.out;
  if (out) await baseOf(out).write(`bash: ${message}\n`);
  return error instanceof ShellError ? error.exitCode : 134;
}

/** The same channels under another signal: the old one may be spent. */
function guardChannels(channels: Channels, signal: AbortSignal): Channels {
  return new Map(
    [...channels].map(([descriptor, channel]) => [
      descriptor,
      {
        ...(channel.in && { in: guardIn(channel.in, signal) }),
        ...(channel.out && { out: guardOut(baseOf(channel.out), signal) }),
      },
    ]),
  );
}

/** Text of a command for `jobs`; the tree has no source, so what it keeps of it is put together again. */
function sourceOf(node: SyntaxNode): string {
  if (node.type === 'Command')
    return [...node.prefix, ...(node.name ? [node.name] : []), ...node.suffix]
      .map((part) =>
        'text' in part ? part.text : `${part.operator} ${'target' in part ? (part.target?.text ?? '') : ''}`,
      )
      .join(' ');
  if (node.type === 'Pipeline') return node.commands.map(sourceOf).join(' | ');
  if (node.type === 'AndOr')
    return node.commands.map((c, i) => (i > 0 ? `${node.operators[i - 1] ?? ''} ` : '') + sourceOf(c)).join(' ');
  return node.type.toLowerCase();
}
