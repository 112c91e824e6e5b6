// /version, /info, /events, /system/df, /_ping: what moby 28.2.2 api/server/router/system answers.
import { parseTime } from '../../engine/time.ts';
import type { CacheRecord } from '../build/cache.ts';
import { imageSize, rfc3339 } from '../images/image.ts';
import { nowMs } from '../engine/dockerd.ts';
import { eventDocument } from '../engine/events.ts';
import type { Engine } from '../engine/index.ts';
import type { EngineEvent } from '../engine/state.ts';
import { sizeOf, usersOf, volumePath } from '../engine/volumes.ts';
import { summaryOf } from './documents.ts';
import { volumeDocument } from './networks.ts';
import { type Asked, type Filters, filtersOf, matchesLabels, timeOf } from './request.ts';
import { type DockerResponse, follow, json, streamed, VERSION_HEADERS } from './response.ts';

const GIT = '45873be';
const GO = 'go1.24.3';
const BUILT = 'Fri May 30 12:07:27 2025';
const BUILD_TIME = '2025-05-30T12:07:27.000000000+00:00';
const CONTAINERD = '05044ec0a9a75232cad458027ca83437aae3f4da';
const RUNC = 'v1.2.5-0-g59923ef';
const INIT = 'de40ad0';

export function system(engine: Engine, asked: Asked): DockerResponse | undefined {
  switch (`${asked.method} ${asked.path}`) {
    case 'GET /_ping':
      return {
        status: 200,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache, no-store, must-revalidate', pragma: 'no-cache', 'builder-version': '2', swarm: 'inactive', ...VERSION_HEADERS }, // prettier-ignore
        body: 'OK',
      };
    case 'GET /version':
      return json(version(engine));
    case 'GET /info':
      return json(info(engine));
    case 'GET /events':
      return events(engine, asked);
    case 'GET /system/df':
      return json(diskUsage(engine, asked.query.all('type')));
    default:
      return undefined;
  }
}

function version({ machine, host }: Engine): unknown {
  const arch = host.architecture;
  const kernel = machine.kernelVersion;
  return {
    Platform: { Name: 'Docker Engine - Community' },
    Components: [
      {
        Name: 'Engine',
        Version: '28.2.2',
        Details: {
          ApiVersion: '1.50',
          Arch: arch,
          BuildTime: BUILT,
          Experimental: 'false',
          GitCommit: GIT,
          GoVersion: GO,
          KernelVersion: kernel,
          MinAPIVersion: '1.24',
          Os: 'linux',
        },
      },
      { Name: 'containerd', Version: '1.7.27', Details: { GitCommit: CONTAINERD } },
      { Name: 'runc', Version: '1.2.5', Details: { GitCommit: RUNC } },
      { Name: 'docker-init', Version: '0.19.0', Details: { GitCommit: INIT } },
    ],
    Version: '28.2.2',
    ApiVersion: '1.50',
    MinAPIVersion: '1.24',
    GitCommit: GIT,
    GoVersion: GO,
    Os: 'linux',
    Arch: arch,
    KernelVersion: kernel,
    BuildTime: BUILD_TIME,
  };
}

function info(engine: Engine): unknown {
  const { machine, state, images } = engine;
  const all = [...state.containers.values()];
  const paused = all.filter((one) => one.state.paused).length;
  const running = all.filter((one) => one.state.running).length - paused;
  const osRelease = engine.files.exists('/etc/os-release') ? engine.files.readText('/etc/os-release') : '';
  const system = /PRETTY_NAME="([^"]*)"/.exec(osRelease)?.[1] ?? 'Debian GNU/Linux 12 (bookworm)';
  const runtime = { path: 'runc', status: { 'org.opencontainers.runtime-spec.features': '{}' } };
  return {
    ID: '5f0b7a9e-4a52-4d0e-9d53-6a1c3d0a7b21',
    Containers: all.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: all.length - running - paused,
    Images: images.all().length,
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', 'extfs'],
      ['Supports d_type', 'true'],
      ['Using metacopy', 'false'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', 'false'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay'],
      Authorization: null,
      Log: ['awslogs', 'fluentd', 'gcplogs', 'gelf', 'journald', 'json-file', 'local', 'splunk', 'syslog'],
    },
    MemoryLimit: true,
    SwapLimit: true,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    IPv4Forwarding: true,
    Debug: false,
    NFd: 22 + 6 * running,
    OomKillDisable: false,
    NGoroutines: 42 + 9 * running,
    SystemTime: new Date(nowMs(engine)).toISOString().replace('Z', '000000Z'),
    LoggingDriver: 'json-file',
    CgroupDriver: 'systemd',
    CgroupVersion: '2',
    NEventsListener: 0,
    KernelVersion: machine.kernelVersion,
    OperatingSystem: system,
    OSVersion: /VERSION_ID="?([^"\n]*)/.exec(osRelease)?.[1] ?? '12',
    OSType: 'linux',
    Architecture: machine.architecture,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      AllowNondistributableArtifactsCIDRs: null,
      AllowNondistributableArtifactsHostnames: null,
      InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8'],
      IndexConfigs: { 'docker.io': { Name: 'docker.io', Mirrors: [], Secure: true, Official: true } },
      Mirrors: null,
    },
    NCPU: Math.ceil(machine.cpuMilli / 1000),
    MemTotal: machine.memoryBytes,
    GenericResources: null,
    DockerRootDir: '/var/lib/docker',
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: machine.hostname,
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: '28.2.2',
    Runtimes: { 'io.containerd.runc.v2': runtime, runc: runtime },
    DefaultRuntime: 'runc',
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '', RemoteManagers: null }, // prettier-ignore
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: { ID: CONTAINERD },
    RuncCommit: { ID: RUNC },
    InitCommit: { ID: INIT },
    SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin', 'name=cgroupns'],
    FirewallBackend: { Driver: 'iptables' },
    CDISpecDirs: ['/etc/cdi', '/var/run/cdi'],
    Containerd: {
      Address: '/run/containerd/containerd.sock',
      Namespaces: { Containers: 'moby', Plugins: 'plugins.moby' },
    },
    Warnings: null,
  };
}

const EVENT_FILTERS = ['container', 'event', 'image', 'label', 'network', 'type', 'volume', 'daemon', 'scope', 'service', 'node', 'secret', 'config', 'plugin', 'builder']; // prettier-ignore

function events(engine: Engine, asked: Asked): DockerResponse {
  const filters = filtersOf(asked, EVENT_FILTERS);
  const now = nowMs(engine);
  const since = timeOf(asked.query.get('since'), now, Infinity);
  const until = timeOf(asked.query.get('until'), now, Infinity);
  const line = (event: EngineEvent) => `${JSON.stringify(eventDocument(engine, event))}\n`;
  const wanted = (event: EngineEvent) => matches(filters, event);
  const { epochMs } = engine.sim;
  const past = engine.state.events.filter(
    (one) => epochMs + one.at >= since && epochMs + one.at <= until && wanted(one),
  );
  const body = past.map(line).join('');
  if (until <= now) return { status: 200, headers: { 'content-type': 'application/json' }, body };
  const stream = follow(
    engine,
    () => true,
    (notice, send) => {
      if (notice.kind === 'event' && wanted(notice.event)) send(line(notice.event));
      return nowMs(engine) < until;
    },
  );
  return streamed(stream, undefined, body);
}

function matches(filters: Filters, { type, action, id, attributes }: EngineEvent): boolean {
  const any = (key: string, test: (value: string) => boolean) => !filters.has(key) || filters.get(key).some(test);
  const named = (key: string) =>
    any(key, (value) => type === key && (id.startsWith(value) || attributes['name'] === value));
  return (
    any('type', (value) => type === value) &&
    any('event', (value) => action === value || action.startsWith(`${value}:`)) &&
    any('image', (value) => id === value || attributes['image'] === value || attributes['name'] === value) &&
    any('scope', (value) => value === 'local') &&
    named('container') &&
    named('network') &&
    named('volume') &&
    matchesLabels(filters.get('label'), attributes)
  );
}

function diskUsage(engine: Engine, types: readonly string[]): unknown {
  const { images, state, cache } = engine;
  const wants = (type: string) => types.length === 0 || types.includes(type);
  const containers = [...state.containers.values()];
  return {
    ...(wants('image') && { LayersSize: images.diskBytes() }),
    Images: wants('image')
      ? images
          .all()
          .filter(({ image }) => images.namesOf(image.id).length > 0 || images.childrenOf(image.id).length === 0)
          .map(({ image, parent = '' }) => ({
            Containers: containers.filter((one) => one.image.id === image.id).length,
            Created: Math.floor((parseTime(image.config.created) ?? 0) / 1000),
            Id: image.id,
            Labels: image.config.config.Labels ?? null,
            ParentId: parent,
            RepoDigests: images.digestsOf(image.id),
            RepoTags: images.tagsOf(image.id),
            SharedSize: images.sharedBytes(image.id),
            Size: imageSize(image),
          }))
      : null,
    Containers: wants('container') ? containers.map((container) => summaryOf(engine, container, true)) : null,
    Volumes: wants('volume')
      ? [...state.volumes.values()].map((volume) =>
          volumeDocument(volume, {
            RefCount: usersOf(engine, volume.name).length,
            Size: sizeOf(engine.files, volumePath(volume.name)),
          }),
        )
      : null,
    BuildCache: wants('build-cache') ? cache.records().map((record) => cacheDocument(engine, record)) : null,
  };
}

function cacheDocument(engine: Engine, { key, description, layer, createdAt, usedAt, uses }: CacheRecord): unknown {
  const { epochMs } = engine.sim;
  return {
    ID: key.replace(/^sha256:/, '').slice(0, 25),
    Type: 'regular',
    Description: description,
    InUse: false,
    Shared: [...engine.images.layersOnDisk().values()].some(({ diffId }) => diffId === layer.diffId),
    Size: layer.sizeBytes,
    CreatedAt: rfc3339(epochMs + createdAt),
    LastUsedAt: rfc3339(epochMs + usedAt),
    UsageCount: uses,
  };
}
