import { describe, expect, it } from 'vitest';
import { LinuxError } from '../contract.ts';
import { Mounts } from './mounts.ts';
import { Overlay } from './overlay.ts';
import { changes } from './overlay-changes.ts';
import { entriesOf, layerTree } from './layer.ts';
import { plainEntries, populate, type PlainTree } from './populate.ts';
import { INODES_MAX, TEXT_BYTES_MAX, Tree } from './tree.ts';
import { createFiles, type TaskFiles, type View } from './view.ts';
import type { VirtualFiles } from './virtual.ts';

const base: PlainTree = {
  '/etc/hostname': 'harbour\n',
  '/etc/app/one': '1',
  '/etc/app/two': '2',
  '/usr/lib/libtls.so.1': { opaque: { sizeBytes: 5000, id: 'tls', magic: 'ELF' } },
  '/lib': { symlink: 'usr/lib' },
  '/lib/libc.so.6': 'c',
  '/dev/null': { char: { major: 1, minor: 3 } },
  '/dev/full': { char: { major: 1, minor: 7 } },
  '/tmp': { directory: true, mode: 0o1777 },
  '/srv': { directory: true, mode: 0o2775, gid: 50 },
  '/home/ann': { directory: true, mode: 0o700, uid: 1000, gid: 1000 },
  '/home/ann/note': { text: 'n', mode: 0o640, uid: 1000, gid: 50 },
  '/opt/tool': { text: '#!/bin/sh\n', mode: 0o4755 },
  '/opt/data': { text: 'd', mode: 0o600 },
};

function machine(tree = populate(new Tree(), base)) {
  const mounts = new Mounts();
  mounts.mount(1, tree, undefined, '/dev/vda1', {}, tree.root, { major: 254, minor: 1 });
  let now = 100;
  const as = (change: Partial<View> = {}): TaskFiles => {
    const root = mounts.root(1);
    const task = { uid: 0, gid: 0, groups: [], pid: 1, umask: 0o022 };
    return createFiles({ mounts, root, cwd: change.root ?? root, now: () => ++now, ...task, ...change });
  };
  return { mounts, tree, as, files: as() };
}

function refusal(act: () => unknown): string {
  try {
    act();
    return 'ok';
  } catch (error) {
    if (error instanceof LinuxError) return error.errno;
    throw error;
  }
}

const ann = { uid: 1000, gid: 1000 };
const bob = { uid: 1001, gid: 1001, groups: [50] };

describe('rights', () => {
  const table: readonly (readonly [string, Partial<View>, (files: TaskFiles) => unknown, string])[] = [
    ['a stranger may not read a 0600 file', ann, (f) => f.read('/opt/data'), 'EACCES'],
    ['root may', {}, (f) => f.read('/opt/data'), 'ok'],
    [
      'root without its capabilities is an owner like others',
      { uid: 0, privileged: false },
      (f) => f.read('/home/ann'),
      'EACCES',
    ],
    ['root writes what nobody may', {}, (f) => f.write('/opt/data', ''), 'ok'],
    ['a directory must be searchable', bob, (f) => f.stat('/home/ann/note'), 'EACCES'],
    ['a group reads by its own bits', bob, (f) => f.read('/etc/hostname'), 'ok'],
    ['a name is made only with rights on the directory', ann, (f) => f.write('/etc/x', ''), 'EACCES'],
    ['EEXIST comes before EACCES', ann, (f) => f.mkdir('/etc/app'), 'EEXIST'],
    ['all make files in /tmp', ann, (f) => f.write('/tmp/a', ''), 'ok'],
    ['only the owner changes modes', bob, (f) => f.chmod('/opt/tool', 0o777), 'EPERM'],
    ['files are not given away', ann, (f) => f.chown('/home/ann/note', 1001, -1), 'EPERM'],
    ['nor to a group that one is not in', ann, (f) => f.chown('/home/ann/note', -1, 0), 'EPERM'],
    ['a hard link to a stranger’s file is refused', ann, (f) => f.link('/opt/data', '/tmp/l'), 'EPERM'],
    [
      'nobody but root makes device files',
      ann,
      (f) => f.mknod('/tmp/d', 'char', 0o666, { major: 1, minor: 3 }),
      'EPERM',
    ],
    ['touch needs the right to write', ann, (f) => f.utimes('/etc/hostname', 1), 'EPERM'],
  ];
  it.each(table)('%s', (_, who, act, expected) => {
    expect(refusal(() => act(machine().as(who)))).toBe(expected);
  });

  it('root reads and writes anything but executes only what somebody may', () => {
    const { files } = machine();
    expect(files.access('/opt/data', 'write')).toBe(true);
    expect(files.access('/opt/data', 'execute')).toBe(false);
    expect(files.access('/opt/tool', 'execute')).toBe(true);
  });

  it('in a sticky directory only owners remove, and links and files of others are no trap', () => {
    const { as } = machine();
    as(ann).write('/tmp/a', 'x', { mode: 0o666 });
    as(ann).chmod('/tmp/a', 0o666);
    as(ann).symlink('/etc/hostname', '/tmp/l');
    expect(refusal(() => as(bob).unlink('/tmp/a'))).toBe('EPERM');
    expect(refusal(() => as(bob).rename('/tmp/a', '/tmp/b'))).toBe('EPERM');
    expect(refusal(() => as(bob).readText('/tmp/l'))).toBe('EACCES');
    expect(refusal(() => as(bob).write('/tmp/a', 'y'))).toBe('EACCES');
    expect(refusal(() => as(ann).unlink('/tmp/a'))).toBe('ok');
  });

  it('a set-group-id directory hands its group down; writing and giving away take set-id bits away', () => {
    const { as, files } = machine();
    as(bob).mkdir('/srv/d', 0o777);
    as(bob).write('/srv/f', '');
    expect(files.stat('/srv/d')).toMatchObject({ mode: 0o2755, uid: 1001, gid: 50 });
    expect(files.stat('/srv/f')).toMatchObject({ mode: 0o644, gid: 50 });
    files.chown('/opt/tool', 1000, 1000);
    expect(files.stat('/opt/tool').mode).toBe(0o755);
  });

  it('a user namespace shows its own ids, and its root has power over them only', () => {
    const { as, files } = machine();
    const uidMap = [{ inside: 0, outside: 1000, count: 1 }];
    const inside = as({ uid: 1000, gid: 1000, privileged: true, uidMap, gidMap: uidMap });
    expect(inside.stat('/home/ann')).toMatchObject({ uid: 0, gid: 0 });
    expect(inside.stat('/etc')).toMatchObject({ uid: 65534, gid: 65534 });
    expect(refusal(() => inside.write('/etc/x', ''))).toBe('EACCES');
    expect(refusal(() => inside.chown('/home/ann', 5, 0))).toBe('EINVAL');
    inside.write('/home/ann/new', '');
    expect(files.stat('/home/ann/new').uid).toBe(1000);
  });
});

describe('paths', () => {
  it('links count from the task’s root, and nothing leads above it', () => {
    const { as, mounts, files } = machine();
    files.mkdirs('/jail/etc');
    files.write('/jail/etc/hostname', 'inside\n');
    files.symlink('/etc/hostname', '/jail/name');
    const root = files.place('/jail');
    const jailed = as({ root, cwd: root });
    expect(jailed.readText('/name')).toBe('inside\n');
    expect(jailed.realpath('../../name')).toBe('/etc/hostname');
    expect(jailed.list('/..')).toEqual(['etc', 'name']);
    // The well-known way out: a root below one's working directory.
    const out = as({ root: files.place('/jail/etc'), cwd: root });
    expect(out.list('..')).toContain('usr');
    expect(out.pathOf(root)).toBeUndefined();
    expect(mounts.root(1)).toEqual({ mount: 21, ref: 2 });
  });

  it('limits are the kernel’s', () => {
    const { files } = machine();
    files.symlink('loop', '/loop');
    for (let i = 0; i < 41; i++) files.symlink(i === 0 ? '/etc' : `/l${String(i - 1)}`, `/l${String(i)}`);
    expect(refusal(() => files.stat('/loop'))).toBe('ELOOP');
    expect(refusal(() => files.stat('/l39'))).toBe('ok');
    expect(refusal(() => files.stat('/l40'))).toBe('ELOOP');
    expect(refusal(() => files.mkdir(`/${'ä'.repeat(128)}`))).toBe('ENAMETOOLONG');
    expect(refusal(() => files.stat('/'.repeat(4096)))).toBe('ENAMETOOLONG');
    expect(refusal(() => files.stat(''))).toBe('ENOENT');
  });

  it('devices take and give', () => {
    const { files } = machine();
    files.write('/dev/null', 'gone');
    expect(files.readText('/dev/null')).toBe('');
    expect(refusal(() => files.write('/dev/full', 'x'))).toBe('ENOSPC');
  });
});

describe('mounts', () => {
  it('a mount hides what is there, cannot be left while in use, and its options hold', () => {
    const { mounts, files, as } = machine();
    const id = mounts.mount(
      1,
      populate(new Tree({ type: 'tmpfs', capacityBytes: 8192 }), {}),
      files.place('/etc'),
      'tmpfs',
    );
    expect(files.list('/etc')).toEqual([]);
    expect(files.realpath('/etc/..')).toBe('/');
    files.write('/etc/a', 'x');
    expect(refusal(() => files.write('/etc/b', 'x'.repeat(5000)))).toBe('ENOSPC');
    expect(files.statfs('/etc')).toEqual({ type: 'tmpfs', sizeBytes: 8192, usedBytes: 4096 });
    expect(refusal(() => files.rename('/etc/a', '/a'))).toBe('EXDEV');
    expect(refusal(() => files.rmdir('/etc'))).toBe('EBUSY');
    expect(refusal(() => files.rename('/etc', '/x'))).toBe('EBUSY');
    mounts.remount(id, { ro: true, noexec: true });
    expect(refusal(() => files.write('/etc/a', ''))).toBe('EROFS');
    expect(refusal(() => files.mkdir('/etc/a'))).toBe('EEXIST');
    expect(as().access('/etc/a', 'write')).toBe(false);
    expect(refusal(() => mounts.umount(files.place('/usr')))).toBe('EINVAL');
    expect(refusal(() => mounts.umount(files.place('/etc'), (mount) => mount === id))).toBe('EBUSY');
    mounts.umount(files.place('/etc'));
    expect(files.readText('/etc/hostname')).toBe('harbour\n');
    expect(mounts.save().systems).toHaveLength(1);
  });

  it('binds show directories and single files a second time', () => {
    const { mounts, files } = machine();
    files.mkdir('/mnt');
    files.write('/file', '');
    mounts.mount(1, new Tree({ type: 'tmpfs' }), files.place('/etc/app'), 'tmpfs');
    mounts.bind(1, files.place('/etc'), files.place('/mnt'), { ro: true });
    expect(files.list('/mnt/app')).toEqual(['one', 'two']);
    expect(refusal(() => files.write('/mnt/x', ''))).toBe('EROFS');
    mounts.umount(files.place('/mnt'));
    mounts.bind(1, files.place('/etc'), files.place('/mnt'), {}, true);
    expect(files.list('/mnt/app')).toEqual([]);
    expect(refusal(() => mounts.umount(files.place('/mnt')))).toBe('EBUSY');
    mounts.umount(files.place('/mnt'), undefined, true);
    mounts.bind(1, files.place('/etc/hostname'), files.place('/file'));
    expect(files.readText('/file')).toBe('harbour\n');
    expect(refusal(() => files.unlink('/file'))).toBe('EBUSY');
    expect(refusal(() => mounts.bind(1, files.place('/etc'), files.place('/file')))).toBe('ENOTDIR');
  });

  it('a copied namespace changes alone; pivot_root leaves the old root where it was put', () => {
    const { mounts, files, as } = machine();
    files.mkdirs('/new/old');
    mounts.mount(
      1,
      populate(new Tree({ type: 'tmpfs' }), { '/old': { directory: true } }),
      files.place('/new'),
      'tmpfs',
    );
    const move = mounts.copyNamespace(1, 2);
    const there = as({ root: move(mounts.root(1)), cwd: move(mounts.root(1)) });
    mounts.pivotRoot(2, there.place('/new'), there.place('/new/old'));
    const pivoted = as({ root: mounts.root(2), cwd: mounts.root(2) });
    expect(pivoted.list('/')).toEqual(['old']);
    expect(pivoted.readText('/old/etc/hostname')).toBe('harbour\n');
    mounts.umount(pivoted.place('/old'), undefined, true);
    expect(pivoted.list('/old')).toEqual([]);
    expect(files.list('/new')).toEqual(['old']);
    expect(mounts.list(2).map(({ id }) => pivoted.pathOf({ mount: id, ref: mounts.mountOf(id).root }))).toEqual(['/']);
    mounts.dropNamespace(2);
    expect(mounts.list(2)).toEqual([]);
  });

  it('computed files answer by who asks, take writes, and are made again by name after a restore', () => {
    const { mounts, files, as } = machine();
    const limits = new Map([['/cpu.max', 'max 100000\n']]);
    const cgroup = (): VirtualFiles => ({
      type: 'cgroup2',
      lookup: (path) =>
        path === '/' || path === '/self'
          ? { type: 'directory', mode: 0o755 }
          : path === '/self/root'
            ? { type: 'symlink', target: '/', jump: mounts.root(1) }
            : path === '/self/pid' || limits.has(path)
              ? { type: 'file', mode: 0o644 }
              : undefined,
      list: (path) => (path === '/' ? ['self', 'cpu.max'] : ['root', 'pid']),
      read: (path, { pid }) => (path === '/self/pid' ? `${String(pid)}\n` : (limits.get(path) ?? '')),
      write: (path, text) => void limits.set(path, text),
    });
    mounts.provide('cgroup', cgroup);
    files.mkdir('/cg');
    mounts.mount(1, mounts.virtual('cgroup', { of: 1 }), files.place('/cg'), 'cgroup');
    expect(files.list('/cg')).toEqual(['cpu.max', 'self']);
    expect(as({ pid: 7 }).readText('/cg/self/pid')).toBe('7\n');
    files.write('/cg/cpu.max', '50000 100000\n', { append: true });
    expect(files.readText('/cg/cpu.max')).toBe('50000 100000\n');
    expect(files.readText('/cg/self/root/etc/hostname')).toBe('harbour\n');
    expect(refusal(() => files.write('/cg/new', ''))).toBe('EACCES');
    mounts.load(structuredClone(mounts.save()));
    expect(files.readText('/cg/cpu.max')).toBe('50000 100000\n');
  });
});

describe('overlays', () => {
  function container(upperFiles: PlainTree = {}) {
    const lowers = [
      { '/etc/app/two': 'newer', '/bin/tool': 't', '/etc/.wh.gone': '', '/opt/.wh..wh..opq': '', '/opt/x': 'x' },
      { ...base, '/etc/gone': 'g', '/opt/hidden': 'h' },
    ].map((files) => {
      const fs = layerTree(plainEntries(files));
      return { fs, root: fs.root };
    });
    const upper = populate(new Tree(), upperFiles);
    const overlay = new Overlay(lowers, { fs: upper, root: upper.root });
    const mounts = new Mounts();
    mounts.mount(1, overlay, undefined, 'overlay');
    const root = mounts.root(1);
    const task = { uid: 0, gid: 0, groups: [], pid: 1, umask: 0o022, now: () => 9 };
    return { mounts, overlay, upper, files: createFiles({ mounts, root, cwd: root, ...task }) };
  }
  const diff = (overlay: Overlay) =>
    changes(overlay).map(({ kind, path }) => `${kind.charAt(0).toUpperCase()} ${path}`);

  it('merge from the top; whiteouts and opaque directories of layers hide', () => {
    const { files, overlay } = container();
    expect(files.readText('/etc/app/two')).toBe('newer');
    expect(files.list('/etc')).toEqual(['app', 'hostname']);
    expect(files.list('/opt')).toEqual(['x']);
    expect(files.stat('/etc').nlink).toBe(1);
    expect(changes(overlay)).toEqual([]);
  });

  const table: readonly (readonly [string, (files: TaskFiles) => void, readonly string[], readonly string[]])[] = [
    ['a new file', (f) => f.write('/etc/n', ''), ['C /etc', 'A /etc/n'], ['/etc', '/etc/n']],
    [
      'a changed file is copied up',
      (f) => f.write('/etc/app/one', 'x'),
      ['C /etc', 'C /etc/app', 'C /etc/app/one'],
      ['/etc', '/etc/app', '/etc/app/one'],
    ],
    [
      'so is one with another mode',
      (f) => f.chmod('/etc/hostname', 0o600),
      ['C /etc', 'C /etc/hostname'],
      ['/etc', '/etc/hostname'],
    ],
    [
      'writing through a link changes the file',
      (f) => f.write('/lib/libc.so.6', 'd'),
      ['C /usr', 'C /usr/lib', 'C /usr/lib/libc.so.6'],
      ['/usr', '/usr/lib', '/usr/lib/libc.so.6'],
    ],
    [
      'a removed file is a whiteout',
      (f) => f.unlink('/etc/hostname'),
      ['C /etc', 'D /etc/hostname'],
      ['/etc', '/etc/.wh.hostname'],
    ],
    ['what was made and removed is nothing', (f) => { f.write('/n', ''); f.unlink('/n'); }, [], []], // prettier-ignore
    [
      'a moved file is gone and new',
      (f) => f.rename('/etc/hostname', '/h'),
      ['C /etc', 'D /etc/hostname', 'A /h'],
      ['/etc', '/etc/.wh.hostname', '/h'],
    ],
    ['a directory made anew is opaque', (f) => { for (const n of ['one', 'two']) f.unlink(`/etc/app/${n}`); f.rmdir('/etc/app'); f.mkdir('/etc/app', 0o755); f.write('/etc/app/one', '!'); },
      ['C /etc', 'C /etc/app', 'C /etc/app/one', 'D /etc/app/two'], ['/etc', '/etc/app', '/etc/app/.wh..wh..opq', '/etc/app/one']], // prettier-ignore
    ['a removed directory is told once', (f) => { for (const n of ['one', 'two']) f.unlink(`/etc/app/${n}`); f.rmdir('/etc/app'); }, ['C /etc', 'D /etc/app'], ['/etc', '/etc/.wh.app']], // prettier-ignore
    ['a file in a directory’s place', (f) => { f.unlink('/opt/x'); f.rmdir('/opt'); f.write('/opt', ''); }, ['C /opt'], ['/opt']], // prettier-ignore
    [
      'a hard link is one file twice',
      (f) => f.link('/etc/hostname', '/etc/h2'),
      ['C /etc', 'A /etc/h2'],
      ['/etc', '/etc/h2', '/etc/hostname'],
    ],
  ];
  it.each(table)('%s', (_, act, expectedDiff, expectedLayer) => {
    const { files, overlay, upper, mounts } = container();
    act(files);
    expect(diff(overlay)).toEqual(expectedDiff);
    const layer = entriesOf(upper);
    expect(layer.map(({ path }) => path)).toEqual(expectedLayer);
    // As one more layer it gives the same files.
    const fs = layerTree(layer);
    const again = new Overlay([{ fs, root: fs.root }, ...overlay.lowers]);
    const strip = (o: Overlay) =>
      entriesOf(o).map((entry) => ({ ...entry, mtimeMs: entry.type === 'directory' ? 0 : entry.mtimeMs }));
    expect(strip(again)).toEqual(strip(overlay));
    expect(mounts.list(1)).toHaveLength(1);
  });

  it('a directory of a lower layer is not renamed, a new one is; without an upper layer nothing changes', () => {
    const { files, overlay } = container();
    expect(refusal(() => files.rename('/etc/app', '/x'))).toBe('EXDEV');
    expect(refusal(() => files.rmdir('/etc/app'))).toBe('ENOTEMPTY');
    files.mkdir('/n');
    files.write('/n/f', '');
    files.rename('/n', '/etc/n');
    expect(files.realpath('/etc/n/f')).toBe('/etc/n/f');
    const mounts = new Mounts();
    mounts.mount(1, new Overlay(overlay.lowers), undefined, 'overlay');
    const root = mounts.root(1);
    const task = { uid: 0, gid: 0, groups: [], pid: 1, umask: 0o022, now: () => 9 };
    expect(refusal(() => createFiles({ mounts, root, cwd: root, ...task }).mkdir('/n'))).toBe('EROFS');
  });

  it('a restored overlay has its old upper directory and shares its layers', () => {
    const { files, mounts, overlay } = container();
    files.write('/a', 'before');
    const saved = mounts.save();
    files.write('/a', 'after');
    files.unlink('/etc/hostname');
    mounts.load(saved);
    expect(files.readText('/a')).toBe('before');
    expect(files.exists('/etc/hostname')).toBe(true);
    expect(mounts.fs(mounts.root(1).mount)).toBe(overlay);
    const other = new Mounts();
    other.load(saved);
    const twin = other.fs(other.root(1).mount);
    expect(twin instanceof Overlay && twin.lowers[0]?.fs).toBe(overlay.lowers[0]?.fs);
  });
});

describe('trees', () => {
  it('a saved moment comes back as often as wanted, whatever happened since', () => {
    const { mounts, files } = machine();
    const look = () => JSON.stringify(entriesOf(mounts.fs(mounts.root(1).mount)));
    const first = look();
    const saved = mounts.save();
    for (let round = 0; round < 3; round++) {
      files.rename('/etc/app', '/app');
      files.write('/etc/hostname', 'x', { append: true });
      files.link('/etc/hostname', '/etc/again');
      files.chmod('/opt', 0o700);
      expect(look()).not.toBe(first);
      mounts.load(round === 1 ? structuredClone(saved) : saved);
      expect(look()).toBe(first);
    }
  });

  it('nothing grows beyond what a page can hold', () => {
    const { files, mounts } = machine();
    const quarter = 'x'.repeat(TEXT_BYTES_MAX / 4);
    for (const name of ['a', 'b', 'c']) files.write(`/${name}`, quarter);
    files.mkdir('/t');
    mounts.mount(1, new Tree({ type: 'tmpfs' }), files.place('/t'), 'tmpfs');
    expect(refusal(() => files.write('/t/d', quarter))).toBe('ENOSPC');
    expect(refusal(() => files.write('/a', 'y', { append: true }))).toBe('ok');
    const tree = new Tree();
    const birth = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtimeMs: 0 } as const;
    const caller = { pid: 0, uid: 0, gid: 0, nowMs: 0 };
    for (let i = tree.inodes; i < INODES_MAX; i++) tree.create(tree.root, String(i), birth, caller);
    expect(refusal(() => tree.create(tree.root, 'more', birth, caller))).toBe('ENOSPC');
  });

  it('names are listed by their bytes', () => {
    const { files } = machine(new Tree());
    for (const name of ['b', 'ä', 'a', '\u{1F6A2}', '\uFF5E', 'B']) files.write(`/${name}`, '');
    expect(files.list('/')).toEqual(['B', 'a', 'b', 'ä', '\uFF5E', '\u{1F6A2}']);
  });
});
