// break, continue, return, exit, eval, source, trap, cd, bash and sh.
// Left out: traps for signals other than EXIT, ERR and INT; INT only runs when Ctrl-C ends a line.

import { FileError } from '../file-system.ts';
import { stderrOf, stdinOf, stdoutOf } from '../frame.ts';
import { Jump, ShellError } from '../state.ts';
import { readAll } from '../streams.ts';
import type { Builtin } from '../builtins.ts';
import type { Frame } from '../frame.ts';

export const controlBuiltins: Readonly<Record<string, Builtin>> = {
  break: (args, frame) => leaveLoop('break', args, frame),
  continue: (args, frame) => leaveLoop('continue', args, frame),

  return(args, frame) {
    if (frame.state.functionDepth === 0 && frame.state.scriptName === 'bash' && frame.state.loopDepth === 0)
      throw new ShellError("can only `return' from a function or sourced script");
    throw new Jump('return', numeric(args[0], frame.state.status) & 255);
  },

  exit(args, frame) {
    const code = args[0];
    if (code !== undefined && !/^-?\d+$/.test(code)) throw new Jump('exit', 2);
    throw new Jump('exit', numeric(code, frame.state.status) & 255);
  },

  eval: (args, frame) => frame.shell.evaluate(args.join(' '), frame),
  source: runHere,
  '.': runHere,
  bash: runShell,
  sh: runShell,

  async cd(args, frame) {
    const { state, shell } = frame;
    const operands = args.filter((arg) => arg !== '--' && arg !== '-P' && arg !== '-L');
    if (operands.length > 1) throw new ShellError('too many arguments');
    const back = operands[0] === '-';
    const target = back ? state.get('OLDPWD') : (operands[0] ?? state.get('HOME'));
    if (target === undefined) throw new ShellError(back ? 'OLDPWD not set' : 'HOME not set');
    const path = target === '' ? state.cwd : shell.fs.resolve(state.cwd, target);
    const node = shell.fs.find(path);
    if (!node) throw new ShellError(`${target}: No such file or directory`);
    if (node.kind !== 'directory') throw new ShellError(`${target}: Not a directory`);
    state.set('OLDPWD', state.cwd);
    state.cwd = path;
    state.set('PWD', path);
    if (back) await stdoutOf(frame).write(`${path}\n`);
  },

  async trap(args, frame) {
    const { traps } = frame.state;
    const [action, ...signals] = args[0] === '--' ? args.slice(1) : args;
    if (action === undefined || action === '-p') {
      for (const [signal, command] of traps)
        await stdoutOf(frame).write(`trap -- '${command.replaceAll("'", "'\\''")}' ${longName(signal)}\n`);
      return 0;
    }
    let exitCode = 0;
    for (const given of signals.length > 0 ? signals : [action]) {
      const signal = given === '0' ? 'EXIT' : given === '2' ? 'INT' : given.toUpperCase().replace(/^SIG/, '');
      if (!/^(?:EXIT|ERR|INT|TERM|HUP|QUIT)$/.test(signal)) {
        await stderrOf(frame).write(`bash: trap: ${given}: this signal is not simulated\n`);
        exitCode = 1;
      } else if (action === '-' || signals.length === 0) traps.delete(signal);
      else traps.set(signal, action);
    }
    return exitCode;
  },
};

function longName(signal: string): string {
  return signal === 'EXIT' || signal === 'ERR' ? signal : `SIG${signal}`;
}

function leaveLoop(kind: 'break' | 'continue', args: readonly string[], frame: Frame): number {
  if (frame.state.loopDepth === 0) return 0;
  const count = numeric(args[0], 1);
  if (count < 1) throw new ShellError(`${args[0] ?? ''}: loop count out of range`);
  throw new Jump(kind, count);
}

function numeric(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^-?\d+$/.test(text)) throw new ShellError(`${text}: numeric argument required`, 2);
  return Number(text);
}

function readScript(name: string, frame: Frame): string {
  try {
    return frame.shell.fs.read(frame.shell.fs.resolve(frame.state.cwd, name));
  } catch (error) {
    if (error instanceof FileError) throw new ShellError(`${name}: ${error.message}`, 127);
    throw error;
  }
}

async function runHere(args: readonly string[], frame: Frame): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) throw new ShellError('filename argument required', 2);
  const { positional, functionDepth } = frame.state;
  let source: string;
  try {
    source = readScript(name, frame);
  } catch (error) {
    if (error instanceof ShellError) throw new ShellError(error.message, 1);
    throw error;
  }
  if (rest.length > 0) frame.state.positional = rest;
  frame.state.functionDepth++;
  try {
    return await frame.shell.evaluate(source, frame);
  } catch (error) {
    if (error instanceof Jump && error.kind === 'return') return error.count;
    throw error;
  } finally {
    frame.state.functionDepth = functionDepth;
    if (rest.length > 0) frame.state.positional = positional;
  }
}

/** `bash file args`, `bash -c source name args`, `bash` with the script on its input. */
async function runShell(args: readonly string[], frame: Frame): Promise<number> {
  let options = '';
  let rest = [...args];
  while (/^[-+][a-z]+$/.test(rest[0] ?? '') && rest[0] !== '-c') {
    const flag = rest.shift() ?? '';
    if (flag === '-o') options += `set -o ${rest.shift() ?? ''}\n`;
    else if (flag.startsWith('-') && flag.endsWith('c') && flag.length > 2) {
      options += `set ${flag.slice(0, -1)}\n`;
      rest = ['-c', ...rest];
    } else if (/^-[il]+$/.test(flag)) throw new ShellError(`option '${flag}' is not simulated here`, 2);
    else options += `set ${flag}\n`;
  }
  if (rest[0] === '-c') {
    const [, source = '', name = 'bash', ...positional] = rest;
    return frame.shell.runScript(options + source, name, positional, frame);
  }
  const [file, ...positional] = rest;
  if (file !== undefined && file !== '-')
    return frame.shell.runScript(options + readScript(file, frame), file, positional, frame);
  if (stdinOf(frame).isTTY) throw new ShellError('an interactive shell inside this one is not simulated', 2);
  return frame.shell.runScript(options + (await readAll(stdinOf(frame))), 'bash', positional, frame);
}
