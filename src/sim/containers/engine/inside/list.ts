// `ls` in a container (coreutils 9.1): names, one a line unless on a terminal, and the long form.
import { type Files, LinuxError, type Stat } from '../../../linux/contract.ts';
import type { ToolResult } from './tools.ts';

interface Look {
  readonly tty: boolean;
  readonly nowMs: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const HALF_YEAR_MS = 15_778_476_000;

export function list(args: readonly string[], files: Files, look: Look): ToolResult {
  const flags = args.filter((arg) => /^-[^-]/.test(arg)).join('').replaceAll('-', ''); // prettier-ignore
  const unknown = /[^1alAhdRtr]/.exec(flags)?.[0] ?? args.find((arg) => arg.startsWith('--'));
  if (unknown !== undefined)
    return { kind: 'done', exitCode: 2, stdout: '', stderr: `ls: option ${unknown.startsWith('-') ? unknown : `-${unknown}`} is not simulated\n` }; // prettier-ignore
  const given = args.filter((arg) => !arg.startsWith('-'));
  const paths = given.length > 0 ? given : ['.'];
  let stderr = '';
  const found = paths.filter((path) => {
    try {
      files.lstat(path);
      return true;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      stderr += `ls: cannot access '${path}': ${error.message}\n`;
      return false;
    }
  });
  const isDirectory = (path: string) =>
    !flags.includes('d') && files.exists(path) && files.stat(path).type === 'directory';
  const plain = found.filter((path) => !isDirectory(path));
  const blocks =
    plain.length > 0
      ? [
          show(
            plain.map((path) => ({ name: path, path })),
            files,
            flags,
            look,
            false,
          ),
        ]
      : [];
  for (const path of found.filter(isDirectory)) {
    const names = files
      .list(path)
      .filter((name) => flags.includes('a') || flags.includes('A') || !name.startsWith('.'));
    const all = flags.includes('a') ? ['.', '..', ...names] : names;
    const text = show(
      all.map((name) => ({ name, path: `${path}/${name}` })),
      files,
      flags,
      look,
      true,
    );
    blocks.push(paths.length > 1 ? `${path}:\n${text}` : text);
  }
  return { kind: 'done', exitCode: stderr === '' ? 0 : 2, stdout: blocks.join('\n'), stderr };
}

interface Entry {
  readonly name: string;
  readonly path: string;
}

function show(entries: readonly Entry[], files: Files, flags: string, look: Look, total: boolean): string {
  if (!flags.includes('l')) {
    if (!look.tty || flags.includes('1')) return entries.map(({ name }) => `${name}\n`).join('');
    return entries.length === 0 ? '' : `${entries.map(({ name }) => name).join('  ')}\n`;
  }
  const stats = entries.map(({ path }) => files.lstat(path));
  const users = namesIn(files, '/etc/passwd');
  const groups = namesIn(files, '/etc/group');
  const rows = stats.map((stat) => [String(stat.nlink), users.get(stat.uid) ?? String(stat.uid), groups.get(stat.gid) ?? String(stat.gid), String(stat.sizeBytes)]); // prettier-ignore
  const width = (column: number) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length));
  const lines = entries.map(({ name, path }, i) => {
    const stat = stats[i] as Stat;
    const row = rows[i] as string[];
    const link = stat.type === 'symlink' ? ` -> ${files.readlink(path)}` : '';
    const cells = [(row[0] ?? '').padStart(width(0)), (row[1] ?? '').padEnd(width(1)), (row[2] ?? '').padEnd(width(2)), (row[3] ?? '').padStart(width(3))]; // prettier-ignore
    return `${modeOf(stat)} ${cells.join(' ')} ${dateOf(stat.mtimeMs, look.nowMs)} ${name}${link}\n`;
  });
  const blocks = stats.reduce((sum, { type, sizeBytes }) => sum + (type === 'symlink' ? 0 : Math.ceil(sizeBytes / 4096) * 4), 0); // prettier-ignore
  return (total ? `total ${String(blocks)}\n` : '') + lines.join('');
}

function modeOf({ type, mode }: Stat): string {
  const letter = { file: '-', directory: 'd', symlink: 'l', char: 'c', block: 'b', fifo: 'p', socket: 's' }[type];
  const bits = [...'rwxrwxrwx'].map((sign, i) => ((mode & (1 << (8 - i))) === 0 ? '-' : sign));
  if ((mode & 0o4000) !== 0) bits[2] = bits[2] === 'x' ? 's' : 'S';
  if ((mode & 0o2000) !== 0) bits[5] = bits[5] === 'x' ? 's' : 'S';
  if ((mode & 0o1000) !== 0) bits[8] = bits[8] === 'x' ? 't' : 'T';
  return letter + bits.join('');
}

function dateOf(ms: number, nowMs: number): string {
  const date = new Date(ms);
  const day = `${MONTHS[date.getUTCMonth()] ?? ''} ${String(date.getUTCDate()).padStart(2)}`;
  const recent = ms <= nowMs && nowMs - ms < HALF_YEAR_MS;
  return recent ? `${day} ${date.toISOString().slice(11, 16)}` : `${day}  ${String(date.getUTCFullYear())}`;
}

function namesIn(files: Files, path: string): ReadonlyMap<number, string> {
  const text = files.exists(path) ? files.readText(path) : '';
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name = '', , id = ''] = line.split(':');
      return id === '' ? [] : [[Number(id), name] as const];
    }),
  );
}
