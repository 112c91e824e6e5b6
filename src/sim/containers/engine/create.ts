// `docker create`: a container that is known and does not run yet. Models moby 28 daemon/create.go, create_unix.go and
// names.go.
import { DaemonError } from '../images/errors.ts';
import { platformOfImage } from '../images/image.ts';
import { formatPlatform, parsePlatform, type Platform, samePlatform } from '../images/platform.ts';
import { containerConfigOf, type HostConfig, hostConfigOf, validate } from './config.ts';
import { byName, type Dockerd, nowMs, refuse } from './dockerd.ts';
import { containerEvent } from './events.ts';
import { findContainer } from './dockerd.ts';
import { randomId, randomName } from './names.ts';
import { findNetwork, isUserDefined } from './networks.ts';
import { graphPath, initEntries } from './rootfs.ts';
import type { Container, Endpoint } from './state.ts';
import { mountPoints } from './volumes.ts';
import type { Image } from '../images/image.ts';

type Plain = Readonly<Record<string, unknown>>;

interface CreateRequest {
  readonly name?: string;
  readonly platform?: string;
  /** The API's body. */
  readonly body: Plain;
  /** Of a build: what it starts from, and the id that it has been told. */
  readonly image?: Image;
  readonly id?: string;
  readonly build?: number;
}

export interface Created {
  readonly id: string;
  readonly warnings: readonly string[];
}

const NAME = '[a-zA-Z0-9][a-zA-Z0-9_.-]';

export function createContainer(engine: Dockerd, request: CreateRequest): Created {
  const { body, name: wantedName = '' } = request;
  const hostConfig = hostConfigOf((body['HostConfig'] as Plain | undefined) ?? {});
  const imageName = typeof body['Image'] === 'string' ? body['Image'] : '';
  const platform = request.platform === undefined || request.platform === '' ? undefined : parsePlatform(request.platform, engine.host); // prettier-ignore
  const image = request.image ?? engine.images.get(imageName, platform).image;
  const id = request.id ?? randomId(engine.random());
  const name = reserve(engine, wantedName, id);
  const config = containerConfigOf(body, image.config.config, id);
  const warnings = [
    ...platformWarnings(engine, image, platform),
    ...validate(config, hostConfig, engine.machine.cpuMilli),
  ];
  const command = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const [path, ...args] = command;
  if (path === undefined) return refuse(400, 'no command specified');
  const endpoints = endpointsOf(engine, hostConfig, body['NetworkingConfig'] as Plain | undefined);
  const graph = randomId(engine.random());
  for (const part of ['diff', 'work']) engine.files.mkdirs(graphPath(graph, part), 0o755);
  const container: Container = {
    id,
    name,
    createdAt: nowMs(engine),
    image,
    path,
    args,
    config,
    hostConfig,
    graph,
    init: initEntries(engine, image.layers),
    state: { running: false, paused: false, restarting: false, removing: false, oomKilled: false, pid: 0, exitCode: 0, error: '', startedAt: null, finishedAt: null }, // prettier-ignore
    health: null,
    mounts: mountPoints(engine, config, hostConfig, image),
    endpoints,
    ports: [],
    sandboxId: '',
    sandbox: null,
    restartCount: 0,
    restartTries: 0,
    restartDelayMs: 0,
    stoppedByHand: false,
    restartEvent: -1,
    stopEvent: -1,
    healthEvent: -1,
    afterwards: null,
    earlyInput: '',
    earlyInputEnded: false,
    build: request.build ?? null,
    cause: null,
  };
  engine.put(container);
  engine.change(id, { cause: engine.record(container, 'Created', `container ${name} is made from ${config.Image}`) });
  containerEvent(engine, container, 'create');
  return { id, warnings };
}

/** The name, or one made up; refused when another container has it. */
function reserve(engine: Dockerd, wanted: string, id: string): string {
  const { state } = engine;
  if (wanted === '') {
    for (let tries = 0; tries < 6; tries++) {
      const name = randomName(engine.random(), tries > 0);
      if (!byName(state, name)) return name;
    }
    return id.slice(0, 12);
  }
  const name = wanted.replace(/^\//, '');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name))
    refuse(400, `Invalid container name (${wanted}), only ${NAME} are allowed`);
  const held = byName(state, name);
  if (held)
    refuse(409, `Conflict. The container name "/${name}" is already in use by container "${held.id}". You have to remove (or rename) that container to be able to reuse that name.`); // prettier-ignore
  return name;
}

function platformWarnings(engine: Dockerd, image: Image, wanted: Platform | undefined): readonly string[] {
  const own = platformOfImage(image);
  if (wanted !== undefined || samePlatform(own, engine.host)) return [];
  const { host } = engine;
  // Of its own processor the engine also says which generation it is.
  const detected = host.architecture === 'amd64' ? `${formatPlatform(host)}/v4` : formatPlatform(host);
  return [
    `The requested image's platform (${formatPlatform(own)}) does not match the detected host platform (${detected}) and no specific platform was requested`,
  ];
}

function endpointsOf(engine: Dockerd, host: HostConfig, given: Plain | undefined): readonly Endpoint[] {
  const mode = host.NetworkMode;
  if (mode.startsWith('container:')) {
    findContainer(engine, mode.slice('container:'.length));
    return [];
  }
  const configs = (given?.['EndpointsConfig'] ?? {}) as Readonly<Record<string, Plain | null>>;
  const wanted = new Map<string, Plain | null>(Object.entries(configs).filter(([name]) => name !== 'default'));
  if (mode === 'bridge' || mode === 'default') {
    if (wanted.size === 0) wanted.set('bridge', null);
  } else if (!wanted.has(mode)) wanted.set(mode, null);
  return [...wanted].map(([name, config]) => {
    let network;
    try {
      network = findNetwork(engine, name);
    } catch (error) {
      if (!(error instanceof DaemonError) || error.status !== 404) throw error;
      // Whether it is there counts only at the start.
      return newEndpoint(name, '', config);
    }
    return newEndpoint(network.name, network.id, config);
  });
}

export function newEndpoint(network: string, networkId: string, config: Plain | null | undefined): Endpoint {
  const aliases = (config?.['Aliases'] ?? null) as readonly string[] | null;
  const ipam = config?.['IPAMConfig'] as { readonly IPv4Address?: string } | null | undefined;
  const base = { network, networkId, endpointId: '', wantedIp: ipam?.IPv4Address ?? '', ip: '', mac: '', device: '' };
  if (aliases && aliases.length > 0 && !isUserDefined(network))
    refuse(400, 'invalid endpoint settings:\nnetwork-scoped aliases are only supported for user-defined networks');
  return { ...base, aliases: aliases && aliases.length > 0 ? aliases : null };
}

export function renameContainer(engine: Dockerd, text: string, to: string): void {
  const container = findContainer(engine, text);
  if (to === '') refuse(400, 'Neither old nor new names may be empty');
  const name = to.replace(/^\//, '');
  if (name === container.name) refuse(400, 'Renaming a container with the same name as its current name');
  try {
    reserve(engine, to, container.id);
  } catch (error) {
    if (error instanceof DaemonError) refuse(error.status, `Error when allocating new name: ${error.message}`);
    throw error;
  }
  const renamed = engine.change(container.id, { name });
  containerEvent(engine, renamed, 'rename', { oldName: `/${container.name}` });
}
