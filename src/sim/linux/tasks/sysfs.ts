// /sys, as far as tools read it: processors, memory, network interfaces, kernel facts. Source: Linux 6.1.
import { LinuxError } from '../contract.ts';
import type { VirtualFiles } from '../files/virtual.ts';
import type { Kernel } from './kernel.ts';
import { initialNamespaces } from './namespaces.ts';

export function sysFiles(kernel: Kernel): VirtualFiles {
  /** Files by path; directories follow from them. */
  const entries = (): ReadonlyMap<string, string> => {
    const count = Math.ceil(kernel.hardware.cpuMilli / 1000);
    const range = count === 1 ? '0\n' : `0-${String(count - 1)}\n`;
    const map = new Map<string, string>([
      ['/devices/system/cpu/online', range],
      ['/devices/system/cpu/possible', range],
      ['/devices/system/cpu/present', range],
      ['/kernel/mm/transparent_hugepage/enabled', 'always [madvise] never\n'],
      ['/fs/cgroup', ''],
      ['/module', ''],
      ['/block', ''],
    ]);
    for (let i = 0; i < count; i++) map.set(`/devices/system/cpu/cpu${String(i)}/topology/core_id`, `${String(i)}\n`);
    const net = kernel.state.namespaces.get(initialNamespaces.net);
    if (net?.kind === 'net')
      for (const one of net.net.interfaces) {
        map.set(`/class/net/${one.name}/address`, `${one.mac}\n`);
        map.set(`/class/net/${one.name}/mtu`, `${String(one.mtu)}\n`);
        map.set(`/class/net/${one.name}/operstate`, one.kind === 'loopback' ? 'unknown\n' : one.up ? 'up\n' : 'down\n');
        map.set(`/class/net/${one.name}/ifindex`, `${String(one.index)}\n`);
      }
    return map;
  };
  const empty = new Set(['/fs/cgroup', '/module', '/block']);
  const isDirectory = (path: string) =>
    path === '/' || empty.has(path) || [...entries().keys()].some((key) => key.startsWith(`${path}/`));
  return {
    type: 'sysfs',
    lookup(path) {
      if (isDirectory(path)) return { type: 'directory', mode: 0o755 };
      return entries().has(path) ? { type: 'file', mode: 0o444, sizeBytes: 4096 } : undefined;
    },
    list(path) {
      const prefix = path === '/' ? '/' : `${path}/`;
      const names = [...entries().keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length).split('/')[0] ?? '');
      return [...new Set(names)];
    },
    read(path) {
      const text = entries().get(path);
      if (text === undefined) throw new LinuxError('ENOENT');
      return text;
    },
  };
}
