// jq's command line. Its options are its own: `--arg` takes two values, and the filter is the first operand.

import { ProgramError } from '../../program.ts';
import { JsonError, JsonReader } from './json.ts';
import type { Proc } from '../../program.ts';
import type { Json, Style } from './json.ts';

export interface JqOptions {
  readonly filter: string;
  readonly files: readonly string[];
  readonly style: Style;
  readonly raw: boolean;
  readonly join: boolean;
  readonly exitStatus: boolean;
  readonly nullInput: boolean;
  readonly slurp: boolean;
  readonly rawInput: boolean;
  readonly variables: ReadonlyMap<string, Json>;
}

const SHORT: Readonly<Record<string, string>> = {
  c: 'compact-output',
  r: 'raw-output',
  j: 'join-output',
  e: 'exit-status',
  n: 'null-input',
  s: 'slurp',
  R: 'raw-input',
  S: 'sort-keys',
  C: 'color-output',
  M: 'monochrome-output',
  a: 'ascii-output',
  f: 'from-file',
};
const PLAIN = new Set([...Object.values(SHORT), 'tab', 'unbuffered']);
const USAGE =
  "Usage:\tjq [OPTIONS] FILTER [FILES...]\n(see 'man jq' in any shell; here -c -r -j -e -n -s -R -S -C -M -a -f, --tab, --indent, --arg, --argjson, --args, --jsonargs, --slurpfile, --rawfile work)\n";

export async function readOptions(proc: Proc): Promise<JqOptions | undefined> {
  const set = new Set<string>();
  const operands: string[] = [];
  const variables = new Map<string, Json>();
  const positional: Json[] = [];
  let indent = 2;
  let rest = 'files' as 'files' | 'args' | 'jsonargs';
  const args = [...proc.args];
  const value = (name: string, what: string): string => {
    const text = args.shift();
    if (text === undefined)
      throw new ProgramError(
        `--${name} takes ${what} (e.g. --${name} ${name.endsWith('file') ? 'varname filename' : 'varname value'})\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://jqlang.github.io/jq`,
        2,
      );
    return text;
  };
  const read = (name: string) => proc.fs.read(proc.fs.resolve(proc.cwd, name));
  const long = (name: string, shown: string) => {
    if (PLAIN.has(name)) set.add(name);
    else if (name === 'indent') indent = Math.min(7, Number(value(name, 'one parameter')));
    else if (name === 'arg') variables.set(value(name, 'two parameters'), value(name, 'two parameters'));
    else if (name === 'argjson')
      variables.set(value(name, 'two parameters'), parsed(value(name, 'two parameters'), name));
    else if (name === 'slurpfile')
      variables.set(value(name, 'two parameters'), all(read(value(name, 'two parameters'))));
    else if (name === 'rawfile') variables.set(value(name, 'two parameters'), read(value(name, 'two parameters')));
    else if (name === 'args' || name === 'jsonargs') rest = name;
    else if (/^(?:seq|stream|stream-errors|run-tests|binary|build-configuration)$/.test(name))
      throw new ProgramError(`option '${shown}' is not simulated here`, 2);
    else
      throw new ProgramError(
        `Unknown arguments: ${shown}\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://jqlang.github.io/jq`,
        2,
      );
  };
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (arg === '-h' || arg === '--help') {
      await proc.stdout.write(USAGE);
      return undefined;
    }
    if (arg.startsWith('--') && arg.length > 2) long(arg.slice(2), arg);
    else if (/^-[a-zA-Z]/.test(arg)) for (const letter of arg.slice(1)) long(SHORT[letter] ?? letter, arg);
    else if (arg === '--') continue;
    else if (operands.length === 0 || rest === 'files') operands.push(arg);
    else positional.push(rest === 'args' ? arg : parsed(arg, 'jsonargs'));
  }
  const first = operands.shift() ?? '.';
  variables.set('__named', new Map(variables));
  variables.set(
    'ARGS',
    new Map<string, Json>([
      ['positional', positional],
      ['named', variables.get('__named') ?? null],
    ]),
  );
  variables.delete('__named');
  variables.set('ENV', new Map(Object.entries(proc.env)));
  return {
    filter: set.has('from-file') ? read(first) : first,
    files: operands,
    style: {
      indent: set.has('compact-output')
        ? undefined
        : set.has('tab')
          ? '\t'
          : indent === 0
            ? undefined
            : ' '.repeat(indent),
      sortKeys: set.has('sort-keys'),
      color: set.has('color-output') || (proc.stdout.isTTY && !set.has('monochrome-output')),
      ascii: set.has('ascii-output'),
    },
    raw: set.has('raw-output') || set.has('join-output'),
    join: set.has('join-output'),
    exitStatus: set.has('exit-status'),
    nullInput: set.has('null-input'),
    slurp: set.has('slurp'),
    rawInput: set.has('raw-input'),
    variables,
  };
}

function parsed(text: string, name: string): Json {
  try {
    const value = new JsonReader(text).next();
    if (value !== undefined) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw new ProgramError(
    `Invalid JSON text passed to --${name}\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://jqlang.github.io/jq`,
    2,
  );
}

function all(text: string): Json[] {
  const reader = new JsonReader(text);
  const out: Json[] = [];
  for (let value = reader.next(); value !== undefined; value = reader.next()) out.push(value);
  return out;
}
