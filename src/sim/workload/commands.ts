// The small commands that images carry beside their program, as far as a lesson or an exec probe needs them: what
// `kubectl exec` and a script of `sh -c` can run. Models busybox 1.37 and coreutils in their commonest use; an option
// that is not simulated is refused by name. `curl` and `wget` get the answer that a request would get at this moment.
import { formatTime } from '../engine/time.ts';
import type { CommandResult } from './shell.ts';
import { runTar } from './tar-command.ts';

/** What a command can see and touch. */
export interface CommandWorld {
  readonly pod: string;
  readonly unixMs: number;
  readonly user: 'root' | 'nonroot';
  readonly variables: Readonly<Record<string, string>>;
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  /** What it can read; at its end, and empty, when left out. */
  readonly stdin?: { readonly text: string; readonly ended: boolean };
  read(path: string): string | undefined;
  isDirectory(path: string): boolean;
  /** Names in a directory, sorted. */
  entries(path: string): readonly string[];
  /** Text, or null to take the file away; false when the directory is not there. */
  write(path: string, text: string | null): boolean;
  makeDirectory(path: string): void;
  /** A signal to process 1 from inside. */
  signal(signal: 'TERM' | 'KILL' | 'other'): void;
  /** @param host a name or an address; `localhost` is the pod itself */
  http(host: string, port: number, path: string): RemoteAnswer;
}

export type LocalAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly latencyMs: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'silence' };

/** From another host there may also be no such name, or something that this world leaves out. */
export type RemoteAnswer =
  LocalAnswer | { readonly kind: 'unknown host' } | { readonly kind: 'not simulated'; readonly what: string };

/** Undefined when there is no such command here. `silent` means it would wait for ever. */
export function runCommand(
  argv: readonly string[],
  world: CommandWorld,
): (CommandResult & { waitedMs?: number }) | undefined {
  const name = (argv[0] ?? '').slice((argv[0] ?? '').lastIndexOf('/') + 1);
  return commands[name]?.(argv.slice(1), world);
}

type Command = (args: readonly string[], world: CommandWorld) => CommandResult & { waitedMs?: number };

const done = (stdout: string, exitCode = 0, stderr = ''): CommandResult => ({ kind: 'done', exitCode, stdout, stderr });
const fail = (stderr: string, exitCode = 1): CommandResult => done('', exitCode, `${stderr}\n`);
const notSimulated = (name: string, option: string) => fail(`${name}: option ${option} is not simulated`, 2);

const commands: Readonly<Record<string, Command>> = {
  true: () => done(''),
  false: () => done('', 1),
  echo: (args) => {
    const bare = args[0] === '-n';
    const text = (args[0] === '-n' || args[0] === '-e' ? args.slice(1) : args).join(' ');
    const body = args[0] === '-e' ? text.replaceAll('\\n', '\n').replaceAll('\\t', '\t') : text;
    return done(bare ? body : `${body}\n`);
  },
  sleep: (args) => {
    if (args.length === 0) return fail('sleep: missing operand');
    let ms = 0;
    for (const arg of args) {
      if (arg === 'infinity' || arg === 'inf') return { kind: 'forever' };
      const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg);
      if (!match) return fail(`sleep: invalid number '${arg}'`);
      ms += Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1000);
    }
    return { kind: 'sleep', ms: Math.round(ms) };
  },
  tail: (args, world) => {
    if (args.some((arg) => /^-[fF]$/.test(arg))) return { kind: 'forever' };
    return readAll('tail', args, world, (text) => text.split('\n').slice(-11).join('\n'));
  },
  cat: (args, world) => readAll('cat', args, world, (text) => text),
  tar: runTar,
  date: (args, world) => {
    const time = formatTime(world.unixMs);
    const format = args.find((arg) => arg.startsWith('+'));
    if (format === '+%s') return done(`${String(Math.floor(world.unixMs / 1000))}\n`);
    if (format !== undefined) {
      const fields: Readonly<Record<string, string>> = {
        '%Y': time.slice(0, 4),
        '%m': time.slice(5, 7),
        '%d': time.slice(8, 10),
        '%H': time.slice(11, 13),
        '%M': time.slice(14, 16),
        '%S': time.slice(17, 19),
        '%F': time.slice(0, 10),
        '%T': time.slice(11, 19),
      };
      return done(`${format.slice(1).replace(/%[A-Za-z]/g, (field) => fields[field] ?? field)}\n`);
    }
    const day = DAYS[(Math.floor(world.unixMs / 86_400_000) + 4) % 7] ?? '';
    const month = MONTHS[Number(time.slice(5, 7)) - 1] ?? '';
    const date = String(Number(time.slice(8, 10))).padStart(2, ' ');
    return done(`${day} ${month} ${date} ${time.slice(11, 19)} UTC ${time.slice(0, 4)}\n`);
  },
  hostname: (args, world) => (args.length > 0 ? notSimulated('hostname', args[0] ?? '') : done(`${world.pod}\n`)),
  uname: (args, world) =>
    done(
      args.includes('-a')
        ? `Linux ${world.pod} 6.6.0 #1 SMP x86_64 GNU/Linux\n`
        : args.includes('-n')
          ? `${world.pod}\n`
          : 'Linux\n',
    ),
  env: (args, world) => (args.length > 0 ? notSimulated('env', args[0] ?? '') : done(environment(world))),
  printenv: (args, world) => {
    if (args.length === 0) return done(environment(world));
    const values = args.flatMap((name) => (name in world.variables ? [`${world.variables[name] ?? ''}\n`] : []));
    return done(values.join(''), values.length === args.length ? 0 : 1);
  },
  id: (_args, world) =>
    done(world.user === 'root' ? 'uid=0(root) gid=0(root) groups=0(root)\n' : 'uid=65532 gid=65532 groups=65532\n'),
  whoami: (_args, world) => done(world.user === 'root' ? 'root\n' : 'nonroot\n'),
  ps: (_args, world) =>
    done(
      `PID   USER     TIME  COMMAND\n${world.processes
        .map(({ pid, command }) => `${String(pid).padStart(5)} ${world.user.padEnd(8)}  0:00 ${command}\n`)
        .join('')}`,
    ),
  ls: (args, world) => {
    const option = args.find((arg) => arg.startsWith('-') && !/^-[1a]+$/.test(arg));
    if (option !== undefined) return notSimulated('ls', option);
    const paths = args.filter((arg) => !arg.startsWith('-'));
    let out = '';
    for (const path of paths.length > 0 ? paths : ['/']) {
      if (world.isDirectory(path)) {
        if (paths.length > 1) out += `${path}:\n`;
        out += world
          .entries(path)
          .map((entry) => `${entry}\n`)
          .join('');
      } else if (world.read(path) !== undefined) out += `${path}\n`;
      else return done(out, 1, `ls: ${path}: No such file or directory\n`);
    }
    return done(out);
  },
  touch: (args, world) => {
    for (const path of args)
      if (!world.write(path, world.read(path) ?? '')) return fail(`touch: ${path}: No such file or directory`);
    return done('');
  },
  rm: (args, world) => {
    const force = args.some((arg) => /^-[a-z]*f/.test(arg));
    for (const path of args.filter((arg) => !arg.startsWith('-'))) {
      if (world.isDirectory(path)) return fail(`rm: '${path}' is a directory`);
      if (world.read(path) === undefined) {
        if (force) continue;
        return fail(`rm: can't remove '${path}': No such file or directory`);
      }
      world.write(path, null);
    }
    return done('');
  },
  mkdir: (args, world) => {
    for (const path of args.filter((arg) => !arg.startsWith('-'))) {
      if (world.isDirectory(path) && !args.includes('-p'))
        return fail(`mkdir: can't create directory '${path}': File exists`);
      world.makeDirectory(path);
    }
    return done('');
  },
  test: (args, world) => done('', test(args, world) ? 0 : 1),
  '[': (args, world) =>
    args.at(-1) === ']' ? done('', test(args.slice(0, -1), world) ? 0 : 1) : fail('sh: missing ]', 2),
  kill: (args, world) => {
    const signal = args[0]?.startsWith('-') === true ? args[0].slice(1).replace(/^SIG/, '') : 'TERM';
    for (const pid of args.filter((arg) => !arg.startsWith('-'))) {
      if (pid !== '1') return fail(`sh: can't kill pid ${pid}: No such process`);
      world.signal(
        signal === 'TERM' || signal === '15' ? 'TERM' : signal === 'KILL' || signal === '9' ? 'KILL' : 'other',
      );
    }
    return done('');
  },
  curl: (args, world) => fetchLocal('curl', args, world),
  wget: (args, world) => fetchLocal('wget', args, world),
};

const UNITS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function environment(world: CommandWorld): string {
  return Object.entries(world.variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function readAll(
  name: string,
  args: readonly string[],
  world: CommandWorld,
  change: (text: string) => string,
): CommandResult {
  let stdout = '';
  let stderr = '';
  const paths = args.filter((arg) => arg === '-' || !arg.startsWith('-'));
  if ((paths.length === 0 || paths.includes('-')) && world.stdin?.ended === false) return { kind: 'input' };
  for (const path of paths.length === 0 ? ['-'] : paths) {
    const text = path === '-' ? (world.stdin?.text ?? '') : world.read(path);
    if (text !== undefined) stdout += change(text);
    else if (world.isDirectory(path)) stderr += `${name}: read error: Is a directory\n`;
    else stderr += `${name}: can't open '${path}': No such file or directory\n`;
  }
  return done(stdout, stderr === '' ? 0 : 1, stderr);
}

function test(args: readonly string[], world: CommandWorld): boolean {
  const [a = '', b = '', c = ''] = args;
  if (a === '!') return !test(args.slice(1), world);
  if (args.length === 1) return a !== '';
  if (args.length === 2) {
    const text = world.read(b);
    switch (a) {
      case '-f':
        return text !== undefined;
      case '-e':
        return text !== undefined || world.isDirectory(b);
      case '-d':
        return world.isDirectory(b);
      case '-s':
        return (text ?? '') !== '';
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
}

/** `curl` and `wget`: one answer, after the time the program would take now. */
function fetchLocal(
  name: 'curl' | 'wget',
  args: readonly string[],
  world: CommandWorld,
): CommandResult & { waitedMs?: number } {
  let url = '';
  let limitMs = Infinity;
  let failOnError = name === 'wget';
  let toNull = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('-')) url = arg;
    else if (arg === '-m' || arg === '--max-time' || arg === '-T') limitMs = Number(args[++i]) * 1000;
    else if (arg === '-o' || arg === '-O') toNull = args[++i] === '/dev/null';
    else if (name === 'curl' && /^-[sSf]+$/.test(arg)) failOnError ||= arg.includes('f');
    else if (arg === '--fail') failOnError = true;
    else if (arg === '-qO-' || arg === '-q' || arg === '-qO' || arg === '-O-' || arg === '--spider') {
      if (arg === '-qO') i++;
      toNull ||= arg === '--spider';
    } else return notSimulated(name, arg);
  }
  const match = /^(?:http:\/\/)?([A-Za-z0-9.-]+)(?::(\d+))?(\/.*)?$/.exec(url);
  if (!match) return fail(`${name}: ${url}: only http is simulated`, 2);
  const host = match[1] ?? '';
  const port = Number(match[2] ?? 80);
  const answer = world.http(host, port, match[3] ?? '/');
  if (answer.kind === 'not simulated') return fail(`${name}: ${answer.what} is not simulated`, 2);
  if (answer.kind === 'unknown host')
    return name === 'curl' ? fail(`curl: (6) Could not resolve host: ${host}`, 6) : fail(`wget: bad address '${host}'`);
  if (answer.kind === 'refused')
    return name === 'curl'
      ? fail(`curl: (7) Failed to connect to ${host} port ${String(port)} after 0 ms: Couldn't connect to server`, 7)
      : fail(`wget: can't connect to remote host${IPV4.test(host) ? ` (${host})` : ''}: Connection refused`);
  if (answer.kind === 'silence' || answer.latencyMs > limitMs) {
    if (limitMs === Infinity) return { kind: 'forever' };
    const text =
      name === 'curl'
        ? `curl: (28) Operation timed out after ${String(limitMs)} milliseconds with 0 bytes received`
        : 'wget: download timed out';
    return { ...fail(text, name === 'curl' ? 28 : 1), waitedMs: limitMs };
  }
  const waitedMs = answer.latencyMs;
  if (answer.status >= 400 && failOnError)
    return name === 'curl'
      ? { ...fail(`curl: (22) The requested URL returned error: ${String(answer.status)}`, 22), waitedMs }
      : {
          ...fail(`wget: server returned error: HTTP/1.1 ${String(answer.status)} ${statusText(answer.status)}`),
          waitedMs,
        };
  return { ...done(toNull ? '' : answer.body), waitedMs };
}

const IPV4 = /^\d+(?:\.\d+){3}$/;

function statusText(status: number): string {
  return status === 404 ? 'Not Found' : status === 503 ? 'Service Unavailable' : '';
}
