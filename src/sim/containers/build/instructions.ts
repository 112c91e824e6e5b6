// What the lines of a Dockerfile mean: instructions and stages. Models buildkit's frontend/dockerfile/instructions (0.22,
// as in Docker 28), which both builders use. What only BuildKit can do (`--mount`, `--link`, …) is known and refused by
// name when it is carried out.
import type { Healthcheck } from '../images/image.ts';
import { DockerfileError, type Line, parseDockerfile, type ParsedFile } from './dockerfile.ts';
import { goQuote } from './words.ts';

interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** A command line: a text for the shell, or words that are run as they are. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly shell: boolean;
}

export type Instruction = { readonly source: string; readonly line: number } & (
  | { readonly kind: 'env' | 'label'; readonly pairs: readonly KeyValue[] }
  | { readonly kind: 'arg'; readonly args: readonly { readonly key: string; readonly value?: string }[] }
  | {
      readonly kind: 'copy' | 'add';
      readonly sources: readonly string[];
      readonly target: string;
      readonly from?: string;
      readonly chown?: string;
      readonly chmod?: string;
      /** Flags that are known and not simulated. */
      readonly other: readonly string[];
    }
  | { readonly kind: 'run'; readonly command: CommandLine; readonly flags: readonly string[] }
  | { readonly kind: 'cmd' | 'entrypoint'; readonly command: CommandLine }
  | { readonly kind: 'healthcheck'; readonly health: Healthcheck }
  | { readonly kind: 'expose'; readonly ports: readonly string[] }
  | { readonly kind: 'volume'; readonly paths: readonly string[] }
  | { readonly kind: 'user' | 'workdir' | 'stopsignal' | 'maintainer'; readonly text: string }
  | { readonly kind: 'onbuild'; readonly expression: string }
  | { readonly kind: 'shell'; readonly words: readonly string[] }
);

export interface Stage {
  readonly base: string;
  readonly name: string;
  readonly platform?: string;
  readonly source: string;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly escape: string;
  readonly warnings: readonly string[];
  /** `ARG` before the first `FROM`. */
  readonly globals: readonly Extract<Instruction, { kind: 'arg' }>[];
  readonly stages: readonly Stage[];
}

/** Reads all of it first: an error on the last line stops a build before its first step. */
export function readDockerfile(text: string): Dockerfile {
  const file: ParsedFile = parseDockerfile(text);
  const globals: Extract<Instruction, { kind: 'arg' }>[] = [];
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const line of file.lines) {
    const read = readLine(line);
    if ('base' in read) stages.push({ ...read, instructions: [] });
    else if (stages.length === 0) {
      if (read.kind !== 'arg') throw new DockerfileError('no build stage in current context', line.line);
      globals.push(read);
    } else stages.at(-1)?.instructions.push(read);
  }
  return { escape: file.escape, warnings: file.warnings, globals, stages };
}

function readLine(line: Line): Instruction | Omit<Stage, 'instructions'> {
  try {
    return line.command.toLowerCase() === 'from' ? readFrom(line) : readInstruction(line);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    throw new DockerfileError(`dockerfile parse error on line ${String(line.line)}: ${error.message}`, line.line);
  }
}

/** A trigger of `ONBUILD`, or a change of `docker commit --change`. */
export function readOne(expression: string): Instruction {
  const [line, ...more] = parseDockerfile(expression).lines;
  if (!line || more.length > 0) throw new DockerfileError('onbuild trigger should be a single expression');
  return readInstruction(line);
}

const refuse = (message: string): never => {
  throw new DockerfileError(message);
};
const atLeastOne = (name: string): never => refuse(`${name} requires at least one argument`);
const exactlyOne = (name: string): never => refuse(`${name} requires exactly one argument`);

function readFrom({ args, flags, original, line }: Line): Omit<Stage, 'instructions'> {
  let name = '';
  const [base = '', as = '', given = ''] = args;
  if (args.length === 3 && as.toLowerCase() === 'as') {
    name = given.toLowerCase();
    if (!/^[a-z][a-z0-9\-_.]*$/.test(name))
      refuse(`invalid name for build stage: ${goQuote(given)}, name can't start with a number or contain symbols`);
  } else if (args.length !== 1) refuse('FROM requires either one or three arguments');
  const { platform } = readFlags(flags, ['platform']);
  return { base, name, source: original.trim(), line, ...(platform !== undefined && { platform }) };
}

function readInstruction(source: Line): Instruction {
  const { args, flags, json, original, line, command } = source;
  const at = { source: original.trim(), line };
  const name = command.toUpperCase();
  switch (name) {
    case 'ENV':
    case 'LABEL':
      readFlags(flags, []);
      if (args.length === 0) atLeastOne(name);
      return { ...at, kind: name === 'ENV' ? 'env' : 'label', pairs: keyValues(args, name) };
    case 'ARG':
      if (args.length === 0) atLeastOne(name);
      return { ...at, kind: 'arg', args: args.map(readArg) };
    case 'COPY':
    case 'ADD': {
      if (args.length < 2)
        refuse(
          `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
        );
      const known = name === 'COPY' ? ['chown', 'from', 'chmod', 'exclude'] : ['chown', 'chmod', 'checksum', 'exclude'];
      const found = readFlags(flags, known, name === 'COPY' ? ['link', 'parents'] : ['link', 'keep-git-dir', 'unpack']);
      const { from, chown, chmod, ...other } = found;
      return {
        ...at,
        kind: name === 'COPY' ? 'copy' : 'add',
        sources: args.slice(0, -1),
        target: args.at(-1) as string,
        ...(from !== undefined && { from }),
        ...(chown !== undefined && { chown }),
        ...(chmod !== undefined && { chmod }),
        other: Object.keys(other),
      };
    }
    case 'RUN':
      return {
        ...at,
        kind: 'run',
        command: { words: args, shell: !json },
        flags: Object.keys(readFlags(flags, ['mount', 'network', 'security', 'device'])),
      };
    case 'CMD':
    case 'ENTRYPOINT':
      readFlags(flags, []);
      return { ...at, kind: name === 'CMD' ? 'cmd' : 'entrypoint', command: { words: args, shell: !json } };
    case 'HEALTHCHECK':
      return { ...at, kind: 'healthcheck', health: readHealthcheck(source) };
    case 'EXPOSE':
      if (args.length === 0) atLeastOne(name);
      readFlags(flags, []);
      return { ...at, kind: 'expose', ports: [...args].sort() };
    case 'VOLUME':
      if (args.length === 0) atLeastOne(name);
      readFlags(flags, []);
      if (args.some((path) => path.trim() === '')) refuse('VOLUME specified can not be an empty string');
      return { ...at, kind: 'volume', paths: args.map((path) => path.trim()) };
    case 'USER':
    case 'WORKDIR':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      if (args.length !== 1) exactlyOne(name);
      readFlags(flags, []);
      return { ...at, kind: name.toLowerCase() as 'user', text: args[0] as string };
    case 'ONBUILD': {
      if (args.length === 0) atLeastOne(name);
      const expression = original.trim().replace(/^\S+\s+/, '');
      const trigger = (/^\S*/.exec(expression)?.[0] ?? '').toUpperCase();
      if (trigger === 'ONBUILD') refuse("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
      if (trigger === 'MAINTAINER' || trigger === 'FROM') refuse(`${trigger} isn't allowed as an ONBUILD trigger`);
      return { ...at, kind: 'onbuild', expression };
    }
    case 'SHELL':
      readFlags(flags, []);
      if (args.length === 0) atLeastOne(name);
      if (!json) refuse(`SHELL requires the arguments to be in JSON form`);
      return { ...at, kind: 'shell', words: args };
    default:
      return refuse(`unknown instruction: ${command}${suggestion(command)}`);
  }
}

function readArg(word: string): { readonly key: string; readonly value?: string } {
  const equals = word.indexOf('=');
  if (equals === 0) refuse('ARG names can not be blank');
  return equals < 0 ? { key: word } : { key: word.slice(0, equals), value: word.slice(equals + 1) };
}

function keyValues(args: readonly string[], name: string): readonly KeyValue[] {
  const pairs: KeyValue[] = [];
  for (let i = 0; i < args.length; i += 3) {
    if (args[i] === '') refuse(`${name} names can not be blank`);
    pairs.push({ key: args[i] as string, value: args[i + 1] as string });
  }
  return pairs;
}

/** `--name=value`; of the switches also `--name` alone. */
function readFlags(
  flags: readonly string[],
  valued: readonly string[],
  switches: readonly string[] = [],
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const flag of flags) {
    const equals = flag.indexOf('=');
    const name = flag.slice(2, equals < 0 ? undefined : equals);
    const value = equals < 0 ? undefined : flag.slice(equals + 1);
    if (valued.includes(name)) {
      if (value === undefined) refuse(`missing a value on flag: --${name}`);
    } else if (!switches.includes(name))
      refuse(`unknown flag: --${name}${suggestFlag(name, [...valued, ...switches])}`);
    else if (value !== undefined && !['true', 'false'].includes(value.toLowerCase()))
      refuse(`expecting boolean value for flag --${name}, not: ${value}`);
    if (name in found && name !== 'mount' && name !== 'exclude') refuse(`duplicate flag specified: --${name}`);
    found[name] = value ?? 'true';
  }
  return found;
}

function readHealthcheck({ args, flags, json }: Line): Healthcheck {
  if (args.length === 0) atLeastOne('HEALTHCHECK');
  const kind = (args[0] as string).toUpperCase();
  const rest = args.slice(1);
  if (kind === 'NONE') {
    if (rest.length > 0) refuse('HEALTHCHECK NONE takes no arguments');
    return { Test: ['NONE'] };
  }
  const found = readFlags(flags, ['interval', 'timeout', 'start-period', 'start-interval', 'retries']);
  if (kind !== 'CMD') refuse(`Unknown type ${goQuote(kind)} in HEALTHCHECK (try CMD)`);
  if (rest.length === 0) refuse('Missing command after HEALTHCHECK CMD');
  const health: Record<string, unknown> = { Test: [json ? 'CMD' : 'CMD-SHELL', ...rest] };
  const times = {
    interval: 'Interval',
    timeout: 'Timeout',
    'start-period': 'StartPeriod',
    'start-interval': 'StartInterval',
  };
  for (const [flag, key] of Object.entries(times)) {
    const nanoseconds = duration(found[flag] ?? '', flag);
    if (nanoseconds > 0) health[key] = nanoseconds;
  }
  const { retries } = found;
  if (retries !== undefined) {
    if (!/^[+-]?\d+$/.test(retries)) refuse(`strconv.ParseInt: parsing ${goQuote(retries)}: invalid syntax`);
    if (Number(retries) < 0) refuse(`--retries cannot be negative (${retries})`);
    health['Retries'] = Number(retries);
  }
  return health;
}

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

function duration(text: string, flag: string): number {
  if (text === '' || text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text.replace(/^\+/, ''))
    refuse(
      /^[\d.]+$/.test(text)
        ? `time: missing unit in duration ${goQuote(text)}`
        : `time: invalid duration ${goQuote(text)}`,
    );
  const total = Math.round(
    parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit as string] as number), 0),
  );
  if (total > 0 && total < 1e6) refuse(`Interval ${goQuote(flag)} cannot be less than 1ms`);
  return total;
}

const NAMES =
  'add arg cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell stopsignal user volume workdir'.split(
    ' ',
  );

function suggestion(written: string): string {
  const best = nearest(written.toLowerCase(), NAMES);
  if (best === undefined) return '';
  return ` (did you mean ${written === written.toUpperCase() ? best.toUpperCase() : best}?)`;
}

function suggestFlag(name: string, known: readonly string[]): string {
  const best = nearest(name, known);
  return best === undefined ? '' : ` (did you mean ${best}?)`;
}

/** At most two letters away. */
function nearest(word: string, options: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = 3;
  for (const option of options) {
    const away = distance(word, option);
    if (away < least) [best, least] = [option, away];
  }
  return best;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[b.length] as number;
}
