// The container that the flags of `docker run` and `docker create` describe, as it is sent to the engine (docker/cli
// 28.2, cli/command/container/opts.go).

import type { Context } from './context.ts';
import { restartPolicy } from './containers.ts';
import { decimalNano, expose, mount, network, publish, ulimit, volumes } from './container-values.ts';
import { DockerError, notSimulated } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import { durationNs } from './times.ts';
import { ramInBytes } from './units.ts';

/** Flags that real docker has, and that nothing here would follow. */
const refused = [
  ...['blkio-weight', 'blkio-weight-device', 'cgroup-parent', 'cgroupns', 'cpu-count', 'cpu-percent', 'cpu-rt-period'],
  ...['cpu-rt-runtime', 'device', 'device-cgroup-rule', 'device-read-bps', 'device-read-iops', 'device-write-bps'],
  ...['device-write-iops', 'gpus', 'ip6', 'io-maxbandwidth', 'io-maxiops', 'ipc', 'isolation', 'kernel-memory', 'link'],
  ...[
    'link-local-ip',
    'mac-address',
    'oom-score-adj',
    'pid',
    'runtime',
    'storage-opt',
    'userns',
    'uts',
    'volume-driver',
  ],
  ...['use-api-socket', 'detach-keys', 'label-file', 'group-add', 'security-opt', 'memory-swappiness'],
];

export interface ContainerWish {
  readonly body: JsonObject;
  readonly attach: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly tty: boolean;
  readonly autoRemove: boolean;
}

export function containerWish(context: Context, detached: boolean): ContainerWish {
  const { flags, args, proc } = context;
  for (const name of refused) if (flags.changed(name)) throw notSimulated(`the flag --${name}`);
  const absolute = (path: string) => proc.fs.resolve(proc.cwd, path);
  const attached = flags.list('attach').map((one) => one.toLowerCase());
  const interactive = flags.bool('interactive');
  const none = attached.length === 0;
  const attach = {
    stdin: !detached && (attached.includes('stdin') || (interactive && none)),
    stdout: !detached && (none || attached.includes('stdout')),
    stderr: !detached && (none || attached.includes('stderr')),
  };
  const { binds, anonymous } = volumes(flags.list('volume'), absolute);
  const mounts = flags.list('mount').map((spec) => mount(spec, absolute));
  const ports = publish(flags.list('publish'));
  for (const port of expose(flags.list('expose'))) ports.exposed[port] = {};
  const env = [...envFiles(context), ...flags.list('env').map((one) => fromEnvironment(context, one))];
  const restart = flags.text('restart');
  const autoRemove = flags.bool('rm');
  if (autoRemove && restart !== '' && !/^no(?::|$)/.test(restart)) {
    throw new DockerError('conflicting options: cannot specify both --restart and --rm');
  }
  const networks = flags.list('network').map(network);
  const mode = networks[0]?.name ?? 'default';
  const aliases = flags.list('network-alias');
  const named = aliases.length > 0 || networks.some((one) => one.aliases.length > 0);
  if (named && ['default', 'bridge', 'host', 'none'].includes(mode)) {
    throw new DockerError('network-scoped aliases are only supported for user-defined networks');
  }
  const bytes = (name: string): number => {
    const text = flags.text(name);
    return text === '' ? 0 : text === '-1' ? -1 : Number(ramInBytes(text));
  };
  const health = healthcheck(context);
  const stopTimeout = flags.changed('stop-timeout') ? { StopTimeout: flags.int('stop-timeout') } : {};
  const list = (name: string): Json => (flags.list(name).length === 0 ? null : flags.list(name));
  const capabilities = (name: string): Json =>
    flags.list(name).length === 0
      ? null
      : flags.list(name).map((one) => one.toUpperCase().replace(/^(?!CAP_|ALL$)/, 'CAP_'));
  const orEmpty = (name: string): Json => [...flags.list(name)];
  const tty = flags.bool('tty');
  const entrypoint = flags.changed('entrypoint') ? [flags.text('entrypoint')] : null;
  const tmpfs = Object.fromEntries(
    flags.list('tmpfs').map((spec) => {
      const colon = spec.indexOf(':');
      return colon < 0 ? [spec, ''] : [spec.slice(0, colon), spec.slice(colon + 1)];
    }),
  );
  const logOptions = Object.fromEntries(flags.list('log-opt').map((one) => splitPair(one)));
  if (flags.text('log-driver') === 'none' && flags.list('log-opt').length > 0) {
    throw new DockerError('invalid logging opts for driver none');
  }
  const endpoint = (one: ReturnType<typeof network> | undefined, first: boolean): Json => {
    const names = [...(first ? aliases : []), ...(one?.aliases ?? [])];
    const ip = (first ? flags.text('ip') : '') || (one?.ip ?? '');
    return {
      IPAMConfig: ip === '' ? null : { IPv4Address: ip },
      Links: null,
      Aliases: names.length === 0 ? null : names,
      MacAddress: '',
      DriverOpts: Object.keys(one?.options ?? {}).length === 0 ? null : (one?.options ?? null),
      GwPriority: 0,
      NetworkID: '',
      EndpointID: '',
      Gateway: '',
      IPAddress: '',
      IPPrefixLen: 0,
      IPv6Gateway: '',
      GlobalIPv6Address: '',
      GlobalIPv6PrefixLen: 0,
      DNSNames: null,
    };
  };
  const described = (one: ReturnType<typeof network>, n: number) =>
    one.aliases.length > 0 || one.ip !== '' || (n === 0 && (aliases.length > 0 || flags.text('ip') !== ''));
  const endpoints = Object.fromEntries(
    (networks.length === 0 ? [undefined] : networks.filter(described)).map((one, n) => [
      one?.name ?? 'default',
      endpoint(one, n === 0),
    ]),
  );
  const body: JsonObject = {
    Hostname: flags.text('hostname'),
    Domainname: flags.text('domainname'),
    User: flags.text('user'),
    AttachStdin: attach.stdin,
    AttachStdout: attach.stdout,
    AttachStderr: attach.stderr,
    ...(Object.keys(ports.exposed).length > 0 && { ExposedPorts: ports.exposed }),
    Tty: tty,
    OpenStdin: interactive,
    StdinOnce: attach.stdin && interactive,
    Env: env.length === 0 ? null : env,
    Cmd: args.length > 1 ? args.slice(1) : null,
    ...(health && { Healthcheck: health }),
    Image: args[0] ?? '',
    Volumes: anonymous,
    WorkingDir: flags.text('workdir'),
    Entrypoint: entrypoint,
    OnBuild: null,
    Labels: Object.fromEntries(flags.list('label').map((one) => splitPair(one))),
    ...(flags.text('stop-signal') !== '' && { StopSignal: flags.text('stop-signal') }),
    ...stopTimeout,
    HostConfig: {
      Binds: binds.length === 0 ? null : binds,
      ContainerIDFile: flags.text('cidfile'),
      LogConfig: { Type: flags.text('log-driver'), Config: logOptions },
      NetworkMode: mode,
      PortBindings: ports.bindings,
      RestartPolicy: restart === '' ? { Name: 'no', MaximumRetryCount: 0 } : restartPolicy(restart),
      AutoRemove: autoRemove,
      VolumeDriver: '',
      VolumesFrom: list('volumes-from'),
      ConsoleSize: tty && !detached ? [proc.rows, proc.columns] : [0, 0],
      ...(flags.list('annotation').length > 0 && {
        Annotations: Object.fromEntries(flags.list('annotation').map((one) => splitPair(one))),
      }),
      CapAdd: capabilities('cap-add'),
      CapDrop: capabilities('cap-drop'),
      CgroupnsMode: '',
      Dns: orEmpty('dns'),
      DnsOptions: orEmpty('dns-option'),
      DnsSearch: orEmpty('dns-search'),
      ExtraHosts: list('add-host'),
      GroupAdd: null,
      IpcMode: '',
      Cgroup: '',
      Links: null,
      OomScoreAdj: 0,
      PidMode: '',
      Privileged: flags.bool('privileged'),
      PublishAllPorts: flags.bool('publish-all'),
      ReadonlyRootfs: flags.bool('read-only'),
      SecurityOpt: null,
      ...(Object.keys(tmpfs).length > 0 && { Tmpfs: tmpfs }),
      UTSMode: '',
      UsernsMode: '',
      ShmSize: bytes('shm-size'),
      ...(flags.list('sysctl').length > 0 && {
        Sysctls: Object.fromEntries(flags.list('sysctl').map((one) => splitPair(one))),
      }),
      Isolation: '',
      CpuShares: flags.int('cpu-shares'),
      Memory: bytes('memory'),
      NanoCpus: decimalNano(flags.text('cpus')),
      CgroupParent: '',
      BlkioWeight: 0,
      BlkioWeightDevice: [],
      BlkioDeviceReadBps: [],
      BlkioDeviceWriteBps: [],
      BlkioDeviceReadIOps: [],
      BlkioDeviceWriteIOps: [],
      CpuPeriod: flags.int('cpu-period'),
      CpuQuota: flags.int('cpu-quota'),
      CpuRealtimePeriod: 0,
      CpuRealtimeRuntime: 0,
      CpusetCpus: flags.text('cpuset-cpus'),
      CpusetMems: flags.text('cpuset-mems'),
      Devices: [],
      DeviceCgroupRules: null,
      DeviceRequests: null,
      MemoryReservation: bytes('memory-reservation'),
      MemorySwap: bytes('memory-swap'),
      MemorySwappiness: -1,
      OomKillDisable: flags.bool('oom-kill-disable'),
      PidsLimit: flags.int('pids-limit'),
      Ulimits: flags.list('ulimit').map(ulimit),
      CpuCount: 0,
      CpuPercent: 0,
      IOMaximumIOps: 0,
      IOMaximumBandwidth: 0,
      ...(mounts.length > 0 && { Mounts: mounts }),
      MaskedPaths: null,
      ReadonlyPaths: null,
      ...(flags.changed('init') && { Init: flags.bool('init') }),
    },
    NetworkingConfig: { EndpointsConfig: endpoints },
  };
  return { body, attach, tty, autoRemove };
}

export const splitPair = (text: string): [string, string] => {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
};

/** `-e NAME` takes its value from the reader's environment. */
export function fromEnvironment({ proc }: Context, text: string): string {
  if (text.includes('=')) return text;
  const value = proc.env[text];
  return value === undefined ? text : `${text}=${value}`;
}

/** opts.ParseEnvFile: a variable a line, `#` begins a comment, and nothing is unquoted. */
export function envFiles(context: Context): string[] {
  return context.flags.list('env-file').flatMap((name) => {
    const path = context.file(name);
    if (!context.proc.fs.exists(path)) throw new DockerError(`open ${name}: no such file or directory`);
    return context.proc.fs
      .read(path)
      .replace(/^\uFEFF/, '')
      .split('\n')
      .map((line) => line.replace(/\r$/, '').trimStart())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .flatMap((line) => {
        const equals = line.indexOf('=');
        const key = equals < 0 ? line : line.slice(0, equals);
        if (/\s/.test(key.trimEnd() === key ? key : `${key} `)) {
          throw new DockerError(`invalid env file (${name}): variable '${key}' contains whitespaces`);
        }
        if (key === '') throw new DockerError(`invalid env file (${name}): no variable name on line '${line}'`);
        if (equals >= 0) return [line];
        const value = context.proc.env[key];
        return value === undefined ? [] : [`${key}=${value}`];
      });
  });
}

function healthcheck({ flags }: Context): JsonObject | undefined {
  const given = ['cmd', 'interval', 'timeout', 'start-period', 'start-interval', 'retries'].filter((name) =>
    flags.changed(`health-${name}`),
  );
  if (flags.bool('no-healthcheck')) {
    if (given.length > 0) throw new DockerError('--no-healthcheck conflicts with --health-* options');
    return { Test: ['NONE'] };
  }
  if (given.length === 0) return undefined;
  const command = flags.text('health-cmd');
  const ns = (name: string): number => {
    const value = durationNs(flags.text(name));
    if (value < 0) throw new DockerError(`--${name} cannot be negative`);
    return value;
  };
  const retries = flags.int('health-retries');
  if (retries < 0) throw new DockerError('--health-retries cannot be negative');
  const times = {
    Interval: ns('health-interval'),
    Timeout: ns('health-timeout'),
    StartPeriod: ns('health-start-period'),
    StartInterval: ns('health-start-interval'),
    Retries: retries,
  };
  const set = Object.entries(times).filter(([, value]) => value !== 0);
  return { ...(command !== '' && { Test: ['CMD-SHELL', command] }), ...Object.fromEntries(set) };
}
