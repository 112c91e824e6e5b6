// cut, tr, paste, column, base64. Left out: `column` other than -t, equivalence classes of tr.

import { ProgramError } from '../program.ts';
import { lines, readAll } from '../streams.ts';
import { allLines, linesOf, openInputs } from './inputs.ts';
import { parseOptions } from './options.ts';
import type { Proc } from '../program.ts';

export async function cut(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 's',
    values: 'dfcbO',
    optional: 'C',
    long: {
      delimiter: 'd',
      fields: 'f',
      characters: 'c',
      bytes: 'b',
      'only-delimited': 's',
      'output-delimiter': 'O',
      complement: 'C',
    },
  });
  const list = options.value('f') ?? options.value('c') ?? options.value('b');
  if (list === undefined) throw new ProgramError('you must specify a list of bytes, characters, or fields');
  const byField = options.has('f');
  const delimiter = options.value('d') ?? '\t';
  if (delimiter.length !== 1) throw new ProgramError('the delimiter must be a single character');
  const chosen = ranges(list, byField ? 'field' : 'byte/character');
  const wanted = (n: number) => chosen.some(([from, to]) => n >= from && n <= to) !== options.has('C');
  const { inputs, failed } = await openInputs(proc, options.operands);
  for (const input of inputs)
    for await (const line of lines(input.in)) {
      if (byField && !line.includes(delimiter)) {
        if (!options.has('s')) await proc.stdout.write(`${line}\n`);
        continue;
      }
      const pieces = byField ? line.split(delimiter) : [...line];
      const joint = options.value('O') ?? (byField ? delimiter : '');
      await proc.stdout.write(`${pieces.filter((_, i) => wanted(i + 1)).join(joint)}\n`);
    }
  return failed ? 1 : 0;
}

function ranges(list: string, what: string): (readonly [number, number])[] {
  return list.split(',').map((text) => {
    const match = /^(\d*)(-?)(\d*)$/.exec(text);
    const [, from = '', dash = '', to = ''] = match ?? [];
    if (!match || (from === '' && to === '')) throw new ProgramError(`invalid ${what} value ‘${text}’`);
    if (from === '0') throw new ProgramError(`${what}s are numbered from 1`);
    const first = Number(from || 1);
    const last = dash === '' ? first : to === '' ? Infinity : Number(to);
    if (last < first) throw new ProgramError('invalid decreasing range');
    return [first, last] as const;
  });
}

export async function tr(proc: Proc): Promise<void> {
  const options = parseOptions(proc, {
    flags: 'dscCt',
    long: { delete: 'd', 'squeeze-repeats': 's', complement: 'c' },
  });
  const [first, second] = options.operands;
  if (first === undefined) throw new ProgramError('missing operand');
  const deletes = options.has('d');
  if (second === undefined && !deletes && !options.has('s')) throw new ProgramError(`missing operand after ‘${first}’`);
  const complement = options.has('c') || options.has('C');
  const from = new Set(characters(first));
  const inFirst = (c: string) => from.has(c) !== complement;
  const to = second === undefined ? [] : characters(second);
  const map = new Map<string, string>();
  if (!complement) for (const [i, c] of characters(first).entries()) map.set(c, to[i] ?? to.at(-1) ?? c);
  const squeezed = !options.has('s') ? undefined : second === undefined ? inFirst : (c: string) => to.includes(c);
  let previous = '';
  for (let text = await proc.stdin.read(); text !== null; text = await proc.stdin.read()) {
    let out = '';
    for (const c of text) {
      if (deletes && inFirst(c)) continue;
      const next =
        deletes || second === undefined ? c : complement ? (inFirst(c) ? (to.at(-1) ?? c) : c) : (map.get(c) ?? c);
      if (squeezed?.(next) === true && next === previous) continue;
      out += next;
      previous = next;
    }
    await proc.stdout.write(out);
  }
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[a-zA-Z0-9]/,
  alpha: /[a-zA-Z]/,
  blank: /[ \t]/,
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /\d/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9a-fA-F]/,
};

/** A SET of tr, written out. */
function characters(set: string): string[] {
  const named: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '\\': '\\',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
  };
  const out: string[] = [];
  const token = /\[:(\w+):\]|\\([0-7]{1,3})|\\([^])|([^])/gu;
  const tokens = [...set.matchAll(token)];
  for (let i = 0; i < tokens.length; i++) {
    const [, name, octal, escaped, plain] = tokens[i] ?? [];
    if (name !== undefined) {
      const inClass = CLASSES[name];
      if (!inClass) throw new ProgramError(`invalid character class ‘${name}’`);
      for (let code = 0; code < 128; code++)
        if (inClass.test(String.fromCharCode(code))) out.push(String.fromCharCode(code));
      continue;
    }
    const c =
      octal !== undefined
        ? String.fromCharCode(parseInt(octal, 8))
        : escaped !== undefined
          ? (named[escaped] ?? escaped)
          : (plain ?? '');
    const end = tokens[i + 1]?.[4] === '-' ? tokens[i + 2]?.[4] : undefined;
    if (end === undefined) {
      out.push(c);
      continue;
    }
    const [low, high] = [c.codePointAt(0) ?? 0, end.codePointAt(0) ?? 0];
    if (high < low) throw new ProgramError(`range-endpoints of ‘${c}-${end}’ are in reverse collating sequence order`);
    for (let code = low; code <= high; code++) out.push(String.fromCodePoint(code));
    i += 2;
  }
  return out;
}

export async function paste(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { flags: 's', values: 'd', long: { serial: 's', delimiters: 'd' } });
  const delimiters = [...(options.value('d') ?? '\t').replaceAll('\\t', '\t').replaceAll('\\n', '\n')];
  const { inputs, failed } = await openInputs(proc, options.operands);
  const columns = await Promise.all(inputs.map(async (input) => linesOf(await readAll(input.in))));
  const join = (cells: readonly string[]) =>
    cells.map((cell, i) => (i > 0 ? (delimiters[(i - 1) % delimiters.length] ?? '') : '') + cell).join('');
  const rows = options.has('s')
    ? columns
    : Array.from({ length: Math.max(0, ...columns.map((c) => c.length)) }, (_, r) => columns.map((c) => c[r] ?? ''));
  await proc.stdout.write(rows.map((row) => `${join(row)}\n`).join(''));
  return failed ? 1 : 0;
}

export async function column(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { flags: 't', values: 's', long: { table: 't', separator: 's' } });
  if (!options.has('t')) throw new ProgramError('only `column -t` is simulated here');
  const { lines: all, failed } = await allLines(proc, options.operands);
  const separator = options.value('s');
  const rows = all
    .filter((line) => line.trim() !== '')
    .map((line) =>
      separator === undefined
        ? line.trim().split(/\s+/)
        : line.split(new RegExp(`[${separator.replace(/[\]\\^-]/g, '\\$&')}]`)),
    );
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const text = rows.map((row) =>
    row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell)).join('  '),
  );
  await proc.stdout.write(text.map((line) => `${line}\n`).join(''));
  return failed ? 1 : 0;
}

export async function base64(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'di',
    values: 'w',
    long: { decode: 'd', wrap: 'w', 'ignore-garbage': 'i' },
  });
  const { inputs, failed } = await openInputs(proc, options.operands);
  for (const input of inputs) {
    const text = await readAll(input.in);
    if (options.has('d')) {
      let binary: string;
      try {
        binary = atob(text.replace(/\s/g, ''));
      } catch {
        throw new ProgramError('invalid input');
      }
      await proc.stdout.write(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
      continue;
    }
    const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(text)));
    const width = Number(options.value('w') ?? 76);
    await proc.stdout.write(width === 0 ? encoded : encoded.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\n'));
  }
  return failed ? 1 : 0;
}
