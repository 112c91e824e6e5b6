// Programs that run others or say where one is: xargs, env, printenv, timeout, which, whoami, hostname, uname, clear,
// and the editors, which open the page's own.
// Left out: `xargs -P` (accepted: everything runs one after another), `env -S`.

import { ProgramError } from '../program.ts';
import { emptyIn, readAll } from '../streams.ts';
import { count, parseOptions } from './options.ts';
import { durationMs } from './time.ts';
import type { Program, Proc } from '../program.ts';

const ARGUMENTS_MAX = 5000;

export async function xargs(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'r0t',
    values: 'nILdP',
    long: {
      'max-args': 'n',
      replace: 'I',
      'max-lines': 'L',
      'no-run-if-empty': 'r',
      null: '0',
      delimiter: 'd',
      verbose: 't',
      'max-procs': 'P',
    },
    stopAtOperand: true,
  });
  const command = options.operands.length > 0 ? options.operands : ['echo'];
  const text = await readAll(proc.stdin);
  const placeholder = options.value('I');
  const delimiter = options.has('0') ? '\0' : options.value('d')?.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
  const perLine = placeholder !== undefined || options.has('L');
  const items =
    delimiter !== undefined
      ? text
          .replace(new RegExp(`${delimiter === '\n' ? '\\n' : ''}$`), '')
          .split(delimiter)
          .filter((item, i, all) => item !== '' || i < all.length - 1)
      : perLine
        ? text
            .split('\n')
            .map((line) => line.trim())
            .filter((line) => line !== '')
        : splitQuoted(text);
  if (items.length === 0 && (options.has('r') || perLine)) return 0;
  const size =
    placeholder !== undefined ? 1 : count(options.value('n') ?? options.value('L') ?? String(ARGUMENTS_MAX), 'number');
  let exitCode = 0;
  for (let i = 0; i === 0 || i < items.length; i += Math.max(1, size)) {
    const batch = items.slice(i, i + Math.max(1, size));
    const given = options.has('L') ? batch.flatMap(splitQuoted) : batch;
    const argv =
      placeholder === undefined
        ? [...command, ...given]
        : command.map((word) => word.replaceAll(placeholder, batch[0] ?? ''));
    if (options.has('t')) await proc.stderr.write(`${argv.join(' ')}\n`);
    const code = await proc.spawn(argv, { stdin: emptyIn });
    if (code === 127) return 127;
    if (code === 255) throw new ProgramError(`${argv[0] ?? ''}: exited with status 255; aborting`, 124);
    if (code !== 0) exitCode = 123;
  }
  return exitCode;
}

function splitQuoted(text: string): string[] {
  return [...text.matchAll(/(?:"[^"\n]*"|'[^'\n]*'|\\[^]|[^\s"'\\])+/g)].map(([item]) =>
    item.replace(/"([^"]*)"|'([^']*)'|\\([^])/g, (_, a?: string, b?: string, c?: string) => a ?? b ?? c ?? ''),
  );
}

export async function env(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'i0',
    values: 'u',
    long: { 'ignore-environment': 'i', unset: 'u' },
    stopAtOperand: true,
  });
  const changes: Record<string, string | undefined> = {};
  if (options.has('i')) for (const name of Object.keys(proc.env)) changes[name] = undefined;
  for (const name of options.all('u')) changes[name] = undefined;
  const operands = [...options.operands];
  while (operands[0]?.includes('=') === true) {
    const [name = '', ...value] = (operands.shift() ?? '').split('=');
    changes[name] = value.join('=');
  }
  if (operands.length > 0) return proc.spawn(operands, { env: changes });
  for (const [name, value] of Object.entries({ ...proc.env, ...changes }))
    if (value !== undefined) await proc.stdout.write(`${name}=${value}\n`);
  return 0;
}

export async function timeout(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    values: 'sk',
    flags: 'fpv',
    long: { signal: 's', 'kill-after': 'k', foreground: 'f', 'preserve-status': 'p', verbose: 'v' },
    stopAtOperand: true,
    exitCode: 125,
  });
  const [limit, ...command] = options.operands;
  if (limit === undefined || command.length === 0) throw new ProgramError('missing operand', 125);
  const limitMs = durationMs(limit);
  if (limitMs === undefined) throw new ProgramError(`invalid time interval ‘${limit}’`, 125);
  const stop = new AbortController();
  const ended = new AbortController();
  const clock = async () => {
    await proc.host.sleep(limitMs, AbortSignal.any([proc.signal, ended.signal]));
    stop.abort();
  };
  // A clock that is stopped has nothing to say.
  if (limitMs > 0) clock().catch(() => undefined);
  try {
    const exitCode = await proc.spawn(command, { signal: stop.signal });
    return stop.signal.aborted ? 124 : exitCode;
  } catch (error) {
    if (stop.signal.aborted && !proc.signal.aborted) return 124;
    throw error;
  } finally {
    ended.abort();
  }
}

export async function printenv(proc: Proc): Promise<number> {
  if (proc.args.length === 0) return env(proc);
  let exitCode = 0;
  for (const name of proc.args) {
    const value = proc.env[name];
    if (value === undefined) exitCode = 1;
    else await proc.stdout.write(`${value}\n`);
  }
  return exitCode;
}

export async function which(proc: Proc): Promise<number> {
  let exitCode = 0;
  for (const name of proc.args.filter((arg) => arg !== '-a'))
    if ((await proc.spawn(['type', '-t', name], { stdout: onlyFiles(proc, name) })) !== 0) exitCode = 1;
  return exitCode;
}

/** Programs and those builtins that are also files on every system. */
function onlyFiles(proc: Proc, name: string) {
  const both = /^(?:echo|printf|test|\[|true|false|pwd|kill|env)$/;
  return {
    isTTY: false,
    write: (kind: string) => {
      if (kind === 'file\n' || both.test(name)) return proc.stdout.write(`/usr/bin/${name}\n`);
      return undefined;
    },
  };
}

const say =
  (text: string): Program =>
  async (proc) => {
    await proc.stdout.write(`${text}\n`);
  };

export const whoami = say('user');
export const hostname = say('bayplan');
export const nproc = say('4');
export const uname: Program = async (proc) => {
  await proc.stdout.write(
    proc.args.some((arg) => arg.includes('a'))
      ? 'Linux bayplan 6.1.0 #1 SMP x86_64 GNU/Linux\n'
      : proc.args.includes('-r')
        ? '6.1.0\n'
        : proc.args.includes('-m')
          ? 'x86_64\n'
          : 'Linux\n',
  );
};

export async function clear(proc: Proc): Promise<void> {
  await proc.stdout.write('\x1b[H\x1b[2J\x1b[3J');
}

/** nano, vi and their like open the page's editor. */
export async function edit(proc: Proc): Promise<number> {
  const name = proc.args.find((arg) => !arg.startsWith('-') && !arg.startsWith('+'));
  if (name === undefined)
    throw new ProgramError('which file? (a full-screen editor is not simulated; the page has its own)');
  const path = proc.fs.resolve(proc.cwd, name);
  const text = await proc.host.edit(name, proc.fs.exists(path) ? proc.fs.read(path) : '');
  if (text === null) {
    await proc.stderr.write(`${proc.name}: ${name} was not saved\n`);
    return 1;
  }
  proc.fs.write(path, text);
  return 0;
}
