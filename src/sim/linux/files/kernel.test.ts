// The same random operations here and in a directory of the machine that runs the test: every answer, every error and the
// tree that remains must be the kernel's. As root each operation is made by one of three users, and overlays are mounted
// for real; elsewhere those parts are left out.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LinuxError, type Files } from '../contract.ts';
import { Random, type Stream } from '../../engine/random.ts';
import { isWhiteout, kernel } from './file-system.ts';
import { Mounts } from './mounts.ts';
import { Overlay } from './overlay.ts';
import { Tree } from './tree.ts';
import { createFiles } from './view.ts';

interface Operation {
  readonly call: 'mkdir' | 'rmdir' | 'unlink' | 'rename' | 'symlink' | 'link' | 'chmod' | 'chown' | 'write' | 'append'
    | 'read' | 'list' | 'lstat' | 'stat' | 'readlink' | 'realpath'; // prettier-ignore
  readonly path: string;
  readonly other?: string;
  readonly mode?: number;
  readonly uid: number;
  readonly gid: number;
}

/** Does operations for real and prints an answer for each; a program of its own because it changes its user. */
const oracle = `
const fs = require('node:fs');
const { cwd, operations } = JSON.parse(fs.readFileSync(0, 'utf8'));
process.umask(0o022);
process.chdir(cwd);
const root = process.getuid() === 0;
const show = (s, path) => [s.isDirectory() ? 'directory' : s.isSymbolicLink() ? 'symlink' : s.isFile() ? 'file' : 'char',
  s.mode & 0o7777, s.uid, s.gid, s.isDirectory() ? 0 : s.nlink, s.isDirectory() ? 0 : s.size].join(' ');
const calls = {
  mkdir: (o) => fs.mkdirSync(o.path, o.mode), rmdir: (o) => fs.rmdirSync(o.path), unlink: (o) => fs.unlinkSync(o.path),
  rename: (o) => fs.renameSync(o.path, o.other), symlink: (o) => fs.symlinkSync(o.other, o.path),
  link: (o) => fs.linkSync(o.path, o.other), chmod: (o) => fs.chmodSync(o.path, o.mode),
  chown: (o) => fs.chownSync(o.path, o.mode, o.mode),
  write: (o) => fs.writeFileSync(o.path, o.other, { mode: o.mode }),
  append: (o) => fs.writeFileSync(o.path, o.other, { mode: o.mode, flag: 'a' }),
  read: (o) => fs.readFileSync(o.path, 'utf8'), list: (o) => fs.readdirSync(o.path, { encoding: 'buffer' }).map(String).sort().join(),
  lstat: (o) => show(fs.lstatSync(o.path)), stat: (o) => show(fs.statSync(o.path)),
  readlink: (o) => fs.readlinkSync(o.path), realpath: (o) => fs.realpathSync.native(o.path),
};
const walk = (dir) => fs.readdirSync(dir).sort().flatMap((name) => {
  const s = fs.lstatSync(dir + '/' + name);
  return [dir + '/' + name + ' ' + show(s), ...(s.isDirectory() ? walk(dir + '/' + name) : [])];
});
if (root) process.setgroups([]);
const answers = operations.map((o) => {
  if (root) { process.setegid(o.gid); process.seteuid(o.uid); }
  try { return 'ok ' + (calls[o.call](o) ?? ''); } catch (e) { return e.code; } finally { if (root) { process.seteuid(0); process.setegid(0); } }
});
console.log(JSON.stringify({ answers, tree: walk('.') }));
`;

const isLinux = process.platform === 'linux';
const isRoot = isLinux && process.getuid?.() === 0;
const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const names = ['a', 'b', 'c', 'd'] as const;

/** So deep that no `..` of an operation leads out of what is ours. */
const deep = Array.from({ length: 24 }, () => 'n').join('/');
let sandbox = '';
beforeAll(() => {
  sandbox = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'files-'));
  execFileSync('chmod', ['755', sandbox]);
});
afterAll(() => {
  rmSync(sandbox, { recursive: true, force: true });
});

function pick<T>(stream: Stream, from: readonly T[]): T {
  return from[stream.int(from.length)] as T;
}

function randomPath(stream: Stream, base: string): string {
  const parts = Array.from({ length: 1 + stream.int(3) }, () =>
    stream.int(12) === 0 ? pick(stream, ['.', '..']) : pick(stream, names),
  );
  const path = parts.join(stream.int(30) === 0 ? '//' : '/');
  const slash = stream.int(12) === 0 ? '/' : '';
  return stream.int(20) === 0 ? `${base}/${path}${slash}` : `${path}${slash}`;
}

function randomOperation(stream: Stream, base: string): Operation {
  const call = pick(stream, [
    ...([
      'mkdir',
      'mkdir',
      'mkdir',
      'write',
      'write',
      'write',
      'append',
      'symlink',
      'symlink',
      'link',
      'rename',
    ] as const),
    ...(['rename', 'rename', 'rmdir', 'unlink', 'chmod', 'chmod', 'chown', 'read', 'list', 'lstat', 'stat'] as const),
    ...(['readlink', 'realpath'] as const),
  ]);
  const uid = isRoot ? pick(stream, [0, 1000, 1001]) : own.uid;
  const gid = isRoot ? pick(stream, uid === 0 ? [0] : [1000, uid]) : own.gid;
  const path = randomPath(stream, base);
  const base_ = { call, path, uid, gid };
  switch (call) {
    case 'mkdir':
      return { ...base_, mode: pick(stream, [0o777, 0o755, 0o775, 0o700]) };
    case 'chmod':
      return {
        ...base_,
        mode: pick(stream, [0o777, 0o755, 0o644, 0o600, 0o1777, 0o1777, 0o2775, 0o4755, 0o711, 0o744, 0o050, 0]),
      };
    case 'chown':
      return { ...base_, mode: isRoot ? pick(stream, [0, 1000, 1001]) : own.uid };
    case 'rename':
    case 'link':
      return { ...base_, other: randomPath(stream, base) };
    case 'symlink':
      return { ...base_, other: stream.int(5) === 0 ? join(base, pick(stream, names)) : randomPath(stream, base) };
    case 'write':
    case 'append':
      return {
        ...base_,
        other: pick(stream, ['', 'x', 'äö', 'longer\n']),
        mode: pick(stream, [0o666, 0o666, 0o600, 0o755]),
      };
    default:
      return base_;
  }
}

const isSet = (name: string): boolean => isLinux && readFileSync(`/proc/sys/fs/${name}`, 'utf8').trim() !== '0';
const protectedSymlinks = isSet('protected_symlinks');
const protectedRegular = isSet('protected_regular');

/** Our side. `at` is the directory in which the operations take place. */
function answer(mounts: Mounts, at: string, operation: Operation): string {
  const { call, path, other = '', mode = 0, uid, gid } = operation;
  const root = mounts.root(1);
  const view = {
    ...{ mounts, root, groups: [], pid: 1, umask: 0o022, now: () => 1 },
    ...{ protectedSymlinks, protectedRegular },
  };
  const cwd = createFiles({ ...view, cwd: root, uid: 0, gid: 0 }).place(at);
  const files = createFiles({ ...view, cwd, uid, gid, privileged: uid === 0 });
  const calls: Record<Operation['call'], () => string | void> = {
    mkdir: () => files.mkdir(path, mode),
    rmdir: () => files.rmdir(path),
    unlink: () => files.unlink(path),
    rename: () => files.rename(path, other),
    symlink: () => files.symlink(other, path),
    link: () => files.link(path, other),
    chmod: () => files.chmod(path, mode),
    chown: () => files.chown(path, mode, mode),
    write: () => files.write(path, other, { mode }),
    append: () => files.write(path, other, { mode, append: true }),
    read: () => files.readText(path),
    list: () => files.list(path).join(','),
    lstat: () => show(files.lstat(path)),
    stat: () => show(files.stat(path)),
    readlink: () => files.readlink(path),
    realpath: () => files.realpath(path),
  };
  try {
    return `ok ${calls[call]() ?? ''}`;
  } catch (error) {
    if (error instanceof LinuxError) return error.errno;
    throw error;
  }
}

function show({ type, mode, uid, gid, nlink, sizeBytes }: ReturnType<Files['stat']>): string {
  const isDirectory = type === 'directory';
  return [type, mode, uid, gid, isDirectory ? 0 : nlink, isDirectory ? 0 : sizeBytes].join(' ');
}

function walk(files: Files, directory: string): string[] {
  return files.list(directory).flatMap((name) => {
    const path = `${directory}/${name}`;
    const stat = files.lstat(path);
    return [`${path} ${show(stat)}`, ...(stat.type === 'directory' ? walk(files, path) : [])];
  });
}

function real(cwd: string, operations: readonly Operation[]): { answers: string[]; tree: string[] } {
  const child = spawnSync(process.execPath, ['-e', oracle], {
    input: JSON.stringify({ cwd, operations }),
    encoding: 'utf8',
  });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout) as { answers: string[]; tree: string[] };
}

function rooted(mounts: Mounts, at: string): Files {
  const root = mounts.root(1);
  const view = { mounts, root, cwd: root, uid: 0, gid: 0, groups: [], pid: 1, umask: 0o022, now: () => 1 };
  const files = createFiles(view);
  files.mkdirs(at, 0o755);
  return createFiles({ ...view, cwd: files.place(at) });
}

function firstDifference(operations: readonly Operation[], ours: readonly string[], theirs: readonly string[]) {
  // The C library's realpath takes small steps from the root on and may be refused where the kernel is not asked.
  const differs = ({ call }: Operation, i: number): boolean =>
    ours[i] !== theirs[i] && !(call === 'realpath' && theirs[i]?.startsWith('E'));
  const index = operations.findIndex(differs);
  if (index < 0) return undefined;
  return { index, operation: operations[index], ours: ours[index], theirs: theirs[index] };
}

describe.runIf(isLinux)('one file system, compared with the kernel', () => {
  it.each(Array.from({ length: 3 }, (_, seed) => seed))('seed %i: 600 operations have the same results', (seed) => {
    const stream = new Random(seed).stream('operations');
    const at = join(sandbox, `plain-${String(seed)}`, deep);
    execFileSync('mkdir', ['-p', at]);
    const operations = Array.from({ length: 600 }, () => randomOperation(stream, at));
    if (isRoot) operations.unshift({ call: 'chmod', path: '.', mode: 0o777, uid: 0, gid: 0 });
    const expected = real(at, operations);
    const mounts = new Mounts();
    mounts.mount(1, new Tree(), undefined, '/dev/vda1');
    const files = rooted(mounts, at);
    for (let path = at; !isRoot && path !== sandbox; path = dirname(path)) {
      createFiles(ownerView(mounts)).chown(path, own.uid, own.gid);
    }
    const answers = operations.map((operation) => answer(mounts, at, operation));
    expect(firstDifference(operations, answers, expected.answers)).toBeUndefined();
    expect(walk(files, '.')).toEqual(expected.tree);
  });
});

function ownerView(mounts: Mounts) {
  const root = mounts.root(1);
  return { mounts, root, cwd: root, uid: 0, gid: 0, groups: [], pid: 1, umask: 0o022, now: () => 1 };
}

function canMountOverlays(): boolean {
  if (!isRoot) return false;
  const script =
    'd=$(mktemp -d) && cd $d && mkdir l u w m && mount -t overlay o -olowerdir=l,upperdir=u,workdir=w m && umount m && rm -r $d';
  return spawnSync('sh', ['-c', script]).status === 0;
}

describe.runIf(canMountOverlays())('overlays, compared with the kernel', () => {
  it.each(Array.from({ length: 3 }, (_, seed) => seed))('seed %i: 300 operations over two lower layers', (seed) => {
    const stream = new Random(seed).stream('overlay');
    const at = join(sandbox, `overlay-${String(seed)}`, deep);
    const work = join(sandbox, `work-${String(seed)}`);
    execFileSync('mkdir', ['-p', ...['l1', 'l2', 'u', 'm'].map((name) => `${at}/${name}`), work]);
    const mounts = new Mounts();
    const tree = new Tree();
    mounts.mount(1, tree, undefined, '/dev/vda1');
    const directory = (name: string) => {
      rooted(mounts, `${at}/${name}`);
      return createFiles(ownerView(mounts)).place(`${at}/${name}`).ref;
    };
    const merged = `${at}/m`;
    const asRoot = (operation: Operation): Operation => ({ ...operation, uid: 0, gid: 0 });
    directory('m');
    for (const lower of ['l1', 'l2']) {
      const root = directory(lower);
      expect(root).toBeGreaterThan(0);
      const operations = Array.from({ length: 60 }, () => asRoot(randomOperation(stream, merged))).filter(
        ({ call }) => call !== 'link' && call !== 'chmod',
      );
      const expected = real(`${at}/${lower}`, operations);
      const answers = operations.map((operation) => answer(mounts, `${at}/${lower}`, operation));
      expect(firstDifference(operations, answers, expected.answers)).toBeUndefined();
    }
    const upper = { fs: tree, root: directory('u') };
    const overlay = new Overlay(
      [
        { fs: tree, root: directory('l1') },
        { fs: tree, root: directory('l2') },
      ],
      upper,
    );
    mounts.mount(1, overlay, createFiles(ownerView(mounts)).place(merged), 'overlay');
    const options = `lowerdir=${at}/l1:${at}/l2,upperdir=${at}/u,workdir=${work},redirect_dir=off,index=off,metacopy=off`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]);
    try {
      const operations = Array.from({ length: 300 }, () => asRoot(randomOperation(stream, merged)));
      const expected = real(merged, operations);
      const answers = operations.map((operation) => answer(mounts, merged, operation));
      expect(firstDifference(operations, answers, expected.answers)).toBeUndefined();
      expect(walk(rooted(mounts, merged), '.')).toEqual(expected.tree);
    } finally {
      execFileSync('umount', [merged]);
    }
    const raw = real(`${at}/u`, []).tree.map(withoutWhiteoutDetails);
    expect(walk(rooted(mounts, `${at}/u`), '.').map(withoutWhiteoutDetails)).toEqual(raw);
    for (const name of tree.list(upper.root)) {
      const found = tree.attributes(tree.lookup(upper.root, name) as number);
      if (isWhiteout(found)) expect(overlay.lookup(overlay.root, name)).toBeUndefined();
      else expect(overlay.attributes(overlay.lookup(overlay.root, name)!, kernel).type).toBe(found.type);
    }
  });
});

/** The kernel gives all whiteouts one inode. */
function withoutWhiteoutDetails(line: string): string {
  return line.replace(/ char .*/, ' char');
}
