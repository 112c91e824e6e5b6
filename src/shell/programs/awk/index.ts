// awk, the language of POSIX as mawk 1.3.4 has it. Left out: getline, changes to ARGV while it runs, what only gawk
// has (gensub, asort, arrays of arrays). `print | "command"` hands the text over when awk ends or closes the command.

import { FileError } from '../../file-system.ts';
import { ProgramError } from '../../program.ts';
import { breathe, textIn } from '../../streams.ts';
import { parseOptions } from '../options.ts';
import { unescapeString } from './lexer.ts';
import { parseProgram } from './parse.ts';
import { RecordReader } from './record.ts';
import { Machine } from './run.ts';
import { fromInput, toText } from './value.ts';
import type { In, Proc } from '../../program.ts';

export async function awk(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { values: 'Fvf', stopAtOperand: true, exitCode: 2 });
  const operands = [...options.operands];
  const files = options.all('f').map((name) => proc.fs.read(proc.fs.resolve(proc.cwd, name)));
  const source = files.length > 0 ? files.join('\n') : operands.shift();
  if (source === undefined)
    throw new ProgramError("usage: awk [-F value] [-v var=value] [--] 'program text' [file ...]", 2);
  const machine = new Machine(parseProgram(source), proc, operands);
  const separator = options.value('F');
  if (separator !== undefined) machine.setVariable('FS', separator === 't' ? '\t' : unescapeString(separator));
  for (const assignment of options.all('v'))
    if (!assign(assignment, machine)) throw new ProgramError(`improper assignment: -v ${assignment}`, 2);
  try {
    await machine.runBlocks('BEGIN');
    if (!machine.exiting && machine.readsInput) await readAll(operands, machine);
    await machine.runBlocks('END');
  } finally {
    await machine.output.closeAll();
  }
  return machine.exitCode;
}

function assign(text: string, machine: Machine): boolean {
  const match = /^([A-Za-z_]\w*)=([^]*)$/.exec(text);
  if (!match) return false;
  machine.setVariable(match[1] ?? '', fromInput(unescapeString(match[2] ?? '')));
  return true;
}

/** Operands are files, `-`, or assignments that happen when their turn comes. */
async function readAll(operands: readonly string[], machine: Machine): Promise<void> {
  const { proc } = machine;
  let read = false;
  for (const name of operands) {
    if (name === '' || assign(name, machine)) continue;
    read = true;
    machine.setVariable('FILENAME', name === '-' ? '' : name);
    machine.setVariable('FNR', 0);
    if ((await readOne(name === '-' ? proc.stdin : open(name, proc), machine)) === 'exit') return;
  }
  if (!read) await readOne(proc.stdin, machine);
}

function open(name: string, proc: Proc): In {
  if (name === '/dev/stdin') return proc.stdin;
  try {
    return textIn(proc.fs.read(proc.fs.resolve(proc.cwd, name)));
  } catch (error) {
    if (error instanceof FileError) throw new ProgramError(`cannot open ${name} (${error.message})`, 2);
    throw error;
  }
}

async function readOne(input: In, machine: Machine): Promise<'end' | 'exit'> {
  const reader = new RecordReader(input);
  for (;;) {
    await breathe(machine.proc.signal);
    const record = await reader.next(toText(machine.variable('RS')));
    if (record === null) return 'end';
    const left = await machine.runRecord(record);
    if (left === 'exit') return 'exit';
    if (left === 'nextfile') return 'end';
  }
}
