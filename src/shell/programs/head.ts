// head, tail, wc. Left out: `tail -F`, `--pid`, byte suffixes (`-c 1K`).

import { readAll } from '../streams.ts';
import { ProgramError } from '../program.ts';
import { openInputs } from './inputs.ts';
import { count, parseOptions } from './options.ts';
import type { In, Proc } from '../program.ts';

/** `-5` is `-n 5`. */
function withOldStyle(args: readonly string[]): string[] {
  return args.flatMap((arg, i) =>
    /^-\d+$/.test(arg) && !/^-[nc]$/.test(args[i - 1] ?? '') ? ['-n', arg.slice(1)] : [arg],
  );
}

const TABLE = { flags: 'qvf', values: 'nc', long: { lines: 'n', bytes: 'c', quiet: 'q', verbose: 'v', follow: 'f' } };

export async function head(proc: Proc): Promise<number> {
  const options = parseOptions({ args: withOldStyle(proc.args) }, TABLE);
  if (options.has('f')) throw new ProgramError("invalid option -- 'f'");
  const bytes = options.last('nc') === 'c';
  const given = options.value(bytes ? 'c' : 'n') ?? '10';
  const butLast = given.startsWith('-');
  const wanted = count(given.replace(/^[-+]/, ''), `number of ${bytes ? 'bytes' : 'lines'}`);
  const { inputs, failed } = await openInputs(proc, options.operands);
  for (const [i, input] of inputs.entries()) {
    if ((inputs.length > 1 && !options.has('q')) || options.has('v')) await proc.stdout.write(title(input.name, i));
    if (butLast) {
      const text = await readAll(input.in);
      if (bytes) await proc.stdout.write(byteSlice(text, 0, -wanted));
      else {
        const pieces = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        await proc.stdout.write(pieces.slice(0, Math.max(0, pieces.length - wanted)).join(''));
      }
      continue;
    }
    if (bytes) {
      await headBytes(proc, input.in, wanted);
      continue;
    }
    let left = wanted;
    // Written as it comes, so that `logs -f | head` shows what there is.
    for (
      let text = left > 0 ? await input.in.read() : null;
      text !== null && left > 0;
      text = left > 0 ? await input.in.read() : null
    ) {
      let end = 0;
      while (left > 0 && end < text.length) {
        const newline = text.indexOf('\n', end);
        if (newline < 0) end = text.length;
        else {
          end = newline + 1;
          left--;
        }
      }
      if (left === 0) input.in.unread?.(text.slice(end));
      await proc.stdout.write(text.slice(0, end));
    }
  }
  return failed ? 1 : 0;
}

async function headBytes(proc: Proc, input: In, wanted: number): Promise<void> {
  let left = wanted;
  while (left > 0) {
    const text = await input.read();
    if (text === null) return;
    const length = new TextEncoder().encode(text).length;
    await proc.stdout.write(length <= left ? text : byteSlice(text, 0, left));
    left -= length;
  }
}

/** A part of the UTF-8 of a text; a character that is cut becomes U+FFFD. */
function byteSlice(text: string, from: number, to?: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).slice(from, to));
}

function title(name: string, i: number): string {
  return `${i > 0 ? '\n' : ''}==> ${name === '-' ? 'standard input' : name} <==\n`;
}

const POLL_MS = 100;

export async function tail(proc: Proc): Promise<number> {
  const options = parseOptions({ args: withOldStyle(proc.args) }, TABLE);
  const bytes = options.last('nc') === 'c';
  const given = options.value(bytes ? 'c' : 'n') ?? '10';
  const fromStart = given.startsWith('+');
  const wanted = count(given.replace(/^[-+]/, ''), `number of ${bytes ? 'bytes' : 'lines'}`);
  const { inputs, failed } = await openInputs(proc, options.operands);
  for (const [i, input] of inputs.entries()) {
    if ((inputs.length > 1 && !options.has('q')) || options.has('v')) await proc.stdout.write(title(input.name, i));
    const text = await readAll(input.in);
    if (bytes) {
      await proc.stdout.write(wanted === 0 ? '' : byteSlice(text, fromStart ? Math.max(0, wanted - 1) : -wanted));
      continue;
    }
    const pieces = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    await proc.stdout.write(
      (fromStart ? pieces.slice(Math.max(0, wanted - 1)) : wanted === 0 ? [] : pieces.slice(-wanted)).join(''),
    );
  }
  if (options.has('f') && options.operands.length > 0) await follow(proc, options.operands);
  return failed ? 1 : 0;
}

/** Files change when another program writes, which no virtual time has to pass for. */
async function follow(proc: Proc, names: readonly string[]): Promise<void> {
  const files = names.map((name) => proc.fs.resolve(proc.cwd, name)).filter((path) => proc.fs.exists(path));
  const sizes = new Map(files.map((path) => [path, proc.fs.read(path).length]));
  while (files.length > 0 && !proc.signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    for (const path of files) {
      const text = proc.fs.exists(path) ? proc.fs.read(path) : '';
      const seen = sizes.get(path) ?? 0;
      if (text.length > seen) await proc.stdout.write(text.slice(seen));
      sizes.set(path, text.length);
    }
  }
}

export async function wc(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'lwcmL',
    long: { lines: 'l', words: 'w', bytes: 'c', chars: 'm', 'max-line-length': 'L' },
  });
  const shown = [...'lwmcL'].filter((letter) => options.has(letter));
  const columns = shown.length > 0 ? shown : ['l', 'w', 'c'];
  const { inputs, failed } = await openInputs(proc, options.operands);
  const rows: { name: string; values: number[]; bytes: number }[] = [];
  for (const input of inputs) {
    const text = await readAll(input.in);
    const bytes = new TextEncoder().encode(text).length;
    const measure: Readonly<Record<string, () => number>> = {
      l: () => text.split('\n').length - 1,
      w: () => text.match(/\S+/g)?.length ?? 0,
      c: () => bytes,
      m: () => [...text].length,
      L: () => Math.max(...text.split('\n').map((line) => line.length)),
    };
    rows.push({ name: input.name, values: columns.map((letter) => measure[letter]?.() ?? 0), bytes });
  }
  if (options.operands.length > 1)
    rows.push({
      name: 'total',
      values: columns.map((letter, i) =>
        letter === 'L'
          ? Math.max(...rows.map((row) => row.values[i] ?? 0))
          : rows.reduce((sum, row) => sum + (row.values[i] ?? 0), 0),
      ),
      bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
    });
  // coreutils sizes the columns by the bytes of the files, and by 7 where it cannot know them.
  const unknown = options.operands.length === 0 || options.operands.includes('-');
  const width =
    columns.length === 1 && options.operands.length <= 1
      ? 1
      : Math.max(unknown ? 7 : 1, String(rows.at(-1)?.bytes ?? 0).length);
  for (const row of rows) {
    const numbers = row.values.map((value) => String(value).padStart(width)).join(' ');
    await proc.stdout.write(`${numbers}${options.operands.length > 0 ? ` ${row.name}` : ''}\n`);
  }
  return failed ? 1 : 0;
}
