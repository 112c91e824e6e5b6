// Ties `files/` to tasks: what a task's files are, and mount(2) with the words of mount(8)'s options turned into file
// systems. Departures: see `files/mounts.ts`; block devices other than the machine's own disk do not exist.
import { LinuxError } from '../contract.ts';
import { type FileSystem, kernel as kernelCaller, type Place } from '../files/file-system.ts';
import type { MountOptions, Mounts } from '../files/mounts.ts';
import { Overlay } from '../files/overlay.ts';
import { Tree } from '../files/tree.ts';
import { createFiles, type TaskFiles } from '../files/view.ts';
import { type FileWorld, type Kernel, type MountLine, namespaceOf } from './kernel.ts';
import { initialNamespaces } from './namespaces.ts';
import type { TaskRecord } from './state.ts';

const flags = ['ro', 'nosuid', 'nodev', 'noexec'] as const;
const silent = new Set(['rw', 'suid', 'dev', 'exec', 'relatime', 'bind', 'rbind', 'remount', 'defaults', 'private']);
const computed: Readonly<Record<string, string>> = { proc: 'proc', sysfs: 'sysfs', cgroup2: 'cgroup2' };

export function createFileWorld(kernel: () => Kernel, mounts: Mounts): FileWorld {
  const view = (task: TaskRecord): TaskFiles => {
    const { pid, uid, gid, groups, root, here } = task;
    const user = namespaceOf(kernel(), task, 'user');
    const mapped = user.id === initialNamespaces.user ? {} : { uidMap: user.uidMap, gidMap: user.gidMap };
    return createFiles({
      mounts,
      pid,
      uid,
      gid,
      groups,
      root,
      cwd: here,
      umask: 0o022,
      privileged: task.capabilities.includes('DAC_OVERRIDE'),
      ...mapped,
      now: () => kernel().sim.epochMs + kernel().sim.now,
    });
  };

  const world: FileWorld = {
    view,
    copyMounts: (from, to) => mounts.copyNamespace(from, to),
    dropMounts: (namespace) => {
      mounts.dropNamespace(namespace);
    },
    rootOf: (namespace) => mounts.down(mounts.root(namespace)),
    directory(task, path) {
      const files = view(task);
      if (files.stat(path).type !== 'directory') throw new LinuxError('ENOTDIR');
      if (!files.access(path, 'execute')) throw new LinuxError('EACCES');
      return files.place(path);
    },
    pathOf: (task, place) => view(task).pathOf(place) ?? '(unreachable)',
    nosuid: (task, path) => view(task).mountOptions(path).nosuid === true,
    mount(task, request) {
      const files = view(task);
      const { options, type, source, target } = request;
      const has = (option: string) => options.includes(option);
      const at = files.place(target);
      const namespace = task.namespaces.mnt;
      const wanted = optionsOf(options);
      if (has('remount')) {
        const mount = mounts.mountOf(at.mount);
        if (mount.root !== at.ref) throw new LinuxError('EINVAL');
        mounts.remount(at.mount, { ...wanted, ...(mount.options.data && { data: mount.options.data }) });
      } else if (has('bind') || has('rbind')) {
        mounts.bind(namespace, files.place(source), at, wanted, has('rbind'));
      } else if (['private', 'shared', 'slave', 'unbindable', 'rprivate', 'rshared', 'rslave'].some(has)) {
        if (mounts.mountOf(at.mount).root !== at.ref) throw new LinuxError('EINVAL');
      } else mounts.mount(namespace, fileSystem(task, type, options, files), at, source, shownOptions(type, wanted));
    },
    umount(task, path, lazy) {
      const files = view(task);
      const busy = (mount: number) =>
        [...kernel().state.tasks.values()].some(
          (one) => !one.exit && (one.here.mount === mount || one.root.mount === mount),
        );
      mounts.umount(files.place(path), busy, lazy);
    },
    mounts(task) {
      const files = view(task);
      return mounts.list(task.namespaces.mnt).flatMap((mount): MountLine[] => {
        const fs = mounts.fs(mount.id);
        const target = files.pathOf({ mount: mount.id, ref: mount.root });
        if (target === undefined) return [];
        return [
          {
            id: mount.id,
            parent: mount.at?.mount ?? 1,
            device: `${String(mount.dev >> 8)}:${String(mount.dev & 255)}`,
            root: rootPath(fs, mount.root),
            target,
            options: [mount.options.ro ? 'ro' : 'rw', ...flags.slice(1).filter((flag) => mount.options[flag])]
              .concat('relatime')
              .join(','),
            propagation: '',
            type: fs.type,
            source: mount.source,
            superOptions: ['rw', ...(mount.options.data ?? [])].join(','),
          },
        ];
      });
    },
  };

  function fileSystem(task: TaskRecord, type: string, options: readonly string[], files: TaskFiles): FileSystem {
    const provider = computed[type];
    if (provider !== undefined) return mounts.virtual(provider, parametersFor(task, type));
    const value = (name: string) => options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
    if (type === 'tmpfs' || type === 'ramfs') {
      const mode = Number.parseInt(value('mode') ?? '1777', 8);
      return new Tree({
        type,
        mode,
        capacityBytes: sizeOf(value('size'), kernel().hardware.memoryBytes),
        mtimeMs: kernel().sim.epochMs + kernel().sim.now,
      });
    }
    if (type === 'overlay') {
      const [lower, upper, work] = [value('lowerdir'), value('upperdir'), value('workdir')];
      if (lower === undefined || (upper === undefined) !== (work === undefined)) throw new LinuxError('EINVAL');
      const layer = (path: string) => {
        const place = files.place(path);
        if (files.stat(path).type !== 'directory') throw new LinuxError('ENOTDIR');
        return { fs: mounts.fs(place.mount), root: place.ref };
      };
      const lowers = lower.split(':').map(layer);
      if (upper === undefined) return new Overlay(lowers);
      const above = layer(upper);
      if (!(above.fs instanceof Tree)) throw new LinuxError('EINVAL');
      return new Overlay(lowers, { fs: above.fs, root: above.root });
    }
    throw new LinuxError('ENODEV');
  }

  return world;
}

/** What computed files depend on: the namespaces of whoever mounts them. */
function parametersFor(task: TaskRecord, type: string): unknown {
  if (type === 'proc') return { pid: task.namespaces.pid };
  if (type === 'cgroup2') return { cgroup: task.namespaces.cgroup };
  return { net: task.namespaces.net };
}

function optionsOf(options: readonly string[]): MountOptions {
  const data = options.filter((option) => !silent.has(option) && !(flags as readonly string[]).includes(option));
  const set = Object.fromEntries(flags.filter((flag) => options.includes(flag)).map((flag) => [flag, true]));
  return { ...set, ...(data.length > 0 && { data }) };
}

/** Overlays show their layers; nothing else is added. */
function shownOptions(type: string, options: MountOptions): MountOptions {
  return type === 'proc' || type === 'sysfs' || type === 'cgroup2' ? { ...options, data: [] } : options;
}

/** `64m`, `1g`, `50%`; half of the memory without it. */
function sizeOf(text: string | undefined, memoryBytes: number): number {
  const match = /^(\d+)([kmg%]?)$/i.exec(text ?? '50%');
  if (!match) throw new LinuxError('EINVAL');
  const amount = Number(match[1]);
  switch (match[2]?.toLowerCase()) {
    case 'k':
      return amount * 1024;
    case 'm':
      return amount * 1_048_576;
    case 'g':
      return amount * 1_073_741_824;
    case '%':
      return Math.floor((memoryBytes * amount) / 100);
    default:
      return amount;
  }
}

/** The part of a file system that a mount shows, as mountinfo names it. */
function rootPath(fs: FileSystem, ref: Place['ref']): string {
  if (ref === fs.root || fs.attributes(ref, kernelCaller).type !== 'directory') return '/';
  const names: string[] = [];
  for (let at = fs.parent(ref); at; at = fs.parent(at.ref)) names.unshift(at.name);
  return `/${names.join('/')}`;
}
