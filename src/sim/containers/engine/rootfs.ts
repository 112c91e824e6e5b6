// The file tree of a container: the layers of its image from the top, a thin layer with the mount points that the engine
// needs, and one that takes what changes, a directory of the machine's own disk (/var/lib/docker/overlay2/…/diff). Models
// moby 28 daemon/graphdriver/overlay2, daemon/initlayer and the mounts of oci/defaults.go.
// Departures: the image's layers are not directories of the disk; masked and read-only paths of /proc are not covered.
import { layerTree, type LayerEntry } from '../../linux/files/layer.ts';
import { kernel, type Place } from '../../linux/files/file-system.ts';
import type { MountOptions } from '../../linux/files/mounts.ts';
import { Mounts } from '../../linux/files/mounts.ts';
import { Overlay } from '../../linux/files/overlay.ts';
import { Tree } from '../../linux/files/tree.ts';
import { populate } from '../../linux/files/populate.ts';
import { createFiles, type TaskFiles } from '../../linux/files/view.ts';
import { assert } from '../../engine/assert.ts';
import { type Layer, treeOf } from '../images/layer.ts';
import { type Dockerd, nowMs } from './dockerd.ts';
import type { Container } from './state.ts';

export const DATA = '/var/lib/docker';

export const graphPath = (graph: string, part: string): string => `${DATA}/overlay2/${graph}/${part}`;

const initTrees = new WeakMap<readonly LayerEntry[], Tree>();

/** Lower layers from the top. */
function lowersOf(layers: readonly Layer[], init: readonly LayerEntry[]) {
  let tree = initTrees.get(init);
  if (!tree) initTrees.set(init, (tree = layerTree(init)));
  return [tree, ...layers.map(treeOf).reverse()].map((fs) => ({ fs, root: fs.root }));
}

export function overlayOf(engine: Dockerd, { image, init, graph }: Container): Overlay {
  const place = engine.files.place(graphPath(graph, 'diff'));
  const fs = engine.machine.mounts.fs(place.mount);
  assert(fs instanceof Tree, 'the data directory is on a disk');
  return new Overlay(lowersOf(image.layers, init), { fs, root: place.ref });
}

/** What an image's files are before a container changes them; to look things up at creation. */
export function imageFiles(engine: Dockerd, layers: readonly Layer[]): TaskFiles {
  const overlay = new Overlay(layers.map(treeOf).reverse().map((fs) => ({ fs, root: fs.root }))); // prettier-ignore
  const mounts = new Mounts();
  mounts.mount(1, overlay, undefined, 'overlay', { ro: true });
  const root = mounts.root(1);
  return createFiles({
    mounts,
    root,
    cwd: root,
    pid: 1,
    uid: 0,
    gid: 0,
    groups: [],
    umask: 0,
    now: () => nowMs(engine),
  });
}

/** Directories and files that hold the engine's mounts; what the image has keeps its owner and mode. */
export function initEntries(engine: Dockerd, layers: readonly Layer[]): readonly LayerEntry[] {
  const overlay = new Overlay(layers.map(treeOf).reverse().map((fs) => ({ fs, root: fs.root }))); // prettier-ignore
  const mtimeMs = nowMs(engine);
  const existing = (path: string) => {
    let ref = overlay.root as Place['ref'] | undefined;
    for (const part of path.split('/')) {
      if (part === '' || ref === undefined) continue;
      if (overlay.attributes(ref, kernel).type !== 'directory') return undefined;
      ref = overlay.lookup(ref, part);
    }
    return ref === undefined ? undefined : overlay.attributes(ref, kernel);
  };
  const entries: LayerEntry[] = [];
  for (const path of ['/dev', '/dev/pts', '/dev/shm', '/etc', '/proc', '/sys']) {
    const found = existing(path);
    if (found && found.type !== 'directory') continue;
    const { mode, uid, gid } = found ?? { mode: 0o755, uid: 0, gid: 0 };
    entries.push({ path, type: 'directory', mode, uid, gid, mtimeMs: found?.mtimeMs ?? mtimeMs });
  }
  const file = (path: string, mode: number): LayerEntry => ({ path, type: 'file', mode, uid: 0, gid: 0, mtimeMs, content: { kind: 'text', text: '' } }); // prettier-ignore
  entries.push(file('/.dockerenv', 0o755));
  for (const name of ['hostname', 'hosts', 'resolv.conf']) entries.push(file(`/etc/${name}`, 0o644));
  const mtab = existing('/etc/mtab');
  if (!mtab) entries.push({ path: '/etc/mtab', type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtimeMs, target: '/proc/mounts' }); // prettier-ignore
  return entries;
}

/** A mount namespace with everything that a container sees; `binds` are the files under /etc. */
export function makeMounts(
  engine: Dockerd,
  container: Container,
  spaces: { readonly pid: number; readonly net: number; readonly cgroup: number },
): number {
  const { machine } = engine;
  const { mounts } = machine;
  const overlay = overlayOf(engine, container);
  const namespace = machine.createNamespace('mnt', { root: { fs: overlay, source: 'overlay' } });
  const view = filesOf(engine, namespace);
  const rootMount = mounts.root(namespace).mount;
  const at = (path: string): Place => {
    if (!view.exists(path)) view.mkdirs(path, 0o755);
    return view.place(path);
  };
  const put = (path: string, fs: Parameters<Mounts['mount']>[1], source: string, options: MountOptions) =>
    mounts.mount(namespace, fs, at(path), source, options);
  const safe = { nosuid: true, nodev: true, noexec: true } as const;
  put('/proc', mounts.virtual('proc', { pid: spaces.pid }), 'proc', safe);
  put('/dev', deviceTree(engine, container), 'tmpfs', { nosuid: true, data: ['size=65536k', 'mode=755'] });
  const ro = container.hostConfig.Privileged ? {} : { ro: true };
  put('/sys', mounts.virtual('sysfs', { net: spaces.net }), 'sysfs', { ...safe, ...ro });
  put('/sys/fs/cgroup', mounts.virtual('cgroup2', { cgroup: spaces.cgroup }), 'cgroup', { ...safe, ...ro });
  const { ShmSize: shm } = container.hostConfig;
  put('/dev/shm', tmpfs(engine, shm, 0o1777), 'shm', { ...safe, data: [`size=${String(Math.floor(shm / 1024))}k`] });
  const directory = `${DATA}/containers/${container.id}`;
  for (const name of ['resolv.conf', 'hostname', 'hosts']) {
    if (container.mounts.some(({ destination }) => destination === `/etc/${name}`)) continue;
    mounts.bind(namespace, engine.files.place(`${directory}/${name}`), view.place(`/etc/${name}`));
  }
  const sorted = [...container.mounts].sort((a, b) => depth(a.destination) - depth(b.destination));
  for (const mount of sorted) {
    const options = mount.rw ? {} : { ro: true };
    if (mount.type === 'tmpfs') {
      put(mount.destination, tmpfs(engine, mount.sizeBytes ?? Math.floor(machine.memoryBytes / 2), 0o1777), 'tmpfs', { ...safe, ...options }); // prettier-ignore
      continue;
    }
    const source = engine.files.place(mount.source);
    if (engine.files.stat(mount.source).type !== 'directory' && !view.exists(mount.destination)) {
      view.mkdirs(mount.destination.replace(/\/[^/]*$/, '') || '/', 0o755);
      view.write(mount.destination, '');
    }
    mounts.bind(namespace, source, at(mount.destination), options, true);
  }
  if (container.hostConfig.ReadonlyRootfs) mounts.remount(rootMount, { ro: true });
  return namespace;
}

const depth = (path: string): number => path.split('/').filter((part) => part !== '').length;

/** Files of a mount namespace as root of the machine sees them. */
export function filesOf(engine: Dockerd, namespace: number): TaskFiles {
  const { mounts } = engine.machine;
  const root = mounts.down(mounts.root(namespace));
  return createFiles({ mounts, root, cwd: root, pid: 1, uid: 0, gid: 0, groups: [], umask: 0, privileged: true, now: () => nowMs(engine) }); // prettier-ignore
}

/** The files of a container, running or not, for as long as `act` takes. */
export function withFiles<T>(engine: Dockerd, container: Container, act: (files: TaskFiles) => T): T {
  if (container.sandbox) return act(filesOf(engine, container.sandbox.mnt));
  const mounts = new Mounts();
  mounts.mount(1, overlayOf(engine, container), undefined, 'overlay');
  const host = engine.files;
  const view = () => {
    const root = mounts.down(mounts.root(1));
    return createFiles({ mounts, root, cwd: root, pid: 1, uid: 0, gid: 0, groups: [], umask: 0, privileged: true, now: () => nowMs(engine) }); // prettier-ignore
  };
  const files = view();
  for (const mount of container.mounts) {
    if (mount.type === 'tmpfs' || !host.exists(mount.source) || !files.exists(mount.destination)) continue;
    const place = host.place(mount.source);
    mounts.mount(1, engine.machine.mounts.fs(place.mount), files.place(mount.destination), mount.source, {}, place.ref);
  }
  return act(view());
}

function tmpfs(engine: Dockerd, capacityBytes: number, mode: number): Tree {
  return new Tree({ type: 'tmpfs', mode, capacityBytes, mtimeMs: nowMs(engine) });
}

function deviceTree(engine: Dockerd, { config }: Container): Tree {
  const now = nowMs(engine);
  const char = (major: number, minor: number) => ({ char: { major, minor }, mode: 0o666 });
  return populate(
    new Tree({ type: 'tmpfs', mode: 0o755, capacityBytes: 67_108_864, mtimeMs: now }),
    {
      '/core': { symlink: '/proc/kcore' },
      '/fd': { symlink: '/proc/self/fd' },
      '/full': char(1, 7),
      '/mqueue': { directory: true, mode: 0o1777 },
      '/null': char(1, 3),
      '/ptmx': { symlink: 'pts/ptmx' },
      '/pts': { directory: true },
      '/random': char(1, 8),
      '/shm': { directory: true, mode: 0o1777 },
      '/stderr': { symlink: '/proc/self/fd/2' },
      '/stdin': { symlink: '/proc/self/fd/0' },
      '/stdout': { symlink: '/proc/self/fd/1' },
      '/tty': char(5, 0),
      '/urandom': char(1, 9),
      '/zero': char(1, 5),
      ...(config.Tty && { '/console': { char: { major: 136, minor: 0 }, mode: 0o620 } }),
    },
    now,
  );
}
