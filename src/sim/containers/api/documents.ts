// Containers as documents of the API: one of a list, and all of one. The order of keys is the daemon's, because
// `docker inspect` prints it (api/types/container of moby 28).
import { chainOf, imageSize, rfc3339 } from '../images/image.ts';
import type { Engine } from '../engine/index.ts';
import { writtenBytes } from '../engine/files.ts';
import { dnsNames, isUserDefined, wantedPorts } from '../engine/networks.ts';
import { DATA, graphPath } from '../engine/rootfs.ts';
import { type Container, type Endpoint, type MountPoint, statusWord } from '../engine/state.ts';
import { humanDuration } from './words.ts';

const ZERO = '0001-01-01T00:00:00Z';

/** `Up 2 minutes (healthy)`. */
function statusText(engine: Engine, { state, health, config }: Container): string {
  const since = (at: number | null) => humanDuration(engine.sim.now - (at ?? 0));
  if (state.running) {
    if (state.paused) return `Up ${since(state.startedAt)} (Paused)`;
    if (state.restarting) return `Restarting (${String(state.exitCode)}) ${since(state.finishedAt)} ago`;
    if (health && config.Healthcheck)
      return `Up ${since(state.startedAt)} (${health.status === 'starting' ? 'health: starting' : health.status})`;
    return `Up ${since(state.startedAt)}`;
  }
  if (state.removing) return 'Removal In Progress';
  if (state.startedAt === null) return 'Created';
  if (state.finishedAt === null) return '';
  return `Exited (${String(state.exitCode)}) ${since(state.finishedAt)} ago`;
}

/** One line of `docker ps`. */
export function summaryOf(engine: Engine, container: Container, size: boolean): unknown {
  const { id, name, image, config, path, args, hostConfig, mounts, createdAt } = container;
  return {
    Id: id,
    Names: [`/${name}`],
    Image: imageNameOf(engine, container),
    ImageID: image.id,
    Command: [path, ...args.map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' '),
    Created: Math.floor(createdAt / 1000),
    Ports: portList(container),
    ...(size && {
      SizeRw: writtenBytes(engine, container),
      SizeRootFs: imageSize(image) + writtenBytes(engine, container),
    }),
    Labels: config.Labels,
    State: statusWord(container.state),
    Status: statusText(engine, container),
    HostConfig: { NetworkMode: hostConfig.NetworkMode },
    NetworkSettings: { Networks: networksOf(container, false) },
    Mounts: mounts.map(mountDocument),
  };
}

/** The name that it was made from, or the image's id when that name now means another image. */
function imageNameOf({ images }: Engine, { config, image }: Container): string {
  const found = images.find(config.Image);
  return found?.image.id === image.id ? config.Image : image.id;
}

function portList(container: Container): readonly unknown[] {
  const { config, ports, state } = container;
  if (!state.running) return [];
  const list: unknown[] = [];
  const published = new Set(ports.map((one) => `${String(one.containerPort)}/${one.protocol}`));
  for (const key of Object.keys(config.ExposedPorts ?? {})) {
    if (published.has(key)) continue;
    const [port = '', type = 'tcp'] = key.split('/');
    list.push({ PrivatePort: Number(port), Type: type });
  }
  for (const { hostIp, containerPort, hostPort, protocol } of ports)
    list.push({ IP: hostIp, PrivatePort: containerPort, PublicPort: hostPort, Type: protocol });
  return list;
}

function mountDocument({ type, name, source, destination, mode, rw }: MountPoint): unknown {
  return {
    Type: type,
    ...(name !== '' && { Name: name }),
    Source: source,
    Destination: destination,
    ...(type === 'volume' && { Driver: 'local' }),
    Mode: mode,
    RW: rw,
    Propagation: type === 'bind' ? 'rprivate' : '',
  };
}

const prefixOf = (endpoint: Endpoint): number => (endpoint.ip === '' ? 0 : 16);

function networksOf(container: Container, names: boolean): Readonly<Record<string, unknown>> {
  const sorted = [...container.endpoints].sort((a, b) => (a.network < b.network ? -1 : 1));
  return Object.fromEntries(
    sorted.map((endpoint) => [
      endpoint.network,
      {
        IPAMConfig:
          endpoint.wantedIp === '' ? (isUserDefined(endpoint.network) ? {} : null) : { IPv4Address: endpoint.wantedIp },
        Links: null,
        Aliases: endpoint.aliases,
        MacAddress: endpoint.mac,
        DriverOpts: null,
        GwPriority: 0,
        NetworkID: endpoint.networkId,
        EndpointID: endpoint.endpointId,
        Gateway: gatewayOf(endpoint),
        IPAddress: endpoint.ip,
        IPPrefixLen: prefixOf(endpoint),
        IPv6Gateway: '',
        GlobalIPv6Address: '',
        GlobalIPv6PrefixLen: 0,
        DNSNames: names && isUserDefined(endpoint.network) ? dnsNames(container, endpoint) : null,
      },
    ]),
  );
}

function gatewayOf({ ip }: Endpoint): string {
  return ip === '' ? '' : ip.replace(/\.\d+\.\d+$/, '.0.1');
}

function portMap(container: Container): Readonly<Record<string, unknown>> {
  const { config, ports, state } = container;
  if (!state.running || !container.sandbox) return {};
  const map: Record<string, { HostIp: string; HostPort: string }[] | null> = {};
  for (const key of Object.keys(config.ExposedPorts ?? {})) map[key] = null;
  for (const { containerPort, protocol } of wantedPorts(container))
    map[`${String(containerPort)}/${protocol}`] ??= null;
  for (const { hostIp, hostPort, containerPort, protocol } of ports) {
    const key = `${String(containerPort)}/${protocol}`;
    map[key] = [...(map[key] ?? []), { HostIp: hostIp, HostPort: String(hostPort) }];
  }
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `docker inspect`. */
export function inspectContainer(engine: Engine, container: Container, size: boolean): unknown {
  const { id, state, health, config, hostConfig, image, graph, endpoints } = container;
  const { epochMs } = engine.sim;
  const at = (moment: number | null) => (moment === null ? ZERO : rfc3339(epochMs + moment));
  const directory = `${DATA}/containers/${id}`;
  const started = state.startedAt !== null;
  const execs = [...engine.state.execs.values()]
    .filter((one) => one.container === id && one.running)
    .map((one) => one.id);
  const bridge = endpoints.find(({ network }) => network === 'bridge');
  const network = {
    Bridge: '',
    SandboxID: container.sandboxId,
    SandboxKey: container.sandboxId === '' ? '' : `/var/run/docker/netns/${container.sandboxId.slice(0, 12)}`,
    Ports: portMap(container),
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge?.endpointId ?? '',
    Gateway: bridge ? gatewayOf(bridge) : '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: bridge?.ip ?? '',
    IPPrefixLen: bridge ? prefixOf(bridge) : 0,
    IPv6Gateway: '',
    MacAddress: bridge?.mac ?? '',
    Networks: networksOf(container, true),
  };
  const lower = [
    `${graph}-init`,
    ...chainOf(image)
      .toReversed()
      .map((chain) => chain.slice(7)),
  ];
  return {
    Id: id,
    Created: rfc3339(container.createdAt),
    Path: container.path,
    Args: container.args,
    State: {
      Status: statusWord(state),
      Running: state.running,
      Paused: state.paused,
      Restarting: state.restarting,
      OOMKilled: state.oomKilled,
      Dead: false,
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: at(state.startedAt),
      FinishedAt: at(state.finishedAt),
      ...(health && {
        Health: {
          Status: health.status,
          FailingStreak: health.failingStreak,
          Log: health.log.map((one) => ({
            Start: rfc3339(one.start),
            End: rfc3339(one.end),
            ExitCode: one.exitCode,
            Output: one.output,
          })),
        },
      }),
    },
    Image: image.id,
    ResolvConfPath: started ? `${directory}/resolv.conf` : '',
    HostnamePath: started ? `${directory}/hostname` : '',
    HostsPath: started ? `${directory}/hosts` : '',
    LogPath: started ? `${directory}/${id}-json.log` : '',
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: started ? 'docker-default' : '',
    ExecIDs: execs.length > 0 ? execs : null,
    HostConfig: hostConfig,
    GraphDriver: {
      Data: {
        ID: id,
        LowerDir: lower.map((one) => graphPath(one, 'diff')).join(':'),
        MergedDir: graphPath(graph, 'merged'),
        UpperDir: graphPath(graph, 'diff'),
        WorkDir: graphPath(graph, 'work'),
      },
      Name: 'overlay2',
    },
    ...(size && {
      SizeRw: writtenBytes(engine, container),
      SizeRootFs: imageSize(image) + writtenBytes(engine, container),
    }),
    Mounts: container.mounts.map(mountDocument),
    Config: config,
    NetworkSettings: network,
  };
}
