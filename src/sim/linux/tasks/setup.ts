// How a machine is after boot besides its processes: mounts, network, first namespaces; and namespaces made from outside by
// a container runtime. Source: Debian 12.
import type { FileSystem } from '../files/file-system.ts';
import type { Mounts } from '../files/mounts.ts';
import type { Kernel } from './kernel.ts';
import { firstFreeNamespace, initialNamespaces, type Namespace, wholeIdRange } from './namespaces.ts';
import { addAddress, addInterface, addRoute, broadcastOf, emptyNet, type Net, setUp } from './network.ts';
import { KERNEL_BUILD } from './proc/system.ts';
import { type KernelState, newCgroup, type TaskExit, type TaskRecord } from './state.ts';

export interface HostAddress {
  readonly ip: string;
  readonly prefix: number;
  readonly gateway: string;
}

export interface NamespaceOptions {
  readonly hostname?: string;
  /** Of a mount namespace: its root file system and the mount's source; a copy of the machine's when left out. */
  readonly root?: { readonly fs: FileSystem; readonly source: string; readonly readOnly?: boolean };
  /** Of a cgroup namespace. */
  readonly cgroup?: string;
}

export const systemMounts: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['sysfs', '/sys', 'sysfs', ['nosuid', 'nodev', 'noexec']],
  ['proc', '/proc', 'proc', ['nosuid', 'nodev', 'noexec']],
  ['tmpfs', '/run', 'tmpfs', ['nosuid', 'nodev', 'noexec', 'size=10%', 'mode=755']],
  ['cgroup2', '/sys/fs/cgroup', 'cgroup2', ['nosuid', 'nodev', 'noexec']],
];

export function hostNet(net: Net, address: HostAddress | undefined): Net {
  const { ip, prefix, gateway } = address ?? { ip: '192.0.2.10', prefix: 24, gateway: '192.0.2.1' };
  let next = setUp(net, 'lo', true);
  next = addInterface(next, {
    name: 'eth0',
    kind: 'ether',
    mac: '02:00:c0:00:02:0a',
    mtu: 1500,
    up: true,
    addresses: [],
  });
  next = addAddress(next, 'eth0', ip, prefix, broadcastOf(ip, prefix));
  return addRoute(next, { to: 'default', via: gateway, dev: 'eth0', proto: 'static' });
}

export function bootLines(
  spec: { readonly memoryBytes: number; readonly cpuMilli: number; readonly disk?: string },
  version: string,
): readonly string[] {
  return [
    `Linux version ${version} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) ${KERNEL_BUILD}`,
    `Command line: BOOT_IMAGE=/boot/vmlinuz-${version} root=${spec.disk ?? '/dev/vda1'} ro quiet`,
    `Memory: ${String(Math.floor(spec.memoryBytes / 1024))}K available`,
    `smp: Brought up 1 node, ${String(Math.ceil(spec.cpuMilli / 1000))} CPUs`,
  ];
}

/** What systemd remembers of a service that has ended. */
export function noteUnit({ state, sim }: Kernel, exit: TaskExit, task: TaskRecord): void {
  const unit = task.cgroup.slice('/system.slice/'.length);
  const { code, signal, pid } = exit;
  const result = exit.oomKilled ? 'oom-kill' : 'exit-code';
  if (signal === 'TERM') return;
  // After a restart the old process may end when the new one has already failed; the unit is what the new one is.
  const last = state.units.get(unit);
  if (last?.pid !== undefined && last.pid > pid) return;
  state.units = new Map(state.units).set(unit, { code, result, at: sim.now, pid, ...(signal && { signal }) });
}

export function emptyState(hostname: string): KernelState {
  const common = { owner: initialNamespaces.user, held: true };
  const namespaces: readonly Namespace[] = [
    { ...common, kind: 'time', id: initialNamespaces.time, monotonicMs: 0, boottimeMs: 0 },
    { ...common, kind: 'cgroup', id: initialNamespaces.cgroup, root: '/' },
    { ...common, kind: 'pid', id: initialNamespaces.pid, parent: 0, level: 0, lastPid: 0, init: 0 },
    {
      ...common,
      owner: 0,
      kind: 'user',
      id: initialNamespaces.user,
      parent: 0,
      level: 0,
      ownerUid: 0,
      ownerGid: 0,
      uidMap: wholeIdRange,
      gidMap: wholeIdRange,
      setgroups: 'allow',
    },
    { ...common, kind: 'uts', id: initialNamespaces.uts, hostname, domainname: '(none)' },
    { ...common, kind: 'ipc', id: initialNamespaces.ipc },
    { ...common, kind: 'net', id: initialNamespaces.net, net: emptyNet },
    { ...common, kind: 'mnt', id: initialNamespaces.mnt },
  ];
  return {
    tasks: new Map(),
    namespaces: new Map(namespaces.map((namespace) => [namespace.id, namespace])),
    cgroups: new Map([['/', newCgroup('/', 1)]]),
    nextNamespace: firstFreeNamespace,
    nextInode: 2,
    log: [],
    settledAt: 0,
    memoryEvent: -1,
    binfmt: new Map(),
    forks: 0,
    units: new Map(),
  };
}

export function createNamespace(
  kernel: Kernel,
  mounts: Mounts,
  kind: 'ipc' | 'net' | 'pid' | 'uts' | 'mnt' | 'cgroup',
  { hostname, root, cgroup = '/' }: NamespaceOptions,
): number {
  const { state } = kernel;
  const id = state.nextNamespace++;
  const common = { id, owner: initialNamespaces.user, held: true };
  const make = (): Namespace => {
    switch (kind) {
      case 'ipc':
        return { ...common, kind };
      case 'net':
        return { ...common, kind, net: emptyNet };
      case 'pid':
        return { ...common, kind, parent: initialNamespaces.pid, level: 1, lastPid: 0, init: 0 };
      case 'uts':
        return { ...common, kind, hostname: hostname ?? '', domainname: '(none)' };
      case 'cgroup':
        return { ...common, kind, root: cgroup };
      case 'mnt':
        return { ...common, kind };
    }
  };
  state.namespaces.set(id, make());
  if (kind === 'mnt') {
    if (root) mounts.mount(id, root.fs, undefined, root.source, root.readOnly === true ? { ro: true } : {});
    else mounts.copyNamespace(initialNamespaces.mnt, id);
  }
  return id;
}
