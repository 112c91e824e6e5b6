// A container engine that only answers: what real clients and the page's docker are compared on. Its containers do
// nothing, its ids follow from their order and its times are fixed distances before its start, so that two of them that
// are asked the same give the same answers.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

type Doc = Record<string, unknown>;

interface Container {
  id: string;
  name: string;
  config: Doc;
  hostConfig: Doc;
  image: Image;
  status: 'created' | 'running' | 'exited' | 'paused';
  exitCode: number;
  logs: [1 | 2, string][];
  waiters: ((code: number) => void)[];
  sockets: Duplex[];
}

interface Image {
  id: string;
  tags: string[];
  digests: string[];
  ageS: number;
  size: number;
  cmd: string[];
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface TestEngine {
  readonly port: number;
  /** Requests since the last call, pings left out. */
  asked(): Asked[];
  close(): Promise<void>;
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
function textIn(body: Doc, name: string, usual: string): string {
  const value = body[name];
  return typeof value === 'string' && value !== '' ? value : usual;
}

const BUILD_TIME = '2025-05-30T12:07:27.000000000+00:00';

export async function startEngine({ api = '1.50', buildKit = false } = {}): Promise<TestEngine> {
  const epochMs = Date.now();
  const unix = (ageS: number) => Math.floor(epochMs / 1000) - ageS;
  const iso = (ageS: number) => new Date(epochMs - ageS * 1000).toISOString().replace('Z', '123456Z');
  const images: Image[] = [];
  const containers: Container[] = [];
  const networks: Doc[] = [];
  const volumes: Doc[] = [];
  const execs = new Map<string, { config: Doc; code: number }>();
  let log: Asked[] = [];
  let count = 0;
  const newId = () => sha(`id ${String(count++)}`);
  const addImage = (ref: string, size: number, cmd: string[], ageS = 20 * 86_400): Image => {
    const image = {
      id: `sha256:${sha(ref)}`,
      tags: [ref],
      digests: [`${ref.split(':')[0] ?? ''}@sha256:${sha(`d${ref}`)}`],
      ageS,
      size,
      cmd,
    };
    images.unshift(image);
    return image;
  };
  addImage('nginx:1.25', 192_000_000, ['nginx', '-g', 'daemon off;']);
  addImage('busybox:1.36', 4_260_000, ['sh']);
  const network = (name: string, id: string, driver: string, config: unknown): Doc => ({
    Name: name,
    Id: id,
    Created: iso(7200),
    Scope: 'local',
    Driver: driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: {}, Config: config },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: {},
    Options: {},
    Labels: {},
  });
  networks.push(network('bridge', sha('bridge'), 'bridge', [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }]));
  networks.push(network('host', sha('host'), 'host', null), network('none', sha('none'), 'null', null));

  const tagged = (ref: string) => (ref.startsWith('sha256:') || ref.includes(':') ? ref : `${ref}:latest`);
  const findImage = (ref: string) =>
    images.find(({ tags, id }) => tags.includes(tagged(ref)) || id === ref || id.slice(7).startsWith(ref));
  const find = (ref: string) => containers.find(({ id, name }) => id.startsWith(ref) || name === `/${ref}`);
  const frame = (stream: 1 | 2, text: string) => {
    const body = Buffer.from(text);
    const head = Buffer.alloc(8);
    head[0] = stream;
    head.writeUInt32BE(body.length, 4);
    return Buffer.concat([head, body]);
  };
  const cmdOf = ({ config, image }: Container) => (config['Cmd'] as string[] | null) ?? image.cmd;
  const isTTY = ({ config }: Container) => config['Tty'] === true;
  const outputOf = (container: Container): [1 | 2, string][] => {
    const cmd = cmdOf(container);
    if (cmd[0] === 'echo') return [[1, `${cmd.slice(1).join(' ')}\n`]];
    if (cmd[0] === 'both')
      return [
        [1, 'to stdout: ä€😀\n'],
        [2, 'to stderr\n'],
      ];
    if (cmd[0] === 'false' || cmd[0] === 'true') return [];
    return [[1, 'ready for start up\n']];
  };
  const stop = (container: Container, code: number) => {
    if (container.status !== 'running' && container.status !== 'paused') return;
    container.status = 'exited';
    container.exitCode = code;
    if (container.hostConfig['AutoRemove'] === true) containers.splice(containers.indexOf(container), 1);
    for (const socket of container.sockets.splice(0)) socket.end();
    for (const wake of container.waiters.splice(0)) wake(code);
  };
  const statusText = ({ status, exitCode }: Container) =>
    status === 'running'
      ? 'Up 5 minutes'
      : status === 'paused'
        ? 'Up 5 minutes (Paused)'
        : status === 'created'
          ? 'Created'
          : `Exited (${String(exitCode)}) 2 minutes ago`;
  const bindings = ({ hostConfig }: Container) =>
    Object.entries((hostConfig['PortBindings'] as Record<string, { HostPort: string }[]> | null) ?? {});
  const listed = (container: Container, size: boolean): Doc => ({
    Id: container.id,
    Names: [container.name],
    Image: container.config['Image'],
    ImageID: container.image.id,
    Command: cmdOf(container).join(' '),
    Created: unix(330),
    Ports: bindings(container).flatMap(([key, list]) =>
      list.flatMap(({ HostPort }) =>
        ['0.0.0.0', '::'].map((IP) => ({
          IP,
          PrivatePort: Number.parseInt(key, 10),
          PublicPort: Number(HostPort || '32768'),
          Type: key.split('/')[1],
        })),
      ),
    ),
    ...(size && { SizeRw: 1095, SizeRootFs: 192_001_095 }),
    Labels: container.config['Labels'] ?? {},
    State: container.status,
    Status: statusText(container),
    HostConfig: { NetworkMode: container.hostConfig['NetworkMode'] },
    NetworkSettings: { Networks: { bridge: {} } },
    Mounts: ((container.hostConfig['Binds'] as string[] | null) ?? []).map((bind) => {
      const [source = '', target = ''] = bind.split(':');
      return source.startsWith('/')
        ? { Type: 'bind', Source: source, Destination: target, Mode: '', RW: true, Propagation: 'rprivate' }
        : {
            Type: 'volume',
            Name: source,
            Source: `/var/lib/docker/volumes/${source}/_data`,
            Destination: target,
            Driver: 'local',
            Mode: 'z',
            RW: true,
            Propagation: '',
          };
    }),
  });
  const inspected = (container: Container, size: boolean): Doc => {
    const cmd = cmdOf(container);
    const running = container.status === 'running' || container.status === 'paused';
    return {
      Id: container.id,
      Created: iso(330),
      Path: cmd[0] ?? '',
      Args: cmd.slice(1),
      State: {
        Status: container.status,
        Running: running,
        Paused: container.status === 'paused',
        Restarting: false,
        OOMKilled: false,
        Dead: false,
        Pid: running ? 1234 : 0,
        ExitCode: container.exitCode,
        Error: '',
        StartedAt: container.status === 'created' ? '0001-01-01T00:00:00Z' : iso(329),
        FinishedAt: container.status === 'exited' ? iso(150) : '0001-01-01T00:00:00Z',
        ...(container.config['Healthcheck'] !== undefined && {
          Health: {
            Status: 'healthy',
            FailingStreak: 0,
            Log: [{ Start: iso(30), End: iso(29), ExitCode: 0, Output: 'ok <&>\n' }],
          },
        }),
      },
      Image: container.image.id,
      Name: container.name,
      RestartCount: 0,
      Driver: 'overlay2',
      Platform: 'linux',
      MountLabel: '',
      ProcessLabel: '',
      AppArmorProfile: 'docker-default',
      ExecIDs: null,
      HostConfig: container.hostConfig,
      GraphDriver: { Data: null, Name: 'overlay2' },
      ...(size && { SizeRw: 1095, SizeRootFs: 192_001_095 }),
      Mounts: [],
      Config: container.config,
      NetworkSettings: {
        Bridge: '',
        SandboxID: '',
        SandboxKey: '',
        Ports: Object.fromEntries(
          bindings(container).map(([key, list]) => [
            key,
            list.map(({ HostPort }) => ({ HostIp: '0.0.0.0', HostPort })),
          ]),
        ),
        Networks: { bridge: { IPAMConfig: null, IPAddress: '172.17.0.2', MacAddress: '02:42:ac:11:00:02' } },
      },
    };
  };
  const version = (): Doc => ({
    Platform: { Name: 'Docker Engine - Community' },
    Components: [
      {
        Name: 'Engine',
        Version: '28.2.2',
        Details: {
          ApiVersion: api,
          Arch: 'amd64',
          BuildTime: BUILD_TIME,
          Experimental: 'false',
          GitCommit: '45873be',
          GoVersion: 'go1.24.3',
          KernelVersion: '6.1.0',
          MinAPIVersion: '1.24',
          Os: 'linux',
        },
      },
      { Name: 'containerd', Version: '1.7.27', Details: { GitCommit: '05044ec0a9a75232cad458027ca83437aae3f4da' } },
      { Name: 'runc', Version: '1.2.5', Details: { GitCommit: 'v1.2.5-0-g59923ef' } },
      { Name: 'docker-init', Version: '0.19.0', Details: { GitCommit: 'de40ad0' } },
    ],
    Version: '28.2.2',
    ApiVersion: api,
    MinAPIVersion: '1.24',
    GitCommit: '45873be',
    GoVersion: 'go1.24.3',
    Os: 'linux',
    Arch: 'amd64',
    KernelVersion: '6.1.0',
    BuildTime: BUILD_TIME,
  });
  const info = (): Doc => ({
    ID: 'abc',
    Containers: containers.length,
    ContainersRunning: containers.filter(({ status }) => status === 'running').length,
    ContainersPaused: containers.filter(({ status }) => status === 'paused').length,
    ContainersStopped: containers.filter(({ status }) => status === 'exited' || status === 'created').length,
    Images: images.length,
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', 'extfs'],
      ['Supports d_type', 'true'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file', 'local'],
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
    NFd: 22,
    OomKillDisable: false,
    NGoroutines: 40,
    SystemTime: iso(0),
    LoggingDriver: 'json-file',
    CgroupDriver: 'systemd',
    CgroupVersion: '2',
    NEventsListener: 0,
    KernelVersion: '6.1.0',
    OperatingSystem: 'Debian GNU/Linux 12 (bookworm)',
    OSVersion: '12',
    OSType: 'linux',
    Architecture: 'x86_64',
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8'],
      IndexConfigs: { 'docker.io': { Name: 'docker.io', Mirrors: [], Secure: true, Official: true } },
      Mirrors: null,
    },
    NCPU: 2,
    MemTotal: 4_112_000_000,
    GenericResources: null,
    DockerRootDir: '/var/lib/docker',
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: 'harbour',
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: '28.2.2',
    Runtimes: { 'io.containerd.runc.v2': { path: 'runc' }, runc: { path: 'runc' } },
    DefaultRuntime: 'runc',
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: { ID: '05044ec0a9a75232cad458027ca83437aae3f4da' },
    RuncCommit: { ID: 'v1.2.5-0-g59923ef' },
    InitCommit: { ID: 'de40ad0' },
    SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin', 'name=cgroupns'],
    Warnings: null,
  });
  const archive = (): Buffer => {
    const data = 'hello from a container\n';
    const head = Buffer.alloc(512);
    const put = (text: string, at: number) => head.write(text, at);
    put('f', 0);
    put('0000644\0', 100);
    put('0000000\0', 108);
    put('0000000\0', 116);
    put(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    put('14000000000\0', 136);
    put('        ', 148);
    put('0', 156);
    put('ustar\x0000', 257);
    put(
      `${head
        .reduce((total, byte) => total + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    const body = Buffer.alloc(512);
    body.write(data);
    return Buffer.concat([head, body, Buffer.alloc(1024)]);
  };

  const headers = {
    'Api-Version': api,
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    Swarm: 'inactive',
    Server: 'Docker/28.2.2 (linux)',
    'Builder-Version': buildKit ? '2' : '1',
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const method = request.method ?? 'GET';
    const url = new URL(request.url ?? '/', 'http://x');
    const query = url.searchParams;
    const path = url.pathname.replace(/^\/v[\d.]+/, '');
    const isJson = (request.headers['content-type'] ?? '').includes('json');
    const body = (isJson && raw.length > 0 ? JSON.parse(raw.toString()) : {}) as Doc;
    const json = (value: unknown, status = 200, more: Record<string, string> = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers, ...more });
      response.end(`${JSON.stringify(value)}\n`);
    };
    const fail = (status: number, message: string) => {
      json({ message }, status);
    };
    const none = (status = 204) => {
      response.writeHead(status, headers);
      response.end();
    };
    const stream = (messages: readonly unknown[]) => {
      response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
      for (const one of messages) response.write(`${JSON.stringify(one)}\r\n`);
      response.end();
    };
    if (path === '/_ping') {
      response.writeHead(200, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(method === 'HEAD' ? undefined : 'OK');
      return;
    }
    log.push({
      method,
      path: url.pathname + url.search,
      body: isJson ? raw.toString() : raw.length > 0 ? `${String(raw.length)} bytes` : '',
    });
    const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
    const [kind, name = '', action = ''] = parts;
    if (path === '/version') {
      json(version());
      return;
    }
    if (path === '/info') {
      json(info());
      return;
    }
    if (path === '/auth') {
      if (body['password'] !== 'right') {
        fail(401, 'Get "https://registry/v2/": unauthorized: incorrect username or password');
        return;
      }
      json({ IdentityToken: '', Status: 'Login Succeeded' });
      return;
    }
    if (path === '/commit') {
      json({ Id: `sha256:${sha('commit')}` }, 201);
      return;
    }
    if (path === '/system/df') {
      json({
        LayersSize: 196_000_000,
        Images: images.map((one, n) => ({ ...imageDoc(one), Containers: n === 0 ? 1 : 0, SharedSize: 0 })),
        Containers: containers.map((one) => ({ ...listed(one, true) })),
        Volumes: volumes.map((one) => ({ ...one, UsageData: { RefCount: 0, Size: 12_345_678 } })),
        BuildCache: [
          {
            ID: sha('cache').slice(0, 25),
            Type: 'regular',
            Description: 'x',
            InUse: false,
            Shared: false,
            Size: 1_234_567,
            CreatedAt: iso(4000),
            LastUsedAt: iso(400),
            UsageCount: 2,
          },
          {
            ID: sha('cache2').slice(0, 25),
            Type: 'source.local',
            Description: 'y',
            InUse: true,
            Shared: true,
            Size: 999,
            CreatedAt: iso(4000),
            LastUsedAt: null,
            UsageCount: 1,
          },
        ],
      });
      return;
    }
    if (path === '/events') {
      response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
      response.flushHeaders();
      if (!query.has('until')) return;
      const actor = { ID: sha('e'), Attributes: { name: 'web', image: 'nginx:1.25' } };
      response.end(
        `${JSON.stringify({ status: 'start', id: actor.ID, from: 'nginx:1.25', Type: 'container', Action: 'start', Actor: actor, scope: 'local', time: 1_750_413_600, timeNano: 0 }).replace('"timeNano":0', '"timeNano":1750413600123456789')}\n`,
      );
      return;
    }
    if (path === '/build/prune') {
      json({ CachesDeleted: ['abc', 'def'], SpaceReclaimed: 1_234_567 });
      return;
    }
    if (path === '/build') {
      const id = sha('build');
      if (query.get('target') === 'nope') {
        stream([
          { stream: 'Step 1/3 : FROM nginx:1.25\n' },
          {
            errorDetail: { code: 1, message: 'failed to reach build target nope in Dockerfile' },
            error: 'failed to reach build target nope in Dockerfile',
          },
        ]);
        return;
      }
      const step = (text: string) => ({ stream: text });
      stream([
        step('Step 1/3 : FROM nginx:1.25\n'),
        step(` ---> ${sha('a').slice(0, 12)}\n`),
        step('Step 2/3 : COPY index.html /usr/share/nginx/html/\n'),
        step(` ---> Running in ${sha('b').slice(0, 12)}\n`),
        step(` ---> Removed intermediate container ${sha('b').slice(0, 12)}\n`),
        step(` ---> ${id.slice(0, 12)}\n`),
        { aux: { ID: `sha256:${id}` } },
        step(`Successfully built ${id.slice(0, 12)}\n`),
        ...query.getAll('t').map((one) => step(`Successfully tagged ${tagged(one)}\n`)),
      ]);
      return;
    }
    if (kind === 'images') {
      imagesApi({ method, path, query, parts, json, fail, none, stream, response });
      return;
    }
    if (kind === 'exec') {
      const exec = execs.get(name);
      if (!exec) {
        fail(404, `No such exec instance: ${name}`);
        return;
      }
      if (action === 'json') {
        json({ ID: name, Running: false, ExitCode: exec.code });
        return;
      }
      none(200);
      return;
    }
    if (kind === 'networks') {
      if (parts.length === 1) {
        json(networks);
        return;
      }
      if (name === 'create') {
        const id = newId();
        if (networks.some((one) => one['Name'] === body['Name'])) {
          fail(409, `network with name ${String(body['Name'])} already exists`);
          return;
        }
        networks.unshift({
          ...network(String(body['Name']), id, textIn(body, 'Driver', 'bridge'), [
            { Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' },
          ]),
          Labels: body['Labels'] ?? {},
        });
        json({ Id: id, Warning: '' }, 201);
        return;
      }
      if (name === 'prune') {
        json({ NetworksDeleted: networks.some((one) => one['Name'] === 'old') ? ['old'] : null });
        return;
      }
      const found = networks.find((one) => one['Name'] === name || String(one['Id']).startsWith(name));
      if (!found) {
        fail(404, `network ${name} not found`);
        return;
      }
      if (method === 'DELETE') {
        networks.splice(networks.indexOf(found), 1);
        none();
        return;
      }
      if (method === 'GET') json(found);
      else none(200);
      return;
    }
    if (kind === 'volumes') {
      if (method === 'GET' && parts.length === 1) {
        json({ Volumes: volumes, Warnings: null });
        return;
      }
      if (name === 'create') {
        const id = textIn(body, 'Name', '') || newId();
        const volume = {
          CreatedAt: iso(60),
          Driver: 'local',
          Labels: body['Labels'] ?? null,
          Mountpoint: `/var/lib/docker/volumes/${id}/_data`,
          Name: id,
          Options: null,
          Scope: 'local',
        };
        volumes.push(volume);
        json(volume, 201);
        return;
      }
      if (name === 'prune') {
        json({ VolumesDeleted: volumes.splice(0).map((one) => one['Name']), SpaceReclaimed: 4096 });
        return;
      }
      const found = volumes.find((one) => one['Name'] === name);
      if (!found) {
        fail(404, `get ${name}: no such volume`);
        return;
      }
      if (method !== 'DELETE') {
        json(found);
        return;
      }
      volumes.splice(volumes.indexOf(found), 1);
      none();
      return;
    }
    if (kind === 'containers') {
      containersApi({ method, path, query, parts, json, fail, none, stream, response, body });
      return;
    }
    fail(404, 'page not found');
  }

  interface Call {
    method: string;
    path: string;
    query: URLSearchParams;
    parts: string[];
    json: (value: unknown, status?: number, more?: Record<string, string>) => void;
    fail: (status: number, message: string) => void;
    none: (status?: number) => void;
    stream: (messages: readonly unknown[]) => void;
    response: ServerResponse;
  }

  const imageDoc = (one: Image): Doc => ({
    Containers: -1,
    Created: unix(one.ageS),
    Id: one.id,
    Labels: null,
    ParentId: '',
    RepoDigests: one.digests,
    RepoTags: one.tags,
    SharedSize: -1,
    Size: one.size,
  });

  function imagesApi({ method, path, query, parts, json, fail, none, stream, response }: Call): void {
    if (path === '/images/json') {
      const filters = JSON.parse(query.get('filters') ?? '{}') as Record<string, Record<string, boolean>>;
      const wanted = Object.keys(filters['reference'] ?? {});
      const fits = ({ tags }: Image) =>
        wanted.length === 0 || wanted.some((one) => tags.some((tag) => tag === one || tag.startsWith(`${one}:`)));
      json(images.filter(fits).map(imageDoc));
      return;
    }
    if (path === '/images/create') {
      const ref = `${query.get('fromImage') ?? ''}:${query.get('tag') ?? 'latest'}`;
      const short = ref.replace(/^docker\.io\/library\//, '');
      if (short.startsWith('nope')) {
        fail(404, `manifest for ${short} not found: manifest unknown: manifest unknown`);
        return;
      }
      if (short.startsWith('broken')) {
        stream([
          { status: 'Pulling from library/broken', id: '1' },
          {
            errorDetail: { message: 'toomanyrequests: You have reached your pull rate limit.' },
            error: 'toomanyrequests: You have reached your pull rate limit.',
          },
        ]);
        return;
      }
      const layer = (id: string, status: string, current = 0, total = 4_194_304) => ({
        status,
        progressDetail: current > 0 ? { current, total } : {},
        ...(current > 0 && { progress: `[=> ] ${String(current)}` }),
        id,
      });
      if (!findImage(short)) addImage(short, 8_000_000, ['sh']);
      stream([
        { status: `Pulling from library/${short.split(':')[0] ?? ''}`, id: short.split(':')[1] },
        ...['a1b2c3d4e5f6', 'b2c3d4e5f6a1'].map((id) => layer(id, 'Pulling fs layer')),
        layer('b2c3d4e5f6a1', 'Waiting'),
        ...['a1b2c3d4e5f6', 'b2c3d4e5f6a1'].flatMap((id) => [
          layer(id, 'Downloading', 1_048_576),
          layer(id, 'Verifying Checksum'),
          layer(id, 'Download complete'),
          layer(id, 'Extracting', 2_097_152),
          layer(id, 'Pull complete'),
        ]),
        { status: `Digest: sha256:${sha(`d${short}`)}` },
        { status: `Status: Downloaded newer image for ${short}` },
      ]);
      return;
    }
    if (path === '/images/prune') {
      json({
        ImagesDeleted: [{ Untagged: 'old:1' }, { Deleted: `sha256:${sha('old')}` }],
        SpaceReclaimed: 1_500_000_000,
      });
      return;
    }
    if (path === '/images/search') {
      json([
        {
          star_count: 20_000,
          is_official: true,
          name: 'nginx',
          is_automated: false,
          description: 'Official build of Nginx.',
        },
      ]);
      return;
    }
    if (path === '/images/get') {
      response.writeHead(200, { 'Content-Type': 'application/x-tar', ...headers });
      response.end(archive());
      return;
    }
    if (path === '/images/load') {
      stream([{ stream: 'Loaded image: busybox:1.36\n' }]);
      return;
    }
    const last = parts.at(-1) ?? '';
    const action = ['json', 'history', 'tag', 'push'].includes(last) && parts.length > 2 ? last : '';
    const name = parts.slice(1, action === '' ? undefined : -1).join('/');
    if (action === 'push') {
      stream([
        { status: `The push refers to repository [${name}]` },
        { status: 'Preparing', progressDetail: {}, id: 'a1b2c3d4e5f6' },
        {
          status: 'Pushing',
          progressDetail: { current: 512, total: 1024 },
          progress: '[==> ] 512B',
          id: 'a1b2c3d4e5f6',
        },
        { status: 'Pushed', progressDetail: {}, id: 'a1b2c3d4e5f6' },
        { status: `${query.get('tag') ?? ''}: digest: sha256:${sha(name)} size: 1234` },
        { progressDetail: {}, aux: { Tag: query.get('tag'), Digest: `sha256:${sha(name)}`, Size: 1234 } },
      ]);
      return;
    }
    const image = findImage(name);
    if (!image) {
      fail(404, `No such image: ${tagged(name)}`);
      return;
    }
    if (action === 'json') {
      json({
        Id: image.id,
        RepoTags: image.tags,
        RepoDigests: image.digests,
        Parent: '',
        Comment: 'buildkit.dockerfile.v0',
        Created: '2025-06-20T10:00:00.123456789Z',
        DockerVersion: '',
        Author: '',
        Config: {
          ExposedPorts: { '80/tcp': {} },
          Env: ['PATH=/usr/bin', 'A=<b>'],
          Cmd: image.cmd,
          Entrypoint: null,
          Labels: { maintainer: 'x & y' },
        },
        Architecture: 'amd64',
        Os: 'linux',
        Size: image.size,
        GraphDriver: { Data: {}, Name: 'overlay2' },
        RootFS: { Type: 'layers', Layers: [`sha256:${sha('l')}`, `sha256:${sha('m')}`] },
        Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
      });
      return;
    }
    if (action === 'history') {
      json([
        {
          Comment: 'buildkit.dockerfile.v0',
          Created: unix(image.ageS),
          CreatedBy: 'CMD ["nginx" "-g" "daemon off;"]',
          Id: image.id,
          Size: 0,
          Tags: image.tags,
        },
        {
          Comment: 'buildkit.dockerfile.v0',
          Created: unix(image.ageS),
          CreatedBy: 'RUN /bin/sh -c apt-get update && apt-get install -y nginx # buildkit',
          Id: '<missing>',
          Size: 117_000_000,
          Tags: null,
        },
        {
          Comment: 'debuerreotype 0.15',
          Created: unix(image.ageS + 1_000_000),
          CreatedBy: "# debian.sh --arch 'amd64' out/ 'bookworm'",
          Id: '<missing>',
          Size: 74_800_000,
          Tags: null,
        },
      ]);
      return;
    }
    if (action === 'tag') {
      image.tags.push(`${query.get('repo') ?? ''}:${query.get('tag') ?? 'latest'}`);
      none(201);
      return;
    }
    const gone = tagged(name);
    image.tags = image.tags.filter((tag) => tag !== gone);
    const done: Doc[] = [{ Untagged: gone }];
    if (image.tags.length === 0) {
      done.push({ Untagged: image.digests[0] }, { Deleted: image.id });
      images.splice(images.indexOf(image), 1);
    }
    if (method === 'DELETE') json(done);
    else fail(404, 'page not found');
  }

  function containersApi({ method, path, query, parts, json, fail, none, response, body }: Call & { body: Doc }): void {
    if (path === '/containers/create') {
      const ref = String(body['Image']);
      const image = findImage(ref);
      if (!image) {
        fail(404, `No such image: ${tagged(ref)}`);
        return;
      }
      const name = query.get('name') ?? `quirky_${String(count)}`;
      const other = find(name);
      if (other) {
        fail(
          409,
          `Conflict. The container name "/${name}" is already in use by container "${other.id}". You have to remove (or rename) that container to be able to reuse that name.`,
        );
        return;
      }
      const { HostConfig: hostConfig, NetworkingConfig: _, ...config } = body;
      const container: Container = {
        id: newId(),
        name: `/${name}`,
        config: { ...config, Cmd: config['Cmd'] ?? image.cmd },
        hostConfig: hostConfig as Doc,
        image,
        status: 'created',
        exitCode: 0,
        logs: [],
        waiters: [],
        sockets: [],
      };
      containers.unshift(container);
      json(
        { Id: container.id, Warnings: ref.startsWith('busybox') && name === 'warned' ? ['Something is odd.'] : [] },
        201,
      );
      return;
    }
    if (path === '/containers/json') {
      const filters = JSON.parse(query.get('filters') ?? '{}') as Record<string, Record<string, boolean>>;
      const names = Object.keys(filters['name'] ?? {});
      const states = Object.keys(filters['status'] ?? {});
      let found = containers.filter(
        ({ status }) =>
          query.get('all') === '1' ||
          query.has('limit') ||
          states.length > 0 ||
          status === 'running' ||
          status === 'paused',
      );
      found = found.filter(
        ({ name, status }) =>
          (names.length === 0 || names.some((one) => name.includes(one))) &&
          (states.length === 0 || states.includes(status)),
      );
      const limit = Number(query.get('limit') ?? '0');
      json((limit > 0 ? found.slice(0, limit) : found).map((one) => listed(one, query.get('size') === '1')));
      return;
    }
    if (path === '/containers/prune') {
      const gone = containers.filter(({ status }) => status === 'exited' || status === 'created');
      for (const one of gone) containers.splice(containers.indexOf(one), 1);
      json({ ContainersDeleted: gone.map(({ id }) => id), SpaceReclaimed: gone.length * 1095 });
      return;
    }
    const [, ref = '', action = ''] = parts;
    const container = find(ref);
    if (!container) {
      fail(404, `No such container: ${ref}`);
      return;
    }
    if (method === 'DELETE') {
      if (container.status === 'running' && query.get('force') !== '1') {
        fail(
          409,
          `cannot remove container "${container.name}": container is running: stop the container before removing or force remove`,
        );
        return;
      }
      stop(container, 137);
      if (containers.includes(container)) containers.splice(containers.indexOf(container), 1);
      none();
      return;
    }
    switch (action) {
      case 'json': {
        json(inspected(container, query.get('size') === '1' || query.get('size') === 'true'));
        return;
      }
      case 'start': {
        if (container.status === 'running') {
          none(304);
          return;
        }
        const cmd = cmdOf(container);
        if (cmd[0] === 'missing') {
          container.status = 'running';
          stop(container, 127);
          fail(
            400,
            'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "missing": executable file not found in $PATH: unknown',
          );
          return;
        }
        container.status = 'running';
        container.logs = outputOf(container);
        for (const [stream, text] of container.logs) {
          for (const socket of container.sockets)
            socket.write(isTTY(container) ? text.replaceAll('\n', '\r\n') : frame(stream, text));
        }
        none();
        if (['echo', 'true', 'false', 'both'].includes(cmd[0] ?? ''))
          setTimeout(() => {
            stop(container, cmd[0] === 'false' ? 1 : 0);
          }, 40);
        return;
      }
      case 'wait': {
        response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
        response.flushHeaders();
        const done = (code: number) => response.end(`${JSON.stringify({ StatusCode: code })}\n`);
        if (query.has('condition') || container.status === 'running') container.waiters.push(done);
        else done(container.exitCode);
        return;
      }
      case 'stop':
        if (container.status !== 'running') {
          none(304);
          return;
        }
        stop(container, 0);
        {
          none();
          return;
        }
      case 'kill':
        if (container.status !== 'running') {
          fail(409, `cannot kill container: ${ref}: container ${container.id} is not running`);
          return;
        }
        stop(container, 137);
        {
          none();
          return;
        }
      case 'restart':
        container.status = 'running';
        {
          none();
          return;
        }
      case 'pause':
        container.status = 'paused';
        {
          none();
          return;
        }
      case 'unpause':
        container.status = 'running';
        {
          none();
          return;
        }
      case 'rename':
        container.name = `/${query.get('name') ?? ''}`;
        {
          none();
          return;
        }
      case 'resize': {
        none(200);
        return;
      }
      case 'update': {
        json({ Warnings: null });
        return;
      }
      case 'top': {
        json({
          Titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
          Processes: [
            ['root', '1234', '1200', '0', '10:00', '?', '00:00:00', 'nginx: master process nginx -g daemon off;'],
          ],
        });
        return;
      }
      case 'changes': {
        json([
          { Path: '/run', Kind: 0 },
          { Path: '/run/nginx.pid', Kind: 1 },
          { Path: '/etc/motd', Kind: 2 },
        ]);
        return;
      }
      case 'logs': {
        const tty = isTTY(container);
        response.writeHead(200, {
          'Content-Type': tty ? 'application/vnd.docker.raw-stream' : 'application/vnd.docker.multiplexed-stream',
          ...headers,
        });
        const stamp = query.get('timestamps') === '1' ? '2025-06-20T10:00:00.123456789Z ' : '';
        for (const [stream, text] of container.logs) response.write(tty ? stamp + text : frame(stream, stamp + text));
        if (query.get('follow') === '1') response.write(frame(2, `${stamp}a tick: ü\n`));
        response.end();
        return;
      }
      case 'stats': {
        const usage = { cpu_usage: { total_usage: 50_000_000 }, system_cpu_usage: 10_000_000_000, online_cpus: 2 };
        const before = { cpu_usage: { total_usage: 49_000_000 }, system_cpu_usage: 9_900_000_000, online_cpus: 2 };
        json({
          name: container.name,
          id: container.id,
          read: iso(0),
          preread: iso(1),
          pids_stats: { current: 3 },
          blkio_stats: {
            io_service_bytes_recursive: [
              { major: 8, minor: 0, op: 'read', value: 4_096_000 },
              { major: 8, minor: 0, op: 'write', value: 8192 },
            ],
          },
          cpu_stats: usage,
          precpu_stats: before,
          memory_stats: { usage: 5_242_880, stats: { inactive_file: 1_048_576 }, limit: 4_112_000_000 },
          networks: { eth0: { rx_bytes: 1530, tx_bytes: 126 } },
        });
        return;
      }
      case 'exec': {
        if (container.status !== 'running') {
          fail(409, `container ${container.id} is not running`);
          return;
        }
        const id = newId();
        execs.set(id, { config: body, code: 0 });
        json({ Id: id }, 201);
        return;
      }
      case 'export':
        response.writeHead(200, { 'Content-Type': 'application/octet-stream', ...headers });
        response.end(archive());
        return;
      case 'archive': {
        const wanted = query.get('path') ?? '';
        if (wanted.includes('nope')) {
          fail(404, `Could not find the file ${wanted} in container ${ref}`);
          return;
        }
        const directory = wanted === '/' || wanted.endsWith('/tmp') || wanted.endsWith('/');
        const stat = {
          name: directory ? 'tmp' : 'f',
          size: 23,
          mode: directory ? 2 ** 31 + 0o755 : 0o644,
          mtime: '2025-06-20T10:00:00Z',
          linkTarget: '',
        };
        const head = {
          'X-Docker-Container-Path-Stat': Buffer.from(JSON.stringify(stat)).toString('base64'),
          ...headers,
        };
        if (method === 'PUT') {
          none(200);
          return;
        }
        response.writeHead(200, { 'Content-Type': 'application/x-tar', ...head });
        response.end(method === 'HEAD' ? undefined : archive());
        return;
      }
      default:
        fail(404, 'page not found');
    }
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const url = new URL(request.url ?? '/', 'http://x');
    const [kind, ref = '', action] = url.pathname
      .replace(/^\/v[\d.]+/, '')
      .split('/')
      .filter(Boolean);
    const length = Number(request.headers['content-length'] ?? '0');
    let body = head;
    const open = (tty: boolean) => {
      const type = tty ? 'application/vnd.docker.raw-stream' : 'application/vnd.docker.multiplexed-stream';
      socket.write(`HTTP/1.1 101 UPGRADED\r\nContent-Type: ${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
    };
    const refuse = (status: string, message: string) => {
      const text = JSON.stringify({ message });
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${String(text.length)}\r\n\r\n${text}`,
      );
    };
    const go = () => {
      log.push({
        method: request.method ?? '',
        path: url.pathname + url.search,
        body: body.subarray(0, length).toString(),
      });
      if (kind === 'containers' && action === 'attach') {
        const container = find(ref);
        if (!container) {
          refuse('404 Not Found', `No such container: ${ref}`);
          return;
        }
        open(isTTY(container));
        container.sockets.push(socket);
        talk(socket, isTTY(container), container.config, () => {
          stop(container, 0);
        });
        return;
      }
      const exec = execs.get(ref);
      if (kind !== 'exec' || !exec) {
        refuse('404 Not Found', `No such exec instance: ${ref}`);
        return;
      }
      const { config } = exec;
      const cmd = config['Cmd'] as string[];
      const tty = config['Tty'] === true;
      open(tty);
      const put = (stream: 1 | 2, text: string) =>
        socket.write(tty ? text.replaceAll('\n', '\r\n') : frame(stream, text));
      if (config['AttachStdin'] === true) {
        talk(socket, tty, config, () => {
          socket.end();
        });
        return;
      }
      if (cmd[1] === '-c') {
        put(1, 'out\n');
        put(2, 'err\n');
        exec.code = 3;
      } else if (cmd[0] === 'missing') {
        put(
          1,
          'OCI runtime exec failed: exec failed: unable to start container process: exec: "missing": executable file not found in $PATH: unknown\n',
        );
        exec.code = 127;
      } else put(1, `${cmd.slice(1).join(' ')}\n`);
      socket.end();
    };
    if (body.length >= length) {
      go();
      return;
    }
    const more = (chunk: Buffer) => {
      body = Buffer.concat([body, chunk]);
      if (body.length < length) return;
      socket.off('data', more);
      go();
    };
    socket.on('data', more);
  }

  /** A shell of sorts: says what it would have run. */
  function talk(socket: Duplex, tty: boolean, config: Doc, end: () => void): void {
    if (config['AttachStdin'] !== true && config['OpenStdin'] !== true) return;
    const put = (text: string) => socket.write(tty ? text.replaceAll('\n', '\r\n') : frame(1, text));
    let line = '';
    if (tty) put('/ # ');
    socket.on('data', (chunk: Buffer) => {
      for (const sign of chunk.toString()) {
        if (tty) put(sign === '\r' ? '\n' : sign);
        if (sign !== '\r' && sign !== '\n') {
          line += sign;
          continue;
        }
        if (line === 'exit') {
          end();
          return;
        }
        put(`ran ${line}\n${tty ? '/ # ' : ''}`);
        line = '';
      }
    });
    socket.on('end', end);
  }

  const server = createServer({}, (request, response) => {
    void handle(request, response);
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', upgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked() {
      const all = log;
      log = [];
      return all;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }),
  };
}
