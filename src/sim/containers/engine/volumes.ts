// Volumes and other mounts of containers. Models moby 28 volume/service, volume/local (directories under
// /var/lib/docker/volumes) and daemon/volumes.go. Departure: no drivers but `local`, and of its options none.
import { LinuxError } from '../../linux/contract.ts';
import type { TaskFiles } from '../../linux/files/view.ts';
import type { ContainerConfig, HostConfig, MountRequest } from './config.ts';
import { type Dockerd, findContainer, nowMs, refuse } from './dockerd.ts';
import { emit } from './events.ts';
import { randomId } from './names.ts';
import { DATA, imageFiles } from './rootfs.ts';
import type { Image } from '../images/image.ts';
import type { Container, MountPoint, Volume } from './state.ts';

export const volumePath = (name: string): string => `${DATA}/volumes/${name}/_data`;

interface VolumeRequest {
  readonly name: string;
  readonly driver?: string;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly options?: Readonly<Record<string, string>> | null;
  readonly anonymous?: boolean;
}

export function createVolume(engine: Dockerd, request: VolumeRequest): Volume {
  const { state, files } = engine;
  const { driver = 'local', labels = null, options = null, anonymous = false } = request;
  const name = request.name === '' ? randomId(engine.random()) : request.name;
  const held = state.volumes.get(name);
  if (held) return held;
  if (driver !== 'local' && driver !== '')
    refuse(404, `error looking up volume plugin ${driver}: plugin "${driver}" not found`);
  if (name.length === 1)
    refuse(400, `create ${name}: volume name is too short, names should be at least two alphanumeric characters`);
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name))
    refuse(400, `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`); // prettier-ignore
  const volume: Volume = {
    name,
    createdAt: nowMs(engine),
    labels: request.name === '' && !labels ? { 'com.docker.volume.anonymous': '' } : labels,
    options,
    anonymous: anonymous || request.name === '',
  };
  files.mkdirs(volumePath(name), 0o755);
  state.volumes.set(name, volume);
  emit(engine, 'volume', 'create', name, { driver: 'local' });
  return volume;
}

export function findVolume({ state }: Dockerd, name: string): Volume {
  return state.volumes.get(name) ?? refuse(404, `get ${name}: no such volume`);
}

export function usersOf({ state }: Dockerd, volume: string): readonly Container[] {
  return [...state.containers.values()].filter(({ mounts }) => mounts.some(({ name }) => name === volume));
}

export function removeVolume(engine: Dockerd, name: string, force: boolean): void {
  const { state } = engine;
  if (!state.volumes.has(name)) {
    if (force) return;
    findVolume(engine, name);
  }
  const users = usersOf(engine, name);
  if (users.length > 0) refuse(409, `remove ${name}: volume is in use - [${users.map(({ id }) => id).join(', ')}]`);
  state.volumes.delete(name);
  removeAll(engine.files, `${DATA}/volumes/${name}`);
  emit(engine, 'volume', 'destroy', name, { driver: 'local' });
}

/** `rm -rf`. */
export function removeAll(files: TaskFiles, path: string): void {
  try {
    if (files.lstat(path).type !== 'directory') {
      files.unlink(path);
      return;
    }
  } catch (error) {
    if (error instanceof LinuxError) return;
    throw error;
  }
  for (const name of files.list(path)) removeAll(files, `${path}/${name}`);
  files.rmdir(path);
}

/** Bytes under a directory. */
export function sizeOf(files: TaskFiles, path: string): number {
  const found = files.lstat(path);
  if (found.type !== 'directory') return found.type === 'file' ? found.sizeBytes : 0;
  return files.list(path).reduce((sum, name) => sum + sizeOf(files, `${path}/${name}`), 0);
}

/** Where the mounts of a new container lead. Makes volumes, and host directories of `-v`, that are not there. */
export function mountPoints(
  engine: Dockerd,
  config: ContainerConfig,
  host: HostConfig,
  image: Image,
): readonly MountPoint[] {
  const points = new Map<string, MountPoint>();
  const add = (point: MountPoint) => points.set(point.destination, point);
  for (const from of host.VolumesFrom ?? []) {
    const [name = '', mode = 'rw'] = from.split(':');
    for (const point of findContainer(engine, name).mounts)
      add({ ...point, rw: point.rw && mode !== 'ro', copy: false });
  }
  for (const bind of host.Binds ?? []) {
    const point = bindPoint(engine, bind);
    if (points.get(point.destination)?.mode !== undefined && (host.VolumesFrom ?? []).length === 0)
      refuse(400, `Duplicate mount point: ${point.destination}`);
    add(point);
  }
  for (const request of host.Mounts ?? []) add(requestPoint(engine, request));
  for (const [path, options] of Object.entries(host.Tmpfs ?? {})) {
    const size = /(?:^|,)size=(\d+)([kmg]?)/i.exec(options);
    const unit = { '': 1, k: 1024, m: 1_048_576, g: 1_073_741_824 }[size?.[2]?.toLowerCase() ?? ''] ?? 1;
    const sizeBytes = size ? { sizeBytes: Number(size[1]) * unit } : {};
    add({ type: 'tmpfs', name: '', source: '', destination: clean(path), mode: options, rw: !/(?:^|,)ro(?:,|$)/.test(options), copy: false, ...sizeBytes }); // prettier-ignore
  }
  for (const path of Object.keys(config.Volumes ?? {})) {
    const destination = clean(path);
    if (points.has(destination)) continue;
    const { name } = createVolume(engine, { name: '', anonymous: true });
    add({ type: 'volume', name, source: volumePath(name), destination, mode: '', rw: true, copy: true });
  }
  const from = imageFiles(engine, image.layers);
  for (const point of points.values()) {
    if (point.type !== 'volume' || !point.copy) continue;
    if (engine.files.list(point.source).length === 0 && from.exists(point.destination))
      copyTree(from, point.destination, engine.files, point.source);
  }
  return [...points.values()];
}

function bindPoint(engine: Dockerd, bind: string): MountPoint {
  const [source = '', target = '', mode = '', ...more] = bind.split(':');
  if (target === '' || more.length > 0) refuse(400, `invalid volume specification: '${bind}'`);
  if (!target.startsWith('/'))
    refuse(400, `invalid volume specification: '${bind}': invalid mount config for type "${source.startsWith('/') ? 'bind' : 'volume'}": invalid mount path: '${target}' mount path must be absolute`); // prettier-ignore
  const destination = clean(target);
  if (destination === '/') refuse(400, `invalid volume specification: '${bind}': invalid specification: destination can't be '/'`); // prettier-ignore
  const words = mode === '' ? [] : mode.split(',');
  if (words.some((word) => !/^(?:ro|rw|z|Z|nocopy|r?(?:private|shared|slave)|cached|delegated|consistent)$/.test(word)))
    refuse(400, `invalid mode: ${mode}`);
  const rw = !words.includes('ro');
  if (source.startsWith('/')) {
    if (!engine.files.exists(source)) engine.files.mkdirs(source, 0o755);
    return { type: 'bind', name: '', source: clean(source), destination, mode, rw, copy: false };
  }
  const { name } = createVolume(engine, { name: source });
  return { type: 'volume', name, source: volumePath(name), destination, mode: mode === '' ? 'z' : mode, rw, copy: !words.includes('nocopy') }; // prettier-ignore
}

function requestPoint(engine: Dockerd, request: MountRequest): MountPoint {
  const { Type: type, Source: source = '', Target: target, ReadOnly: readOnly = false } = request;
  const bad = (why: string): never => refuse(400, `invalid mount config for type "${type}": ${why}`);
  if (target === '') bad('field Target must not be empty');
  const base = { destination: clean(target), rw: !readOnly };
  switch (type) {
    case 'bind': {
      if (source === '') bad('field Source must not be empty');
      if (!source.startsWith('/')) bad(`invalid mount path: '${source}' mount path must be absolute`);
      if (!engine.files.exists(source)) {
        if (request.BindOptions?.['CreateMountpoint'] !== true) bad(`bind source path does not exist: ${source}`);
        engine.files.mkdirs(source, 0o755);
      }
      return { ...base, type, name: '', source: clean(source), mode: '', copy: false };
    }
    case 'volume': {
      const { name } = createVolume(engine, { name: source, labels: request.VolumeOptions?.Labels ?? null });
      const copy = request.VolumeOptions?.NoCopy !== true;
      return { ...base, type, name, source: volumePath(name), mode: source === '' ? '' : 'z', copy };
    }
    case 'tmpfs': {
      const size = request.TmpfsOptions?.SizeBytes;
      return { ...base, type, name: '', source: '', mode: '', copy: false, ...(size && { sizeBytes: size }) };
    }
    default:
      return refuse(400, `mount type ${type} is not simulated`);
  }
}

function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return `/${parts.join('/')}`;
}

/** All that is in a directory, with owners, modes and times, into another one. */
function copyTree(from: TaskFiles, path: string, to: TaskFiles, target: string): void {
  const own = from.stat(path);
  if (own.type !== 'directory') return;
  to.chown(target, own.uid, own.gid);
  to.chmod(target, own.mode);
  for (const name of from.list(path)) {
    const [source, destination] = [`${path}/${name}`, `${target}/${name}`];
    const { type, mode, uid, gid, mtimeMs } = from.lstat(source);
    if (type === 'symlink') to.symlink(from.readlink(source), destination);
    else if (type === 'directory') {
      to.mkdir(destination, mode);
      copyTree(from, source, to, destination);
    } else if (type === 'file') to.write(destination, from.read(source), { mode });
    else continue;
    if (type === 'symlink') continue;
    to.chown(destination, uid, gid);
    to.chmod(destination, mode);
    to.utimes(destination, mtimeMs);
  }
}
