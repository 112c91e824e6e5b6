// ls. Owners, links and modes are shown where the files have them (a simulated machine); else all belongs to `user`.
// Left out: sorting by size, access times, -i, -n.

import { ProgramError } from '../program.ts';
import { parseOptions } from './options.ts';
import type { Attributes, FileSystemNode } from '../file-system.ts';
import type { Options } from './options.ts';
import type { Proc } from '../program.ts';

interface Entry {
  readonly name: string;
  /** Undefined for a link that leads nowhere. */
  readonly node: FileSystemNode | undefined;
  readonly attributes: Attributes;
}

/** Of what stands at `path` itself, links not followed; undefined when nothing does. */
function entryAt(proc: Proc, name: string, path: string): Entry | undefined {
  const node = proc.fs.find(path);
  if (proc.fs.attributes) {
    const attributes = proc.fs.attributes(path);
    return attributes && { name, node, attributes };
  }
  if (!node) return undefined;
  const directory = node.kind === 'directory';
  const attributes: Attributes = {
    type: node.kind,
    mode: directory || node.executable ? 0o755 : 0o644,
    links: directory ? 2 : 1,
    owner: 'user',
    group: 'user',
    sizeBytes: directory ? 4096 : new TextEncoder().encode(node.text).length,
    changedAt: node.changedAt,
  };
  return { name, node, attributes };
}

export async function ls(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'laA1RdhtrFCp',
    optional: 'c',
    long: {
      all: 'a',
      'almost-all': 'A',
      recursive: 'R',
      directory: 'd',
      reverse: 'r',
      color: 'c',
      'human-readable': 'h',
      classify: 'F',
    },
    exitCode: 2,
  });
  const operands = options.operands.length > 0 ? options.operands : ['.'];
  const files: Entry[] = [];
  const directories: string[] = [];
  let exitCode = 0;
  for (const name of operands) {
    const entry = entryAt(proc, name, proc.fs.resolve(proc.cwd, name));
    const link = entry?.attributes.type === 'symlink' && options.has('l') && !name.endsWith('/');
    if (!entry) {
      await proc.stderr.write(`ls: cannot access '${name}': No such file or directory\n`);
      exitCode = 2;
    } else if (entry.node?.kind === 'directory' && !options.has('d') && !link) directories.push(name);
    else files.push(entry);
  }
  let first = true;
  if (files.length > 0) {
    await proc.stdout.write(format(sorted(files, options), proc, options));
    first = false;
  }
  const titled = operands.length > 1 || options.has('R');
  while (directories.length > 0) {
    const name = directories.shift() ?? '';
    const path = proc.fs.resolve(proc.cwd, name);
    const names = proc.fs.list(path).filter((entry) => options.has('a') || options.has('A') || !entry.startsWith('.'));
    if (options.has('a')) names.unshift('.', '..');
    const entries = names.flatMap((entry) => {
      const found = entryAt(proc, entry, proc.fs.resolve(path, entry));
      return found ? [found] : [];
    });
    const total = options.has('l') ? `total ${entries.reduce((sum, entry) => sum + blocks(entry), 0)}\n` : '';
    const title = titled ? `${first ? '' : '\n'}${name}:\n` : '';
    await proc.stdout.write(title + total + format(sorted(entries, options), proc, options));
    first = false;
    if (options.has('R'))
      directories.unshift(
        ...entries
          .filter((entry) => entry.attributes.type === 'directory' && !/^\.\.?$/.test(entry.name))
          .map((entry) => `${name.replace(/\/$/, '')}/${entry.name}`),
      );
  }
  return exitCode;
}

function sorted(entries: Entry[], options: Options): Entry[] {
  const out = options.has('t') ? entries.toSorted((a, b) => b.attributes.changedAt - a.attributes.changedAt) : entries;
  return options.has('r') ? out.toReversed() : out;
}

function format(entries: readonly Entry[], proc: Proc, options: Options): string {
  if (entries.length === 0) return '';
  const color = options.has('c')
    ? /^$|always|auto/.test(options.value('c') ?? '') && (proc.stdout.isTTY || options.value('c') !== 'auto')
    : proc.stdout.isTTY;
  const shown = ({ name, attributes }: Entry): string => {
    const { type, mode, target } = attributes;
    const executable = type === 'file' && (mode & 0o111) !== 0;
    const marks = options.has('F') ? MARKS : options.has('p') ? { directory: '/' } : {};
    const mark = executable && options.has('F') ? '*' : ((marks as Readonly<Record<string, string>>)[type] ?? '');
    const paint = executable ? 32 : COLORS[type];
    const text = color && paint !== undefined ? `\x1b[01;${paint}m${name}\x1b[0m` : name;
    return options.has('l') && target !== undefined ? `${text} -> ${target}` : text + mark;
  };
  if (options.has('l')) {
    const rows = entries.map((entry) => {
      const { type, mode, links, owner, group, sizeBytes, changedAt } = entry.attributes;
      const time = date(changedAt, proc.host.now());
      const bytes = size(sizeBytes, options.has('h'));
      return { cells: [modeText(type, mode), String(links), owner, group, bytes], rest: `${time} ${shown(entry)}` };
    });
    const width = (column: number) => Math.max(...rows.map(({ cells }) => (cells[column] ?? '').length));
    const widths = [0, 1, 2, 3, 4].map(width);
    return rows
      .map(({ cells, rest }) => {
        const line = cells.map((cell, i) =>
          i === 2 || i === 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
        );
        return `${line.join(' ')} ${rest}\n`;
      })
      .join('');
  }
  if (options.has('1') || (!proc.stdout.isTTY && !options.has('C')))
    return entries.map((entry) => `${shown(entry)}\n`).join('');
  return columns(
    entries.map((entry) => ({ text: shown(entry), width: entry.name.length })),
    proc.columns,
  );
}

/** As many columns as fit, filled downwards. */
function columns(items: readonly { text: string; width: number }[], width: number): string {
  for (let rows = 1; ; rows++) {
    const count = Math.ceil(items.length / rows);
    const widths = Array.from({ length: count }, (_, c) =>
      Math.max(...items.slice(c * rows, (c + 1) * rows).map((item) => item.width)),
    );
    if (rows < items.length && widths.reduce((sum, w) => sum + w + 2, -2) > width) continue;
    return Array.from({ length: rows }, (_, r) => {
      const line = widths.map((w, c) => {
        const item = items[c * rows + r];
        if (!item) return '';
        return (c + 1) * rows + r < items.length ? item.text + ' '.repeat(w - item.width + 2) : item.text;
      });
      return `${line.join('')}\n`;
    }).join('');
  }
}

const MARKS = { directory: '/', symlink: '@', fifo: '|', socket: '=' } as const;
const COLORS: Readonly<Record<string, number>> = {
  directory: 34,
  symlink: 36,
  char: 33,
  block: 33,
  fifo: 33,
  socket: 35,
};
const LETTERS = { file: '-', directory: 'd', symlink: 'l', char: 'c', block: 'b', fifo: 'p', socket: 's' } as const;

/** `drwxr-xr-x`, with s, S, t and T where the set-id and sticky bits stand. */
function modeText(type: Attributes['type'], mode: number): string {
  const triple = (shift: number, special: number, letter: string) => {
    const bits = (mode >> shift) & 7;
    const x = (bits & 1) !== 0;
    const last = (mode & special) !== 0 ? (x ? letter : letter.toUpperCase()) : x ? 'x' : '-';
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${last}`;
  };
  return LETTERS[type] + triple(6, 0o4000, 's') + triple(3, 0o2000, 's') + triple(0, 0o1000, 't');
}

function size(bytes: number, human: boolean): string {
  if (!human || bytes < 1024) return String(bytes);
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024; value /= 1024) unit++;
  return `${value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value))}${'KMGT'[unit] ?? ''}`;
}

/** In KiB, on a file system of 4 KiB blocks; a short link and a device take none. */
function blocks({ attributes: { type, sizeBytes } }: Entry): number {
  if (type === 'directory') return 4;
  return type === 'file' ? Math.ceil(sizeBytes / 4096) * 4 : 0;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function date(at: number, now: number): string {
  const d = new Date(at);
  if (Number.isNaN(d.getTime())) throw new ProgramError('a file has no time');
  const two = (n: number) => String(n).padStart(2, '0');
  const recent = now - at < 182 * 86_400_000;
  const clock = recent ? `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}` : ` ${d.getUTCFullYear()}`;
  return `${MONTHS[d.getUTCMonth()] ?? ''} ${String(d.getUTCDate()).padStart(2)} ${clock}`;
}
