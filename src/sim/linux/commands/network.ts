// ip(8) of iproute2 6.1.0: addr, link, route. Namespaces by name (`ip netns`) are refused.
import { type Command, LinuxError } from '../contract.ts';
import { fnv1a32 } from '../../engine/hash.ts';
import { namespaceOf } from '../tasks/kernel.ts';
import {
  addAddress,
  addInterface,
  addRoute,
  changeInterface,
  type Interface,
  interfaceNamed,
  type Net,
  networkOf,
  removeAddress,
  removeInterface,
  removeRoute,
  type Route,
  setUp,
} from '../tasks/network.ts';
import type { KernelSys } from '../tasks/system-calls.ts';
import { notSimulated, withCalls } from './common.ts';

/** Says why and stops. */
class Refusal extends Error {
  readonly exitCode: number;
  constructor(text: string, exitCode = 1) {
    super(text);
    this.exitCode = exitCode;
  }
}

interface Show {
  readonly brief: boolean;
  readonly family: 'inet' | 'inet6' | undefined;
}

export const ip: Command = withCalls((sys) => {
  const words = sys.argv.slice(1);
  let show: Show = { brief: false, family: undefined };
  while (words[0]?.startsWith('-') === true) {
    const option = words.shift() as string;
    if (/^-br(i(e(f)?)?)?$/.test(option)) show = { ...show, brief: true };
    else if (option === '-4') show = { ...show, family: 'inet' };
    else if (option === '-6') show = { ...show, family: 'inet6' };
    else if (/^-(c|color)(=.*)?$/.test(option) || option === '-o' || option === '-d') {
      if (option === '-o' || option === '-d') return notSimulated(sys, `option ${option}`);
    } else if (option === '-V' || option === '-Version') {
      sys.out('ip utility, iproute2-6.1.0, libbpf 1.1.2\n');
      return 0;
    } else if (option === '-j' || option === '-json') return notSimulated(sys, 'option -j');
    else {
      sys.err(`Option "${option}" is unknown, try "ip -help".\n`);
      return 255;
    }
  }
  const object = words.shift() ?? '';
  const is = (name: string) => object !== '' && name.startsWith(object);
  try {
    if (object === '') {
      sys.err('Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n');
      return 255;
    }
    if (is('address')) return address(sys, words, show);
    if (is('link')) return link(sys, words, show);
    if (is('route')) return route(sys, words);
    if (is('netns')) return notSimulated(sys, '`ip netns` (namespaces with names)');
    for (const name of ['neighbour', 'rule', 'tunnel', 'maddress', 'monitor', 'xfrm', 'vrf'])
      if (is(name)) return notSimulated(sys, `\`ip ${name}\``);
    sys.err(`Object "${object}" is unknown, try "ip help".\n`);
    return 1;
  } catch (error) {
    if (error instanceof Refusal) {
      sys.err(`${error.message}\n`);
      return error.exitCode;
    }
    if (!(error instanceof LinuxError)) throw error;
    sys.err(`RTNETLINK answers: ${error.message}\n`);
    return 2;
  }
});

/** `dev NAME` or a bare name at the end of a line. */
function deviceIn(words: readonly string[]): string | undefined {
  const at = words.indexOf('dev');
  return at >= 0 ? words[at + 1] : words.find((word) => !['dev', 'up', 'type', 'master'].includes(word));
}

function isShow(word: string | undefined): boolean {
  return word === undefined || (word !== '' && ['show', 'list', 'ls'].some((name) => name.startsWith(word)));
}

// ---------------------------------------------------------------------------------------------------- addr

function address(sys: KernelSys, words: readonly string[], show: Show): number {
  const [verb, ...rest] = words;
  if (isShow(verb)) {
    const device = deviceIn(rest);
    const net = sys.calls.net();
    if (device !== undefined && !interfaceNamed(net, device)) throw new Refusal(`Device "${device}" does not exist.`);
    for (const one of net.interfaces)
      if (device === undefined || one.name === device) sys.out(describe(sys, net, one, { ...show, addresses: true }));
    return 0;
  }
  if (verb === 'add' || verb === 'a' || verb === 'del' || verb === 'delete') {
    const given = rest.find((word) => /^[0-9a-f.:]+(\/\d+)?$/.test(word));
    const device = rest[rest.indexOf('dev') + 1];
    if (given === undefined) throw new Refusal(`Error: any valid prefix is expected rather than "${rest[0] ?? ''}".`);
    if (!rest.includes('dev') || device === undefined) throw new Refusal('Not enough information: "dev" argument is required.'); // prettier-ignore
    const [own = '', prefix = own.includes(':') ? '128' : '32'] = given.split('/');
    if (!own.includes(':') && !/^(\d{1,3})(\.\d{1,3}){3}$/.test(own))
      throw new Refusal(`Error: any valid prefix is expected rather than "${given}".`);
    if (!interfaceNamed(sys.calls.net(), device)) throw new Refusal(`Cannot find device "${device}"`);
    const adds = verb.startsWith('a');
    try {
      sys.calls.changeNet((net) => (adds ? addAddress : removeAddress)(net, device, own, Number(prefix)));
    } catch (error) {
      if (error instanceof LinuxError && error.errno === 'EEXIST') throw new Refusal('Error: ipv4: Address already assigned.', 2); // prettier-ignore
      if (error instanceof LinuxError && error.errno === 'EADDRNOTAVAIL') throw new Refusal('Error: ipv4: Address not found.', 2); // prettier-ignore
      throw error;
    }
    return 0;
  }
  if (verb === 'flush') return notSimulated(sys, '`ip addr flush`');
  throw new Refusal(`Command "${verb ?? ''}" is unknown, try "ip address help".`, 255);
}

function stateOf(sys: KernelSys, one: Interface): string {
  if (one.kind === 'loopback') return one.up ? 'UNKNOWN' : 'DOWN';
  if (!one.up) return 'DOWN';
  return carrier(sys, one) ? 'UP' : one.kind === 'veth' ? 'LOWERLAYERDOWN' : 'DOWN';
}

/** A veth has a carrier while its other end is up, a bridge while one of its ports has. */
function carrier(sys: KernelSys, one: Interface): boolean {
  if (!one.up) return false;
  if (one.kind === 'veth') return peerOf(sys, one)?.up === true;
  if (one.kind === 'bridge')
    return sys.calls.net().interfaces.some((port) => port.master === one.index && carrier(sys, port));
  return true;
}

function peerOf(sys: KernelSys, one: Interface): Interface | undefined {
  const namespace = one.peer && sys.calls.kernel.state.namespaces.get(one.peer.namespace);
  return namespace?.kind === 'net'
    ? namespace.net.interfaces.find(({ index }) => index === one.peer?.index)
    : undefined;
}

function nameWithPeer(sys: KernelSys, one: Interface): string {
  if (!one.peer) return one.name;
  if (one.peer.namespace !== sys.calls.self.namespaces.net) return `${one.name}@if${String(one.peer.index)}`;
  return `${one.name}@${peerOf(sys, one)?.name ?? 'NONE'}`;
}

function describe(sys: KernelSys, net: Net, one: Interface, show: Show & { readonly addresses: boolean }): string {
  const state = stateOf(sys, one);
  const addresses = one.addresses.filter(
    ({ address: own }) => show.family === undefined || own.includes(':') === (show.family === 'inet6'),
  );
  if (show.family !== undefined && addresses.length === 0 && show.addresses) return '';
  const loopback = one.kind === 'loopback';
  const lower = carrier(sys, one);
  const flags = [
    ...(one.up && !lower && !loopback ? ['NO-CARRIER'] : []),
    ...(loopback ? ['LOOPBACK'] : ['BROADCAST', 'MULTICAST']),
    ...(one.kind === 'veth' && peerOf(sys, one)?.up !== true && one.peer?.namespace === sys.calls.self.namespaces.net ? ['M-DOWN'] : []), // prettier-ignore
    ...(one.up ? ['UP'] : []),
    ...(one.up && lower ? ['LOWER_UP'] : []),
  ];
  const name = nameWithPeer(sys, one);
  if (show.brief) {
    const cells = show.addresses
      ? addresses.map(({ address: own, prefix }) => `${own}/${String(prefix)} `).join('')
      : `${one.mac} <${flags.join(',')}> `;
    return `${name.padEnd(16)} ${state.padEnd(14)} ${cells}\n`;
  }
  const queue = !one.up ? 'noop' : one.kind === 'ether' ? 'fq_codel' : 'noqueue';
  const master = one.master === undefined ? '' : ` master ${net.interfaces.find(({ index }) => index === one.master)?.name ?? ''}`; // prettier-ignore
  const other = one.peer && one.peer.namespace !== sys.calls.self.namespaces.net ? ` link-netnsid 0` : '';
  const mode = show.addresses ? '' : ' mode DEFAULT';
  const length = one.txqlen > 0 ? `qlen ${String(one.txqlen)}` : '';
  let out =
    `${String(one.index)}: ${name}: <${flags.join(',')}> mtu ${String(one.mtu)} qdisc ${queue}${master} ` +
    `state ${state}${mode} group default ${length}\n`;
  if (show.family === undefined)
    out += `    link/${loopback ? 'loopback' : 'ether'} ${one.mac} brd ${loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'}${other}\n`;
  if (!show.addresses) return out;
  for (const { address: own, prefix, scope, broadcast } of addresses) {
    const six = own.includes(':');
    const brd = broadcast === undefined ? '' : ` brd ${broadcast}`;
    out += six
      ? `    inet6 ${own}/${String(prefix)} scope ${scope} \n`
      : `    inet ${own}/${String(prefix)}${brd} scope ${scope} ${one.name}\n`;
    out += '       valid_lft forever preferred_lft forever\n';
  }
  return out;
}

// ---------------------------------------------------------------------------------------------------- link

function link(sys: KernelSys, words: readonly string[], show: Show): number {
  const [verb, ...rest] = words;
  if (isShow(verb)) {
    const device = deviceIn(rest);
    const net = sys.calls.net();
    if (device !== undefined && !interfaceNamed(net, device)) throw new Refusal(`Device "${device}" does not exist.`);
    for (const one of net.interfaces)
      if (device === undefined || one.name === device)
        sys.out(describe(sys, net, one, { ...show, family: undefined, addresses: false }));
    return 0;
  }
  if (verb === 'add') return addLink(sys, rest);
  if (verb === 'del' || verb === 'delete') {
    const name = deviceIn(rest) ?? '';
    const found = interfaceNamed(sys.calls.net(), name);
    if (!found) throw new Refusal(`Cannot find device "${name}"`);
    const { peer } = found;
    sys.calls.changeNet((net) => removeInterface(net, name));
    const other = peer && sys.calls.kernel.state.namespaces.get(peer.namespace);
    if (peer && other?.kind === 'net') {
      const end = other.net.interfaces.find(({ index }) => index === peer.index);
      if (end) sys.calls.kernel.state.namespaces.set(other.id, { ...other, net: removeInterface(other.net, end.name) });
    }
    return 0;
  }
  if (verb === 'set') return setLink(sys, rest);
  throw new Refusal(`Command "${verb ?? ''}" is unknown, try "ip link help".`, 255);
}

/** A locally administered address made from the name and the machine. */
function macFor(sys: KernelSys, name: string): string {
  const hash = fnv1a32(`${sys.calls.kernel.name} ${String(sys.calls.self.namespaces.net)} ${name}`);
  const hex = hash.toString(16).padStart(8, '0');
  return `02:42:${(hex.match(/../g) ?? []).join(':')}`;
}

function addLink(sys: KernelSys, words: readonly string[]): number {
  const type = words[words.indexOf('type') + 1];
  const name = words[0] === 'name' || words[0] === 'dev' ? (words[1] ?? '') : (words[0] ?? '');
  if (!words.includes('type') || type === undefined) throw new Refusal('Not enough information: "type" argument is required.', 255); // prettier-ignore
  const common = { mtu: 1500, up: false, addresses: [], txqlen: 1000 };
  if (type === 'bridge' || type === 'dummy') {
    sys.calls.changeNet((net) => addInterface(net, { ...common, name, kind: 'bridge', mac: macFor(sys, name) }));
    return 0;
  }
  if (type !== 'veth') return notSimulated(sys, `link type ${type}`);
  const peerName = words.includes('peer') ? (words[words.indexOf('name', words.indexOf('peer')) + 1] ?? '') : 'veth0';
  const namespace = sys.calls.self.namespaces.net;
  sys.calls.changeNet((net) => {
    if (interfaceNamed(net, name)) throw new LinuxError('EEXIST');
    const first = addInterface(net, { ...common, name: peerName, kind: 'veth', mac: macFor(sys, peerName) });
    const second = addInterface(first, { ...common, name, kind: 'veth', mac: macFor(sys, name) });
    const index = (of: string) => interfaceNamed(second, of)?.index ?? 0;
    return changeInterface(changeInterface(second, name, { peer: { namespace, index: index(peerName) } }), peerName, {
      peer: { namespace, index: index(name) },
    });
  });
  return 0;
}

function setLink(sys: KernelSys, words: readonly string[]): number {
  const list = words[0] === 'dev' ? words.slice(1) : words;
  const name = list[0] ?? '';
  if (!interfaceNamed(sys.calls.net(), name)) throw new Refusal(`Cannot find device "${name}"`);
  for (let i = 1; i < list.length; i++) {
    const word = list[i];
    if (word === 'up' || word === 'down') sys.calls.changeNet((net) => setUp(net, name, word === 'up'));
    else if (word === 'master') {
      const bridge = interfaceNamed(sys.calls.net(), list[++i] ?? '');
      if (!bridge) throw new Refusal(`Device "${list[i] ?? ''}" does not exist.`, 255);
      sys.calls.changeNet((net) => changeInterface(net, name, { master: bridge.index }));
    } else if (word === 'mtu') {
      const mtu = Number(list[++i]);
      sys.calls.changeNet((net) => changeInterface(net, name, { mtu }));
    } else if (word === 'name') {
      const next = list[++i] ?? '';
      sys.calls.changeNet((net) => changeInterface(net, name, { name: next }));
    } else if (word === 'netns') moveLink(sys, name, list[++i] ?? '');
    else return notSimulated(sys, `\`ip link set … ${word ?? ''}\``);
  }
  return 0;
}

/** `netns PID`: the interface goes to another namespace; a veth's other end follows it with its eyes. */
function moveLink(sys: KernelSys, name: string, pid: string): void {
  if (!/^\d+$/.test(pid)) throw new Refusal(`Error: argument "${pid}" is wrong: Invalid "netns" value`, 255);
  const { kernel, self } = sys.calls;
  const target = [...kernel.state.tasks.values()].find((task) => String(task.pids[self.pids.length - 1]) === pid);
  if (!target) throw new LinuxError('ESRCH');
  const moved = interfaceNamed(sys.calls.net(), name) as Interface;
  const to = namespaceOf(kernel, target, 'net');
  sys.calls.changeNet((net) => removeInterface(net, name));
  const taken = to.net.interfaces.some(({ index }) => index === moved.index);
  const { index, master: _, ...rest } = moved;
  const spec = { ...rest, up: false, addresses: [], ...(!taken && { index }) };
  const net = addInterface(to.net, spec);
  kernel.state.namespaces.set(to.id, { ...to, net });
  const { peer } = moved;
  const other = peer && kernel.state.namespaces.get(peer.namespace);
  const end = other?.kind === 'net' ? other.net.interfaces.find((one) => one.index === peer?.index) : undefined;
  if (other?.kind === 'net' && end)
    kernel.state.namespaces.set(other.id, {
      ...other,
      net: changeInterface(other.net, end.name, {
        peer: { namespace: to.id, index: interfaceNamed(net, name)?.index ?? index },
      }),
    });
}

// ---------------------------------------------------------------------------------------------------- route

function routeLine(route: Route): string {
  const part = (name: string, value: string | undefined) => (value === undefined ? '' : `${name} ${value} `);
  return (
    `${route.to} ${part('via', route.via)}${part('dev', route.dev)}${part('proto', route.proto)}${part('scope', route.scope)}` +
    `${part('src', route.src)}${part('metric', route.metric === undefined ? undefined : String(route.metric))}\n`
  );
}

function route(sys: KernelSys, words: readonly string[]): number {
  const [verb, ...rest] = words;
  const { routes, interfaces } = sys.calls.net();
  if (isShow(verb)) {
    for (const one of routes) sys.out(routeLine(one));
    return 0;
  }
  const to = rest[0] ?? '';
  const after = (word: string) => (rest.includes(word) ? rest[rest.indexOf(word) + 1] : undefined);
  if (verb === 'add') {
    const via = after('via');
    const dev =
      after('dev') ??
      interfaces.find(
        (one) =>
          one.up &&
          via !== undefined &&
          one.addresses.some((own) => !own.address.includes(':') && networkOf(own.address, own.prefix) === networkOf(via, own.prefix)), // prettier-ignore
      )?.name;
    if (dev === undefined) throw new Refusal('Error: Nexthop has invalid gateway.', 2);
    const found = interfaceNamed(sys.calls.net(), dev);
    if (!found) throw new Refusal(`Cannot find device "${dev}"`);
    if (!found.up) throw new Refusal('Error: Device for nexthop is not up.', 2);
    const added: Route = { to, dev, ...(via === undefined ? { scope: 'link' as const } : { via }) };
    sys.calls.changeNet((net) => addRoute(net, added));
    return 0;
  }
  if (verb === 'del' || verb === 'delete') {
    sys.calls.changeNet((net) => removeRoute(net, to));
    return 0;
  }
  if (verb === 'get') {
    const numberOf = (text: string) => text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    const found = [...routes].reverse().find((one) => {
      if (one.to === 'default') return true;
      const [base = '', prefix = '32'] = one.to.split('/');
      return networkOf(to, Number(prefix)) === base && numberOf(base) >= 0;
    });
    const local = interfaces.some((one) => one.addresses.some((own) => own.address === to));
    if (local) sys.out(`local ${to} dev lo src ${to} uid ${String(sys.calls.ids().uid)} \n    cache <local> \n`);
    else if (!found) throw new LinuxErrorUnreachable();
    else {
      const src = found.src ?? interfaces.find(({ name }) => name === found.dev)?.addresses.find((own) => !own.address.includes(':'))?.address; // prettier-ignore
      sys.out(`${to} ${found.via === undefined ? '' : `via ${found.via} `}dev ${found.dev} src ${src ?? ''} uid ${String(sys.calls.ids().uid)} \n    cache \n`); // prettier-ignore
    }
    return 0;
  }
  throw new Refusal(`Command "${verb ?? ''}" is unknown, try "ip route help".`, 255);
}

/** ENETUNREACH, which nothing else needs. */
class LinuxErrorUnreachable extends Refusal {
  constructor() {
    super('RTNETLINK answers: Network is unreachable', 2);
  }
}
