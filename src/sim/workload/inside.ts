// What can be seen from inside a container: its files, its environment, its processes, its own ports. Files that the
// runtime and the kernel make are computed; what is written is kept until the container is replaced.
import type { CommandWorld, LocalAnswer } from './commands.ts';
import type { Instance } from './instance.ts';
import { isVolumeDirectory, mountOf } from './volumes.ts';
import { DEBIAN, type Program } from './programs/program.ts';
import { type Host, inquire, memoryOf, terminateService } from './service.ts';

const DIRECTORIES = [
  '',
  'app',
  'bin',
  'dev',
  'etc',
  'home',
  'proc',
  'proc/1',
  'root',
  'run',
  'sys',
  'tmp',
  'usr',
  'usr/bin',
  'var',
  'var/log',
];

/** `variables` are the shell's, where there is one. `host` is null for a question that must not change anything. */
export function inside(
  instance: Instance,
  program: Program,
  host: Pick<Host, 'now'> & Partial<Host> & { readonly epochMs?: number },
  variables: Readonly<Record<string, string>>,
): CommandWorld {
  const { spec } = instance;
  const mounts = spec.mounts ?? [];
  const mounted = (path: string) => {
    const found = mounts.length > 0 ? mountOf(mounts, path) : undefined;
    const files = found && host.volumes?.get(found.mount.volume);
    return files && { ...found, files };
  };
  const directory = (path: string) => {
    const name = clean(path);
    const at = mounted(name);
    if (at) return isVolumeDirectory(at.files, at.inner);
    if (mounts.some((mount) => mount.path.startsWith(`${name}/`))) return true;
    return DIRECTORIES.includes(name) || instance.files.get(`${name}/`) === '';
  };
  const setFile = (name: string, text: string | null) => {
    instance.files = new Map(instance.files).set(name, text);
  };
  return {
    pod: spec.host.pod,
    unixMs: (host.epochMs ?? 0) + host.now,
    user: program.name === 'busybox' || program.name === 'nginx' ? 'root' : 'nonroot',
    variables: { ...variables, HOSTNAME: spec.host.pod },
    processes: [{ pid: 1, command: instance.argv.join(' ') }],
    read: (path) => {
      const name = clean(path);
      const at = mounted(name);
      if (at) return at.files.get(at.inner);
      const written = instance.files.get(name);
      return written === undefined ? given(name, instance, program, host.now) : (written ?? undefined);
    },
    isDirectory: directory,
    entries(path) {
      const name = clean(path);
      const at = mounted(name);
      const prefix = at ? (at.inner === '' ? '' : `${at.inner}/`) : name === '' ? '' : `${name}/`;
      if (at) return entriesUnder([...at.files.keys()], prefix);
      const all = [
        ...mounts.map((mount) => mount.path),
        ...DIRECTORIES,
        ...GIVEN,
        ...[...instance.files].flatMap(([file, text]) => (text === null ? [] : [file])),
      ];
      const gone = new Set([...instance.files].flatMap(([file, text]) => (text === null ? [file] : [])));
      return entriesUnder(all, prefix).filter((entry) => !gone.has(prefix + entry));
    },
    write(path, text) {
      const name = clean(path);
      if (name === 'dev/null') return true;
      const at = mounted(name);
      if (at) {
        if (
          at.mount.readOnly ||
          !isVolumeDirectory(at.files, at.inner.slice(0, Math.max(0, at.inner.lastIndexOf('/'))))
        )
          return false;
        const files = new Map(at.files);
        if (text === null) files.delete(at.inner);
        else files.set(at.inner, text);
        host.volumes?.set(at.mount.volume, files);
        host.disturbed?.(instance);
        return true;
      }
      const slash = name.lastIndexOf('/');
      if (!directory(slash < 0 ? '' : name.slice(0, slash))) return false;
      if ((instance.files.get(name) ?? undefined) === text) return true;
      setFile(name, text);
      host.disturbed?.(instance);
      return true;
    },
    makeDirectory(path) {
      const at = mounted(clean(path));
      if (!at) setFile(`${clean(path)}/`, '');
      else if (!at.mount.readOnly) host.volumes?.set(at.mount.volume, new Map(at.files).set(`${at.inner}/`, ''));
    },
    signal(signal) {
      // Process 1 takes only those signals from inside that it has a handler for; never SIGKILL.
      if (signal !== 'TERM' || !isHost(host)) return;
      if (instance.service) terminateService(instance, instance.service, program, host);
      else if (instance.script?.trapped === true) instance.termAt = Math.min(instance.termAt, host.now);
    },
    http: (address, port, path) =>
      address === 'localhost' || address === '127.0.0.1'
        ? ask(instance, program, host, port, path)
        : isHost(host)
          ? host.dial(instance, address, port, path)
          : { kind: 'not simulated', what: 'a request from here to another host' },
  };
}

function isHost(host: Partial<Host>): host is Host {
  return host.exit !== undefined;
}

/** What a program would answer now. */
export function ask(
  instance: Instance,
  program: Program,
  host: Pick<Host, 'now'> & Partial<Host>,
  port: number,
  path: string,
): LocalAnswer {
  const { service } = instance;
  if (!service) return { kind: 'refused' };
  const answer = inquire(instance, service, program, host.now, port, path);
  if (answer.kind === 'refused' || answer.kind === 'silence') return answer;
  if (answer.kind !== 'status') return { kind: 'refused' };
  const body = bodyOf(instance, program, host, path, answer.status);
  return { kind: 'answer', status: answer.status, body, latencyMs: answer.latencyMs };
}

/** What an answer says. A web server says what stands in its document root, where something was put there. */
export function bodyOf(
  instance: Instance,
  program: Program,
  host: Pick<Host, 'now'> & Partial<Host>,
  path: string,
  status: number,
): string {
  const { service, spec } = instance;
  if (!service) return '';
  if (program.name === 'nginx' && status === 200) {
    const file = path.replace(/[?#].*/, '').replace(/\/$/, '/index.html');
    const own = inside(instance, program, host, {}).read(`usr/share/nginx/html${file}`);
    if (own !== undefined) return own;
  }
  return program.body(service.settings, path, status, spec.host.pod);
}

/** The names right under a prefix, sorted. */
function entriesUnder(paths: readonly string[], prefix: string): readonly string[] {
  const names = paths
    .filter((file) => file.startsWith(prefix) && file !== prefix && file !== '')
    .map((file) => file.slice(prefix.length).split('/')[0] ?? '');
  return [...new Set(names)].filter((entry) => entry !== '').sort();
}

const GIVEN = [
  ...[
    'etc/hostname',
    'etc/hosts',
    'etc/os-release',
    'etc/resolv.conf',
    'proc/1/cmdline',
    'proc/1/environ',
    'proc/1/oom_score_adj',
    'dev/null',
  ],
  ...['sys/fs/cgroup/cpu.max', 'sys/fs/cgroup/memory.current', 'sys/fs/cgroup/memory.max'],
];

function given(name: string, instance: Instance, program: Program, now: number): string | undefined {
  const { spec } = instance;
  switch (name) {
    case 'dev/null':
      return '';
    case 'etc/hostname':
      return `${spec.host.pod}\n`;
    case 'etc/hosts':
      return `127.0.0.1\tlocalhost\n${spec.host.podIP}\t${spec.host.pod}\n`;
    case 'etc/os-release':
      return program.osRelease === '' ? undefined : DEBIAN;
    case 'etc/resolv.conf':
      return (
        `search ${spec.host.namespace}.svc.cluster.local svc.cluster.local cluster.local\n` +
        'nameserver 10.96.0.10\noptions ndots:5\n'
      );
    case 'proc/1/cmdline':
      return instance.argv.map((arg) => `${arg}\0`).join('');
    case 'proc/1/environ':
      return Object.entries(spec.env)
        .map(([variable, value]) => `${variable}=${value}\0`)
        .join('');
    case 'proc/1/oom_score_adj':
      return `${String(spec.oomScoreAdj ?? 0)}\n`;
    case 'sys/fs/cgroup/cpu.max':
      return `${spec.cpuLimitMilli === null ? 'max' : String(spec.cpuLimitMilli * 100)} 100000\n`;
    case 'sys/fs/cgroup/memory.max':
      return `${spec.memoryLimitBytes === null ? 'max' : String(spec.memoryLimitBytes)}\n`;
    case 'sys/fs/cgroup/memory.current':
      return `${String(instance.service ? memoryOf(instance.service, now) : 1_048_576)}\n`;
    default:
      return undefined;
  }
}

function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return parts.join('/');
}
