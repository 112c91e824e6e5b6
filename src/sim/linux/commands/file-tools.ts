// stat(1), ln(1), chown(1) and chgrp(1) of coreutils 9.1.
import { type Command, LinuxError, type Sys } from '../contract.ts';
import { formatTime } from '../../engine/time.ts';
import { commandName, groupName, groups, parseOptions, tryHelp, userName, users } from './common.ts';

const types = {
  file: ['-', 'regular file'],
  directory: ['d', 'directory'],
  symlink: ['l', 'symbolic link'],
  char: ['c', 'character special file'],
  block: ['b', 'block special file'],
  fifo: ['p', 'fifo'],
  socket: ['s', 'socket'],
} as const;

/** `drwxr-xr-x`. */
function modeText(type: keyof typeof types, mode: number): string {
  const letters = [8, 7, 6, 5, 4, 3, 2, 1, 0].map((bit, i) => ((mode >> bit) & 1 ? ('rwx'[i % 3] ?? '') : '-'));
  const special = (bit: number, at: number, on: string) => {
    if ((mode & bit) !== 0) letters[at] = letters[at] === 'x' ? on : on.toUpperCase();
  };
  special(0o4000, 2, 's');
  special(0o2000, 5, 's');
  special(0o1000, 8, 't');
  return types[type][0] + letters.join('');
}

export const stat: Command = (sys) => {
  const options = parseOptions(sys, [
    { names: ['c', 'format'], value: 'required' },
    { names: ['L', 'dereference'] },
    { names: ['f', 'file-system'], refused: true },
    { names: ['t', 'terse'], refused: true },
    { names: ['printf'], value: 'required', refused: true },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (operands.length === 0) return tryHelp(sys, 'missing operand');
  let exitCode = 0;
  for (const path of operands) {
    let found;
    try {
      found = set.has('L') ? sys.files.stat(path) : sys.files.lstat(path);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      sys.err(`stat: cannot statx '${path}': ${error.message}\n`);
      exitCode = 1;
      continue;
    }
    const { type, mode, uid, gid, nlink, sizeBytes, mtimeMs, ino, dev } = found;
    const kind = type === 'file' && sizeBytes === 0 ? 'regular empty file' : types[type][1];
    const at = `${formatTime(mtimeMs).slice(0, 10)} ${formatTime(mtimeMs).slice(11, 19)}.${String(mtimeMs % 1000).padStart(3, '0')}000000 +0000`; // prettier-ignore
    const owner = userName(sys.files, uid) ?? 'UNKNOWN';
    const group = groupName(sys.files, gid) ?? 'UNKNOWN';
    const target = type === 'symlink' ? ` -> ${sys.files.readlink(path)}` : '';
    const blocks = type === 'symlink' && sizeBytes < 60 ? 0 : Math.ceil(sizeBytes / 4096) * 8;
    const octal = mode.toString(8);
    const format = set.get('c');
    if (typeof format === 'string') {
      const fields: Readonly<Record<string, string>> = {
        n: path,
        N: type === 'symlink' ? `'${path}' -> '${sys.files.readlink(path)}'` : `'${path}'`,
        s: String(sizeBytes),
        u: String(uid),
        g: String(gid),
        U: owner,
        G: group,
        a: octal,
        A: modeText(type, mode),
        i: String(ino),
        h: String(nlink),
        F: kind,
        d: String(dev),
        y: at,
        Y: String(Math.floor(mtimeMs / 1000)),
        b: String(blocks),
        B: '512',
        '%': '%',
      };
      sys.out(`${format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => fields[letter] ?? whole)}\n`);
      continue;
    }
    sys.out(
      `  File: ${path}${target}\n` +
        `  Size: ${String(sizeBytes).padEnd(10)}\tBlocks: ${String(blocks).padEnd(10)} IO Block: 4096   ${kind}\n` +
        `Device: ${String(dev >> 8)},${String(dev & 255)}\tInode: ${String(ino).padEnd(11)} Links: ${String(nlink)}\n` +
        `Access: (${octal.padStart(4, '0')}/${modeText(type, mode)})  Uid: (${String(uid).padStart(5)}/${owner.padStart(8)})   Gid: (${String(gid).padStart(5)}/${group.padStart(8)})\n` +
        `Access: ${at}\nModify: ${at}\nChange: ${at}\n Birth: ${at}\n`,
    );
  }
  return exitCode;
};

export const ln: Command = (sys) => {
  const options = parseOptions(sys, [
    { names: ['s', 'symbolic'] },
    { names: ['f', 'force'] },
    { names: ['n', 'no-dereference'] },
    { names: ['T', 'no-target-directory'] },
    { names: ['v', 'verbose'] },
    { names: ['r', 'relative'], refused: true },
    { names: ['t', 'target-directory'], value: 'required', refused: true },
    { names: ['b'], refused: true },
    { names: ['i', 'interactive'], refused: true },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (operands.length === 0) return tryHelp(sys, 'missing file operand');
  const { files } = sys;
  const isDirectory = (path: string) =>
    files.exists(path) &&
    files.stat(path).type === 'directory' &&
    !(set.has('n') && files.lstat(path).type === 'symlink');
  const base = (path: string) => path.replace(/\/+$/, '').split('/').pop() ?? path;
  const last = operands.length === 1 ? '.' : (operands[operands.length - 1] ?? '');
  const into = !set.has('T') && isDirectory(last);
  if (operands.length > 2 && !into) {
    sys.err(`ln: target '${last}': ${files.exists(last) ? 'Not a directory' : 'No such file or directory'}\n`);
    return 1;
  }
  const sources = operands.length === 1 ? operands : operands.slice(0, -1);
  let exitCode = 0;
  for (const source of sources) {
    const path = into ? `${last === '.' ? '.' : last.replace(/\/+$/, '')}/${base(source)}` : last;
    const shown = path.replace(/^\.\//, './');
    const symbolic = set.has('s');
    if (!symbolic && !files.exists(source)) {
      sys.err(`ln: failed to access '${source}': No such file or directory\n`);
      exitCode = 1;
      continue;
    }
    try {
      if (set.has('f') && lexists(sys, path)) files.unlink(path);
      if (symbolic) files.symlink(source, path);
      else files.link(source, path);
      if (set.has('v')) sys.out(`'${shown}' ${symbolic ? '->' : '=>'} '${source}'\n`);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      if (!symbolic && files.stat(source).type === 'directory')
        sys.err(`ln: ${source}: hard link not allowed for directory\n`); // prettier-ignore
      else
        sys.err(
          symbolic
            ? `ln: failed to create symbolic link '${shown}': ${error.message}\n`
            : `ln: failed to create hard link '${shown}'${error.errno === 'EEXIST' ? '' : ` => '${source}'`}: ${error.message}\n`,
        );
      exitCode = 1;
    }
  }
  return exitCode;
};

function lexists(sys: Sys, path: string): boolean {
  try {
    sys.files.lstat(path);
    return true;
  } catch {
    return false;
  }
}

export const chown: Command = (sys) => {
  const options = parseOptions(sys, [
    { names: ['R', 'recursive'] },
    { names: ['v', 'verbose'], refused: true },
    { names: ['h', 'no-dereference'], refused: true },
    { names: ['f', 'silent', 'quiet'] },
    { names: ['reference'], value: 'required', refused: true },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  const group = commandName(sys) === 'chgrp';
  if (operands.length === 0) return tryHelp(sys, 'missing operand');
  const spec = operands[0] ?? '';
  if (operands.length === 1) return tryHelp(sys, `missing operand after ‘${spec}’`);
  const [user = '', groupText] = group ? ['', spec] : spec.includes(':') ? spec.split(':') : [spec];
  const account = users(sys.files).find(({ name }) => name === user);
  const uid = user === '' ? -1 : (account?.id ?? (/^\d+$/.test(user) ? Number(user) : undefined));
  if (uid === undefined) {
    sys.err(`chown: invalid user: ‘${spec}’\n`);
    return 1;
  }
  const named = groups(sys.files).find(({ name }) => name === groupText);
  const gid =
    groupText === undefined
      ? -1
      : groupText === ''
        ? Number(account?.fields[3] ?? -1)
        : (named?.id ?? (/^\d+$/.test(groupText) ? Number(groupText) : undefined));
  if (gid === undefined) {
    sys.err(`${commandName(sys)}: invalid group: ‘${spec}’\n`);
    return 1;
  }
  let exitCode = 0;
  const visit = (path: string): void => {
    try {
      if (!sys.files.exists(path)) {
        if (!set.has('f')) sys.err(`${commandName(sys)}: cannot access '${path}': No such file or directory\n`);
        exitCode = 1;
        return;
      }
      if (set.has('R') && sys.files.lstat(path).type === 'directory')
        for (const name of sys.files.list(path)) if (sys.files.lstat(`${path}/${name}`).type !== 'symlink') visit(`${path}/${name}`); // prettier-ignore
      sys.files.chown(path, uid, gid);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      if (!set.has('f')) sys.err(`${commandName(sys)}: changing ${group ? 'group' : 'ownership'} of '${path}': ${error.message}\n`); // prettier-ignore
      exitCode = 1;
    }
  };
  for (const path of operands.slice(1)) visit(path);
  return exitCode;
};
