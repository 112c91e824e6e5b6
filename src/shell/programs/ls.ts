// ls. Left out: sorting by size, access times, links; owners are always `user`.

import { ProgramError } from '../program.ts';
import { parseOptions } from './options.ts';
import type { FileSystemNode } from '../file-system.ts';
import type { Options } from './options.ts';
import type { Proc } from '../program.ts';

interface Entry {
  readonly name: string;
  readonly node: FileSystemNode;
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
    const node = proc.fs.find(proc.fs.resolve(proc.cwd, name));
    if (!node) {
      await proc.stderr.write(`ls: cannot access '${name}': No such file or directory\n`);
      exitCode = 2;
    } else if (node.kind === 'directory' && !options.has('d')) directories.push(name);
    else files.push({ name, node });
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
      const node = proc.fs.find(proc.fs.resolve(path, entry));
      return node ? [{ name: entry, node }] : [];
    });
    const total = options.has('l') ? `total ${entries.reduce((sum, { node }) => sum + blocks(node), 0)}\n` : '';
    const title = titled ? `${first ? '' : '\n'}${name}:\n` : '';
    await proc.stdout.write(title + total + format(sorted(entries, options), proc, options));
    first = false;
    if (options.has('R'))
      directories.unshift(
        ...entries
          .filter((entry) => entry.node.kind === 'directory' && !/^\.\.?$/.test(entry.name))
          .map((entry) => `${name.replace(/\/$/, '')}/${entry.name}`),
      );
  }
  return exitCode;
}

function sorted(entries: Entry[], options: Options): Entry[] {
  const out = options.has('t') ? entries.toSorted((a, b) => b.node.changedAt - a.node.changedAt) : entries;
  return options.has('r') ? out.toReversed() : out;
}

function format(entries: readonly Entry[], proc: Proc, options: Options): string {
  if (entries.length === 0) return '';
  const color = options.has('c')
    ? /^$|always|auto/.test(options.value('c') ?? '') && (proc.stdout.isTTY || options.value('c') !== 'auto')
    : proc.stdout.isTTY;
  const shown = ({ name, node }: Entry): string => {
    const mark =
      node.kind === 'directory'
        ? options.has('F') || options.has('p')
          ? '/'
          : ''
        : node.executable && options.has('F')
          ? '*'
          : '';
    if (!color || (node.kind === 'file' && !node.executable)) return name + mark;
    return `\x1b[01;${node.kind === 'directory' ? 34 : 32}m${name}\x1b[0m${mark}`;
  };
  if (options.has('l')) {
    const sizes = entries.map(({ node }) => size(node, options.has('h')));
    const width = Math.max(...sizes.map((text) => text.length));
    return entries
      .map((entry, i) => {
        const { node } = entry;
        const mode = node.kind === 'directory' ? 'drwxr-xr-x' : node.executable ? '-rwxr-xr-x' : '-rw-r--r--';
        return `${mode} ${node.kind === 'directory' ? 2 : 1} user user ${(sizes[i] ?? '').padStart(width)} ${date(node.changedAt, proc.host.now())} ${shown(entry)}\n`;
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

function size(node: FileSystemNode, human: boolean): string {
  const bytes = node.kind === 'directory' ? 4096 : new TextEncoder().encode(node.text).length;
  if (!human || bytes < 1024) return String(bytes);
  const kibi = bytes / 1024;
  return kibi < 10 ? `${(Math.ceil(kibi * 10) / 10).toFixed(1)}K` : `${Math.ceil(kibi)}K`;
}

function blocks(node: FileSystemNode): number {
  return node.kind === 'directory' ? 4 : Math.ceil(node.text.length / 4096) * 4;
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
