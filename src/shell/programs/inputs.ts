// Where a filter reads: its operands, or its standard input.

import { FileError } from '../file-system.ts';
import { readAll, textIn } from '../streams.ts';
import type { In, Proc } from '../program.ts';

export interface Input {
  /** As the operand names it. */
  readonly name: string;
  readonly in: In;
}

/** Opens the operands in turn (`-` is the standard input); one that cannot be read is told and left out. */
export async function openInputs(
  proc: Proc,
  operands: readonly string[],
  quiet = false,
): Promise<{ readonly inputs: readonly Input[]; readonly failed: boolean }> {
  if (operands.length === 0) return { inputs: [{ name: '-', in: proc.stdin }], failed: false };
  const inputs: Input[] = [];
  let failed = false;
  for (const name of operands) {
    if (name === '-' || name === '/dev/stdin') {
      inputs.push({ name, in: proc.stdin });
      continue;
    }
    try {
      inputs.push({ name, in: textIn(proc.fs.read(proc.fs.resolve(proc.cwd, name))) });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      failed = true;
      if (!quiet) await proc.stderr.write(`${proc.name}: ${describe(name, error.message, proc.name)}\n`);
    }
  }
  return { inputs, failed };
}

/** Each program has its own words for what it cannot open. */
function describe(name: string, reason: string, program: string): string {
  if (program === 'head' || program === 'tail')
    return reason === 'Is a directory'
      ? `error reading '${name}': ${reason}`
      : `cannot open '${name}' for reading: ${reason}`;
  if (program === 'sort') return `cannot read: ${name}: ${reason}`;
  if (program === 'sed')
    return reason === 'Is a directory' ? `couldn't edit ${name}: not a regular file` : `can't read ${name}: ${reason}`;
  return `${name}: ${reason}`;
}

/** All lines of all inputs, without newlines. */
export async function allLines(proc: Proc, operands: readonly string[]): Promise<{ lines: string[]; failed: boolean }> {
  const { inputs, failed } = await openInputs(proc, operands);
  const lines: string[] = [];
  for (const input of inputs) lines.push(...linesOf(await readAll(input.in)));
  return { lines, failed };
}

export function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
