// Files of containers from outside: `docker cp`, `diff`, `commit`, `export`. Models moby 28 daemon/archive.go, changes.go
// and commit.go.
import { configure } from '../build/configure.ts';
import { readOne } from '../build/instructions.ts';
import { readArchive, writeArchive } from '../images/archive.ts';
import { DaemonError } from '../images/errors.ts';
import { type HistoryItem, makeImage, rfc3339, type RunConfig } from '../images/image.ts';
import { makeLayer } from '../images/layer.ts';
import { parseReference, withDefaultTag } from '../images/reference.ts';
import { LinuxError, type Stat } from '../../linux/contract.ts';
import type { LayerEntry } from '../../linux/files/layer.ts';
import { changes } from '../../linux/files/overlay-changes.ts';
import type { TaskFiles } from '../../linux/files/view.ts';
import { changesOf } from './build-runs.ts';
import type { ContainerConfig } from './config.ts';
import { type Dockerd, findContainer, nowMs, refuse } from './dockerd.ts';
import { containerEvent, emit } from './events.ts';
import { overlayOf, withFiles } from './rootfs.ts';
import type { Container } from './state.ts';

const kinds = { changed: 0, added: 1, deleted: 2 } as const;

export function diff(engine: Dockerd, text: string): readonly { readonly Path: string; readonly Kind: number }[] {
  const container = findContainer(engine, text);
  return changes(overlayOf(engine, container)).map(({ path, kind }) => ({ Path: path, Kind: kinds[kind] }));
}

/** The keys are those of the header `X-Docker-Container-Path-Stat`. */
interface PathStat {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

function pathStat(files: TaskFiles, container: string, path: string): PathStat {
  let stat: Stat;
  try {
    stat = files.lstat(path === '' ? '/' : path.replace(/(.)\/+$/, '$1'));
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return refuse(404, `Could not find the file ${path} in container ${container}`);
  }
  const clean = path.replace(/\/+(?:\.)?$/, '');
  const name = clean === '' ? '/' : clean.slice(clean.lastIndexOf('/') + 1);
  return {
    name,
    size: stat.sizeBytes,
    mode: goMode(stat),
    mtime: rfc3339(stat.mtimeMs),
    linkTarget: stat.type === 'symlink' ? files.realpath(path) : '',
  };
}

/** Go's os.FileMode. */
function goMode({ type, mode }: Stat): number {
  const bits = { file: 0, directory: 2 ** 31, symlink: 2 ** 27, char: 2 ** 26 + 2 ** 21, block: 2 ** 26, fifo: 2 ** 25, socket: 2 ** 24 }[type]; // prettier-ignore
  const special = ((mode & 0o4000) !== 0 ? 2 ** 23 : 0) + ((mode & 0o2000) !== 0 ? 2 ** 22 : 0) + ((mode & 0o1000) !== 0 ? 2 ** 20 : 0); // prettier-ignore
  return bits + special + (mode & 0o777);
}

/** A tar of a path, with its own name at the top; of `DIR/.` what is in it. */
export function getArchive(
  engine: Dockerd,
  text: string,
  path: string,
): { readonly stat: PathStat; readonly tar: string } {
  return withFiles(engine, findContainer(engine, text), (files) => {
    const stat = pathStat(files, text, path);
    const inside = /(?:^|\/)\.$/.test(path);
    const real = path.replace(/(.)\/+\.?$/, '$1').replace(/\/\.$/, '') || '/';
    const top = real === '/' || inside ? '.' : stat.name;
    const entries: LayerEntry[] = [];
    collect(files, real, `/${top}`, entries);
    return { stat, tar: writeArchive(entries) };
  });
}

function collect(files: TaskFiles, path: string, name: string, entries: LayerEntry[]): void {
  const { type, mode, uid, gid, mtimeMs } = files.lstat(path);
  const base = { path: name, mode, uid, gid, mtimeMs };
  if (type === 'symlink') entries.push({ ...base, type, target: files.readlink(path) });
  else if (type === 'file') entries.push({ ...base, type, content: files.read(path) });
  else if (type === 'directory') {
    entries.push({ ...base, type });
    for (const child of files.list(path))
      collect(files, `${path === '/' ? '' : path}/${child}`, `${name}/${child}`, entries);
  }
}

/** Unpacks a tar into a directory of the container. */
export function putArchive(engine: Dockerd, text: string, path: string, tar: string): void {
  const container = findContainer(engine, text);
  withFiles(engine, container, (files) => {
    const stat = pathStat(files, text, path);
    if (!files.exists(path) || files.stat(path).type !== 'directory') refuse(400, stat.size >= 0 ? 'extraction point is not a directory' : ''); // prettier-ignore
    if (
      container.hostConfig.ReadonlyRootfs &&
      !container.mounts.some(({ destination, rw }) => rw && path.startsWith(destination))
    )
      // prettier-ignore
      refuse(403, 'container rootfs is marked read-only');
    for (const entry of readArchive(tar)) unpack(files, path.replace(/\/+$/, ''), entry);
  });
}

function unpack(files: TaskFiles, base: string, entry: LayerEntry): void {
  const path = `${base}${entry.path}`;
  const { type, mode, uid, gid, mtimeMs } = entry;
  try {
    files.mkdirs(path.slice(0, path.lastIndexOf('/')) || '/', 0o755);
    if (type === 'directory') {
      if (!files.exists(path)) files.mkdir(path, mode);
    } else if (type === 'symlink') {
      if (files.exists(path)) files.unlink(path);
      files.symlink(entry.target ?? '', path);
      return;
    } else if (type === 'hardlink') {
      files.link(`${base}${entry.target ?? ''}`, path);
      return;
    } else files.write(path, entry.content ?? '', { mode });
    files.chown(path, uid, gid);
    files.chmod(path, mode);
    files.utimes(path, mtimeMs);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    refuse(500, `Error processing tar file(exit status 1): open ${entry.path}: ${error.message.toLowerCase()}`);
  }
}

/** All files of a container as a tar. */
export function exportContainer(engine: Dockerd, text: string): string {
  return withFiles(engine, findContainer(engine, text), (files) => {
    const entries: LayerEntry[] = [];
    for (const name of files.list('/'))
      if (!['proc', 'sys', 'dev'].includes(name)) collect(files, `/${name}`, `/${name}`, entries);
    return writeArchive(entries);
  });
}

interface CommitRequest {
  readonly container: string;
  readonly repo: string;
  readonly tag: string;
  readonly comment: string;
  readonly author: string;
  readonly changes: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
}

export function commit(engine: Dockerd, request: CommitRequest): string {
  const container = findContainer(engine, request.container);
  let config = runConfigOf(container.config);
  for (const line of request.changes) {
    try {
      config = configure(config, readOne(line), true)?.config ?? config;
    } catch (error) {
      if (error instanceof DaemonError) throw error;
      refuse(400, error instanceof Error ? error.message : String(error));
    }
  }
  const layer = makeLayer(changesOf(engine, container));
  const created = rfc3339(nowMs(engine));
  const base = container.image.config;
  const item: HistoryItem = {
    created,
    created_by: [container.path, ...container.args].join(' '),
    ...(request.author !== '' && { author: request.author }),
    ...(request.comment !== '' && { comment: request.comment }),
  };
  const image = makeImage(
    {
      created,
      ...(request.author !== '' && { author: request.author }),
      architecture: base.architecture,
      ...(base.variant !== undefined && { variant: base.variant }),
      os: base.os,
      config,
      history: [...base.history, item],
    },
    [...container.image.layers, layer],
  );
  engine.images.add(image, container.image.id);
  if (request.repo !== '') {
    const name = request.tag === '' ? request.repo : `${request.repo}:${request.tag}`;
    engine.images.name(withDefaultTag(parseReference(name)), image.id);
  }
  containerEvent(engine, container, 'commit', { comment: request.comment, imageID: image.id, imageRef: request.repo });
  emit(engine, 'image', 'create', image.id, { name: image.id });
  return image.id;
}

/** What of a container's configuration its image would have. */
function runConfigOf(config: ContainerConfig): RunConfig {
  const { User, ExposedPorts, Env, Entrypoint, Cmd, Healthcheck, Volumes, WorkingDir, OnBuild, Labels, StopSignal, Shell } = config; // prettier-ignore
  return {
    ...(User !== '' && { User }),
    ...(ExposedPorts && { ExposedPorts: ExposedPorts as Record<string, Record<string, never>> }),
    ...(Env && { Env }),
    Entrypoint,
    Cmd,
    ...(Healthcheck && { Healthcheck }),
    ...(Volumes && { Volumes: Volumes as Record<string, Record<string, never>> }),
    ...(WorkingDir !== '' && { WorkingDir }),
    ...(OnBuild && { OnBuild }),
    Labels,
    ...(StopSignal !== undefined && { StopSignal }),
    ...(Shell && { Shell }),
  };
}

/** Bytes that a container has written. */
export function writtenBytes(engine: Dockerd, container: Container): number {
  const { upper } = overlayOf(engine, container);
  if (!upper) return 0;
  return changesOf(engine, container).reduce((sum, { content }) => sum + (content?.kind === 'text' ? content.text.length : content?.kind === 'opaque' ? content.sizeBytes : (content?.elf.sizeBytes ?? 0)), 0); // prettier-ignore
}
