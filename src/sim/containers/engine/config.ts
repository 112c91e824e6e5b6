// What a container is asked to be: `Config` and `HostConfig` of the Docker Engine API 1.50, with the daemon's defaults, in
// the order in which `docker inspect` shows them. Models api/types/container of moby 28 and daemon/create.go,
// daemon/container.go. Departures: what only Windows knows has its zero value; of the resource limits memory, processor and
// process numbers count, the others are kept and shown.
import { DaemonError } from '../images/errors.ts';
import type { Healthcheck, RunConfig } from '../images/image.ts';

type Plain = Readonly<Record<string, unknown>>;

export interface ContainerConfig {
  readonly Hostname: string;
  readonly Domainname: string;
  readonly User: string;
  readonly AttachStdin: boolean;
  readonly AttachStdout: boolean;
  readonly AttachStderr: boolean;
  readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  readonly Tty: boolean;
  readonly OpenStdin: boolean;
  readonly StdinOnce: boolean;
  readonly Env: readonly string[] | null;
  readonly Cmd: readonly string[] | null;
  readonly Healthcheck?: Healthcheck;
  readonly ArgsEscaped?: boolean;
  readonly Image: string;
  readonly Volumes: Readonly<Record<string, unknown>> | null;
  readonly WorkingDir: string;
  readonly Entrypoint: readonly string[] | null;
  readonly NetworkDisabled?: boolean;
  readonly MacAddress?: string;
  readonly OnBuild: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly StopTimeout?: number;
  readonly Shell?: readonly string[];
}

export interface PortBinding {
  readonly HostIp: string;
  readonly HostPort: string;
}

export interface MountRequest {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: Plain;
  readonly VolumeOptions?: { readonly NoCopy?: boolean; readonly Labels?: Readonly<Record<string, string>> };
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number };
}

export interface HostConfig {
  readonly Binds: readonly string[] | null;
  readonly ContainerIDFile: string;
  readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  readonly NetworkMode: string;
  readonly PortBindings: Readonly<Record<string, readonly PortBinding[] | null>> | null;
  readonly RestartPolicy: { readonly Name: string; readonly MaximumRetryCount: number };
  readonly AutoRemove: boolean;
  readonly VolumesFrom: readonly string[] | null;
  readonly CapAdd: readonly string[] | null;
  readonly CapDrop: readonly string[] | null;
  readonly Dns: readonly string[];
  readonly DnsOptions: readonly string[];
  readonly DnsSearch: readonly string[];
  readonly ExtraHosts: readonly string[] | null;
  readonly IpcMode: string;
  readonly PidMode: string;
  readonly UTSMode: string;
  readonly OomScoreAdj: number;
  readonly Privileged: boolean;
  readonly PublishAllPorts: boolean;
  readonly ReadonlyRootfs: boolean;
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly ShmSize: number;
  readonly CpuShares: number;
  readonly Memory: number;
  readonly NanoCpus: number;
  readonly CpuPeriod: number;
  readonly CpuQuota: number;
  readonly CpusetCpus: string;
  readonly MemoryReservation: number;
  readonly MemorySwap: number;
  readonly OomKillDisable: boolean | null;
  readonly PidsLimit: number | null;
  readonly Mounts?: readonly MountRequest[];
}

const maskedPaths = [
  '/proc/asound', '/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list',
  '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap',
]; // prettier-ignore
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Key, value when nothing was asked for, and whether that value is left out. In the order of the document. */
const hostDefaults: readonly (readonly [string, unknown, 'omit'?])[] = [
  ['Binds', null],
  ['ContainerIDFile', ''],
  ['LogConfig', { Type: 'json-file', Config: {} }],
  ['NetworkMode', 'bridge'],
  ['PortBindings', {}],
  ['RestartPolicy', { Name: 'no', MaximumRetryCount: 0 }],
  ['AutoRemove', false],
  ['VolumeDriver', ''],
  ['VolumesFrom', null],
  ['ConsoleSize', [0, 0]],
  ['Annotations', undefined, 'omit'],
  ['CapAdd', null],
  ['CapDrop', null],
  ['CgroupnsMode', 'private'],
  ['Dns', []],
  ['DnsOptions', []],
  ['DnsSearch', []],
  ['ExtraHosts', null],
  ['GroupAdd', null],
  ['IpcMode', 'private'],
  ['Cgroup', ''],
  ['Links', null],
  ['OomScoreAdj', 0],
  ['PidMode', ''],
  ['Privileged', false],
  ['PublishAllPorts', false],
  ['ReadonlyRootfs', false],
  ['SecurityOpt', null],
  ['StorageOpt', undefined, 'omit'],
  ['Tmpfs', undefined, 'omit'],
  ['UTSMode', ''],
  ['UsernsMode', ''],
  ['ShmSize', 67_108_864],
  ['Sysctls', undefined, 'omit'],
  ['Runtime', 'runc'],
  ['Isolation', ''],
  ['CpuShares', 0],
  ['Memory', 0],
  ['NanoCpus', 0],
  ['CgroupParent', ''],
  ['BlkioWeight', 0],
  ['BlkioWeightDevice', []],
  ['BlkioDeviceReadBps', []],
  ['BlkioDeviceWriteBps', []],
  ['BlkioDeviceReadIOps', []],
  ['BlkioDeviceWriteIOps', []],
  ['CpuPeriod', 0],
  ['CpuQuota', 0],
  ['CpuRealtimePeriod', 0],
  ['CpuRealtimeRuntime', 0],
  ['CpusetCpus', ''],
  ['CpusetMems', ''],
  ['Devices', []],
  ['DeviceCgroupRules', null],
  ['DeviceRequests', null],
  ['MemoryReservation', 0],
  ['MemorySwap', 0],
  ['MemorySwappiness', null],
  ['OomKillDisable', null],
  ['PidsLimit', null],
  ['Ulimits', []],
  ['CpuCount', 0],
  ['CpuPercent', 0],
  ['IOMaximumIOps', 0],
  ['IOMaximumBandwidth', 0],
  ['Mounts', undefined, 'omit'],
  ['MaskedPaths', maskedPaths],
  ['ReadonlyPaths', readonlyPaths],
  ['Init', undefined, 'omit'],
];

/** What a client leaves empty and the daemon fills in. */
const filledIn = new Set([
  'NetworkMode',
  'IpcMode',
  'CgroupnsMode',
  'Runtime',
  'ShmSize',
  'MaskedPaths',
  'ReadonlyPaths',
]);

export function hostConfigOf(given: Plain = {}): HostConfig {
  const out: Record<string, unknown> = {};
  for (const [key, usual, omit] of hostDefaults) {
    let value = given[key];
    const isEmpty = value === undefined || value === '' || value === 0 || value === null;
    if (value === undefined || (filledIn.has(key) && isEmpty)) value = usual;
    if (omit && (value === undefined || value === null || isEmptyObject(value))) continue;
    out[key] = value;
  }
  if (out['NetworkMode'] === 'default') out['NetworkMode'] = 'bridge';
  const log = out['LogConfig'] as { readonly Type?: string; readonly Config?: Plain | null } | null;
  out['LogConfig'] = {
    Type: log?.Type === undefined || log.Type === '' ? 'json-file' : log.Type,
    Config: log?.Config ?? {},
  };
  const policy = out['RestartPolicy'] as { readonly Name?: string; readonly MaximumRetryCount?: number } | null;
  out['RestartPolicy'] = {
    Name: policy?.Name === undefined || policy.Name === '' ? 'no' : policy.Name,
    MaximumRetryCount: policy?.MaximumRetryCount ?? 0,
  };
  if (Number(out['PidsLimit'] ?? 0) <= 0) out['PidsLimit'] = null;
  if (Number(out['Memory']) > 0 && Number(out['MemorySwap']) === 0) out['MemorySwap'] = Number(out['Memory']) * 2;
  return out as unknown as HostConfig;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

const configKeys: readonly (readonly [string, unknown, 'omit'?])[] = [
  ['Hostname', ''],
  ['Domainname', ''],
  ['User', ''],
  ['AttachStdin', false],
  ['AttachStdout', false],
  ['AttachStderr', false],
  ['ExposedPorts', undefined, 'omit'],
  ['Tty', false],
  ['OpenStdin', false],
  ['StdinOnce', false],
  ['Env', null],
  ['Cmd', null],
  ['Healthcheck', undefined, 'omit'],
  ['ArgsEscaped', undefined, 'omit'],
  ['Image', ''],
  ['Volumes', null],
  ['WorkingDir', ''],
  ['Entrypoint', null],
  ['NetworkDisabled', undefined, 'omit'],
  ['MacAddress', undefined, 'omit'],
  ['OnBuild', null],
  ['Labels', {}],
  ['StopSignal', undefined, 'omit'],
  ['StopTimeout', undefined, 'omit'],
  ['Shell', undefined, 'omit'],
];

/** The request's part about the container, merged with what the image says (daemon/commit.go, merge). */
export function containerConfigOf(given: Plain, image: RunConfig, id: string): ContainerConfig {
  const merged: Record<string, unknown> = { ...given };
  const texts = (value: unknown) => (Array.isArray(value) ? (value as readonly string[]) : []);
  if (!isSet(merged['User'])) merged['User'] = image.User ?? '';
  const ports = { ...image.ExposedPorts, ...(merged['ExposedPorts'] as Plain | null) };
  merged['ExposedPorts'] = sorted(ports);
  const names = new Set(texts(merged['Env']).map(nameOf));
  merged['Env'] = [...texts(merged['Env']), ...(image.Env ?? []).filter((one) => !names.has(nameOf(one)))];
  const labels = { ...image.Labels, ...(merged['Labels'] as Readonly<Record<string, string>> | null) };
  merged['Labels'] = sorted(labels);
  const entrypoint = merged['Entrypoint'];
  if (texts(entrypoint).length === 0) {
    const reset = Array.isArray(entrypoint);
    if (texts(merged['Cmd']).length === 0 && !reset) merged['Cmd'] = image.Cmd ?? null;
    if (!reset) merged['Entrypoint'] = image.Entrypoint ?? null;
  } else if (texts(entrypoint).length === 1 && texts(entrypoint)[0] === '') merged['Entrypoint'] = null;
  if (texts(merged['Cmd']).length === 0) merged['Cmd'] = null;
  if (texts(merged['Entrypoint']).length === 0) merged['Entrypoint'] = null;
  const health = merged['Healthcheck'] as Healthcheck | null | undefined;
  if (image.Healthcheck) merged['Healthcheck'] = mergeHealth(health, image.Healthcheck);
  if (!isSet(merged['WorkingDir'])) merged['WorkingDir'] = image.WorkingDir ?? '';
  if (!isSet(merged['StopSignal'])) merged['StopSignal'] = image.StopSignal;
  const volumes = { ...image.Volumes, ...(merged['Volumes'] as Plain | null) };
  merged['Volumes'] = Object.keys(volumes).length > 0 ? sorted(volumes) : null;
  if (!isSet(merged['Hostname'])) merged['Hostname'] = id.slice(0, 12);
  if (image.Shell && texts(merged['Shell']).length === 0) merged['Shell'] = image.Shell;
  merged['OnBuild'] = image.OnBuild ?? null;
  const out: Record<string, unknown> = {};
  for (const [key, usual, omit] of configKeys) {
    const value = merged[key] ?? usual;
    if (omit && (value === undefined || value === '' || value === false || isEmptyObject(value))) continue;
    out[key] = value;
  }
  return out as unknown as ContainerConfig;
}

function mergeHealth(given: Healthcheck | null | undefined, image: Healthcheck): Healthcheck {
  if (!given) return image;
  const out: Record<string, unknown> = {};
  for (const key of ['Test', 'Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'] as const) {
    const own = given[key];
    const isZero = own === undefined || own === 0 || (Array.isArray(own) && own.length === 0);
    const value = isZero ? image[key] : own;
    if (value !== undefined && value !== 0) out[key] = value;
  }
  return out;
}

const isSet = (value: unknown): boolean => typeof value === 'string' && value !== '';

const nameOf = (variable: string): string => variable.replace(/=[\s\S]*/, '');

function sorted<T>(value: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

const MINIMUM_MEMORY = 6_291_456;
const MILLISECOND = 1_000_000;

/** Refuses what the daemon refuses (daemon/container.go, daemon_unix.go). Returns warnings. */
export function validate(config: ContainerConfig, host: HostConfig, cpuMilli: number): readonly string[] {
  const bad = (message: string): never => {
    throw new DaemonError(400, message);
  };
  if (config.WorkingDir !== '' && !config.WorkingDir.startsWith('/'))
    bad(`the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`);
  const { RestartPolicy: policy } = host;
  if (!['no', 'always', 'on-failure', 'unless-stopped'].includes(policy.Name))
    bad(
      `invalid restart policy: unknown policy '${policy.Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  if (policy.MaximumRetryCount < 0) bad('invalid restart policy: maximum retry count cannot be negative');
  if (policy.MaximumRetryCount > 0 && policy.Name !== 'on-failure')
    bad("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  if (host.AutoRemove && policy.Name !== 'no') bad("can't create 'AutoRemove' container with restart policy");
  const health = config.Healthcheck;
  for (const [key, name] of [
    ['Interval', 'Interval'],
    ['Timeout', 'Timeout'],
    ['StartPeriod', 'StartPeriod'],
  ] as const)
    // prettier-ignore
    if ((health?.[key] ?? 0) !== 0 && (health?.[key] ?? 0) < MILLISECOND)
      bad(`${name} in Healthcheck cannot be less than 1ms`);
  if ((health?.Retries ?? 0) < 0) bad('Retries in Healthcheck cannot be negative');
  for (const [port, bindings] of Object.entries(host.PortBindings ?? {})) {
    if (!/^\d+(?:-\d+)?(?:\/(?:tcp|udp|sctp))?$/.test(port)) bad(`invalid port specification: "${port}"`);
    for (const { HostPort } of bindings ?? [])
      if (!/^(?:\d+(?:-\d+)?)?$/.test(HostPort) || Number(HostPort.split('-')[0]) > 65_535)
        bad(`invalid port specification: "${HostPort}"`);
  }
  const warnings: string[] = [];
  const { Memory: memory, MemorySwap: swap } = host;
  if (memory !== 0 && memory < MINIMUM_MEMORY) bad('Minimum memory limit allowed is 6MB');
  if (memory === 0 && swap > 0) bad('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (memory > 0 && swap > 0 && swap < memory)
    bad('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (host.MemoryReservation > 0 && memory > 0 && memory < host.MemoryReservation)
    bad('Minimum memory limit can not be less than memory reservation limit, see usage');
  const cpus = Math.ceil(cpuMilli / 1000);
  if (host.NanoCpus > 0 && host.CpuPeriod > 0) bad('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  if (host.NanoCpus > 0 && host.CpuQuota > 0) bad('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  if (host.NanoCpus < 0 || host.NanoCpus > cpus * 1e9)
    bad(`range of CPUs is from 0.01 to ${String(cpus)}.00, as there are only ${String(cpus)} CPUs available`);
  if (host.CpuPeriod !== 0 && (host.CpuPeriod < 1000 || host.CpuPeriod > 1_000_000))
    bad('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  if (host.CpuQuota > 0 && host.CpuQuota < 1000) bad('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (host.CpuShares < 0) bad(`invalid CPU shares (${String(host.CpuShares)}): value must be a positive integer`);
  return warnings;
}
