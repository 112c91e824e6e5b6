// Ports, mounts and other values of `docker run` (docker/go-connections/nat, docker/cli 28.2 opts/ and
// cli/command/container/opts.go).

import { readCsv } from './csv.ts';
import { DockerError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import { ramInBytes } from './units.ts';

/** `--cpus 1.5` in billionths. */
export function decimalNano(text: string): number {
  if (text === '') return 0;
  const [above = '0', below] = text.split('/').map(Number);
  return Math.round((Number(above) / (below ?? 1)) * 1e9);
}

export interface Published {
  readonly exposed: Record<string, Json>;
  readonly bindings: Record<string, { HostIp: string; HostPort: string }[]>;
}

/** `-p 127.0.0.1:8080-8081:80-81/tcp` */
export function publish(specs: readonly string[]): Published {
  const out: Published = { exposed: {}, bindings: {} };
  for (const spec of specs) {
    for (const { port, ip, hostPort } of portsOf(spec)) {
      out.exposed[port] = {};
      (out.bindings[port] ??= []).push({ HostIp: ip, HostPort: hostPort });
    }
  }
  return out;
}

function portsOf(given: string): { port: string; ip: string; hostPort: string }[] {
  const spec = given.includes('=') ? longPort(given) : given;
  const slash = spec.lastIndexOf('/');
  const proto = slash < 0 ? 'tcp' : spec.slice(slash + 1).toLowerCase();
  const parts = (slash < 0 ? spec : spec.slice(0, slash)).split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  const rawIp = parts.join(':');
  const ip = rawIp.replace(/^\[(.*)\]$/, '$1');
  if (
    ip !== '' &&
    !/^(?:\d{1,3}\.){3}\d{1,3}$/.test(ip) &&
    !/^(?:[\da-f:.]*::[\da-f:.]*|(?:[\da-f]{1,4}:){7}[\da-f]{1,4})$/i.test(ip)
  ) {
    throw new DockerError(`invalid IP address: ${rawIp}`);
  }
  if (container === '') throw new DockerError(`no port specified: ${given}<empty>`);
  const inner = portRange(container);
  if (!inner) throw new DockerError(`invalid containerPort: ${container}`);
  const outer = host === '' ? undefined : portRange(host);
  if (host !== '' && !outer) throw new DockerError(`invalid hostPort: ${host}`);
  if (outer && outer[1] - outer[0] !== inner[1] - inner[0] && inner[0] !== inner[1]) {
    throw new DockerError(`invalid ranges specified for container and host Ports: ${container} and ${host}`);
  }
  if (!['tcp', 'udp', 'sctp'].includes(proto)) throw new DockerError(`invalid proto: ${proto}`);
  // A range of the host's for one port leaves the choice to the engine.
  const choice = outer && inner[0] === inner[1] && outer[0] !== outer[1];
  return Array.from({ length: inner[1] - inner[0] + 1 }, (_, n) => ({
    port: `${String(inner[0] + n)}/${proto}`,
    ip,
    hostPort: outer ? (choice ? `${String(outer[0])}-${String(outer[1])}` : String(outer[0] + n)) : '',
  }));
}

function longPort(given: string): string {
  const values: Record<string, string> = {};
  for (const field of readCsv(given)) {
    const [key = '', value = ''] = field.split('=');
    values[key.toLowerCase()] = value;
  }
  const { target = '', published = '', protocol = 'tcp' } = values;
  return `${published}:${target}/${protocol}`;
}

function portRange(text: string): readonly [number, number] | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) return undefined;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  return from <= to && to < 65_536 ? [from, to] : undefined;
}

/** `--expose 80`, `--expose 80-82/udp` */
export function expose(specs: readonly string[]): string[] {
  return specs.flatMap((spec) => {
    if (spec.includes(':')) throw new DockerError(`invalid port format for --expose: ${spec}`);
    const [ports = '', proto = 'tcp'] = spec.split('/');
    const range = portRange(ports);
    if (!range) {
      throw new DockerError(
        `invalid range format for --expose: ${spec}, error: strconv.ParseUint: parsing ${JSON.stringify(ports)}: invalid syntax`,
      );
    }
    return Array.from({ length: range[1] - range[0] + 1 }, (_, n) => `${String(range[0] + n)}/${proto.toLowerCase()}`);
  });
}

/** What `-v` asks for: a bind of a path or a named volume, or an unnamed volume. */
export function volumes(specs: readonly string[], absolute: (path: string) => string) {
  const binds: string[] = [];
  const anonymous: Record<string, Json> = {};
  for (const spec of specs) {
    if (spec === '') throw new DockerError('invalid empty volume spec');
    const parts = spec.split(':');
    if (parts.length > 3) throw new DockerError(`invalid spec: ${spec}: too many colons`);
    if (parts.some((part) => part === '')) throw new DockerError(`invalid spec: ${spec}: empty section between colons`);
    const [source = '', ...rest] = parts;
    if (rest.length === 0) anonymous[source] = {};
    else binds.push([source.startsWith('.') ? absolute(source) : source, ...rest].join(':'));
  }
  return { binds, anonymous };
}

const truth = (value: string): boolean => value === '' || /^(1|true)$/i.test(value);

/** `--mount type=bind,source=/a,target=/b,readonly` */
export function mount(spec: string, absolute: (path: string) => string): JsonObject {
  const out: Record<string, Json> = { Type: 'volume' };
  const options: Record<string, Json> = {};
  const volume: Record<string, Json> = {};
  const driver: Record<string, string> = {};
  for (const field of readCsv(spec)) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? '' : field.slice(equals + 1);
    const pair = value.split('=');
    switch (key) {
      case 'type':
        out['Type'] = value.toLowerCase();
        break;
      case 'source':
      case 'src':
        out['Source'] = value === '.' || value.startsWith('./') || value.startsWith('../') ? absolute(value) : value;
        break;
      case 'target':
      case 'dst':
      case 'destination':
        out['Target'] = value;
        break;
      case 'readonly':
      case 'ro':
        if (truth(value)) out['ReadOnly'] = true;
        break;
      case 'consistency':
        out['Consistency'] = value.toLowerCase();
        break;
      case 'bind-propagation':
        options['Propagation'] = value.toLowerCase();
        break;
      case 'volume-nocopy':
        volume['NoCopy'] = truth(value);
        break;
      case 'volume-subpath':
        volume['Subpath'] = value;
        break;
      case 'volume-label':
        volume['Labels'] = {
          ...(volume['Labels'] as JsonObject | undefined),
          [pair[0] ?? '']: pair.slice(1).join('='),
        };
        break;
      case 'volume-driver':
        driver['Name'] = value;
        break;
      case 'tmpfs-size':
        options['SizeBytes'] = Number(ramInBytes(value));
        break;
      case 'tmpfs-mode':
        options['Mode'] = Number.parseInt(value, 8);
        break;
      default:
        throw new DockerError(`unknown option '${key}' in '${field}'`);
    }
  }
  if (out['Target'] === undefined) throw new DockerError('target is required');
  if (Object.keys(driver).length > 0) volume['DriverConfig'] = driver;
  if (Object.keys(volume).length > 0) out['VolumeOptions'] = volume;
  if (Object.keys(options).length > 0) out[out['Type'] === 'tmpfs' ? 'TmpfsOptions' : 'BindOptions'] = options;
  return out;
}

/** `--network name=mynet,alias=web,ip=172.20.0.5`, or a name alone. */
export function network(spec: string): { name: string; aliases: string[]; ip: string; options: JsonObject } {
  if (!spec.includes('=')) return { name: spec, aliases: [], ip: '', options: {} };
  const out = { name: '', aliases: [] as string[], ip: '', options: {} as Record<string, Json> };
  for (const field of readCsv(spec)) {
    const [key = '', ...rest] = field.split('=');
    const value = rest.join('=').trim();
    switch (key.trim().toLowerCase()) {
      case 'name':
        out.name = value;
        break;
      case 'alias':
        out.aliases.push(value);
        break;
      case 'ip':
        out.ip = value;
        break;
      case 'driver-opt': {
        const [name = '', ...text] = value.split('=');
        out.options[name] = text.join('=');
        break;
      }
      default:
        throw new DockerError(`invalid field key ${key}`);
    }
  }
  return out;
}

/** `--ulimit nofile=1024:2048` */
export function ulimit(spec: string): JsonObject {
  const [name = '', limits = ''] = spec.split('=');
  const [soft = '', hard = soft] = limits.split(':');
  return { Name: name, Hard: Number(hard), Soft: Number(soft) };
}
