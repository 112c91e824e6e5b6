// sort and uniq, in byte order (LC_ALL=C). Left out: -M, -R, merging, `uniq -w`.

import { byteOrder } from '../file-system.ts';
import { ProgramError } from '../program.ts';
import { lines } from '../streams.ts';
import { allLines, openInputs } from './inputs.ts';
import { count, parseOptions } from './options.ts';
import type { Proc } from '../program.ts';

interface Key {
  readonly fromField: number;
  readonly fromCharacter: number;
  readonly toField: number;
  readonly toCharacter: number;
  readonly order: string;
}

export async function sort(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'nrufbhVsgcd',
    values: 'kto',
    long: {
      'numeric-sort': 'n',
      reverse: 'r',
      unique: 'u',
      key: 'k',
      'field-separator': 't',
      'human-numeric-sort': 'h',
      'version-sort': 'V',
      stable: 's',
      'ignore-case': 'f',
      output: 'o',
      'general-numeric-sort': 'g',
    },
    exitCode: 2,
  });
  const separator = options.value('t')?.replace(/^\\t$/, '\t');
  if (separator !== undefined && separator.length !== 1)
    throw new ProgramError(`multi-character tab ‘${separator}’`, 2);
  const global = [...'nrfbhVgd'].filter((letter) => options.has(letter)).join('');
  const keys = options.all('k').map((text) => parseKey(text, global));
  const { lines: all, failed } = await allLines(proc, options.operands);
  const byKeys = (a: string, b: string): number => {
    if (keys.length === 0) return compare(a, b, global);
    for (const key of keys) {
      const order = compare(extract(a, key, separator), extract(b, key, separator), key.order);
      if (order !== 0) return order;
    }
    return 0;
  };
  const last =
    options.has('s') || options.has('u')
      ? () => 0
      : (a: string, b: string) => byteOrder(a, b) * (global.includes('r') ? -1 : 1);
  if (options.has('c')) {
    const at = all.findIndex((line, i) => i > 0 && byKeys(all[i - 1] ?? '', line) > 0);
    if (at < 0) return 0;
    await proc.stderr.write(`sort: ${options.operands[0] ?? '-'}:${at + 1}: disorder: ${all[at] ?? ''}\n`);
    return 1;
  }
  all.sort((a, b) => byKeys(a, b) || last(a, b));
  const out = options.has('u') ? all.filter((line, i) => i === 0 || byKeys(all[i - 1] ?? '', line) !== 0) : all;
  const text = out.map((line) => `${line}\n`).join('');
  const file = options.value('o');
  if (file === undefined) await proc.stdout.write(text);
  else proc.fs.write(proc.fs.resolve(proc.cwd, file), text);
  return failed ? 2 : 0;
}

/** `2.3nr,4`: from field 2, character 3 up to the end of field 4. */
function parseKey(text: string, global: string): Key {
  const match = /^(\d+)(?:\.(\d+))?([bdfghnrVM]*)(?:,(\d+)(?:\.(\d+))?([bdfghnrVM]*))?$/.exec(text);
  if (!match || match[1] === '0') throw new ProgramError(`-: invalid field specification ‘${text}’`, 2);
  const order = (match[3] ?? '') + (match[6] ?? '');
  return {
    fromField: Number(match[1]) - 1,
    fromCharacter: Number(match[2] ?? 1) - 1,
    toField: match[4] === undefined ? Infinity : Number(match[4]),
    toCharacter: Number(match[5] ?? 0),
    order: order === '' ? global : order,
  };
}

function extract(line: string, key: Key, separator: string | undefined): string {
  // Without -t a field begins with the blanks before it.
  const fields = separator === undefined ? (line.match(/[ \t]*[^ \t]+/g) ?? []) : line.split(separator);
  const ends: number[] = [];
  let at = 0;
  for (const field of fields) {
    at += field.length;
    ends.push(at);
    if (separator !== undefined) at++;
  }
  const startOf = (field: number) =>
    field === 0
      ? 0
      : field > fields.length
        ? line.length
        : (ends[field - 1] ?? line.length) + (separator === undefined ? 0 : 1);
  const skipBlanks = (from: number) => {
    if (!key.order.includes('b')) return from;
    let i = from;
    while (line[i] === ' ' || line[i] === '\t') i++;
    return i;
  };
  const from = skipBlanks(startOf(key.fromField)) + key.fromCharacter;
  const to =
    key.toField === Infinity
      ? line.length
      : key.toCharacter > 0
        ? skipBlanks(startOf(key.toField - 1)) + key.toCharacter
        : (ends[key.toField - 1] ?? line.length);
  return line.slice(from, Math.max(from, to));
}

function compare(a: string, b: string, order: string): number {
  return one(a, b, order) * (order.includes('r') ? -1 : 1);
}

function one(a: string, b: string, order: string): number {
  if (order.includes('n')) return numeric(a) - numeric(b);
  if (order.includes('g')) return Number.parseFloat(a) - Number.parseFloat(b) || 0;
  if (order.includes('h')) return human(a) - human(b);
  if (order.includes('V')) return version(a, b);
  let [x, y] = [a, b];
  if (order.includes('b')) [x, y] = [x.trimStart(), y.trimStart()];
  if (order.includes('d')) [x, y] = [x.replace(/[^\w\s]|_/g, ''), y.replace(/[^\w\s]|_/g, '')];
  if (order.includes('f')) [x, y] = [x.toUpperCase(), y.toUpperCase()];
  return byteOrder(x, y);
}

function numeric(text: string): number {
  return Number(/^[ \t]*(-?(?:\d+\.?\d*|\.\d+))/.exec(text)?.[1] ?? 0);
}

/** 1K < 1M < 1G; the suffix outweighs the number, as it does for `du -h`. */
function human(text: string): number {
  const suffix = /^[ \t]*-?[\d.]+([KMGTPEk])?/.exec(text)?.[1]?.toUpperCase() ?? '';
  return numeric(text) * 1024 ** ' KMGTPE'.indexOf(suffix || ' ');
}

/** filevercmp: runs of digits count as numbers. */
function version(a: string, b: string): number {
  const split = (text: string) => text.match(/\d+|\D+/g) ?? [];
  const [xs, ys] = [split(a), split(b)];
  for (let i = 0; i < Math.max(xs.length, ys.length); i++) {
    const [x = '', y = ''] = [xs[i], ys[i]];
    const order =
      /^\d/.test(x) && /^\d/.test(y)
        ? Number(x) - Number(y)
        : x === '' || y === ''
          ? x.length - y.length
          : byteOrder(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

export async function uniq(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'cdui',
    values: 'f',
    long: { count: 'c', repeated: 'd', unique: 'u', 'ignore-case': 'i', 'skip-fields': 'f' },
  });
  const skip = count(options.value('f') ?? '0', 'number of fields to skip');
  const { inputs, failed } = await openInputs(proc, options.operands.slice(0, 1));
  const key = (line: string) => {
    let text = line;
    for (let i = 0; i < skip; i++) text = text.replace(/^[ \t]*[^ \t]*/, '');
    return options.has('i') ? text.toLowerCase() : text;
  };
  let first: string | undefined;
  let times = 0;
  const flush = async () => {
    if (first === undefined || (options.has('d') && times === 1) || (options.has('u') && times > 1)) return;
    await proc.stdout.write(`${options.has('c') ? `${String(times).padStart(7)} ` : ''}${first}\n`);
  };
  // Without counting, the first of a run can be shown before its last has come.
  const eager = !options.has('c') && !options.has('d') && !options.has('u');
  for (const input of inputs)
    for await (const line of lines(input.in)) {
      if (first !== undefined && key(line) === key(first)) {
        times++;
        continue;
      }
      if (!eager) await flush();
      first = line;
      times = 1;
      if (eager) await flush();
    }
  if (!eager) await flush();
  return failed ? 1 : 0;
}
