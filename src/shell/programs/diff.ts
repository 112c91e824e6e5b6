// diff: the normal and the unified format of two files. Left out: directories, -y, -c, ignoring white space but -w and -b.

import { ProgramError } from '../program.ts';
import { readAll } from '../streams.ts';
import { formatDate } from './time.ts';
import { parseOptions } from './options.ts';
import type { Proc } from '../program.ts';

/** Lines `from..to` of one side answer lines `from..to` of the other; ends exclusive. */
interface Hunk {
  readonly leftFrom: number;
  readonly leftTo: number;
  readonly rightFrom: number;
  readonly rightTo: number;
}

const CELLS_MAX = 16_000_000;

export async function diff(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'uqwbiNs',
    values: 'UL',
    optional: 'k',
    long: {
      unified: 'u',
      brief: 'q',
      'ignore-all-space': 'w',
      'ignore-space-change': 'b',
      'ignore-case': 'i',
      color: 'k',
      label: 'L',
      'report-identical-files': 's',
    },
    exitCode: 2,
  });
  const [left, right] = options.operands;
  if (left === undefined || right === undefined || options.operands.length > 2)
    throw new ProgramError(
      left === undefined
        ? 'missing operand after ‘diff’'
        : right === undefined
          ? `missing operand after ‘${left}’`
          : `extra operand ‘${options.operands[2] ?? ''}’`,
      2,
    );
  const texts = [await contents(proc, left), await contents(proc, right)] as const;
  const a = pieces(texts[0]);
  const b = pieces(texts[1]);
  const key = (line: string) => {
    let text = options.has('w')
      ? line.replace(/\s/g, '')
      : options.has('b')
        ? line.replace(/\s+/g, ' ').trimEnd()
        : line;
    if (options.has('i')) text = text.toLowerCase();
    return text;
  };
  const hunks = compare(a.map(key), b.map(key));
  if (hunks.length === 0) {
    if (options.has('s')) await proc.stdout.write(`Files ${left} and ${right} are identical\n`);
    return 0;
  }
  if (options.has('q')) await proc.stdout.write(`Files ${left} and ${right} differ\n`);
  else if (options.has('u') || options.has('U')) {
    const labels = options.all('L');
    const head = (name: string, i: number) => labels[i] ?? `${name}\t${stamp(proc, name)}`;
    await proc.stdout.write(
      `--- ${head(left, 0)}\n+++ ${head(right, 1)}\n${unified(a, b, hunks, Number(options.value('U') ?? 3))}`,
    );
  } else await proc.stdout.write(normal(a, b, hunks));
  return 1;
}

async function contents(proc: Proc, name: string): Promise<string> {
  if (name === '-') return readAll(proc.stdin);
  const path = proc.fs.resolve(proc.cwd, name);
  if (!proc.fs.exists(path)) throw new ProgramError(`${name}: No such file or directory`, 2);
  if (proc.fs.isDirectory(path)) throw new ProgramError(`${name}: comparing directories is not simulated here`, 2);
  return proc.fs.read(path);
}

function stamp(proc: Proc, name: string): string {
  const node = name === '-' ? undefined : proc.fs.find(proc.fs.resolve(proc.cwd, name));
  return formatDate('%Y-%m-%d %H:%M:%S.%N %z', node?.changedAt ?? proc.host.now());
}

/** Lines with their newline, so that a missing last one shows. */
function pieces(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A longest common subsequence, by the table, between what both have in common at the ends. */
function compare(a: readonly string[], b: readonly string[]): Hunk[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const n = a.length - start - end;
  const m = b.length - start - end;
  if (n * m > CELLS_MAX) throw new ProgramError('the files differ in too much to compare here', 2);
  const width = m + 1;
  const lengths = new Uint32Array((n + 1) * width);
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[start + i] === b[start + j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  const hunks: Hunk[] = [];
  let [i, j] = [0, 0];
  while (i < n || j < m) {
    if (i < n && j < m && a[start + i] === b[start + j]) {
      i++;
      j++;
      continue;
    }
    const [leftFrom, rightFrom] = [start + i, start + j];
    while ((i < n || j < m) && !(i < n && j < m && a[start + i] === b[start + j])) {
      if (j >= m || (i < n && (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))) i++;
      else j++;
    }
    hunks.push({ leftFrom, leftTo: start + i, rightFrom, rightTo: start + j });
  }
  return hunks;
}

const NO_NEWLINE = '\n\\ No newline at end of file\n';

function marked(mark: string, line: string): string {
  return mark + (line.endsWith('\n') ? line : line + NO_NEWLINE);
}

function normal(a: readonly string[], b: readonly string[], hunks: readonly Hunk[]): string {
  const range = (from: number, to: number) => (to - from <= 1 ? String(Math.max(from + 1, to)) : `${from + 1},${to}`);
  return hunks
    .map(({ leftFrom, leftTo, rightFrom, rightTo }) => {
      const removed = leftTo > leftFrom;
      const added = rightTo > rightFrom;
      const left = removed ? range(leftFrom, leftTo) : String(leftFrom);
      const right = added ? range(rightFrom, rightTo) : String(rightFrom);
      return (
        `${left}${removed && added ? 'c' : removed ? 'd' : 'a'}${right}\n` +
        a
          .slice(leftFrom, leftTo)
          .map((line) => marked('< ', line))
          .join('') +
        (removed && added ? '---\n' : '') +
        b
          .slice(rightFrom, rightTo)
          .map((line) => marked('> ', line))
          .join('')
      );
    })
    .join('');
}

function unified(a: readonly string[], b: readonly string[], hunks: readonly Hunk[], context: number): string {
  let out = '';
  for (let i = 0; i < hunks.length;) {
    let last = i;
    while (last + 1 < hunks.length && (hunks[last + 1]?.leftFrom ?? 0) - (hunks[last]?.leftTo ?? 0) <= 2 * context)
      last++;
    const first = hunks[i];
    const final = hunks[last];
    if (!first || !final) break;
    const leftFrom = Math.max(0, first.leftFrom - context);
    const leftTo = Math.min(a.length, final.leftTo + context);
    const rightFrom = first.rightFrom - (first.leftFrom - leftFrom);
    const rightTo = final.rightTo + (leftTo - final.leftTo);
    const range = (from: number, to: number) =>
      to - from === 1 ? String(from + 1) : `${to === from ? from : from + 1},${to - from}`;
    out += `@@ -${range(leftFrom, leftTo)} +${range(rightFrom, rightTo)} @@\n`;
    let at = leftFrom;
    for (const hunk of hunks.slice(i, last + 1)) {
      out += a
        .slice(at, hunk.leftFrom)
        .map((line) => marked(' ', line))
        .join('');
      out += a
        .slice(hunk.leftFrom, hunk.leftTo)
        .map((line) => marked('-', line))
        .join('');
      out += b
        .slice(hunk.rightFrom, hunk.rightTo)
        .map((line) => marked('+', line))
        .join('');
      at = hunk.leftTo;
    }
    out += a
      .slice(at, leftTo)
      .map((line) => marked(' ', line))
      .join('');
    i = last + 1;
  }
  return out;
}
