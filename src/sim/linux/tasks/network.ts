// One network namespace: interfaces, addresses, routes, and who listens. Models rtnetlink(7), ip(7) and bind(2) as far as
// `ip`, `ss` and a container engine ask. Values: every change gives a new one. Departures: no packets, no neighbours, no
// filters (a container engine's port mappings are its own record), IPv6 only as the loopback's and link-local addresses.
import { LinuxError } from '../contract.ts';

export interface Interface {
  readonly index: number;
  readonly name: string;
  readonly kind: 'loopback' | 'ether' | 'bridge' | 'veth';
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** Index of the bridge that it is a port of. */
  readonly master?: number;
  /** Of a veth: the other end. */
  readonly peer?: { readonly namespace: number; readonly index: number };
  readonly addresses: readonly Address[];
  readonly txqlen: number;
}

interface Address {
  readonly address: string;
  readonly prefix: number;
  readonly scope: 'global' | 'host' | 'link';
  readonly broadcast?: string;
}

export interface Route {
  /** `default` or `172.17.0.0/16`. */
  readonly to: string;
  readonly via?: string;
  readonly dev: string;
  readonly proto?: 'kernel' | 'static' | 'boot' | 'dhcp';
  readonly scope?: 'link' | 'host';
  readonly src?: string;
  readonly metric?: number;
}

interface Socket {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0`, `*` (both families) or one address. */
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  readonly fd: number;
  readonly backlog: number;
}

export interface Net {
  readonly interfaces: readonly Interface[];
  readonly routes: readonly Route[];
  readonly sockets: readonly Socket[];
}

/** As a new namespace starts: a loopback interface that is down. */
export const emptyNet: Net = {
  interfaces: [
    {
      index: 1,
      name: 'lo',
      kind: 'loopback',
      mac: '00:00:00:00:00:00',
      mtu: 65_536,
      up: false,
      addresses: [],
      txqlen: 1000,
    },
  ],
  routes: [],
  sockets: [],
};

export function interfaceNamed(net: Net, name: string): Interface | undefined {
  return net.interfaces.find((one) => one.name === name);
}

/** Replaces the fields of one interface. ENODEV when there is none of that name. */
export function changeInterface(net: Net, name: string, change: Partial<Interface>): Net {
  if (!interfaceNamed(net, name)) throw new LinuxError('ENODEV');
  return { ...net, interfaces: net.interfaces.map((one) => (one.name === name ? { ...one, ...change } : one)) };
}

/** `ip link add`: EEXIST for a name in use. */
export function addInterface(
  net: Net,
  spec: Omit<Interface, 'index' | 'txqlen'> & { readonly index?: number; readonly txqlen?: number },
): Net {
  if (interfaceNamed(net, spec.name)) throw new LinuxError('EEXIST');
  const index = spec.index ?? 1 + Math.max(0, ...net.interfaces.map((one) => one.index));
  // What a container engine makes has no queue of its own.
  const txqlen = spec.txqlen ?? (spec.kind === 'ether' ? 1000 : 0);
  const interfaces = [...net.interfaces, { ...spec, index, txqlen }].sort((a, b) => a.index - b.index);
  return { ...net, interfaces };
}

export function removeInterface(net: Net, name: string): Net {
  const gone = interfaceNamed(net, name);
  if (!gone) throw new LinuxError('ENODEV');
  if (gone.kind === 'loopback') throw new LinuxError('EOPNOTSUPP');
  return {
    ...net,
    interfaces: net.interfaces
      .filter((one) => one !== gone)
      .map((one) => (one.master === gone.index ? omitMaster(one) : one)),
    routes: net.routes.filter((route) => route.dev !== name),
  };
}

/** Up or down; with it come and go the routes that the kernel makes, and the loopback's own addresses. */
export function setUp(net: Net, name: string, up: boolean): Net {
  const found = interfaceNamed(net, name);
  if (!found) throw new LinuxError('ENODEV');
  if (found.up === up) return net;
  const addresses =
    up && found.kind === 'loopback' && found.addresses.length === 0
      ? [
          { address: '127.0.0.1', prefix: 8, scope: 'host' } as const,
          { address: '::1', prefix: 128, scope: 'host' } as const,
        ]
      : found.addresses;
  const next = changeInterface(net, name, { up, addresses });
  if (!up) return { ...next, routes: next.routes.filter((route) => route.dev !== name) };
  return addresses.reduce((to, address) => withSubnetRoute(to, { ...found, up, addresses }, address), next);
}

/** `ip addr add 10.0.0.1/24 dev NAME`. EEXIST when it is there. */
export function addAddress(net: Net, name: string, address: string, prefix: number, broadcast?: string): Net {
  const found = interfaceNamed(net, name);
  if (!found) throw new LinuxError('ENODEV');
  if (found.addresses.some((one) => one.address === address && one.prefix === prefix)) throw new LinuxError('EEXIST');
  const scope = found.kind === 'loopback' ? 'host' : 'global';
  const added: Address = { address, prefix, scope, ...(broadcast !== undefined && { broadcast }) };
  const next = changeInterface(net, name, { addresses: [...found.addresses, added] });
  return found.up ? withSubnetRoute(next, found, added) : next;
}

export function removeAddress(net: Net, name: string, address: string, prefix: number): Net {
  const found = interfaceNamed(net, name);
  if (!found) throw new LinuxError('ENODEV');
  const left = found.addresses.filter((one) => one.address !== address || one.prefix !== prefix);
  if (left.length === found.addresses.length) throw new LinuxError('EADDRNOTAVAIL');
  const next = changeInterface(net, name, { addresses: left });
  return { ...next, routes: next.routes.filter((route) => route.src !== address) };
}

/** EEXIST for one that is there. */
export function addRoute(net: Net, route: Route): Net {
  if (net.routes.some((one) => one.to === route.to && one.metric === route.metric)) throw new LinuxError('EEXIST');
  return { ...net, routes: [...net.routes, route].sort(compareRoutes) };
}

export function removeRoute(net: Net, to: string): Net {
  const routes = net.routes.filter((route) => route.to !== to);
  if (routes.length === net.routes.length) throw new LinuxError('ESRCH');
  return { ...net, routes };
}

/** bind(2) and listen(2). EADDRINUSE where two would get the same connections. */
export function listen(net: Net, socket: Omit<Socket, 'fd'>): Net {
  const any = (address: string) => address === '*' || address === '0.0.0.0' || address === '::';
  const taken = net.sockets.some(
    (one) =>
      one.protocol === socket.protocol &&
      one.port === socket.port &&
      (one.address === socket.address || any(one.address) || any(socket.address)),
  );
  if (taken) throw new LinuxError('EADDRINUSE');
  if (!any(socket.address) && !isLocal(net, socket.address)) throw new LinuxError('EADDRNOTAVAIL');
  const fd = 3 + net.sockets.filter((one) => one.pid === socket.pid).length;
  return { ...net, sockets: [...net.sockets, { ...socket, fd }] };
}

/** Closes all sockets of a process, or those of one port. */
export function unlisten(net: Net, pid: number, port?: number): Net {
  const sockets = net.sockets.filter((one) => one.pid !== pid || (port !== undefined && one.port !== port));
  return sockets.length === net.sockets.length ? net : { ...net, sockets };
}

/** Whether an address is one of the namespace's own. */
function isLocal(net: Net, address: string): boolean {
  return net.interfaces.some(
    (one) =>
      one.up &&
      (one.addresses.some((own) => own.address === address) || (one.kind === 'loopback' && address.startsWith('127.'))),
  );
}

/** The network's own address, `172.17.0.0` of `172.17.0.1/16`. */
export function networkOf(address: string, prefix: number): string {
  const octets = address.split('.').map(Number);
  return octets
    .map((octet, i) => {
      const bits = Math.min(8, Math.max(0, prefix - 8 * i));
      return String(octet & (256 - 2 ** (8 - bits)));
    })
    .join('.');
}

function withSubnetRoute(net: Net, on: Interface, { address, prefix, scope }: Address): Net {
  if (scope !== 'global' || address.includes(':') || prefix === 32) return net;
  const to = `${networkOf(address, prefix)}/${String(prefix)}`;
  if (net.routes.some((route) => route.to === to && route.dev === on.name)) return net;
  return {
    ...net,
    routes: [...net.routes, { to, dev: on.name, proto: 'kernel', scope: 'link', src: address } as const].sort(
      compareRoutes,
    ),
  };
}

/** `192.0.2.255` of `192.0.2.10/24`. */
export function broadcastOf(address: string, prefix: number): string {
  const octets = address.split('.').map(Number);
  return octets.map((octet, i) => String(octet | (2 ** (8 - Math.min(8, Math.max(0, prefix - 8 * i))) - 1))).join('.');
}

/** As the kernel lists them: default first, then by address. */
function compareRoutes(a: Route, b: Route): number {
  const key = (route: Route) => (route.to === 'default' ? -1 : numberOf(route.to));
  return key(a) - key(b) || (a.metric ?? 0) - (b.metric ?? 0);
}

function numberOf(cidr: string): number {
  return (cidr.split('/')[0] ?? '').split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function omitMaster(one: Interface): Interface {
  const { master: _, ...rest } = one;
  return rest;
}
