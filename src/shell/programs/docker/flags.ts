// The command line as spf13/pflag and docker's own flag types (docker/cli 28.2, opts/) read it.

import { DockerError } from './errors.ts';
import { validators } from './flag-values.ts';

export interface Flag {
  readonly name: string;
  readonly short: string;
  /** pflag's word for its value; `bool` for none. */
  readonly type: string;
  readonly initial: string;
}

/** `n/last:int=-1`: short name, name, type, default. */
export function parseFlagLine(line: string): Flag[] {
  return line
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [, short = '', name = '', type = 'bool', initial = ''] =
        /^(?:(.)\/)?([\w-]+)(?::([\w-]+))?(?:=(.*))?$/.exec(word) ?? [];
      return { short, name, type, initial: initial === '[]' || initial === 'map[]' ? '' : initial };
    });
}

const lists = new Set(['list', 'strings', 'map', 'filter', 'mount', 'network', 'ulimit', 'port']);

/** The values after parsing. */
export class Flags {
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #values = new Map<string, string[]>();

  constructor(flags: ReadonlyMap<string, Flag>) {
    this.#flags = flags;
  }

  set(flag: Flag, value: string): void {
    const old = lists.has(flag.type) ? (this.#values.get(flag.name) ?? []) : [];
    this.#values.set(flag.name, [...old, ...(flag.type === 'strings' ? value.split(',') : [value])]);
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
    return Number(this.text(name) || '0');
  }
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
  /** Names of all flags that were given, in order. */
  get given(): readonly string[] {
    return [...this.#values.keys()];
  }
}

export interface Parsed {
  readonly flags: Flags;
  readonly args: string[];
  readonly help: boolean;
}

export interface ParseOptions {
  /** False where the first argument ends the flags. */
  readonly mixed: boolean;
  /** What follows the sentence about a wrong flag. */
  readonly usage: string;
}

/** pflag's exit code in docker. */
const WRONG_FLAG = 125;

export function parseFlags(argv: readonly string[], declared: readonly Flag[], options: ParseOptions): Parsed {
  const byName = new Map(declared.map((flag) => [flag.name, flag]));
  const byShort = new Map(declared.filter(({ short }) => short !== '').map((flag) => [flag.short, flag]));
  const flags = new Flags(byName);
  const args: string[] = [];
  let help = false;
  const fail = (message: string): never => {
    throw new DockerError(`${message}\n\n${options.usage}`, WRONG_FLAG);
  };
  const set = (flag: Flag, value: string): void => {
    if (flag.name === 'help') {
      help = isTrue(value);
      return;
    }
    const shown = flag.short ? `-${flag.short}, --${flag.name}` : `--${flag.name}`;
    const wrong = (
      flag.type === 'bool' ? validators[':bool'] : (validators[flag.name] ?? validators[`:${flag.type}`])
    )?.(value);
    if (wrong !== undefined) fail(`invalid argument ${JSON.stringify(value)} for "${shown}" flag: ${wrong}`);
    flags.set(flag, flag.type === 'bool' ? String(isTrue(value)) : value);
  };

  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      args.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      if (!options.mixed) {
        args.push(...argv.slice(at));
        break;
      }
      args.push(word);
      continue;
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
      if (name === '' || name.startsWith('-')) fail(`bad flag syntax: ${word}`);
      const flag = byName.get(aliases[name] ?? name) ?? (name === 'help' ? helpFlag : undefined);
      if (!flag) fail(`unknown flag: --${name}`);
      else if (equals >= 0) set(flag, word.slice(equals + 1));
      else if (flag.type === 'bool') set(flag, 'true');
      else if (at + 1 < argv.length) set(flag, argv[++at] ?? '');
      else fail(`flag needs an argument: --${name}`);
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const short = word[letter] ?? '';
      const rest = word.slice(letter + 1);
      const flag = byShort.get(short) ?? (short === 'h' ? helpFlag : undefined);
      if (!flag) fail(`unknown shorthand flag: '${short}' in -${word.slice(letter)}`);
      else if (rest.startsWith('=')) {
        set(flag, rest.slice(1));
        break;
      } else if (flag.type === 'bool') set(flag, 'true');
      else if (rest !== '') {
        set(flag, rest);
        break;
      } else if (at + 1 < argv.length) set(flag, argv[++at] ?? '');
      else fail(`flag needs an argument: '${short}' in -${word.slice(letter)}`);
    }
  }
  return { flags, args, help };
}

const helpFlag: Flag = { name: 'help', short: '', type: 'bool', initial: 'false' };

/** Older names that the help keeps silent about. */
const aliases: Readonly<Record<string, string>> = {
  net: 'network',
  'net-alias': 'network-alias',
  'dns-opt': 'dns-option',
  time: 'timeout',
};

const isTrue = (value: string): boolean => /^(1|t|true)$/i.test(value);
