// /networks and /volumes: what moby 28 api/server/router/network and volume answer.
import { rfc3339 } from '../images/image.ts';
import { newEndpoint } from '../engine/create.ts';
import { type Dockerd, findContainer, nowMs, refuse } from '../engine/dockerd.ts';
import type { Engine } from '../engine/index.ts';
import {
  createNetwork,
  endpointsOn,
  findNetwork,
  isUserDefined,
  plug,
  removeNetwork,
  unplug,
  writeNetworkFiles,
} from '../engine/networks.ts';
import type { Network, Volume } from '../engine/state.ts';
import { createVolume, findVolume, removeVolume, sizeOf, usersOf, volumePath } from '../engine/volumes.ts';
import { type Asked, bodyOf, filtersOf, labelsOf, matchesLabels, type Plain, textOf, timeOf } from './request.ts';
import { type DockerResponse, empty, json } from './response.ts';

export function networks(engine: Engine, asked: Asked): DockerResponse | undefined {
  const { method, path } = asked;
  if (method === 'GET' && path === '/networks') return list(engine, asked);
  if (method === 'POST' && path === '/networks/create') return create(engine, asked);
  if (method === 'POST' && path === '/networks/prune') return prune(engine, asked);
  const match = /^\/networks\/([^/]+)(?:\/(connect|disconnect))?$/.exec(path);
  if (!match) return undefined;
  const [, name = '', verb = ''] = match;
  switch (`${method} ${verb}`) {
    case 'GET ':
      return json(documentOf(engine, findNetwork(engine, name), true));
    case 'DELETE ':
      removeNetwork(engine, name);
      return empty(204);
    case 'POST connect':
      connect(engine, findNetwork(engine, name), bodyOf(asked));
      return empty(200);
    case 'POST disconnect':
      disconnect(engine, findNetwork(engine, name), bodyOf(asked));
      return empty(200);
    default:
      return undefined;
  }
}

function documentOf(engine: Engine, network: Network, whole: boolean): unknown {
  const { id, name, driver, subnet, gateway, internal, options, labels } = network;
  const isNull = driver !== 'bridge';
  const ends = whole ? endpointsOn(engine, id).filter(({ endpoint }) => endpoint.endpointId !== '') : [];
  const containers: Record<string, unknown> = {};
  for (const { container, endpoint } of [...ends].sort((a, b) => (a.container.id < b.container.id ? -1 : 1)))
    containers[container.id] = {
      Name: container.name,
      EndpointID: endpoint.endpointId,
      MacAddress: endpoint.mac,
      IPv4Address: endpoint.ip === '' ? '' : `${endpoint.ip}/${subnet.split('/')[1] ?? '16'}`,
      IPv6Address: '',
    };
  return {
    Name: name,
    Id: id,
    Created: rfc3339(network.createdAt),
    Scope: 'local',
    Driver: driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: isUserDefined(name) ? {} : null, Config: isNull ? null : [{ Subnet: subnet, Gateway: gateway }] }, // prettier-ignore
    Internal: internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: containers,
    Options: options,
    Labels: labels,
  };
}

function list(engine: Engine, asked: Asked): DockerResponse {
  const filters = filtersOf(asked, ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']);
  const found = [...engine.state.networks.values()].filter((network) => {
    const any = (key: string, test: (value: string) => boolean) => !filters.has(key) || filters.get(key).some(test);
    const isBuiltin = !isUserDefined(network.name);
    const dangling = filters.bool('dangling');
    if (dangling !== undefined && (!isBuiltin && endpointsOn(engine, network.id).length === 0) !== dangling)
      return false;
    return (
      any('name', (value) => network.name.includes(value)) &&
      any('id', (value) => network.id.startsWith(value)) &&
      any('driver', (value) => network.driver === value) &&
      any('scope', (value) => value === 'local') &&
      any('type', (value) => (value === 'builtin') === isBuiltin) &&
      matchesLabels(filters.get('label'), network.labels)
    );
  });
  return json(found.map((network) => documentOf(engine, network, false)));
}

function create(engine: Engine, asked: Asked): DockerResponse {
  const body = bodyOf(asked);
  const ipam = body['IPAM'] as { readonly Config?: readonly Plain[] | null } | null | undefined;
  const [pool] = ipam?.Config ?? [];
  const { id } = createNetwork(engine, {
    name: textOf(body['Name']),
    ...(textOf(body['Driver']) !== '' && { driver: textOf(body['Driver']) }),
    ...(textOf(pool?.['Subnet']) !== '' && { subnet: textOf(pool?.['Subnet']) }),
    ...(textOf(pool?.['Gateway']) !== '' && { gateway: textOf(pool?.['Gateway']) }),
    internal: body['Internal'] === true,
    options: labelsOf(body['Options']) ?? {},
    labels: labelsOf(body['Labels']) ?? {},
  });
  return json({ Id: id, Warning: '' }, 201);
}

function connect(engine: Dockerd, network: Network, body: Plain): void {
  const container = findContainer(engine, textOf(body['Container']));
  const { id, hostConfig, endpoints, sandbox } = container;
  if (hostConfig.NetworkMode === 'host')
    refuse(400, 'container cannot be connected to network endpoints: host network mode');
  if (endpoints.some((one) => one.networkId === network.id))
    refuse(403, `endpoint with name ${container.name} already exists in network ${network.name}`);
  const fresh = newEndpoint(network.name, network.id, body['EndpointConfig'] as Plain | undefined);
  const endpoint = sandbox ? plug(engine, container, fresh, sandbox.net) : fresh;
  const kept = endpoints.filter(({ network: name }) => name !== 'none');
  writeNetworkFiles(engine, engine.change(id, { endpoints: [...kept, endpoint] }));
}

function disconnect(engine: Dockerd, network: Network, body: Plain): void {
  const container = findContainer(engine, textOf(body['Container']));
  const { id, endpoints, sandbox } = container;
  const endpoint = endpoints.find((one) => one.networkId === network.id);
  if (!endpoint) return refuse(403, `container ${id} is not connected to network ${network.name}`);
  if (sandbox) unplug(engine, container, endpoint, sandbox.net);
  const changed = engine.change(id, { endpoints: endpoints.filter((one) => one !== endpoint) });
  if (sandbox) writeNetworkFiles(engine, changed);
}

function prune(engine: Engine, asked: Asked): DockerResponse {
  const filters = filtersOf(asked, ['label', 'label!', 'until']);
  const until = timeOf(filters.get('until')[0] ?? '', nowMs(engine), Infinity);
  const deleted: string[] = [];
  for (const network of [...engine.state.networks.values()]) {
    if (!isUserDefined(network.name) || network.createdAt > until) continue;
    if (!matchesLabels(filters.get('label'), network.labels)) continue;
    if (endpointsOn(engine, network.id).length > 0) continue;
    removeNetwork(engine, network.id);
    deleted.push(network.name);
  }
  return json({ NetworksDeleted: deleted.length > 0 ? deleted : null });
}

// ------------------------------------------------------------------------------------------------------ volumes

export function volumes(engine: Engine, asked: Asked): DockerResponse | undefined {
  const { method, path, query } = asked;
  if (method === 'GET' && path === '/volumes') {
    const filters = filtersOf(asked, ['dangling', 'driver', 'label', 'name']);
    const dangling = filters.bool('dangling');
    const found = [...engine.state.volumes.values()].filter((volume) => {
      if (dangling !== undefined && (usersOf(engine, volume.name).length === 0) !== dangling) return false;
      const any = (key: string, test: (value: string) => boolean) => !filters.has(key) || filters.get(key).some(test);
      return any('name', (value) => volume.name.includes(value)) && any('driver', (value) => value === 'local') && matchesLabels(filters.get('label'), volume.labels ?? {}); // prettier-ignore
    });
    return json({ Volumes: found.map((volume) => volumeDocument(volume)), Warnings: null });
  }
  if (method === 'POST' && path === '/volumes/create') {
    const body = bodyOf(asked);
    const volume = createVolume(engine, {
      name: textOf(body['Name']),
      ...(textOf(body['Driver']) !== '' && { driver: textOf(body['Driver']) }),
      labels: labelsOf(body['Labels']),
      options: labelsOf(body['DriverOpts']),
    });
    return json(volumeDocument(volume), 201);
  }
  if (method === 'POST' && path === '/volumes/prune') {
    const filters = filtersOf(asked, ['label', 'label!', 'all']);
    const deleted: string[] = [];
    let reclaimed = 0;
    for (const volume of [...engine.state.volumes.values()]) {
      if (usersOf(engine, volume.name).length > 0) continue;
      if (filters.bool('all') !== true && !volume.anonymous) continue;
      if (!matchesLabels(filters.get('label'), volume.labels ?? {})) continue;
      reclaimed += sizeOf(engine.files, volumePath(volume.name));
      removeVolume(engine, volume.name, true);
      deleted.push(volume.name);
    }
    return json({ VolumesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed });
  }
  const match = /^\/volumes\/([^/]+)$/.exec(path);
  if (!match) return undefined;
  const name = decodeURIComponent(match[1] ?? '');
  if (method === 'GET') return json(volumeDocument(findVolume(engine, name)));
  if (method !== 'DELETE') return undefined;
  removeVolume(engine, name, query.flag('force'));
  return empty(204);
}

export function volumeDocument(
  { name, createdAt, labels, options }: Volume,
  usage?: { readonly RefCount: number; readonly Size: number },
): unknown {
  return {
    CreatedAt: new Date(createdAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    Driver: 'local',
    Labels: labels,
    Mountpoint: volumePath(name),
    Name: name,
    Options: options,
    Scope: 'local',
    ...(usage && { UsageData: usage }),
  };
}
