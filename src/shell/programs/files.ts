// mkdir, rmdir, rm, mv, cp, touch, chmod, basename, dirname, realpath.
// Left out: owners, links, times given by hand; of permissions only "executable" is kept.

import { FileError } from '../file-system.ts';
import { ProgramError } from '../program.ts';
import { parseOptions } from './options.ts';
import type { Proc } from '../program.ts';

/** Does one thing to each operand and goes on after a refusal. */
async function each(
  proc: Proc,
  operands: readonly string[],
  act: (path: string, name: string) => void,
  describe: (name: string, reason: string) => string,
): Promise<number> {
  if (operands.length === 0) throw new ProgramError('missing operand');
  let exitCode = 0;
  for (const name of operands) {
    try {
      act(proc.fs.resolve(proc.cwd, name), name);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await proc.stderr.write(`${proc.name}: ${describe(name, error.message)}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

export async function mkdir(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { flags: 'pv', long: { parents: 'p' } });
  return each(
    proc,
    options.operands,
    (path) => {
      if (options.has('p')) proc.fs.makeDirectories(path);
      else proc.fs.makeDirectory(path);
    },
    (name, reason) => `cannot create directory ‘${name}’: ${reason}`,
  );
}

export async function rmdir(proc: Proc): Promise<number> {
  return each(
    proc,
    parseOptions(proc, {}).operands,
    (path) => {
      if (proc.fs.list(path).length > 0) throw new FileError('Directory not empty');
      proc.fs.remove(path);
    },
    (name, reason) => `failed to remove '${name}': ${reason}`,
  );
}

export async function rm(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { flags: 'rRfvid', long: { recursive: 'r', force: 'f' } });
  const recursive = options.has('r') || options.has('R');
  if (options.has('i')) throw new ProgramError("option '-i' is not simulated here");
  if (options.operands.length === 0 && options.has('f')) return 0;
  return each(
    proc,
    options.operands,
    (path) => {
      if (path === '/') throw new FileError("it is dangerous to operate recursively on '/'");
      if (options.has('f') && !proc.fs.exists(path)) return;
      if (proc.fs.isDirectory(path) && !recursive) throw new FileError('Is a directory');
      proc.fs.remove(path);
    },
    (name, reason) => `cannot remove '${name}': ${reason}`,
  );
}

/** The paths and where each goes: into the last operand when that is a directory. */
function targets(proc: Proc, operands: readonly string[]): { from: string; to: string; name: string }[] {
  const last = operands.at(-1);
  if (last === undefined) throw new ProgramError('missing file operand');
  if (operands.length < 2) throw new ProgramError(`missing destination file operand after '${last}'`);
  const directory = proc.fs.resolve(proc.cwd, last);
  const into = proc.fs.isDirectory(directory);
  if (!into && operands.length > 2)
    throw new ProgramError(
      `target '${last}': ${proc.fs.exists(directory) ? 'Not a directory' : 'No such file or directory'}`,
    );
  return operands.slice(0, -1).map((name) => {
    const from = proc.fs.resolve(proc.cwd, name);
    return { name, from, to: into ? proc.fs.resolve(directory, from.slice(from.lastIndexOf('/') + 1)) : directory };
  });
}

export async function mv(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { flags: 'fnv', long: { force: 'f', 'no-clobber': 'n' } });
  let exitCode = 0;
  for (const { name, from, to } of targets(proc, options.operands)) {
    if (options.has('n') && proc.fs.exists(to)) continue;
    try {
      if (from === to) throw new ProgramError(`'${name}' and '${options.operands.at(-1) ?? ''}' are the same file`);
      proc.fs.move(from, to);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const what = proc.fs.exists(from) ? `cannot move '${name}'` : `cannot stat '${name}'`;
      await proc.stderr.write(`mv: ${what}: ${error.message}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

export async function cp(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { flags: 'rRafnvp', long: { recursive: 'r', archive: 'a', force: 'f' } });
  const recursive = options.has('r') || options.has('R') || options.has('a');
  const copy = (from: string, to: string): void => {
    const node = proc.fs.find(from);
    if (!node) throw new FileError('No such file or directory');
    if (node.kind === 'directory') {
      if (to.startsWith(`${from}/`)) throw new FileError('cannot copy a directory into itself');
      proc.fs.makeDirectories(to);
      for (const entry of proc.fs.list(from)) copy(`${from}/${entry}`, `${to}/${entry}`);
      return;
    }
    proc.fs.copy(from, to);
  };
  let exitCode = 0;
  for (const { name, from, to } of targets(proc, options.operands)) {
    let complaint: string | undefined;
    if (options.has('n') && proc.fs.exists(to)) continue;
    if (proc.fs.isDirectory(from) && !recursive) complaint = `-r not specified; omitting directory '${name}'`;
    else if (from === to) complaint = `'${name}' and '${options.operands.at(-1) ?? ''}' are the same file`;
    else
      try {
        copy(from, to);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        complaint = proc.fs.exists(from)
          ? `cannot create regular file '${options.operands.at(-1) ?? ''}': ${error.message}`
          : `cannot stat '${name}': ${error.message}`;
      }
    if (complaint === undefined) continue;
    await proc.stderr.write(`cp: ${complaint}\n`);
    exitCode = 1;
  }
  return exitCode;
}

export async function touch(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { flags: 'c', long: { 'no-create': 'c' } });
  return each(
    proc,
    options.operands,
    (path) => {
      if (proc.fs.exists(path)) proc.fs.touch(path);
      else if (!options.has('c')) proc.fs.write(path, '');
    },
    (name, reason) => `cannot touch '${name}': ${reason}`,
  );
}

export async function chmod(proc: Proc): Promise<number> {
  const [mode, ...names] = proc.args.filter((arg) => arg !== '-R' && arg !== '-v');
  if (mode === undefined) throw new ProgramError('missing operand');
  const change = modeChange(mode);
  if (!change) throw new ProgramError(`invalid mode: ‘${mode}’`);
  return each(
    proc,
    names,
    (path) => {
      proc.fs.chmod(path, change);
    },
    (name, reason) => `cannot access '${name}': ${reason}`,
  );
}

const WHO: Readonly<Record<string, number>> = { u: 0o700, g: 0o070, o: 0o007 };
const BITS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

/** What a mode such as `755` or `u+x,go-w` makes of another; undefined for one that chmod would refuse. */
function modeChange(text: string): ((mode: number) => number) | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return () => parseInt(text, 8);
  const changes: ((mode: number) => number)[] = [];
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause);
    if (!match) return undefined;
    const [, who = '', actions = ''] = match;
    // Without `who` the umask (022) spares the write bits of group and others.
    const all = who === '' || who.includes('a') ? 0o777 : [...who].reduce((sum, one) => sum | (WHO[one] ?? 0), 0);
    for (const [, operator, letters = ''] of actions.matchAll(/([-+=])([rwxXst]*)/g))
      changes.push((mode) => {
        let bits = 0;
        for (const letter of letters)
          if (letter !== 'X') bits |= BITS[letter] ?? 0;
          else if ((mode & 0o111) !== 0) bits |= 0o111;
        bits = (bits & all) | (bits & (who === 'o' ? 0o1000 : 0o7000));
        if (who === '') bits &= ~0o022;
        if (operator === '-') return mode & ~bits;
        return operator === '+' ? mode | bits : (mode & ~all) | bits;
      });
  }
  return (mode) => changes.reduce((value, change) => change(value), mode);
}

export async function basename(proc: Proc): Promise<void> {
  const [path, suffix = ''] = proc.args;
  if (path === undefined) throw new ProgramError('missing operand');
  const name = path.replace(/\/+$/, '').replace(/^.*\//, '') || (path === '' ? '' : '/');
  await proc.stdout.write(
    `${suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`,
  );
}

export async function dirname(proc: Proc): Promise<void> {
  if (proc.args.length === 0) throw new ProgramError('missing operand');
  for (const path of proc.args) {
    const trimmed = path.replace(/\/+$/, '');
    const at = trimmed.lastIndexOf('/');
    await proc.stdout.write(
      `${at < 0 ? (trimmed === '' && path !== '' ? '/' : '.') : trimmed.slice(0, at).replace(/\/+$/, '') || '/'}\n`,
    );
  }
}

export async function realpath(proc: Proc): Promise<void> {
  for (const name of parseOptions(proc, { flags: 'f' }).operands) {
    const path = proc.fs.resolve(proc.cwd, name);
    await proc.stdout.write(`${proc.fs.realpath?.(path) ?? path}\n`);
  }
}
