// The eight kinds of namespaces as values: what each wraps, who owns it, and what a new one starts from. Models
// namespaces(7), user_namespaces(7), pid_namespaces(7) and capabilities(7). Numbers are those of the nsfs inodes: the
// first ones of a kernel are fixed (include/linux/proc_ns.h and boot order on Debian 12), new ones count up.
// Departures: network namespaces are in `network.ts`, mounts in `files/`; IPC objects do not exist, so an IPC namespace
// is a number; persistent user keyrings and the like are left out.
import type { NamespaceKind } from '../contract.ts';
import type { Net } from './network.ts';

export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

interface Common {
  /** Inode number. */
  readonly id: number;
  /** The user namespace whose capabilities count for it. A user namespace: its parent, or 0. */
  readonly owner: number;
  /** Somebody holds it open besides its tasks (a bind mount, a container engine). */
  readonly held: boolean;
}

export type Namespace =
  | (Common & { readonly kind: 'uts'; readonly hostname: string; readonly domainname: string })
  | (Common & { readonly kind: 'ipc' })
  | (Common & {
      readonly kind: 'pid';
      /** 0 for the machine's own. */
      readonly parent: number;
      readonly level: number;
      readonly lastPid: number;
      /** Its process 1, in the machine's numbers; 0 while there was none, -1 once it has ended. */
      readonly init: number;
    })
  | (Common & {
      readonly kind: 'user';
      readonly parent: number;
      readonly level: number;
      readonly ownerUid: number;
      readonly ownerGid: number;
      readonly uidMap: readonly IdRange[];
      readonly gidMap: readonly IdRange[];
      readonly setgroups: 'allow' | 'deny';
    })
  | (Common & { readonly kind: 'cgroup'; readonly root: string })
  | (Common & { readonly kind: 'time'; readonly monotonicMs: number; readonly boottimeMs: number })
  | (Common & { readonly kind: 'mnt' })
  | (Common & { readonly kind: 'net'; readonly net: Net });

export type NamespaceOf<K extends NamespaceKind> = Extract<Namespace, { readonly kind: K }>;

/** As on Debian 12 with its kernel 6.1. */
export const initialNamespaces: Readonly<Record<NamespaceKind, number>> = {
  time: 4026531834,
  cgroup: 4026531835,
  pid: 4026531836,
  user: 4026531837,
  uts: 4026531838,
  ipc: 4026531839,
  net: 4026531840,
  mnt: 4026531841,
};

/** The first number that is free for a new one. */
export const firstFreeNamespace = 4026532256;

/** The capabilities of Linux 6.1 by number, without `CAP_`. */
export const capabilityNames = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP',
  'LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE',
  'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME',
  'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP', 'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG',
  'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF', 'CHECKPOINT_RESTORE',
] as const; // prettier-ignore

export type Capability = (typeof capabilityNames)[number];

/** A set of capabilities as /proc/PID/status prints it: 16 hexadecimal digits. */
export function capabilityMask(set: readonly Capability[]): string {
  let mask = 0n;
  for (const name of set) mask |= 1n << BigInt(capabilityNames.indexOf(name));
  return mask.toString(16).padStart(16, '0');
}

/** An id as seen from inside a user namespace; the overflow id where it has no number there. */
export function insideId(map: readonly IdRange[], outside: number): number {
  for (const range of map)
    if (outside >= range.outside && outside < range.outside + range.count)
      return range.inside + (outside - range.outside);
  return OVERFLOW_ID;
}

/** The other way; undefined for an id that is not mapped. */
export function outsideId(map: readonly IdRange[], inside: number): number | undefined {
  for (const range of map)
    if (inside >= range.inside && inside < range.inside + range.count) return range.outside + (inside - range.inside);
  return undefined;
}

/** `nobody`: /proc/sys/kernel/overflowuid. */
const OVERFLOW_ID = 65_534;

export const wholeIdRange: readonly IdRange[] = [{ inside: 0, outside: 0, count: 4_294_967_295 }];

/** Lines of /proc/PID/uid_map. */
export function formatIdMap(map: readonly IdRange[]): string {
  return map
    .map(
      ({ inside, outside, count }) =>
        `${String(inside).padStart(10)} ${String(outside).padStart(10)} ${String(count).padStart(10)}\n`,
    )
    .join('');
}

/** What is written to /proc/PID/uid_map; undefined when it is malformed. */
export function parseIdMap(text: string): readonly IdRange[] | undefined {
  const map: IdRange[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const fields = line.trim().split(/\s+/);
    if (fields.length !== 3 || fields.some((field) => !/^\d+$/.test(field))) return undefined;
    const [inside, outside, count] = fields.map(Number) as [number, number, number];
    if (count === 0) return undefined;
    map.push({ inside, outside, count });
  }
  return map.length === 0 || map.length > 340 ? undefined : map;
}

/** Removes those of the given namespaces that no task and no descendant is in and nobody holds; returns what went. */
export function removeNamespaces(
  state: {
    readonly namespaces: Map<number, Namespace>;
    readonly tasks: ReadonlyMap<number, NamespaceUser>;
  },
  ids: readonly number[],
): readonly Namespace[] {
  const gone: Namespace[] = [];
  for (const id of ids) {
    const namespace = state.namespaces.get(id);
    if (!namespace || namespace.held || id <= initialNamespaces.mnt) continue;
    const used = [...state.tasks.values()].some(
      (task) => task.namespaces[namespace.kind] === id || task.forChildren.pid === id || task.forChildren.time === id,
    );
    const carries = [...state.namespaces.values()].some(
      (one) => one.owner === id || ('parent' in one && one.parent === id),
    );
    if (used || carries) continue;
    state.namespaces.delete(id);
    gone.push(namespace);
    const above = [namespace.owner, ...('parent' in namespace ? [namespace.parent] : [])];
    gone.push(...removeNamespaces(state, above));
  }
  return gone;
}

interface NamespaceUser {
  readonly namespaces: Readonly<Record<NamespaceKind, number>>;
  readonly forChildren: { readonly pid: number; readonly time: number };
}
