// Command-line flags as spf13/pflag reads them: flags and arguments may be mixed, `--` ends the flags, short flags may
// be joined. Which flags a command has, and which of them do something here, is one line of text in `commands.ts`.

import { KubectlError, notSimulated } from './errors.ts';

type FlagType = 'bool' | 'string' | 'list' | 'int' | 'duration';

export interface Flag {
  readonly name: string;
  readonly short: string;
  readonly type: FlagType;
  readonly initial: string;
  /** The value of the flag without one: `--dry-run` is `--dry-run=unchanged`. */
  readonly bare?: string;
  /** False: real kubectl has it, this one refuses it. */
  readonly simulated: boolean;
}

const bareValues: Readonly<Record<string, string>> = {
  'dry-run': 'unchanged',
  cascade: 'background',
  validate: 'strict',
};

/** `!o/output=''`: not simulated, short name, name, default; the default tells the type. */
export function parseFlagLine(line: string): Flag[] {
  return line
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const [, bang = '', short = '', name = '', initial = ''] = /^(!?)(?:(.)\/)?([\w-]+)(?:=(.*))?$/.exec(word) ?? [];
      const type = typeOf(initial);
      const flag = {
        name,
        short,
        type,
        initial: type === 'string' ? initial.replaceAll("'", '') : initial,
        simulated: bang === '',
      };
      const bare = type === 'bool' ? 'true' : bareValues[name];
      return bare === undefined ? flag : { ...flag, bare };
    });
}

function typeOf(initial: string): FlagType {
  if (initial === 'true' || initial === 'false') return 'bool';
  if (initial === '[]') return 'list';
  if (/^-?\d+$/.test(initial)) return 'int';
  return /^\d.*s$/.test(initial) ? 'duration' : 'string';
}

/** Lists whose values are not cut at commas (pflag's StringArray). */
const whole = new Set([
  ...['from-literal', 'rule', 'annotation', 'annotations', 'env'],
  ...['as-group', 'audience', 'group', 'resource-name', 'serviceaccount', 'user'],
]);

/** The values after parsing. Reading an undeclared flag is a mistake of this program. */
class Flags {
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #values = new Map<string, string[]>();

  constructor(flags: ReadonlyMap<string, Flag>) {
    this.#flags = flags;
  }

  add(name: string, value: string): void {
    if (this.#flags.get(name)?.type !== 'list') this.#values.set(name, [value]);
    else this.#values.set(name, [...this.list(name), ...(whole.has(name) ? [value] : value.split(','))]);
  }

  has(name: string): boolean {
    return this.#flags.has(name);
  }
  changed(name: string): boolean {
    return this.#values.has(name);
  }
  text(name: string): string {
    return this.#values.get(name)?.at(-1) ?? this.#flags.get(name)?.initial ?? '';
  }
  bool(name: string): boolean {
    return this.text(name) === 'true';
  }
  int(name: string): number {
    return Number(this.text(name));
  }
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
  durationMs(name: string): number {
    return parseDuration(this.text(name)) ?? 0;
  }
}

export interface Parsed {
  readonly flags: Flags;
  readonly args: string[];
  /** Number of arguments before `--`, or -1 without it. */
  readonly dash: number;
  readonly help: boolean;
}

export function parseFlags(argv: readonly string[], declared: readonly Flag[], path: string): Parsed {
  const byName = new Map(declared.map((flag) => [flag.name, flag]));
  const byShort = new Map(declared.filter(({ short }) => short !== '').map((flag) => [flag.short, flag]));
  const flags = new Flags(byName);
  const args: string[] = [];
  let dash = -1;
  let help = false;
  const fail = (message: string): never => {
    // Its exit code 1 says that there are differences.
    if (path === 'diff') throw new KubectlError(`${message}\nSee 'kubectl diff -h' for help and examples`, 2);
    throw new KubectlError(`${message}\nSee 'kubectl${path && ` ${path}`} --help' for usage.`);
  };
  const set = (flag: Flag, value: string): void => {
    const shown = flag.short ? `-${flag.short}, --${flag.name}` : `--${flag.name}`;
    const wrong = invalid(flag.type, value);
    if (wrong) fail(`invalid argument ${JSON.stringify(value)} for "${shown}" flag: ${wrong}`);
    if (!flag.simulated) throw notSimulated(`the flag --${flag.name}`);
    flags.add(flag.name, flag.type === 'bool' ? String(/^(1|t|true)$/i.test(value)) : value);
  };

  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      dash = args.length;
      args.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
      if (name === 'help') {
        help = true;
        continue;
      }
      if (name === '' || name.startsWith('-') || name.startsWith('=')) fail(`bad flag syntax: ${word}`);
      const flag = byName.get(name);
      if (!flag) fail(`unknown flag: --${name}`);
      else if (equals >= 0) set(flag, word.slice(equals + 1));
      else if (flag.bare !== undefined) set(flag, flag.bare);
      else if (at + 1 < argv.length) set(flag, argv[++at] ?? '');
      else fail(`flag needs an argument: --${name}`);
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const short = word[letter] ?? '';
      const rest = word.slice(letter + 1);
      if (short === 'h' && !byShort.has('h')) {
        help = true;
        continue;
      }
      const flag = byShort.get(short);
      if (!flag) fail(`unknown shorthand flag: ${goRune(short)} in -${word.slice(letter)}`);
      else if (rest.startsWith('=')) {
        set(flag, rest.slice(1));
        break;
      } else if (flag.bare !== undefined) set(flag, flag.bare);
      else if (rest !== '') {
        set(flag, rest);
        break;
      } else if (at + 1 < argv.length) set(flag, argv[++at] ?? '');
      else fail(`flag needs an argument: ${goRune(short)} in -${word.slice(letter)}`);
    }
  }
  return { flags, args, dash, help };
}

const goRune = (letter: string): string => `'${letter}'`;

function invalid(type: FlagType, value: string): string | undefined {
  const quoted = JSON.stringify(value);
  switch (type) {
    case 'bool':
      return /^(1|0|t|f|true|false|T|F|TRUE|FALSE|True|False)$/.test(value)
        ? undefined
        : `strconv.ParseBool: parsing ${quoted}: invalid syntax`;
    case 'int':
      return /^[-+]?\d+$/.test(value) ? undefined : `strconv.ParseInt: parsing ${quoted}: invalid syntax`;
    case 'duration':
      if (parseDuration(value) !== undefined) return undefined;
      return /^[-+]?[\d.]+$/.test(value)
        ? `time: missing unit in duration ${quoted}`
        : `time: invalid duration ${quoted}`;
    default:
      return undefined;
  }
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's time.ParseDuration, in milliseconds. */
function parseDuration(text: string): number | undefined {
  const match = /^([-+]?)((?:\d+\.?\d*(?:ns|us|µs|ms|s|m|h))+|0)$/.exec(text);
  if (!match) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*)(ns|us|µs|ms|s|m|h)/g))
    ms += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return match[1] === '-' ? -ms : ms;
}
