// The shell inside a container, second half: runs the steps of a script until it sleeps, ends, or gives way to
// another program. Its state is plain data; the world around it (commands, files, output) comes in as `ShellWorld`.
import { parseScript, type Part, type Redirect, type Step, type Word } from './shell-parser.ts';

/** Where a script stands. */
export interface ShellState {
  readonly script: string;
  readonly at: number;
  readonly status: number;
  readonly variables: Readonly<Record<string, string>>;
  /** What is left of the lists of `for` loops. */
  readonly lists: Readonly<Record<number, readonly string[]>>;
  /** `set -e`. */
  readonly errexit: boolean;
  /** What `trap '…' TERM` left; null without. */
  readonly onTerm: string | null;
}

export type CommandResult =
  | { readonly kind: 'done'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'forever' }
  /** It reads its input, which is not at its end yet; it has done nothing so far. */
  | { readonly kind: 'input' }
  /** The command line starts the image's own program. */
  | { readonly kind: 'program' };

export interface ShellWorld {
  /** `replaces`: by `exec`. */
  command(argv: readonly string[], variables: Readonly<Record<string, string>>, replaces?: boolean): CommandResult;
  /** `cd`; what is said of a directory that is not there. Without it every directory is the same. */
  chdir?(path: string): string | undefined;
  print(text: string, stream: 1 | 2): void;
  /** False when the directory is not there. */
  write(path: string, text: string, append: boolean): boolean;
}

/** Why the script stopped for now, and where it stands. */
export interface ShellPause {
  readonly state: ShellState;
  readonly why:
    /** `asked`: by `exit` or `set -e`, not because there are no more steps. */
    | { readonly kind: 'end'; readonly exitCode: number; readonly asked?: boolean }
    | { readonly kind: 'sleep'; readonly ms: number }
    | { readonly kind: 'forever' }
    /** The step wants input; it will be taken again. */
    | { readonly kind: 'input' }
    | { readonly kind: 'program' }
    /** It has run many steps without a pause. */
    | { readonly kind: 'busy' };
}

export function createShell(script: string, variables: Readonly<Record<string, string>>): ShellState {
  return { script, at: 0, status: 0, variables, lists: {}, errexit: false, onTerm: null };
}

/** Steps that a script may take at one moment; a loop without a pause is stopped and goes on later. */
const STEPS_AT_ONCE = 400;

export function runShell(from: ShellState, world: ShellWorld): ShellPause {
  const steps = parseScript(from.script);
  if ('error' in steps) {
    world.print(`sh: ${steps.error}\n`, 2);
    return { state: from, why: { kind: 'end', exitCode: 2 } };
  }
  let state = from;
  for (let count = 0; count < STEPS_AT_ONCE; count++) {
    const step = steps[state.at];
    if (!step) return { state, why: { kind: 'end', exitCode: state.status } };
    const next = { ...state, at: state.at + 1 };
    switch (step.op) {
      case 'jump':
        state = { ...state, at: step.to };
        break;
      case 'ifFailed':
        state = state.status === 0 ? next : { ...state, at: step.to };
        break;
      case 'ifOk':
        state = state.status === 0 ? { ...state, at: step.to } : next;
        break;
      case 'not':
        state = { ...next, status: state.status === 0 ? 1 : 0 };
        break;
      case 'succeed':
        state = { ...next, status: 0 };
        break;
      case 'list':
        state = { ...next, lists: { ...state.lists, [step.slot]: expandAll(step.words, state, world) } };
        break;
      case 'next': {
        const [value, ...rest] = state.lists[step.slot] ?? [];
        state =
          value === undefined
            ? { ...state, at: step.to }
            : {
                ...next,
                lists: { ...state.lists, [step.slot]: rest },
                variables: { ...state.variables, [step.name]: value },
              };
        break;
      }
      case 'run': {
        const pause = run(step, next, world);
        if (pause.why.kind === 'input') return { state, why: pause.why };
        if (pause.why.kind !== 'busy') return pause;
        state = pause.state;
        if (state.errexit && state.status !== 0 && !step.tested)
          return { state, why: { kind: 'end', exitCode: state.status, asked: true } };
        break;
      }
    }
  }
  return { state, why: { kind: 'busy' } };
}

/** Runs one command; `busy` means: go on with the next step. */
function run(step: Step & { op: 'run' }, state: ShellState, world: ShellWorld): ShellPause {
  let variables = state.variables;
  for (const { name, value } of step.assign)
    variables = { ...variables, [name]: expand(value, { ...state, variables }, world).join(' ') };
  const argv = expandAll(step.words, { ...state, variables }, world);
  const [name] = argv;
  const goOn = (status: number, change: Partial<ShellState> = {}): ShellPause => ({
    state: { ...state, status, ...change },
    why: { kind: 'busy' },
  });
  if (name === undefined) {
    const problem = redirected('', '', step.redirects, state, world);
    return goOn(problem ? 1 : 0, { variables });
  }
  switch (name) {
    case ':':
      return goOn(0);
    case 'cd': {
      const problem = world.chdir?.(argv[1] ?? variables['HOME'] ?? '/');
      if (problem !== undefined) world.print(problem, 2);
      return goOn(problem === undefined ? 0 : 2);
    }
    case 'exit':
      return { state, why: { kind: 'end', exitCode: Number(argv[1] ?? state.status) & 255, asked: true } };
    case 'export':
    case 'readonly': {
      const added = Object.fromEntries(argv.slice(1).flatMap((word) => (word.includes('=') ? [splitOnce(word)] : [])));
      return goOn(0, { variables: { ...variables, ...added } });
    }
    case 'unset':
      return goOn(0, {
        variables: Object.fromEntries(Object.entries(variables).filter(([key]) => !argv.includes(key))),
      });
    case 'set':
      if (argv.length === 2 && /^[-+][eux]+$/.test(argv[1] ?? '')) {
        const flag = argv[1] ?? '';
        return goOn(0, flag.includes('e') ? { errexit: flag.startsWith('-') } : {});
      }
      world.print(`sh: set ${argv.slice(1).join(' ')}: not simulated\n`, 2);
      return goOn(2);
    case 'trap':
      return goOn(0, argv.slice(2).some((signal) => /^(SIG)?TERM$|^15$/.test(signal)) ? { onTerm: argv[1] ?? '' } : {});
    default: {
      const command = name === 'exec' ? argv.slice(1) : argv;
      if (command.length === 0) return goOn(0);
      const result = world.command(command, { ...state.variables, ...variables }, name === 'exec');
      const after = name === 'exec' ? { ...state, at: Number.MAX_SAFE_INTEGER } : state;
      if (result.kind === 'sleep') return { state: { ...after, status: 0 }, why: result };
      if (result.kind !== 'done') return { state: after, why: result };
      const problem = redirected(result.stdout, result.stderr, step.redirects, state, world);
      const status = problem ? 1 : result.exitCode;
      return { state: { ...after, status }, why: { kind: 'busy' } };
    }
  }
}

/** Sends both streams where they belong; true when a file could not be written. */
function redirected(
  stdout: string,
  stderr: string,
  redirects: readonly Redirect[],
  state: ShellState,
  world: ShellWorld,
): boolean {
  type Target = 1 | 2 | { readonly path: string; readonly append: boolean };
  let one: Target = 1;
  let two: Target = 2;
  for (const redirect of redirects) {
    const target: Target =
      redirect.to === 'stdout'
        ? one
        : redirect.to === 'stderr'
          ? two
          : { path: expand(redirect.to, state, world).join(' '), append: redirect.append };
    if (typeof target === 'object' && !redirect.append && !world.write(target.path, '', false)) {
      world.print(`sh: can't create ${target.path}: nonexistent directory\n`, 2);
      return true;
    }
    if (redirect.from !== 2) one = target;
    if (redirect.from !== 1) two = target;
  }
  const send = (text: string, target: Target) => {
    if (typeof target === 'object') world.write(target.path, text, true);
    else if (text !== '') world.print(text, target);
  };
  send(stdout, one);
  send(stderr, two);
  return false;
}

function expandAll(words: readonly Word[], state: ShellState, world: ShellWorld): readonly string[] {
  return words.flatMap((word) => expand(word, state, world));
}

/** One word to none, one or more: values that are not quoted are split at blanks. */
function expand(word: Word, state: ShellState, world: ShellWorld): readonly string[] {
  const out: string[] = [];
  let open: string | undefined;
  for (const part of word) {
    const value = valueOf(part, state, world);
    if (part.kind === 'text' || part.kind === 'arithmetic' || part.quoted) {
      open = (open ?? '') + value;
      continue;
    }
    const pieces = value.split(/[ \t\n]+/);
    pieces.forEach((piece, i) => {
      if (i > 0 && open !== undefined) {
        out.push(open);
        open = undefined;
      }
      if (piece !== '') open = (open ?? '') + piece;
    });
  }
  if (open !== undefined) out.push(open);
  return out;
}

function valueOf(part: Part, state: ShellState, world: ShellWorld): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'variable': {
      const value =
        part.name === '?' ? String(state.status) : part.name === '$' ? '1' : (state.variables[part.name] ?? '');
      return value === '' && part.otherwise !== null ? part.otherwise : value;
    }
    case 'arithmetic':
      return String(arithmetic(part.text, state.variables));
    case 'command': {
      let text = '';
      runShell(createShell(part.script, state.variables), {
        ...world,
        command: (argv, variables) => world.command(argv, variables),
        write: (path, content, append) => world.write(path, content, append),
        print: (printed, stream) => {
          if (stream === 1) text += printed;
          else world.print(printed, stream);
        },
      });
      return text.replace(/\n+$/, '');
    }
  }
}

/** Whole numbers, `+ - * / %`, brackets and variables. Anything else counts as 0, as an unset variable does. */
function arithmetic(text: string, variables: Readonly<Record<string, string>>): number {
  const tokens = text.match(/\d+|[A-Za-z_]\w*|[-+*/%()]/g) ?? [];
  let at = 0;
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-')
      value = tokens[at++] === '+' ? value + product() : value - product();
    return value;
  };
  const product = (): number => {
    let value = unary();
    for (;;) {
      const operator = tokens[at];
      if (operator !== '*' && operator !== '/' && operator !== '%') return value;
      at++;
      const right = unary();
      value =
        operator === '*'
          ? value * right
          : right === 0
            ? 0
            : operator === '/'
              ? Math.trunc(value / right)
              : value % right;
    }
  };
  const unary = (): number => {
    const token = tokens[at++];
    if (token === '-') return -unary();
    if (token === '+') return unary();
    if (token === '(') {
      const value = sum();
      at++;
      return value;
    }
    const number = Number(token !== undefined && /^\d/.test(token) ? token : (variables[token ?? ''] ?? 0));
    return Number.isInteger(number) ? number : 0;
  };
  return sum();
}

function splitOnce(word: string): [string, string] {
  const equals = word.indexOf('=');
  return [word.slice(0, equals), word.slice(equals + 1)];
}
