// What the machine's commands share: options as getopt_long(3) takes them, names of users, tables as util-linux draws
// them, sizes for people.
import type { Command, Files, Sys } from '../contract.ts';
import type { KernelSys } from '../tasks/system-calls.ts';

/** A command that makes system calls beyond those about files. */
export function withCalls(act: (sys: KernelSys) => ReturnType<Command>): Command {
  return (sys) => act(sys as KernelSys);
}

export interface OptionSpec {
  /** Letters and long names of one option. */
  readonly names: readonly string[];
  /** Whether a value follows. */
  readonly value?: 'required' | 'optional';
  /** Known to the real program and left out here. */
  readonly refused?: true;
}

interface Options {
  /** By the first of an option's names; `true` for one without a value. */
  readonly set: ReadonlyMap<string, string | true>;
  readonly operands: readonly string[];
}

/** How a program complains about options: coreutils and util-linux say it in two lines. */
export function tryHelp(sys: Sys, text: string, exitCode = 1): number {
  const name = commandName(sys);
  sys.err(`${name}: ${text}\nTry '${name} --help' for more information.\n`);
  return exitCode;
}

export function notSimulated(sys: Sys, what: string): number {
  sys.err(`${commandName(sys)}: ${what} is not simulated\n`);
  return 2;
}

/**
 * Reads options, or prints what is wrong and gives the exit code.
 * @param stop whether the first operand ends the options (programs that run another)
 */
export function parseOptions(
  sys: Sys,
  specs: readonly OptionSpec[],
  { stop, exitCode = 1 }: { readonly stop?: boolean; readonly exitCode?: number } = {},
): Options | number {
  const set = new Map<string, string | true>();
  const operands: string[] = [];
  const words = sys.argv.slice(1);
  const find = (name: string) => specs.find(({ names }) => names.includes(name));
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '--') {
      operands.push(...words.slice(i + 1));
      break;
    }
    if (word.startsWith('--')) {
      const [name, given] = splitOnce(word.slice(2), '=');
      const matches = specs.filter(({ names }) => names.some((one) => one.length > 1 && one.startsWith(name)));
      const spec = find(name) ?? (matches.length === 1 ? matches[0] : undefined);
      if (!spec || name.length === 1) return tryHelp(sys, `unrecognized option '${word}'`, exitCode);
      if (spec.refused) return notSimulated(sys, `option --${name}`);
      const key = spec.names[0] as string;
      if (spec.value === undefined) {
        if (given !== undefined) return tryHelp(sys, `option '--${name}' doesn't allow an argument`, exitCode);
        set.set(key, true);
      } else if (given !== undefined) set.set(key, given);
      else if (spec.value === 'optional') set.set(key, true);
      else {
        const next = words[++i];
        if (next === undefined) return tryHelp(sys, `option '--${name}' requires an argument`, exitCode);
        set.set(key, next);
      }
    } else if (word.startsWith('-') && word !== '-') {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at] as string;
        const spec = find(letter);
        if (!spec) return tryHelp(sys, `invalid option -- '${letter}'`, exitCode);
        if (spec.refused) return notSimulated(sys, `option -${letter}`);
        const key = spec.names[0] as string;
        if (spec.value === undefined) {
          set.set(key, true);
          continue;
        }
        const rest = word.slice(at + 1);
        if (rest !== '') set.set(key, spec.value === 'optional' ? rest.replace(/^=/, '') : rest);
        else if (spec.value === 'optional') set.set(key, true);
        else {
          const next = words[++i];
          if (next === undefined) return tryHelp(sys, `option requires an argument -- '${letter}'`, exitCode);
          set.set(key, next);
        }
        break;
      }
    } else {
      operands.push(word);
      if (stop === true) {
        operands.push(...words.slice(i + 1));
        break;
      }
    }
  }
  return { set, operands };
}

export function commandName(sys: Sys): string {
  const word = sys.argv[0] ?? '';
  return word.slice(word.lastIndexOf('/') + 1);
}

export function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + by.length)];
}

// ---------------------------------------------------------------------------------------------------- users

interface Entry {
  readonly name: string;
  readonly id: number;
  readonly fields: readonly string[];
}

function database(files: Files, path: string): readonly Entry[] {
  if (!files.exists(path) || !files.access(path, 'read')) return [];
  return files
    .readText(path)
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length > 2)
    .map((fields) => ({ name: fields[0] ?? '', id: Number(fields[2]), fields }));
}

export const users = (files: Files) => database(files, '/etc/passwd');
export const groups = (files: Files) => database(files, '/etc/group');

export function userName(files: Files, uid: number): string | undefined {
  return users(files).find(({ id }) => id === uid)?.name;
}

export function groupName(files: Files, gid: number): string | undefined {
  return groups(files).find(({ id }) => id === gid)?.name;
}

// ---------------------------------------------------------------------------------------------------- tables

interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/** Columns as wide as their widest cell, one space between them; the last one is not filled up. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], heading = true): string {
  const widths = columns.map(({ title }, i) =>
    Math.max(heading ? title.length : 0, ...rows.map((row) => [...(row[i] ?? '')].length)),
  );
  const line = (cells: readonly string[]) =>
    `${columns
      .map(({ right }, i) => {
        const cell = cells[i] ?? '';
        const fill = ' '.repeat(Math.max(0, (widths[i] ?? 0) - [...cell].length));
        if (right === true) return fill + cell;
        return i === columns.length - 1 ? cell : cell + fill;
      })
      .join(' ')}\n`;
  return (heading ? line(columns.map(({ title }) => title)) : '') + rows.map(line).join('');
}

/** Lines no longer than the terminal is wide. */
export function truncate(text: string, columns: number): string {
  if (columns === Infinity) return text;
  return text
    .split('\n')
    .map((line) => [...line].slice(0, columns).join(''))
    .join('\n');
}

/** As libsmartcols prints it. */
export function json(name: string, rows: readonly (readonly (readonly [string, string, boolean])[])[]): string {
  const item = (row: (typeof rows)[number]) =>
    `      {\n${row
      .map(([key, value, bare]) => `         "${key}": ${bare ? value : value === '' ? 'null' : JSON.stringify(value)}`)
      .join(',\n')}\n      }`;
  const items = rows.map(item).join(',').replaceAll('},      {', '},{');
  return `{\n   "${name}": [\n${items}\n   ]\n}\n`;
}

/** `1.5G` as coreutils round: up, one decimal below ten. */
export function humanCeil(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return String(bytes);
  const tenths = Math.ceil(value * 10 - 1e-9);
  const text =
    tenths < 100 ? `${String(Math.floor(tenths / 10))}.${String(tenths % 10)}` : String(Math.ceil(value - 1e-9));
  return `${text}${'KMGTP'[unit - 1] ?? ''}`;
}

/** Seconds since the machine's start, from /proc; undefined where there is none. */
export function readProc(files: Files, path: string): string | undefined {
  return files.exists(path) ? files.readText(path) : undefined;
}
