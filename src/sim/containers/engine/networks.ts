// Networks of one engine: bridges on the machine, addresses, names, and ports of the machine that lead into containers.
// Models moby 28 libnetwork (drivers/bridge, ipams/defaultipam, resolver) and daemon/container_operations.go. The lowest
// free address is given; a network of the reader's own has a name server for the names of its containers.
// Departures: no packets and no filters, so every network can reach every other; IPv6 only for published ports; one host
// address for a published port is honoured in listings, and connections to any of the machine's own reach it.
import type { Machine } from '../../linux/machine.ts';
import { LinuxError } from '../../linux/contract.ts';
import {
  addAddress,
  addInterface,
  addRoute,
  listen,
  type Net,
  removeInterface,
  setUp,
} from '../../linux/tasks/network.ts';
import { initialNamespaces } from '../../linux/tasks/namespaces.ts';
import type { Stream } from '../../engine/random.ts';
import type { PortBinding } from './config.ts';
import { type Dockerd, nowMs, refuse } from './dockerd.ts';
import { networkEvent } from './events.ts';
import { randomHex, randomId } from './names.ts';
import { spawnDaemon } from './daemons.ts';
import { DATA } from './rootfs.ts';
import type { ActivePort, Container, Endpoint, Network } from './state.ts';

export const HOST_NET = initialNamespaces.net;
const PREFIX = 16;
const MTU = 1500;

interface NetworkRequest {
  readonly name: string;
  readonly driver?: string;
  readonly subnet?: string;
  readonly gateway?: string;
  readonly internal?: boolean;
  readonly options?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The three networks that are there from the start. */
export function predefinedNetworks(engine: Dockerd): void {
  const { state } = engine;
  const base = { createdAt: nowMs(engine), internal: false, labels: {}, subnet: '', gateway: '', bridge: '' };
  const stream = engine.random();
  const bridge: Network = {
    ...base,
    id: randomId(stream),
    name: 'bridge',
    driver: 'bridge',
    bridge: 'docker0',
    subnet: '172.17.0.0/16',
    gateway: '172.17.0.1',
    options: {
      'com.docker.network.bridge.default_bridge': 'true',
      'com.docker.network.bridge.enable_icc': 'true',
      'com.docker.network.bridge.enable_ip_masquerade': 'true',
      'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
      'com.docker.network.bridge.name': 'docker0',
      'com.docker.network.driver.mtu': '1500',
    },
  };
  const host: Network = { ...base, id: randomId(stream), name: 'host', driver: 'host', options: {} };
  const none: Network = { ...base, id: randomId(stream), name: 'none', driver: 'null', options: {} };
  for (const network of [bridge, host, none]) state.networks.set(network.id, network);
  makeBridge(engine, bridge);
}

function makeBridge(engine: Dockerd, network: Network): void {
  const mac = randomMac(engine.random());
  engine.machine.changeNet(HOST_NET, (net) => {
    const added = addInterface(net, { name: network.bridge, kind: 'bridge', mac, mtu: MTU, up: false, addresses: [] });
    return addAddress(setUp(added, network.bridge, true), network.bridge, network.gateway, prefixOf(network));
  });
}

const prefixOf = ({ subnet }: Network): number => Number(subnet.split('/')[1] ?? PREFIX);

/** Locally administered, for one receiver. */
function randomMac(stream: Stream): string {
  const bytes = randomHex(stream, 12).match(/../g) ?? [];
  const first = ((Number.parseInt(bytes[0] ?? '00', 16) & 0xfc) | 2).toString(16).padStart(2, '0');
  return [first, ...bytes.slice(1)].join(':');
}

export function findNetwork({ state }: Dockerd, text: string): Network {
  const all = [...state.networks.values()];
  const found = state.networks.get(text) ?? all.find(({ name }) => name === text);
  if (found) return found;
  const matches = all.filter(({ id }) => text !== '' && id.startsWith(text));
  if (matches.length > 1)
    refuse(400, `network ${text} is ambiguous (${String(matches.length)} matches found based on ID prefix)`);
  return matches[0] ?? refuse(404, `network ${text} not found`);
}

export function createNetwork(engine: Dockerd, request: NetworkRequest): Network {
  const { state } = engine;
  const { name, driver = 'bridge', options = {}, labels = {}, internal = false } = request;
  if (name.trim() === '') refuse(400, 'invalid name: name is empty');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name) && !/^[a-zA-Z0-9]$/.test(name))
    refuse(400, `invalid network name: "${name}" includes invalid characters, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`); // prettier-ignore
  if (['bridge', 'host', 'none', 'default'].includes(name))
    refuse(403, `operation is not permitted on predefined ${name} network `);
  const all = [...state.networks.values()];
  if (all.some((one) => one.name === name)) refuse(409, `network with name ${name} already exists`);
  if (driver !== 'bridge') {
    if (['host', 'null'].includes(driver)) refuse(403, `only one instance of "${driver}" network is allowed`);
    if (['macvlan', 'ipvlan', 'overlay'].includes(driver))
      refuse(501, `networks of driver ${driver} are not simulated`);
    refuse(404, `could not find plugin ${driver} in v1 plugin registry: plugin not found`);
  }
  const id = randomId(engine.random());
  const subnet = request.subnet ?? freeSubnet(engine);
  if (!/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(subnet)) refuse(400, `invalid network config:\ninvalid subnet ${subnet}: invalid CIDR block notation`); // prettier-ignore
  if (all.some((one) => one.subnet !== '' && overlaps(one.subnet, subnet)))
    refuse(403, 'Pool overlaps with other one on this address space');
  const network: Network = {
    id,
    name,
    createdAt: nowMs(engine),
    driver: 'bridge',
    bridge: options['com.docker.network.bridge.name'] ?? `br-${id.slice(0, 12)}`,
    subnet,
    gateway: request.gateway ?? addressAt(subnet, 1),
    internal,
    options,
    labels,
  };
  state.networks.set(id, network);
  makeBridge(engine, network);
  networkEvent(engine, network, 'create');
  return network;
}

function freeSubnet(engine: Dockerd): string {
  const used = [...engine.state.networks.values()].map(({ subnet }) => subnet).filter((subnet) => subnet !== '');
  const routed = engine.machine.net(HOST_NET).routes.map(({ to }) => to).filter((to) => to.includes('/')); // prettier-ignore
  const pools = [
    ...Array.from({ length: 15 }, (_, i) => `172.${String(17 + i)}.0.0/16`),
    ...Array.from({ length: 16 }, (_, i) => `192.168.${String(16 * i)}.0/20`),
  ];
  const free = pools.find((pool) => ![...used, ...routed].some((other) => overlaps(other, pool)));
  return free ?? refuse(400, 'all predefined address pools have been fully subnetted');
}

function overlaps(a: string, b: string): boolean {
  const [first, second] = [a, b].map((cidr) => {
    const [address = '', prefix = '32'] = cidr.split('/');
    const size = 2 ** (32 - Number(prefix));
    const start = Math.floor(numberOf(address) / size) * size;
    return { start, end: start + size };
  }) as [{ start: number; end: number }, { start: number; end: number }];
  return first.start < second.end && second.start < first.end;
}

export function removeNetwork(engine: Dockerd, text: string): void {
  const network = findNetwork(engine, text);
  if (['bridge', 'host', 'none'].includes(network.name))
    refuse(403, `${network.name} is a pre-defined network and cannot be removed`);
  const active = endpointsOn(engine, network.id).filter(({ endpoint }) => endpoint.ip !== '');
  if (active.length > 0)
    refuse(403, `error while removing network: network ${network.name} has active endpoints (${active.map(({ container }) => `name:"${container.name}" id:"${container.id.slice(0, 12)}"`).join(', ')})`); // prettier-ignore
  engine.state.networks.delete(network.id);
  engine.machine.changeNet(HOST_NET, (net) => removeInterface(net, network.bridge));
  networkEvent(engine, network, 'destroy');
}

export function endpointsOn({ state }: Dockerd, networkId: string) {
  return [...state.containers.values()].flatMap((container) =>
    container.endpoints.filter((one) => one.networkId === networkId).map((endpoint) => ({ container, endpoint })),
  );
}

// ------------------------------------------------------------------------------------------------------ addresses

function numberOf(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function addressAt(subnet: string, offset: number): string {
  const value = numberOf(subnet.split('/')[0] ?? '') + offset;
  return [24, 16, 8, 0].map((shift) => String(Math.floor(value / 2 ** shift) % 256)).join('.');
}

function freeAddress(engine: Dockerd, network: Network, wanted: string): string {
  const used = new Set([network.gateway, ...endpointsOn(engine, network.id).map(({ endpoint }) => endpoint.ip)]);
  if (wanted !== '') {
    if (used.has(wanted)) refuse(403, 'Address already in use');
    return wanted;
  }
  const size = 2 ** (32 - prefixOf(network));
  for (let offset = 1; offset < size - 1; offset++) {
    const address = addressAt(network.subnet, offset);
    if (!used.has(address)) return address;
  }
  return refuse(
    500,
    "no available IPv4 addresses on this network's address pools: " + `${network.name} (${network.id})`,
  );
}

/** Puts an interface into the network namespace of a running container. */
export function plug(engine: Dockerd, container: Container, endpoint: Endpoint, space: number): Endpoint {
  const network = findNetwork(engine, endpoint.networkId);
  if (network.driver !== 'bridge') return { ...endpoint, endpointId: randomId(engine.random()) };
  const { machine } = engine;
  const stream = engine.random();
  const ip = freeAddress(engine, network, endpoint.wantedIp);
  const mac = container.config.MacAddress ?? randomMac(stream);
  const outside = `veth${randomHex(stream, 7)}`;
  const inside = machine.net(space);
  const device = `eth${String(inside.interfaces.filter(({ name }) => name.startsWith('eth')).length)}`;
  const index = 1 + Math.max(...inside.interfaces.map((one) => one.index));
  let outsideIndex = 0;
  machine.changeNet(HOST_NET, (net) => {
    const master = net.interfaces.find(({ name }) => name === network.bridge)?.index ?? 0;
    const peer = { namespace: space, index };
    const next = addInterface(net, { name: outside, kind: 'veth', mac: randomMac(stream), mtu: MTU, up: true, master, peer, addresses: [] }); // prettier-ignore
    outsideIndex = next.interfaces.find(({ name }) => name === outside)?.index ?? 0;
    return next;
  });
  machine.changeNet(space, (net) => {
    const peer = { namespace: HOST_NET, index: outsideIndex };
    let next = addInterface(net, { name: device, kind: 'veth', mac, mtu: MTU, up: false, peer, addresses: [], index });
    next = addAddress(setUp(next, device, true), device, ip, prefixOf(network));
    if (network.internal || next.routes.some(({ to }) => to === 'default')) return next;
    return addRoute(next, { to: 'default', via: network.gateway, dev: device });
  });
  const plugged = { ...endpoint, endpointId: randomId(stream), ip, mac, device };
  networkEvent(engine, network, 'connect', container.id);
  return plugged;
}

/** Takes it out again; the container keeps its place on the network for the next start. */
export function unplug(engine: Dockerd, container: Container, endpoint: Endpoint, space: number): Endpoint {
  const network = engine.state.networks.get(endpoint.networkId);
  if (network?.driver === 'bridge' && endpoint.device !== '') {
    const { machine } = engine;
    const net = machine.namespace(space)?.kind === 'net' ? machine.net(space) : undefined;
    const found = net?.interfaces.find(({ name }) => name === endpoint.device);
    if (found) machine.changeNet(space, (inside) => removeInterface(inside, endpoint.device));
    machine.changeNet(HOST_NET, (outside) => {
      const other = outside.interfaces.find(({ peer }) => peer?.namespace === space && peer.index === found?.index);
      return other ? removeInterface(outside, other.name) : outside;
    });
  }
  if (network && endpoint.endpointId !== '') networkEvent(engine, network, 'disconnect', container.id);
  return { ...endpoint, endpointId: '', ip: '', mac: '', device: '' };
}

// ------------------------------------------------------------------------------------------------------ names

/** Names by which others on the network find a container. */
export function dnsNames(container: Container, endpoint: Endpoint): readonly string[] {
  const names = [container.name, ...(endpoint.aliases ?? []), container.id.slice(0, 12), container.config.Hostname];
  return [...new Set(names)];
}

/** Of /etc/hosts, hostname and resolv.conf, which lie on the machine's disk. */
export function writeNetworkFiles(engine: Dockerd, container: Container): void {
  const { files, machine } = engine;
  const directory = `${DATA}/containers/${container.id}`;
  files.mkdirs(directory, 0o710);
  const { config, hostConfig, endpoints } = container;
  const isHost = hostConfig.NetworkMode === 'host';
  const hostname = isHost || hostConfig.UTSMode === 'host' ? machine.hostname : config.Hostname;
  files.write(`${directory}/hostname`, `${hostname}\n`);
  const fixed =
    '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n';
  const extra = (hostConfig.ExtraHosts ?? []).map((line) => {
    const [name = '', ...address] = line.split(':');
    const ip = address.join(':');
    return `${ip === 'host-gateway' ? '172.17.0.1' : ip}\t${name}\n`;
  });
  const domain = config.Domainname === '' ? '' : `${config.Hostname}.${config.Domainname} `;
  const own = endpoints.filter(({ ip }) => ip !== '').map(({ ip }) => `${ip}\t${domain}${config.Hostname}\n`); // prettier-ignore
  files.write(`${directory}/hosts`, isHost && files.exists('/etc/hosts') ? files.readText('/etc/hosts') + extra.join('') : fixed + extra.join('') + own.join('')); // prettier-ignore
  const host = files.exists('/etc/resolv.conf') ? files.readText('/etc/resolv.conf') : 'nameserver 192.0.2.1\n';
  const ownDns = hostConfig.Dns.map((server) => `nameserver ${server}\n`).join('');
  const search = hostConfig.DnsSearch.length > 0 ? `search ${hostConfig.DnsSearch.join(' ')}\n` : '';
  const text = endpoints.some(({ network }) => isUserDefined(network))
    ? `# Generated by Docker Engine.\n# This file can be edited; Docker Engine will not make further changes once it\n# has been modified.\n\nnameserver 127.0.0.11\n${search}options ndots:0\n\n# Based on host file: '/etc/resolv.conf' (internal resolver)\n# ExtServers: [host(${/nameserver\s+(\S+)/.exec(host)?.[1] ?? '192.0.2.1'})]\n# Overrides: []\n# Option ndots from: internal\n`
    : ownDns !== '' || search !== ''
      ? (ownDns || host) + search
      : host;
  files.write(`${directory}/resolv.conf`, text);
}

export const isUserDefined = (network: string): boolean => !['bridge', 'host', 'none', 'default'].includes(network);

/** What the name server at 127.0.0.11 says to whoever is in that network namespace. */
export function resolveName(engine: Dockerd, space: number, name: string): string | undefined {
  const asker = [...engine.state.containers.values()].find(({ sandbox }) => sandbox?.net === space);
  if (!asker) return undefined;
  for (const { networkId, network } of asker.endpoints) {
    if (!isUserDefined(network)) continue;
    for (const { container, endpoint } of endpointsOn(engine, networkId))
      if (endpoint.ip !== '' && dnsNames(container, endpoint).includes(name)) return endpoint.ip;
  }
  return undefined;
}

/** The process behind an address of a container, or behind a published port of the machine. */
export function reach(engine: Dockerd, space: number, address: string, port: number): number | undefined {
  const { machine, state } = engine;
  for (const container of state.containers.values()) {
    if (container.sandbox && container.endpoints.some(({ ip }) => ip === address))
      return listenerIn(machine, container.sandbox.net, address, port);
  }
  const host = machine.net(HOST_NET);
  const isMachine = host.interfaces.some((one) => one.addresses.some((own) => own.address === address));
  if (space === HOST_NET ? !isMachine && !address.startsWith('127.') : !isMachine || address.startsWith('127.'))
    return undefined;
  for (const container of state.containers.values()) {
    const published = container.ports.find(
      (one) => one.hostPort === port && one.protocol === 'tcp' && one.proxyPid > 0,
    );
    if (published && container.sandbox) return listenerIn(machine, container.sandbox.net, '', published.containerPort);
  }
  return space === HOST_NET ? undefined : listenerIn(machine, HOST_NET, address, port);
}

function listenerIn(machine: Machine, space: number, address: string, port: number): number | undefined {
  const any = /^(\*|0\.0\.0\.0|::)$/;
  return machine
    .net(space)
    .sockets.find(
      (one) => one.protocol === 'tcp' && one.port === port && (any.test(one.address) || address === one.address),
    )?.pid;
}

// ------------------------------------------------------------------------------------------------------ ports

interface WantedPort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly bindings: readonly PortBinding[];
}

/** What `-p` and `-P` ask for, by port. */
export function wantedPorts({ config, hostConfig }: Container): readonly WantedPort[] {
  const wanted = new Map<string, readonly PortBinding[]>();
  for (const [port, bindings] of Object.entries(hostConfig.PortBindings ?? {}))
    wanted.set(port.includes('/') ? port : `${port}/tcp`, bindings ?? []);
  if (hostConfig.PublishAllPorts)
    for (const port of Object.keys(config.ExposedPorts ?? {}))
      if ((wanted.get(port) ?? []).length === 0) wanted.set(port, [{ HostIp: '', HostPort: '' }]);
  return [...wanted]
    .map(([port, bindings]) => {
      const [number = '', protocol = 'tcp'] = port.split('/');
      return { containerPort: Number(number), protocol: protocol === 'udp' ? 'udp' : 'tcp', bindings } as const;
    })
    .filter(({ bindings }) => bindings.length > 0)
    .sort((a, b) => a.containerPort - b.containerPort);
}

/** Opens ports of the machine, or throws as the daemon does when one is taken; then none stays open. */
export function publish(engine: Dockerd, container: Container, endpoint: Endpoint): readonly ActivePort[] {
  const opened: ActivePort[] = [];
  try {
    for (const { containerPort, protocol, bindings } of wantedPorts(container))
      for (const { HostIp, HostPort } of bindings) {
        const families = HostIp === '' ? ['0.0.0.0', '::'] : [HostIp];
        let hostPort = HostPort === '' || HostPort === '0' ? 0 : Number(HostPort.split('-')[0]);
        hostPort = hostPort === 0 ? freePort(engine, protocol) : hostPort;
        for (const hostIp of families)
          opened.push(open(engine, container, endpoint, { containerPort, protocol, hostIp, hostPort, proxyPid: 0 }, opened)); // prettier-ignore
      }
  } catch (error) {
    for (const { proxyPid } of opened) close(engine, proxyPid);
    throw error;
  }
  return opened;
}

function freePort({ state, machine }: Dockerd, protocol: 'tcp' | 'udp'): number {
  for (;;) {
    const port = state.ephemeralPort++;
    if (state.ephemeralPort > 60_999) state.ephemeralPort = 32_768;
    if (!machine.net(HOST_NET).sockets.some((one) => one.port === port && one.protocol === protocol)) return port;
  }
}

function open(
  engine: Dockerd,
  container: Container,
  endpoint: Endpoint,
  port: ActivePort,
  opened: readonly ActivePort[],
): ActivePort {
  const { hostIp, hostPort, protocol, containerPort } = port;
  const failed = (why: string): never =>
    refuse(500, `failed to set up container networking: driver failed programming external connectivity on endpoint ${container.name} (${endpoint.endpointId}): ${why}`); // prettier-ignore
  const clash = (a: string, b: string) => a === b || [a, b].some((ip) => ip === '0.0.0.0' || ip === '::');
  const others = [...engine.state.containers.values()].filter(({ id }) => id !== container.id).flatMap(({ ports }) => ports); // prettier-ignore
  if (others.some((one) => one.hostPort === hostPort && one.protocol === protocol && clash(one.hostIp, hostIp)))
    failed(`Bind for ${hostIp}:${String(hostPort)} failed: port is already allocated`);
  const proxy = spawnDaemon(engine, engine.state.dockerdPid, '/usr/bin/docker-proxy', [
    '-proto', protocol, '-host-ip', hostIp, '-host-port', String(hostPort), '-container-ip', endpoint.ip,
    '-container-port', String(containerPort), '-use-listen-fd',
  ]); // prettier-ignore
  const second = opened.some((one) => one.hostPort === hostPort && one.protocol === protocol && hostIp === '::');
  try {
    engine.machine.changeNet(HOST_NET, (net): Net => {
      const socket = { protocol, address: hostIp, port: hostPort, pid: proxy, backlog: 4096 };
      // Of the two families each has its own socket.
      return second ? { ...net, sockets: [...net.sockets, { ...socket, fd: 3 }] } : listen(net, socket);
    });
  } catch (error) {
    close(engine, proxy);
    if (!(error instanceof LinuxError)) throw error;
    const words = error.errno === 'EADDRINUSE' ? 'address already in use' : 'cannot assign requested address';
    failed(`failed to bind host port for ${hostIp}:${String(hostPort)}:${endpoint.ip}:${String(containerPort)}/${protocol}: ${words}`); // prettier-ignore
  }
  return { ...port, proxyPid: proxy };
}

export function close({ machine }: Dockerd, proxyPid: number): void {
  if (proxyPid > 0 && machine.task(proxyPid)) machine.exit(proxyPid, 0);
}
