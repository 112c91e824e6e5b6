// sed (GNU sed 4.9). Left out and refused by name: the commands e, F, l, R, v, w, W, z, the flags e, M and w of `s`,
// and the options -z, --posix, --debug. Expressions take the first alternative that fits, not the longest.

import { ProgramError } from '../../program.ts';
import { TextOut, textIn } from '../../streams.ts';
import { openInputs } from '../inputs.ts';
import { parseOptions } from '../options.ts';
import { LineReader } from './input.ts';
import { parseScript } from './parse.ts';
import { runScript } from './run.ts';
import type { Proc } from '../../program.ts';
import type { Input } from '../inputs.ts';
import type { Script } from './syntax.ts';

const USAGE = 'Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...';

export async function sed(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'nErsu',
    values: 'ef',
    optional: 'i',
    long: {
      quiet: 'n',
      silent: 'n',
      'regexp-extended': 'E',
      expression: 'e',
      file: 'f',
      'in-place': 'i',
      separate: 's',
      unbuffered: 'u',
    },
  });
  const operands = [...options.operands];
  const expressions = options
    .letters()
    .flatMap(({ letter, value }) =>
      letter === 'e'
        ? [value]
        : letter === 'f'
          ? [proc.fs.read(proc.fs.resolve(proc.cwd, value)).replace(/\n$/, '')]
          : [],
    );
  if (expressions.length === 0) {
    const script = operands.shift();
    if (script === undefined) {
      await proc.stderr.write(`${USAGE}\n`);
      return 1;
    }
    expressions.push(script);
  }
  const script = parseScript(expressions, options.has('E') || options.has('r') ? 'extended' : 'basic');
  const quiet = options.has('n');
  if (options.has('i')) return inPlace(proc, script, operands, options.value('i') ?? '', quiet);
  const { inputs, failed } = await openInputs(proc, operands);
  // With -s each file has lines of its own, and a last one.
  const groups = options.has('s') ? inputs.map((input) => [input]) : [inputs];
  for (const group of groups) {
    const { exitCode, quit } = await runScript(script, new LineReader(group), proc.stdout, quiet, proc);
    if (quit) return exitCode;
  }
  return failed ? 2 : 0;
}

async function inPlace(
  proc: Proc,
  script: Script,
  names: readonly string[],
  suffix: string,
  quiet: boolean,
): Promise<number> {
  if (names.length === 0) throw new ProgramError('no input files', 4);
  let failed = false;
  for (const name of names) {
    const path = proc.fs.resolve(proc.cwd, name);
    const node = proc.fs.find(path);
    if (node?.kind !== 'file') {
      const message = node
        ? `couldn't edit ${name}: not a regular file`
        : `can't read ${name}: No such file or directory`;
      await proc.stderr.write(`sed: ${message}\n`);
      if (node) return 4;
      failed = true;
      continue;
    }
    const out = new TextOut();
    const input: Input = { name, in: textIn(node.text) };
    const reader = new LineReader([input]);
    const { exitCode, quit } = await runScript(script, reader, out, quiet, proc);
    // What `q` did not read stays as it is.
    if (quit) for (let line = await reader.read(); line !== null; line = await reader.read()) out.write(line);
    if (suffix !== '')
      proc.fs.write(
        proc.fs.resolve(proc.cwd, suffix.includes('*') ? suffix.replaceAll('*', name) : name + suffix),
        node.text,
      );
    proc.fs.write(path, out.text);
    if (quit) return exitCode;
  }
  return failed ? 2 : 0;
}
