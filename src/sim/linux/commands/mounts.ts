// mount(8), umount(8), findmnt(8) of util-linux 2.38.1 and df(1) of coreutils 9.1.
import { type Command, type Errno, LinuxError, type Sys } from '../contract.ts';
import type { MountLine } from '../tasks/kernel.ts';
import { humanCeil, json, parseOptions, table, withCalls } from './common.ts';

const seeDmesg = '       dmesg(1) may have more information after failed mount system call.\n';

const optionsOf = (line: MountLine) => [line.options, ...line.superOptions.split(',').slice(1)].join(',');

export const mount: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['t', 'types'], value: 'required' },
    { names: ['o', 'options'], value: 'required' },
    { names: ['B', 'bind'] },
    { names: ['R', 'rbind'] },
    { names: ['r', 'read-only'] },
    { names: ['w', 'read-write'] },
    { names: ['n', 'no-mtab'] },
    { names: ['v', 'verbose'] },
    { names: ['a', 'all'], refused: true },
    { names: ['M', 'move'], refused: true },
    { names: ['make-private'] },
    { names: ['make-rprivate'] },
    { names: ['make-slave'] },
    { names: ['make-rslave'] },
    { names: ['make-shared'] },
    { names: ['make-rshared'] },
    { names: ['make-unbindable'] },
    { names: ['source'], value: 'required', refused: true },
    { names: ['target'], value: 'required', refused: true },
    { names: ['N', 'namespace'], value: 'required', refused: true },
    { names: ['V', 'version'] },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (set.has('V')) {
    sys.out('mount from util-linux 2.38.1 (libmount 2.38.1: selinux, smack, btrfs, verity, namespaces, idmapping, assert, debug)\n'); // prettier-ignore
    return 0;
  }
  const propagation = [...set.keys()].find((name) => name.startsWith('make-'))?.slice('make-'.length);
  if (operands.length === 0) {
    const type = set.get('t');
    for (const line of sys.calls.mounts())
      if (type === undefined || line.type === type)
        sys.out(`${line.source} on ${line.target} type ${line.type} (${optionsOf(line)})\n`);
    return 0;
  }
  const words = typeof set.get('o') === 'string' ? (set.get('o') as string).split(',') : [];
  if (set.has('B')) words.push('bind');
  if (set.has('R')) words.push('rbind');
  if (set.has('r')) words.push('ro');
  if (propagation !== undefined) words.push(propagation);
  const alone = operands.length === 1;
  const target = operands[alone ? 0 : 1] ?? '';
  const source = alone ? 'none' : (operands[0] ?? '');
  if (alone && propagation === undefined && !words.includes('remount')) {
    sys.err(`mount: ${target}: can't find in /etc/fstab.\n`);
    return 1;
  }
  const bind = words.includes('bind') || words.includes('rbind');
  const type = bind || alone ? '' : typeof set.get('t') === 'string' ? (set.get('t') as string) : 'auto';
  if (!sys.files.exists(target)) {
    sys.err(`mount: ${target}: mount point does not exist.\n${seeDmesg}`);
    return 32;
  }
  if (sys.calls.ids().uid !== 0) {
    sys.err(`mount: ${target}: must be superuser to use mount.\n${seeDmesg}`);
    return 32;
  }
  if (type === 'auto' || type === 'ext4') {
    const known = sys.files.exists(source);
    sys.err(
      known
        ? `mount: ${target}: ${source} is not a block device.\n${seeDmesg}`
        : `mount: ${target}: special device ${source} does not exist.\n${seeDmesg}`,
    );
    return 32;
  }
  if (bind && !sys.files.exists(source)) {
    sys.err(`mount: ${target}: special device ${source} does not exist.\n${seeDmesg}`);
    return 32;
  }
  try {
    sys.calls.mount({ source, target, type, options: words });
    return 0;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    const reasons: Partial<Record<Errno, string>> = {
      EPERM: 'permission denied.',
      EACCES: 'permission denied.',
      ENODEV: `unknown filesystem type '${type}'.`,
      EBUSY: `${source} already mounted on ${target}.`,
      ENOTDIR: 'mount point is not a directory.',
      EINVAL: alone
        ? 'mount point not mounted or bad option.'
        : `wrong fs type, bad option, bad superblock on ${source}, missing codepage or helper program, or other error.`,
    };
    sys.err(
      `mount: ${target}: ${reasons[error.errno] ?? `mount(2) system call failed: ${error.message}.`}\n${seeDmesg}`,
    );
    return 32;
  }
});

export const umount: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['l', 'lazy'] },
    { names: ['f', 'force'] },
    { names: ['R', 'recursive'], refused: true },
    { names: ['a', 'all'], refused: true },
    { names: ['t', 'types'], value: 'required', refused: true },
    { names: ['v', 'verbose'] },
    { names: ['V', 'version'] },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (operands.length === 0) {
    sys.err("umount: bad usage\nTry 'umount --help' for more information.\n");
    return 1;
  }
  let exitCode = 0;
  for (const operand of operands) {
    const by = sys.calls
      .mounts()
      .filter((line) => line.source === operand)
      .pop();
    const path = !sys.files.exists(operand) && by ? by.target : operand;
    const fail = (text: string) => {
      sys.err(`umount: ${path}: ${text}\n`);
      exitCode = 32;
    };
    if (!sys.files.exists(path)) fail('no mount point specified.');
    else if (sys.calls.ids().uid !== 0) fail('must be superuser to unmount.');
    else {
      try {
        sys.calls.umount(path, set.has('l'));
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        if (error.errno === 'EBUSY') fail('target is busy.');
        else if (error.errno === 'EINVAL') fail('not mounted.');
        else fail(error.errno === 'EPERM' ? 'must be superuser to unmount.' : `umount failed: ${error.message}.`);
      }
    }
  }
  return exitCode;
});

// ---------------------------------------------------------------------------------------------------- findmnt

const findmntColumns: Readonly<Record<string, (line: MountLine) => string>> = {
  TARGET: (line) => line.target,
  SOURCE: (line) => (line.root === '/' ? line.source : `${line.source}[${line.root}]`),
  FSTYPE: (line) => line.type,
  OPTIONS: optionsOf,
  PROPAGATION: (line) => line.propagation || 'private',
  'FS-OPTIONS': (line) => line.superOptions,
  'VFS-OPTIONS': (line) => line.options,
  'MAJ:MIN': (line) => line.device,
  ID: (line) => String(line.id),
  PARENT: (line) => String(line.parent),
  FSROOT: (line) => line.root,
};

export const findmnt: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['l', 'list'] },
    { names: ['n', 'noheadings'] },
    { names: ['J', 'json'] },
    { names: ['o', 'output'], value: 'required' },
    { names: ['t', 'types'], value: 'required' },
    { names: ['T', 'target'], value: 'required' },
    { names: ['M', 'mountpoint'], value: 'required' },
    { names: ['S', 'source'], value: 'required' },
    { names: ['R', 'submounts'] },
    { names: ['r', 'raw'] },
    { names: ['N', 'task'], value: 'required', refused: true },
    { names: ['D', 'df'], refused: true },
    { names: ['a', 'ascii'], refused: true },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (!sys.files.exists('/proc/self/mountinfo')) {
    sys.err("findmnt: can't read /proc/mounts: No such file or directory\n");
    return 1;
  }
  const names =
    typeof set.get('o') === 'string'
      ? (set.get('o') as string)
          .split(',')
          .map((name) => (Object.hasOwn(findmntColumns, name.toUpperCase()) ? name.toUpperCase() : name))
      : ['TARGET', 'SOURCE', 'FSTYPE', 'OPTIONS'];
  const unknown = names.find((name) => !Object.hasOwn(findmntColumns, name));
  if (unknown !== undefined) {
    sys.err(`findmnt: unknown column: ${unknown}\n`);
    return 1;
  }
  const all = sys.calls.mounts();
  const text = (name: string) => (typeof set.get(name) === 'string' ? (set.get(name) as string) : undefined);
  const types = text('t')?.split(',');
  const where = text('M') ?? operands[0];
  const holding = text('T');
  let chosen = all.filter(
    (line) =>
      (types?.includes(line.type) ?? true) &&
      (text('S') === undefined || line.source === text('S')) &&
      (where === undefined || line.target === where || line.source === where),
  );
  if (where !== undefined && !set.has('R')) chosen = chosen.slice(-1);
  if (holding !== undefined) {
    const path = sys.files.exists(holding) ? sys.files.realpath(holding) : holding;
    const above = all.filter(({ target }) => target === '/' || path === target || path.startsWith(`${target}/`));
    chosen = [...above].sort((a, b) => a.target.length - b.target.length).slice(-1);
  }
  if (chosen.length === 0) return 1;
  const filtered = where !== undefined || types !== undefined || holding !== undefined || text('S') !== undefined;
  const rows = set.has('l') || set.has('r') || (filtered && !set.has('R')) ? chosen.map((line) => ({ line, prefix: '' })) : tree(chosen); // prettier-ignore
  const cell = (line: MountLine, name: string) => findmntColumns[name]?.(line) ?? '';
  if (set.has('J')) {
    sys.out(json('filesystems', chosen.map((line) => names.map((name) => [name.toLowerCase(), cell(line, name), false] as const)))); // prettier-ignore
    return 0;
  }
  sys.out(
    table(
      names.map((title) => ({ title })),
      rows.map(({ line, prefix }) => names.map((name) => (name === 'TARGET' ? prefix : '') + cell(line, name))),
      !set.has('n'),
    ),
  );
  return 0;
});

function tree(lines: readonly MountLine[]): readonly { readonly line: MountLine; readonly prefix: string }[] {
  const rows: { line: MountLine; prefix: string }[] = [];
  const visit = (line: MountLine, stem: string, branch: string): void => {
    rows.push({ line, prefix: stem + branch });
    const children = lines.filter(({ parent }) => parent === line.id);
    const below = branch === '' ? stem : stem + (branch === '├─' ? '│ ' : '  ');
    children.forEach((child, i) => {
      visit(child, below, i === children.length - 1 ? '└─' : '├─');
    });
  };
  for (const line of lines) if (!lines.some(({ id }) => id === line.parent)) visit(line, '', '');
  return rows;
}

// ---------------------------------------------------------------------------------------------------- df

/** File systems without blocks are left out unless they are named. */
const hidden = new Set(['proc', 'sysfs', 'cgroup2']);

export const df: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['h', 'human-readable'] },
    { names: ['k'] },
    { names: ['T', 'print-type'] },
    { names: ['t', 'type'], value: 'required' },
    { names: ['a', 'all'] },
    { names: ['i', 'inodes'], refused: true },
    { names: ['output'], value: 'optional', refused: true },
    { names: ['total'], refused: true },
    { names: ['x', 'exclude-type'], value: 'required' },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  const mounts = sys.calls.mounts();
  const chosen: MountLine[] = [];
  let exitCode = 0;
  if (operands.length > 0)
    for (const operand of operands) {
      const line = mountOf(sys, mounts, operand);
      if (line) chosen.push(line);
      else {
        sys.err(`df: ${operand}: No such file or directory\n`);
        exitCode = 1;
      }
    }
  else
    chosen.push(
      ...mounts.filter(
        (line, i) =>
          (set.has('a') || !hidden.has(line.type)) &&
          (set.has('a') || mounts.findIndex(({ device }) => device === line.device) === i),
      ),
    );
  const shown = chosen.filter(
    ({ type }) => (set.get('t') === undefined || set.get('t') === type) && set.get('x') !== type,
  );
  if (shown.length === 0) {
    if (exitCode === 0) sys.err('df: no file systems processed\n');
    return 1;
  }
  const human = set.has('h');
  const size = (bytes: number) => (human ? humanCeil(bytes) : String(Math.ceil(bytes / 1024)));
  const rows = shown.map((line) => {
    const { sizeBytes, usedBytes } = sys.files.statfs(line.target);
    // ext4 keeps a twentieth for root.
    const reserved = line.type === 'ext4' ? Math.floor(sizeBytes / 20) : 0;
    const available = Math.max(0, sizeBytes - usedBytes - reserved);
    const percent =
      usedBytes + available > 0 ? `${String(Math.ceil((usedBytes * 100) / (usedBytes + available)))}%` : '-';
    return [line.source, ...(set.has('T') ? [line.type] : []), size(sizeBytes), size(usedBytes), size(available), percent, line.target]; // prettier-ignore
  });
  const titles = [
    'Filesystem',
    ...(set.has('T') ? ['Type'] : []),
    human ? 'Size' : '1K-blocks',
    'Used',
    human ? 'Avail' : 'Available',
    'Use%',
    'Mounted on',
  ];
  const first = set.has('T') ? 2 : 1;
  const columns = titles.map((title, i) => ({ title, right: i >= first && i < titles.length - 1 }));
  // The first column is at least 14 wide, numbers at least 5.
  const wide = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(14) : i >= first && i < first + 3 ? cell.padStart(5) : cell)),
  );
  sys.out(table(columns, wide));
  return exitCode;
});

function mountOf(sys: Sys, mounts: readonly MountLine[], path: string): MountLine | undefined {
  const bySource = mounts.find(({ source, type }) => source === path && type === 'ext4');
  if (bySource) return bySource;
  if (!sys.files.exists(path)) return undefined;
  const real = sys.files.realpath(path);
  return mounts
    .filter(({ target }) => target === '/' || real === target || real.startsWith(`${target}/`))
    .sort((a, b) => a.target.length - b.target.length)
    .pop();
}
