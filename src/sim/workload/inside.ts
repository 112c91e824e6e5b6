// What can be seen from inside a container: its files, its environment, its processes, its own ports. Files that the
// runtime and the kernel make are computed; what is written is kept until the container is replaced.
import type { CommandWorld, LocalAnswer } from './commands.ts';
import type { Instance } from './instance.ts';
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
  const directory = (path: string) => {
    const name = clean(path);
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
      const written = instance.files.get(name);
      return written === undefined ? given(name, instance, program, host.now) : (written ?? undefined);
    },
    isDirectory: directory,
    entries(path) {
      const name = clean(path);
      const prefix = name === '' ? '' : `${name}/`;
      const all = [
        ...DIRECTORIES,
        ...GIVEN,
        ...[...instance.files].flatMap(([file, text]) => (text === null ? [] : [file])),
      ];
      const names = all
        .filter((file) => file.startsWith(prefix) && file !== prefix && file !== '')
        .map((file) => file.slice(prefix.length).split('/')[0] ?? '');
      const gone = new Set([...instance.files].flatMap(([file, text]) => (text === null ? [file] : [])));
      return [...new Set(names)].filter((entry) => entry !== '' && !gone.has(prefix + entry)).sort();
    },
    write(path, text) {
      const name = clean(path);
      if (name === 'dev/null') return true;
      const slash = name.lastIndexOf('/');
      if (!directory(slash < 0 ? '' : name.slice(0, slash))) return false;
      if ((instance.files.get(name) ?? undefined) === text) return true;
      setFile(name, text);
      host.disturbed?.(instance);
      return true;
    },
    makeDirectory(path) {
      setFile(`${clean(path)}/`, '');
    },
    signal(signal) {
      // Process 1 takes only those signals from inside that it has a handler for; never SIGKILL.
      if (signal !== 'TERM' || !isHost(host)) return;
      if (instance.service) terminateService(instance, instance.service, program, host);
      else if (instance.script?.trapped === true) instance.termAt = Math.min(instance.termAt, host.now);
    },
    http: (port, path) => ask(instance, program, host.now, port, path),
  };
}

function isHost(host: Partial<Host>): host is Host {
  return host.exit !== undefined;
}

function ask(instance: Instance, program: Program, now: number, port: number, path: string): LocalAnswer {
  const { service } = instance;
  if (!service) return { kind: 'refused' };
  const answer = inquire(instance, service, program, now, port, path);
  if (answer.kind === 'refused' || answer.kind === 'silence') return answer;
  if (answer.kind !== 'status') return { kind: 'refused' };
  const body = program.body(service.settings, path, answer.status, instance.spec.host.pod);
  return { kind: 'answer', status: answer.status, body, latencyMs: answer.latencyMs };
}

const GIVEN = [
  ...['etc/hostname', 'etc/hosts', 'etc/os-release', 'etc/resolv.conf', 'proc/1/cmdline', 'proc/1/environ', 'dev/null'],
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
