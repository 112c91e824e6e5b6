// What dash does itself in a container: a command that is no file, or one that need not be started.
import { signalNamed } from '../../../linux/tasks/signals.ts';
import { lookPath, RuncError } from '../look-path.ts';
import type { CommandResult } from '../../../workload/shell.ts';
import type { Dockerd } from '../dockerd.ts';

const done = (exitCode: number, stdout = '', stderr = ''): CommandResult => ({
  kind: 'done',
  exitCode,
  stdout,
  stderr,
});

/** Undefined: not a builtin. */
export function builtin(
  engine: Dockerd,
  pid: number,
  argv: readonly string[],
  variables: Readonly<Record<string, string>>,
): CommandResult | undefined {
  const { machine } = engine;
  const [name, ...args] = argv;
  switch (name) {
    case 'true':
      return done(0);
    case 'false':
      return done(1);
    case 'echo': {
      const bare = args[0] === '-n';
      const text = escapes((bare ? args.slice(1) : args).join(' '));
      return done(0, bare ? text : `${text}\n`);
    }
    case 'printf':
      return args.length === 0 ? done(2, '', 'sh: 1: printf: usage: printf format [arg ...]\n') : done(0, format(args[0] ?? '', args.slice(1))); // prettier-ignore
    case 'pwd':
      return done(0, `${machine.task(pid)?.cwd ?? '/'}\n`);
    case 'test':
      return done(test(engine, pid, args) ? 0 : 1);
    case '[':
      return args.at(-1) === ']'
        ? done(test(engine, pid, args.slice(0, -1)) ? 0 : 1)
        : done(2, '', 'sh: 1: [: missing ]\n');
    case 'umask':
      return args.length === 0 ? done(0, '0022\n') : done(0);
    case 'wait':
      return done(0);
    case 'kill':
      return kill(engine, pid, args);
    case 'command':
    case 'type':
    case 'which': {
      const wanted = args.filter((arg) => !arg.startsWith('-'));
      if (name === 'command' && args[0] !== '-v') return undefined;
      let out = '';
      let code = 0;
      for (const one of wanted) {
        try {
          const path = lookPath(machine.files(pid), one, variables['PATH'] ?? '');
          out += name === 'type' ? `${one} is ${path}\n` : `${path}\n`;
        } catch (error) {
          if (!(error instanceof RuncError)) throw error;
          if (name === 'type') out += `${one}: not found\n`;
          code = name === 'which' ? 1 : 127;
        }
      }
      return done(code, out);
    }
    default:
      return undefined;
  }
}

function kill({ machine }: Dockerd, pid: number, args: readonly string[]): CommandResult {
  const option = args[0]?.startsWith('-') === true ? args[0].slice(1) : 'TERM';
  const signal = option === '0' ? 0 : signalNamed(option);
  if (signal === undefined) return done(2, '', `sh: 1: kill: Illegal option -${option.slice(0, 1)}\n`);
  for (const text of args.filter((arg) => !arg.startsWith('-'))) {
    const target = machine.find(Number(text), pid);
    if (!target) return done(1, '', 'sh: 1: kill: No such process\n\n');
    machine.kill(target.pid, signal, pid);
  }
  return done(0);
}

function escapes(text: string): string {
  return text.replaceAll(/\\([abfnrtv\\])/g, (_, sign: string) => ({ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' })[sign] ?? ''); // prettier-ignore
}

function format(template: string, args: readonly string[]): string {
  let at = 0;
  let out = '';
  do {
    out += escapes(template).replaceAll(/%(-?\d*)([sd%])/g, (_, width: string, kind: string) => {
      if (kind === '%') return '%';
      const value = args[at++] ?? (kind === 'd' ? '0' : '');
      return width.startsWith('-') ? value.padEnd(Number(width.slice(1))) : value.padStart(Number(width));
    });
  } while (at > 0 && at < args.length);
  return out;
}

function test({ machine }: Dockerd, pid: number, args: readonly string[]): boolean {
  const files = machine.files(pid);
  const run = (words: readonly string[]): boolean => {
    const [a = '', b = '', c = ''] = words;
    if (a === '!') return !run(words.slice(1));
    if (words.length <= 1) return a !== '';
    if (words.length === 2) {
      const type = files.exists(b) ? files.stat(b).type : undefined;
      switch (a) {
        case '-e':
          return type !== undefined;
        case '-f':
          return type === 'file';
        case '-d':
          return type === 'directory';
        case '-s':
          return type !== undefined && files.stat(b).sizeBytes > 0;
        case '-x':
          return type !== undefined && files.access(b, 'execute');
        case '-r':
          return type !== undefined && files.access(b, 'read');
        case '-w':
          return type !== undefined && files.access(b, 'write');
        case '-n':
          return b !== '';
        case '-z':
          return b === '';
        default:
          return false;
      }
    }
    switch (b) {
      case '=':
      case '==':
        return a === c;
      case '!=':
        return a !== c;
      case '-eq':
        return Number(a) === Number(c);
      case '-ne':
        return Number(a) !== Number(c);
      case '-lt':
        return Number(a) < Number(c);
      case '-le':
        return Number(a) <= Number(c);
      case '-gt':
        return Number(a) > Number(c);
      case '-ge':
        return Number(a) >= Number(c);
      default:
        return false;
    }
  };
  return run(args);
}
