// The text tools that an image carries beside its program, in their commonest use, with the words of coreutils 9.1 and grep
// 3.8. What reads its input gets what has come so far. An option that is not simulated is refused by name.
import { type Files, LinuxError } from '../../../linux/contract.ts';
import { formatTime } from '../../../engine/time.ts';
import type { Dockerd } from '../dockerd.ts';
import { nowMs } from '../dockerd.ts';
import { list } from './list.ts';

export interface Tool {
  /** The task that it is. */
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly tty: boolean;
  readonly stdin: string;
  /** No more input will come. */
  readonly ended: boolean;
}

export type ToolResult = { readonly stdout: string; readonly stderr: string } & (
  | { readonly kind: 'done'; readonly exitCode: number; readonly waitedMs?: number }
  /** It waits for more input; `read` bytes of it are used up. */
  | { readonly kind: 'input'; readonly read: number }
  | { readonly kind: 'forever' }
);

interface World extends Tool {
  readonly engine: Dockerd;
  readonly name: string;
  readonly files: Files;
}

/** Undefined: no such tool here. */
export function runTool(engine: Dockerd, argv: readonly string[], tool: Tool): ToolResult | undefined {
  const name = (argv[0] ?? '').slice((argv[0] ?? '').lastIndexOf('/') + 1);
  const act = tools[name];
  if (!act) return undefined;
  const world: World = { ...tool, engine, name, files: engine.machine.files(tool.pid) };
  try {
    return act(argv.slice(1), world);
  } catch (error) {
    if (error instanceof NotSimulated) return fail(`${name}: option ${error.message} is not simulated`, 2);
    if (error instanceof LinuxError) return fail(`${name}: ${error.message}`);
    throw error;
  }
}

class NotSimulated extends Error {}

const done = (stdout: string, exitCode = 0, stderr = ''): ToolResult => ({ kind: 'done', exitCode, stdout, stderr });
const fail = (stderr: string, exitCode = 1): ToolResult => done('', exitCode, `${stderr}\n`);

/** Flags in any order before and between operands; others are refused. */
function split(
  args: readonly string[],
  flags: string,
  valued = '',
): { has: (flag: string) => boolean; value: (flag: string) => string | undefined; paths: string[] } {
  const found = new Map<string, string>();
  const paths: string[] = [];
  let only = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (only || arg === '-' || !arg.startsWith('-')) paths.push(arg);
    else if (arg === '--') only = true;
    else if (/^-\d+$/.test(arg) && valued.includes('n')) found.set('n', arg.slice(1));
    else if (arg.startsWith('--')) throw new NotSimulated(arg);
    else
      for (let at = 1; at < arg.length; at++) {
        const flag = arg.charAt(at);
        if (valued.includes(flag)) {
          found.set(flag, arg.slice(at + 1) || (args[++i] ?? ''));
          break;
        }
        if (!flags.includes(flag)) throw new NotSimulated(`-${flag}`);
        found.set(flag, '');
      }
  }
  return { has: (flag) => found.has(flag), value: (flag) => found.get(flag), paths };
}

/** Does something for every file, or with the input; errors in the tool's words. */
function eachText(world: World, paths: readonly string[], act: (text: string, path: string) => string): ToolResult {
  const { files, name } = world;
  let [stdout, stderr] = ['', ''];
  for (const path of paths.length === 0 ? ['-'] : paths) {
    if (path === '-') {
      if (!world.ended) return { kind: 'input', read: 0, stdout: '', stderr: '' };
      stdout += act(world.stdin, path);
      continue;
    }
    try {
      if (files.stat(path).type === 'directory') stderr += `${name}: ${path}: Is a directory\n`;
      else stdout += act(files.readText(path), path);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      const open = name === 'head' || name === 'tail' ? `cannot open '${path}' for reading` : path;
      stderr += `${name}: ${open}: ${error.message}\n`;
    }
  }
  return done(stdout, stderr === '' ? 0 : 1, stderr);
}

function eachPath(world: World, paths: readonly string[], verb: string, act: (path: string) => void): ToolResult {
  let stderr = '';
  if (paths.length === 0)
    return fail(`${world.name}: missing operand\nTry '${world.name} --help' for more information.`);
  for (const path of paths) {
    try {
      act(path);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      stderr += `${world.name}: ${verb} '${path}': ${error.message}\n`;
    }
  }
  return done('', stderr === '' ? 0 : 1, stderr);
}

const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function removeTree(files: Files, path: string): void {
  if (files.lstat(path).type !== 'directory') files.unlink(path);
  else {
    for (const name of files.list(path)) removeTree(files, `${path}/${name}`);
    files.rmdir(path);
  }
}

function copyTree(files: Files, from: string, to: string): void {
  if (files.stat(from).type !== 'directory') {
    const { mode } = files.stat(from);
    files.write(to, files.read(from), { mode });
    return;
  }
  if (!files.exists(to)) files.mkdir(to);
  for (const name of files.list(from)) copyTree(files, `${from}/${name}`, `${to}/${name}`);
}

function moved(
  world: World,
  args: readonly string[],
  act: (from: string, to: string) => void,
  check?: (from: string) => string | undefined,
): ToolResult {
  const { files, name } = world;
  const target = args.at(-1);
  if (target === undefined || args.length < 2)
    return fail(args.length === 0 ? `${name}: missing file operand\nTry '${name} --help' for more information.` : `${name}: missing destination file operand after '${args[0] ?? ''}'\nTry '${name} --help' for more information.`); // prettier-ignore
  const into = files.exists(target) && files.stat(target).type === 'directory';
  let stderr = '';
  for (const from of args.slice(0, -1)) {
    const to = into ? `${target.replace(/\/$/, '')}/${from.replace(/\/+$/, '').replace(/^.*\//, '')}` : target;
    try {
      const problem = check?.(from);
      if (problem !== undefined) stderr += `${name}: ${problem}\n`;
      else act(from, to);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      const missing = !files.exists(from);
      stderr += missing ? `${name}: cannot stat '${from}': ${error.message}\n` : `${name}: cannot create regular file '${to}': ${error.message}\n`; // prettier-ignore
    }
  }
  return done('', stderr === '' ? 0 : 1, stderr);
}

const tools: Readonly<Record<string, (args: readonly string[], world: World) => ToolResult>> = {
  cat(args, world) {
    const { paths } = split(args, 'u');
    if (paths.every((path) => path === '-') && !world.ended)
      return { kind: 'input', read: world.stdin.length, stdout: world.stdin, stderr: '' };
    return eachText(world, paths, (text) => text);
  },
  head(args, world) {
    const { value, paths } = split(args, 'q', 'nc');
    const bytes = value('c');
    return eachText(world, paths, (text) => bytes === undefined ? linesOf(text).slice(0, Number(value('n') ?? 10)).join('') : text.slice(0, Number(bytes))); // prettier-ignore
  },
  tail(args, world) {
    const { has, value, paths } = split(args, 'fFq', 'nc');
    const count = value('n') ?? '10';
    const shown = eachText(world, paths, (text) => {
      const lines = linesOf(text);
      return (count.startsWith('+') ? lines.slice(Number(count) - 1) : lines.slice(-Number(count) || lines.length)).join(''); // prettier-ignore
    });
    return has('f') || has('F') ? { kind: 'forever', stdout: shown.stdout, stderr: shown.stderr } : shown;
  },
  wc(args, world) {
    const { has, paths } = split(args, 'lwc');
    const all = !has('l') && !has('w') && !has('c');
    return eachText(world, paths, (text, path) => {
      const counts = [
        ...(has('l') || all ? [text.split('\n').length - 1] : []),
        ...(has('w') || all ? [(text.match(/\S+/g) ?? []).length] : []),
        ...(has('c') || all ? [text.length] : []),
      ];
      return `${counts.map((count) => String(count).padStart(counts.length > 1 ? 7 : 0)).join(' ')}${path === '-' ? '' : ` ${path}`}\n`;
    });
  },
  grep(args, world) {
    const { has, value, paths: given } = split(args, 'qivcnEF', 'e');
    const paths = given.slice();
    const pattern = value('e') ?? paths.shift();
    if (pattern === undefined) return fail('Usage: grep [OPTION]... PATTERNS [FILE]...\nTry \'grep --help\' for more information.', 2); // prettier-ignore
    const source = has('F') ? pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&') : pattern;
    const expression = new RegExp(source, has('i') ? 'i' : '');
    let found = 0;
    const result = eachText(world, paths, (text, path) => {
      const matches = linesOf(text).map((line, i) => ({ line: line.replace(/\n$/, ''), i })).filter(({ line }) => expression.test(line) !== has('v')); // prettier-ignore
      found += matches.length;
      const prefix = paths.length > 1 ? `${path}:` : '';
      if (has('c')) return `${prefix}${String(matches.length)}\n`;
      return matches.map(({ line, i }) => `${prefix}${has('n') ? `${String(i + 1)}:` : ''}${line}\n`).join('');
    });
    if (result.kind !== 'done') return result;
    return done(has('q') ? '' : result.stdout, result.stderr !== '' ? 2 : found > 0 ? 0 : 1, result.stderr);
  },
  ls: (args, { files, tty, engine }) => list(args, files, { tty, nowMs: nowMs(engine) }),
  touch: (args, world) =>
    eachPath(world, split(args, 'c').paths, 'cannot touch', (path) => {
      if (world.files.exists(path)) world.files.utimes(path, world.files.nowMs());
      else world.files.write(path, '', { mode: 0o666 });
    }),
  mkdir(args, world) {
    const { has, value, paths } = split(args, 'p', 'm');
    const mode = value('m') === undefined ? 0o777 : Number.parseInt(value('m') ?? '', 8);
    return eachPath(world, paths, 'cannot create directory', (path) => { if (has('p')) world.files.mkdirs(path, mode); else world.files.mkdir(path, mode); }); // prettier-ignore
  },
  rmdir: (args, world) => eachPath(world, split(args, '').paths, 'failed to remove', (path) => world.files.rmdir(path)),
  rm(args, world) {
    const { has, paths } = split(args, 'rRfv');
    const recursive = has('r') || has('R');
    const { files } = world;
    if (has('f') && paths.length === 0) return done('');
    const kept = paths.filter((path) => !has('f') || files.exists(path) || isLink(files, path));
    if (kept.length === 0 && has('f')) return done('');
    let stderr = '';
    for (const path of kept.filter((one) => !recursive && files.exists(one) && files.lstat(one).type === 'directory'))
      stderr += `rm: cannot remove '${path}': Is a directory\n`;
    const rest = kept.filter((path) => !stderr.includes(`'${path}'`));
    const result =
      rest.length === 0 ? done('') : eachPath(world, rest, 'cannot remove', (path) => removeTree(files, path));
    return done('', stderr === '' && result.stderr === '' ? 0 : 1, stderr + result.stderr);
  },
  cp(args, world) {
    const { has, paths } = split(args, 'rRapfv');
    const deep = has('r') || has('R') || has('a');
    const { files } = world;
    return moved(world, paths, (from, to) => copyTree(files, from, to), (from) => !deep && files.exists(from) && files.stat(from).type === 'directory' ? `-r not specified; omitting directory '${from}'` : undefined); // prettier-ignore
  },
  mv: (args, world) => moved(world, split(args, 'fv').paths, (from, to) => world.files.rename(from, to)),
  chmod(args, world) {
    const { paths: given } = split(args, 'Rv');
    const [mode = '', ...paths] = given;
    return eachPath(world, paths, 'cannot access', (path) => {
      const old = world.files.stat(path).mode;
      world.files.chmod(path, /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : mode === '+x' || mode === 'a+x' ? old | 0o111 : mode === 'u+x' ? old | 0o100 : old); // prettier-ignore
    });
  },
  date(args, { engine }) {
    const time = formatTime(nowMs(engine));
    const format = args.find((arg) => arg.startsWith('+'));
    if (format === '+%s') return done(`${String(Math.floor(nowMs(engine) / 1000))}\n`);
    const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
    const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    const day = days[(Math.floor(nowMs(engine) / 86_400_000) + 4) % 7] ?? '';
    const month = months[Number(time.slice(5, 7)) - 1] ?? '';
    const fields: Readonly<Record<string, string>> = { Y: time.slice(0, 4), m: time.slice(5, 7), d: time.slice(8, 10), H: time.slice(11, 13), M: time.slice(14, 16), S: time.slice(17, 19), F: time.slice(0, 10), T: time.slice(11, 19), a: day, b: month }; // prettier-ignore
    if (format !== undefined) return done(`${format.slice(1).replaceAll(/%([A-Za-z])/g, (all, field: string) => fields[field] ?? all)}\n`); // prettier-ignore
    return done(
      `${day} ${month} ${time.slice(8, 10).replace(/^0/, ' ')} ${time.slice(11, 19)} UTC ${time.slice(0, 4)}\n`,
    );
  },
  printenv(args, { env }) {
    if (args.length === 0) return done(Object.entries(env).map(([name, value]) => `${name}=${value}\n`).join('')); // prettier-ignore
    const values = args.flatMap((name) => (name in env ? [`${env[name] ?? ''}\n`] : []));
    return done(values.join(''), values.length === args.length ? 0 : 1);
  },
  basename: ([path = '', suffix = '']) => {
    const base = path.replace(/\/+$/, '').replace(/^.*\//, '');
    return done(`${suffix !== '' && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base}\n`);
  },
  dirname: ([path = '']) => done(`${/^(.*)\/[^/]*$/.exec(path.replace(/\/+$/, ''))?.[1] ?? '.'}\n`),
  readlink(args, { files }) {
    const { has, paths } = split(args, 'f');
    const path = paths[0] ?? '';
    return done(`${has('f') ? files.realpath(path) : files.readlink(path)}\n`);
  },
  realpath: ([path = ''], { files }) => done(`${files.realpath(path)}\n`),
  sort(args, world) {
    const { has, paths } = split(args, 'nru');
    return eachText(world, paths, (text) => {
      let lines = linesOf(text).map((line) => line.replace(/\n$/, '')).sort((a, b) => has('n') ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0); // prettier-ignore
      if (has('u')) lines = [...new Set(lines)];
      if (has('r')) lines.reverse();
      return lines.map((line) => `${line}\n`).join('');
    });
  },
  seq(args) {
    const [first, second, third] = args.map(Number);
    const [from, step, to] = third !== undefined ? [first ?? 1, second ?? 1, third] : second !== undefined ? [first ?? 1, 1, second] : [1, 1, first ?? 0]; // prettier-ignore
    let out = '';
    for (let value = from; step > 0 ? value <= to : value >= to; value += step || 1) out += `${String(value)}\n`;
    return done(out);
  },
  tee(args, world) {
    if (!world.ended) return { kind: 'input', read: 0, stdout: '', stderr: '' };
    const { has, paths } = split(args, 'a');
    for (const path of paths) world.files.write(path, world.stdin, { append: has('a') });
    return done(world.stdin);
  },
  curl: (args, world) => request(args, world),
  wget: (args, world) => request(args, world),
};

function isLink(files: Files, path: string): boolean {
  try {
    return files.lstat(path).type === 'symlink';
  } catch {
    return false;
  }
}

/** `curl` and `wget`: one answer, after the time that it would take now. */
function request(args: readonly string[], { engine, pid, name, files }: World): ToolResult {
  let url = '';
  let limitMs = Infinity;
  let isStrict = name === 'wget';
  let target: string | undefined;
  let silent = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('-')) url = arg;
    else if (['-m', '--max-time', '-T', '--connect-timeout'].includes(arg)) limitMs = Number(args[++i]) * 1000;
    else if (arg === '-o' || (arg === '-O' && name === 'wget')) target = args[++i];
    else if (name === 'wget' && /^-q?O-?$/.test(arg)) target = arg.endsWith('-') ? '-' : args[++i];
    else if (arg === '-q' || arg === '--spider') silent ||= arg === '--spider';
    else if (name === 'curl' && /^-[sSfL]+$/.test(arg)) isStrict ||= arg.includes('f');
    else if (arg === '--fail') isStrict = true;
    else return fail(`${name}: option ${arg} is not simulated`, 2);
  }
  const http = engine.options.http?.();
  const answer = http?.ask({ machine: engine.machine, pid }, url);
  const { hostname = url, port = '80' } =
    /^(?:https?:\/\/)?(?<hostname>[^/:]+)(?::(?<port>\d+))?/.exec(url)?.groups ?? {};
  if (!answer || answer.outcome === 'unknown host')
    return name === 'curl' ? fail(`curl: (6) Could not resolve host: ${hostname}`, 6) : fail(`wget: unable to resolve host address '${hostname}'`, 4); // prettier-ignore
  if (answer.outcome === 'refused')
    return name === 'curl'
      ? fail(`curl: (7) Failed to connect to ${hostname} port ${port} after 0 ms: Couldn't connect to server`, 7)
      : fail(`wget: can't connect to remote host: Connection refused`, 4);
  if (answer.outcome === 'timeout' || answer.latencyMs > limitMs) {
    if (limitMs === Infinity) return { kind: 'forever', stdout: '', stderr: '' };
    return { ...fail(`curl: (28) Operation timed out after ${String(limitMs)} milliseconds with 0 bytes received`, 28), kind: 'done', exitCode: name === 'curl' ? 28 : 4, waitedMs: limitMs }; // prettier-ignore
  }
  const waitedMs = answer.latencyMs;
  if (answer.status >= 400 && isStrict)
    return { kind: 'done', exitCode: name === 'curl' ? 22 : 8, stdout: '', stderr: name === 'curl' ? `curl: (22) The requested URL returned error: ${String(answer.status)}\n` : `wget: server returned error: HTTP/1.1 ${String(answer.status)}\n`, waitedMs }; // prettier-ignore
  const shown = silent ? '' : answer.body;
  if (target !== undefined && target !== '-') {
    files.write(target, shown);
    return { kind: 'done', exitCode: 0, stdout: '', stderr: '', waitedMs };
  }
  return { kind: 'done', exitCode: 0, stdout: shown, stderr: '', waitedMs };
}
