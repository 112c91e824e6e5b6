// What a name means: alias, unalias, type, command, builtin, hash, history, help, umask.

import { byteOrder } from '../file-system.ts';
import { stderrOf, stdoutOf } from '../frame.ts';
import { ShellError } from '../state.ts';
import type { Builtin } from '../builtins.ts';
import type { Frame } from '../frame.ts';

const KEYWORDS = 'if then else elif fi case esac for while until do done in function time [[ ]] { } !'.split(' ');

export const lookupBuiltins: Readonly<Record<string, Builtin>> = {
  async alias(args, frame) {
    const { aliases } = frame.state;
    const names = args.filter((arg) => arg !== '-p');
    let exitCode = 0;
    const print = (name: string, text: string) =>
      stdoutOf(frame).write(`alias ${name}='${text.replaceAll("'", "'\\''")}'\n`);
    if (names.length === 0)
      for (const name of [...aliases.keys()].sort(byteOrder)) await print(name, aliases.get(name) ?? '');
    for (const arg of names) {
      const at = arg.indexOf('=');
      const text = aliases.get(arg);
      if (at > 0) aliases.set(arg.slice(0, at), arg.slice(at + 1));
      else if (text !== undefined) await print(arg, text);
      else {
        await stderrOf(frame).write(`bash: alias: ${arg}: not found\n`);
        exitCode = 1;
      }
    }
    return exitCode;
  },

  unalias(args, frame) {
    for (const name of args) {
      if (name === '-a') frame.state.aliases.clear();
      else if (!frame.state.aliases.delete(name)) throw new ShellError(`${name}: not found`);
    }
  },

  async type(args, frame) {
    const short = args[0] === '-t';
    let exitCode = 0;
    for (const name of short ? args.slice(1) : args) {
      const kind = kindOf(name, frame);
      if (kind === undefined) {
        exitCode = 1;
        if (!short) await stderrOf(frame).write(`bash: type: ${name}: not found\n`);
      } else await stdoutOf(frame).write(`${short ? kind : `${name} is ${describe(name, kind, frame)}`}\n`);
    }
    return exitCode;
  },

  async command(args, frame) {
    const [flag, ...names] = args;
    if (flag !== '-v' && flag !== '-V') {
      const argv = flag === '--' || flag === '-p' ? names : args;
      return argv.length > 0 ? frame.shell.invoke(argv, frame, 'no functions') : 0;
    }
    let exitCode = 0;
    for (const name of names) {
      const kind = kindOf(name, frame);
      if (kind === undefined) {
        exitCode = 1;
        if (flag === '-V') await stderrOf(frame).write(`bash: command: ${name}: not found\n`);
      } else if (flag === '-V') await stdoutOf(frame).write(`${name} is ${describe(name, kind, frame)}\n`);
      else if (kind === 'alias')
        await stdoutOf(frame).write(`alias ${name}='${frame.state.aliases.get(name) ?? ''}'\n`);
      else await stdoutOf(frame).write(`${kind === 'file' ? pathOf(name) : name}\n`);
    }
    return exitCode;
  },

  builtin(args, frame) {
    const [name = ''] = args;
    if (!frame.shell.isBuiltin(name)) throw new ShellError(`${name}: not a shell builtin`);
    return frame.shell.invoke(args, frame, 'no functions');
  },

  /** Where programs lie never changes here. */
  hash: () => 0,
  umask: (_args, frame) => stdoutOf(frame).write('0022\n'),
  shopt: (args) => {
    const name = args.find((arg) => !arg.startsWith('-'));
    if (name !== undefined && !/^(?:extglob|expand_aliases|checkwinsize|histappend|cmdhist)$/.test(name))
      throw new ShellError(`${name}: this option is not simulated`);
  },

  async history(args, frame) {
    const { history } = frame.shell;
    if (args[0] === '-c') {
      history.length = 0;
      return;
    }
    if (args[0]?.startsWith('-') === true) throw new ShellError(`option '${args[0]}' is not simulated here`, 2);
    const from = args[0] === undefined ? 0 : Math.max(0, history.length - Number(args[0]));
    for (const [i, line] of history.entries())
      if (i >= from) await stdoutOf(frame).write(`${String(i + 1).padStart(5)}  ${line}\n`);
  },

  async help(_args, frame) {
    const columns = (names: readonly string[]) => wrap([...names].sort(byteOrder), frame.shell.columns);
    await stdoutOf(frame).write(
      'A simulated bash 5.2: pipes, redirections, variables, loops, functions, globs, jobs, $(…), (( )) and [[ ]] work as usual.\n' +
        'Keys: Tab completes, Ctrl-R searches the history, Ctrl-C stops a command, Ctrl-D ends its input, Ctrl-L clears.\n\n' +
        `Programs:\n${columns(frame.shell.programNames())}\nBuilt in:\n${columns(frame.shell.builtinNames())}`,
    );
  },
};

function wrap(words: readonly string[], width: number): string {
  let out = '';
  let line = ' ';
  for (const word of words) {
    if (line.length + word.length + 1 > width) {
      out += `${line}\n`;
      line = ' ';
    }
    line += ` ${word}`;
  }
  return `${out}${line}\n`;
}

type Kind = 'alias' | 'keyword' | 'function' | 'builtin' | 'file';

function kindOf(name: string, frame: Frame): Kind | undefined {
  const { state, shell } = frame;
  if (state.interactive && state.aliases.has(name)) return 'alias';
  if (KEYWORDS.includes(name)) return 'keyword';
  if (state.functions.has(name)) return 'function';
  // These two are programs to everybody but this shell.
  if (name === 'bash' || name === 'sh') return 'file';
  if (shell.isBuiltin(name)) return 'builtin';
  if (shell.programNames().includes(name)) return 'file';
  const node = name.includes('/') ? shell.fs.find(shell.fs.resolve(state.cwd, name)) : undefined;
  return node?.kind === 'file' && node.executable ? 'file' : undefined;
}

function describe(name: string, kind: Kind, frame: Frame): string {
  switch (kind) {
    case 'alias':
      return `aliased to \`${frame.state.aliases.get(name) ?? ''}'`;
    case 'keyword':
      return 'a shell keyword';
    case 'function':
      return 'a function';
    case 'builtin':
      return 'a shell builtin';
    case 'file':
      return pathOf(name);
  }
}

function pathOf(name: string): string {
  return name.includes('/') ? name : `/usr/bin/${name}`;
}
