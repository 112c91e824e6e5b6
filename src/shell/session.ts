// One bash session: source in, text out, and everything an interactive shell does around a line: history expansion,
// aliases, the prompt, reports of finished jobs. Node, the worker and tests use this door.

import { FileSystem, type ShellFiles } from './file-system.ts';
import { Interpreter } from './interpreter.ts';
import { MachineFiles } from './machine-files.ts';
import { complete } from './completion.ts';
import { check, forEachChild, parse } from './parse.ts';
import { BrokenPipe, Interrupted } from './program.ts';
import { programs as standardPrograms } from './programs/index.ts';
import { Jump, ShellError, ShellState } from './state.ts';
import { guardIn, guardOut } from './streams.ts';
import type { Channel, Channels, Frame } from './frame.ts';
import type { Completion } from './completion.ts';
import type { ParsedScript, SyntaxNode } from './parse.ts';
import type { In, Out, Programs, ShellHost } from './program.ts';

export interface ShellOptions {
  /** Paths (a relative one is below the home directory) and texts. */
  readonly files?: Readonly<Record<string, string>>;
  /** Beside the standard ones; the same name replaces. */
  readonly programs?: Programs;
  readonly env?: Readonly<Record<string, string>>;
  /** The default: aliases, `!!`, job reports and errors that do not end the session. False: as `bash -c`. */
  readonly interactive?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

interface ShellIO {
  readonly stdin: In;
  readonly stdout: Out;
  readonly stderr: Out;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Shell {
  readonly fs: ShellFiles;
  readonly history: string[];
  /** Set once `exit` has been run: nothing more should be. */
  readonly exited: number | undefined;
  /** A program is being loaded; until it is there no time should pass. */
  readonly loading: boolean;
  /** Runs one line or a whole script. */
  run(source: string, io: ShellIO): Promise<number>;
  /** Whether `source` cannot stand alone yet: an open quote, a `do` without `done`. */
  needsMore(source: string): boolean;
  complete(line: string, cursor: number): Promise<Completion>;
  prompt(): string;
  resize(columns: number, rows: number): void;
}

const HOME = '/home/user';
const USER = 'user';
const HOST = 'bayplan';
const HISTORY_MAX = 1000;

export function createShell(host: ShellHost, options: ShellOptions = {}): Shell {
  return new Session(host, options);
}

/** A shell that the reader is in. */
interface Level {
  readonly core: Interpreter;
  readonly state: ShellState;
  /** What is printed when it ends. */
  readonly parting: string;
}

class Session implements Shell {
  readonly fs: ShellFiles;
  /** The shells that the reader is in, each started from the one before; the last is at work. */
  readonly #levels: Level[] = [];
  readonly #programs: Programs;
  #exited: number | undefined;

  constructor(host: ShellHost, options: ShellOptions) {
    const { machines } = host;
    const who = machines?.identity(machines.login) ?? { user: USER, home: HOME, hostname: HOST };
    this.#programs = { ...standardPrograms, ...options.programs };
    this.fs = machines ? new MachineFiles(() => machines.files(machines.login)) : new FileSystem({}, () => host.now());
    const core = new Interpreter(this.fs, host, this.#programs, machines?.login);
    const environment = {
      HOME: who.home,
      USER: who.user,
      PATH: machines ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' : '/usr/bin:/bin',
      SHELL: '/bin/bash',
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      ...options.env,
    };
    const state = new ShellState(environment.HOME);
    if (!this.fs.exists(environment.HOME)) this.fs.makeDirectories(environment.HOME);
    for (const [path, text] of Object.entries(absolute(options.files ?? {}, environment.HOME))) {
      if (this.fs.exists(path) && this.fs.read(path) === text) continue;
      const parent = path.slice(0, path.lastIndexOf('/')) || '/';
      if (!this.fs.exists(parent)) this.fs.makeDirectories(parent);
      this.fs.write(path, text);
    }
    state.interactive = options.interactive ?? true;
    state.startedAt = host.now();
    for (const [name, value] of Object.entries(environment)) {
      state.set(name, value);
      state.declare(name).exported = true;
    }
    state.set('PWD', state.cwd);
    state.declare('PWD').exported = true;
    state.set('IFS', ' \t\n');
    state.set('BASH_VERSION', '5.2.15(1)-release');
    state.set('HOSTNAME', who.hostname);
    state.set('UID', machines ? String(machines.task(machines.login)?.uid ?? 0) : '1000');
    state.set('OPTIND', '1');
    core.enter = (inner, parting) => {
      const { shell, state: deeper } = inner;
      if (!(shell instanceof Interpreter)) return;
      deeper.interactive = true;
      const { host: of, task } = shell;
      // As bash looks it up when it starts.
      if (of.machines && task) deeper.set('HOSTNAME', of.machines.identity(task).hostname);
      this.#levels.push({ core: shell, state: deeper, parting });
    };
    this.#levels.push({ core, state, parting: '' });
    this.resize(options.columns ?? 80, options.rows ?? 24);
  }

  get #core(): Interpreter {
    return (this.#levels.at(-1) ?? this.#outermost).core;
  }

  get #state(): ShellState {
    return (this.#levels.at(-1) ?? this.#outermost).state;
  }

  get #outermost(): { readonly core: Interpreter; readonly state: ShellState } {
    const [first] = this.#levels;
    if (!first) throw new Error('a session without a shell');
    return first;
  }

  get history(): string[] {
    return this.#outermost.core.history;
  }

  get loading(): boolean {
    return this.#outermost.core.loading;
  }

  get exited(): number | undefined {
    return this.#exited;
  }

  resize(columns: number, rows: number): void {
    this.#core.columns = columns;
    this.#core.rows = rows;
  }

  needsMore(source: string): boolean {
    return check(source).kind === 'more';
  }

  prompt(): string {
    const home = this.#state.get('HOME') ?? '';
    const { cwd } = this.#state;
    const short = cwd === home || cwd.startsWith(`${home}/`) ? `~${cwd.slice(home.length)}` : cwd;
    this.#dropLost();
    const { task } = this.#core;
    const user = this.#state.get('USER') ?? USER;
    const parts: Readonly<Record<string, string>> = {
      u: user,
      h: this.#state.get('HOSTNAME') ?? HOST,
      w: short,
      W: short === '~' ? '~' : cwd.slice(cwd.lastIndexOf('/') + 1) || '/',
      $: user === 'root' ? '#' : '$',
      n: '\n',
      e: '\x1b',
      '[': '',
      ']': '',
    };
    return (this.#state.get('PS1') ?? (task ? '\\u@\\h:\\w\\$ ' : '\\w$ ')).replace(
      /\\(.)/g,
      (text, c: string) => parts[c] ?? text,
    );
  }

  complete(line: string, cursor: number): Promise<Completion> {
    return complete(line, cursor, this.#core, this.#state, this.#programs);
  }

  async run(given: string, io: ShellIO): Promise<number> {
    this.#dropLost();
    const state = this.#state;
    const { signal } = io;
    const channels: Channels = new Map<number, Channel>([
      [0, { in: guardIn(io.stdin, signal), ...(io.stdin.isTTY && { out: guardOut(io.stdout, signal) }) }],
      [1, { out: guardOut(io.stdout, signal) }],
      [2, { out: guardOut(io.stderr, signal) }],
    ]);
    const frame: Frame = { shell: this.#core, state, channels, signal };
    let source = given;
    if (state.interactive) {
      const expanded = expandHistory(given, this.history);
      if (expanded === undefined) {
        await io.stderr.write(`bash: ${/![^\s;&|]*/.exec(given)?.[0] ?? given}: event not found\n`);
        return (state.status = 1);
      }
      source = expanded;
      if (source !== given) await io.stdout.write(`${source}\n`);
      this.#remember(source);
      source = expandAliases(source, state.aliases);
    }
    const exitCode = await this.#guarded(() => this.#core.evaluate(source, frame), frame, io);
    if (this.#exited !== undefined && this.#levels.length > 1 && state === this.#state) {
      // The reader leaves this shell and is back in the one that started it.
      const final = this.#exited;
      this.#exited = undefined;
      await this.#leave(final, io);
      return final;
    }
    if (this.#exited !== undefined || !state.interactive) {
      const final = await this.#guarded(() => this.#core.runExitTrap(exitCode, frame), frame, io);
      if (this.#exited !== undefined) this.#exited = final;
      return final;
    }
    await this.#reportJobs(io);
    return exitCode;
  }

  /** Shells whose task is gone (killed, or not there yet after going back in time) are gone too. */
  #dropLost(): void {
    while (this.#levels.length > 1) {
      const { host, task } = this.#core;
      if (!task || host.machines?.task(task)) return;
      this.#levels.pop();
    }
  }

  async #leave(exitCode: number, io: ShellIO): Promise<void> {
    const level = this.#levels.pop();
    if (!level) return;
    await io.stdout.write(level.parting);
    const { host, task } = level.core;
    if (task && host.machines?.task(task)) host.machines.exit(task, exitCode);
    this.#state.status = exitCode;
  }

  /** Runs, and turns everything that can end a line into its exit code. */
  async #guarded(run: () => Promise<number>, frame: Frame, io: ShellIO): Promise<number> {
    const { state } = frame;
    try {
      return (state.status = await run());
    } catch (error) {
      state.loopDepth = 0;
      state.conditionDepth = 0;
      if (error instanceof Jump) {
        if (error.kind === 'exit') this.#exited = error.count;
        return (state.status = error.kind === 'exit' || error.kind === 'return' ? error.count : 0);
      }
      if (error instanceof ShellError) {
        await io.stderr.write(`bash: ${error.message}\n`);
        // In an interactive shell an unset variable is an ordinary failure.
        return (state.status = state.interactive && error.exitCode === 127 ? 1 : error.exitCode);
      }
      if (error instanceof BrokenPipe) return (state.status = 141);
      if (error instanceof Interrupted || frame.signal.aborted) return await this.#interrupted(frame, io);
      if (error instanceof RangeError && /call stack/i.test(error.message)) {
        await io.stderr.write('bash: nested too deeply\n');
        return (state.status = 134);
      }
      throw error;
    }
  }

  async #interrupted(frame: Frame, io: ShellIO): Promise<number> {
    const trap = frame.state.traps.get('INT');
    frame.state.status = 130;
    if (trap !== undefined && trap !== '') {
      // The signal of the line is spent; the trap gets one of its own.
      const { signal } = new AbortController();
      const channels = new Map<number, Channel>([
        [1, { out: io.stdout }],
        [2, { out: io.stderr }],
      ]);
      await this.#guarded(() => this.#core.evaluate(trap, { ...frame, channels, signal }), { ...frame, signal }, io);
    }
    return (frame.state.status = 130);
  }

  #remember(line: string): void {
    const { history } = this;
    if (line.trim() === '' || line.startsWith(' ') || history.at(-1) === line) return;
    history.push(line);
    if (history.length > HISTORY_MAX) history.shift();
  }

  async #reportJobs(io: ShellIO): Promise<void> {
    const { jobs } = this.#core;
    for (const job of jobs.of(this.#state))
      if (job.state !== 'running') {
        await io.stdout.write(jobs.describe(job));
        job.reported = true;
      }
  }
}

function absolute(files: Readonly<Record<string, string>>, home: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path.startsWith('/') ? path : `${home}/${path}`, text]),
  );
}

/** `!!`, `!n`, `!-n`, `!text`, `!$` outside single quotes; undefined when there is no such line. */
function expandHistory(line: string, history: readonly string[]): string | undefined {
  let failed = false as boolean;
  const out = line.replace(
    /'[^']*'|\\[^]|!(!|\$|-?\d+|[a-zA-Z][^\s;&|"')]*)/g,
    (text, event: string | undefined, at: number) => {
      if (event === undefined || /[$[{]/.test(line.charAt(at - 1))) return text;
      const last = history.at(-1);
      let found: string | undefined;
      if (event === '!') found = last;
      else if (event === '$') found = last?.split(/\s+/).at(-1);
      else if (/^-?\d/.test(event)) found = Number(event) < 0 ? history.at(Number(event)) : history[Number(event) - 1];
      else found = history.findLast((old) => old.startsWith(event));
      failed ||= found === undefined;
      return found ?? text;
    },
  );
  return failed ? undefined : out;
}

/** Aliases in the place of a command, as often as they lead on, but none twice. */
function expandAliases(
  source: string,
  aliases: ReadonlyMap<string, string>,
  used: ReadonlySet<string> = new Set(),
): string {
  if (aliases.size === 0) return source;
  const edits: { from: number; to: number; name: string }[] = [];
  const edit = (word: { text: string; pos: number; end: number } | undefined): boolean => {
    if (!word || !aliases.has(word.text) || used.has(word.text)) return false;
    edits.push({ from: word.pos, to: word.end, name: word.text });
    return (aliases.get(word.text) ?? '').endsWith(' ');
  };
  const walk = (node: SyntaxNode | ParsedScript) => {
    // An alias that ends in a blank lets the next word be one too.
    if (node.type === 'Command' && edit(node.name)) edit(node.args[0]);
    // A substitution keeps positions of its own.
    if (node.type !== 'CommandExpansion') forEachChild(node, walk);
  };
  walk(parse(source));
  if (edits.length === 0) return source;
  let out = source;
  for (const { from, to, name } of edits.sort((a, b) => b.from - a.from))
    out = out.slice(0, from) + (aliases.get(name) ?? name) + out.slice(to);
  return expandAliases(out, aliases, new Set([...used, ...edits.map((e) => e.name)]));
}
