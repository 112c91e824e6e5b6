// /images, /build, /commit, /auth: what moby 28 api/server/router/image and build answer.
import { parseTime } from '../../engine/time.ts';
import { contextFromArchive } from '../build/context.ts';
import { deleteImage, pruneImages, isDangling, type ImageUser } from '../images/delete.ts';
import { imageHistory } from '../images/history.ts';
import { chainOf, imageSize, rfc3339 } from '../images/image.ts';
import { parsePlatform } from '../images/platform.ts';
import { parseReference } from '../images/reference.ts';
import { loadImages, saveImages } from '../images/save.ts';
import type { StoredImage } from '../images/store.ts';
import { nowMs, refuse } from '../engine/dockerd.ts';
import { emit } from '../engine/events.ts';
import { commit } from '../engine/files.ts';
import type { Engine } from '../engine/index.ts';
import { graphPath } from '../engine/rootfs.ts';
import { type Asked, type Filters, filtersOf, labelsOf, matchesLabels, timeOf } from './request.ts';
import { type DockerResponse, empty, jobStream, json, streamed } from './response.ts';

export function images(engine: Engine, asked: Asked): DockerResponse | undefined {
  const { method, path, query } = asked;
  switch (`${method} ${path}`) {
    case 'GET /images/json':
      return listImages(engine, asked);
    case 'POST /images/create': {
      const from = query.get('fromImage');
      if (from === '') refuse(501, 'import of a file system is not simulated');
      const tag = query.get('tag');
      const name = tag === '' ? from : tag.includes(':') ? `${from}@${tag}` : `${from}:${tag}`;
      const platform = query.get('platform') === '' ? undefined : parsePlatform(query.get('platform'), engine.host);
      const job = engine.transfers.pull(name, platform);
      return streamed(jobStream(engine, `transfer ${String(job)}`));
    }
    case 'GET /images/search':
      return search(engine, query.get('term'), Number(query.get('limit') || '25'));
    case 'POST /images/prune': {
      const filters = filtersOf(asked, ['dangling', 'label', 'label!', 'until']);
      const until = timeOf(filters.get('until')[0] ?? '', nowMs(engine), Infinity);
      const { records, freedBytes } = pruneImages(engine.images, usersOf(engine), {
        all: filters.bool('dangling') === false,
        matches: ({ image }) =>
          (parseTime(image.config.created) ?? 0) <= until &&
          matchesLabels(filters.get('label'), image.config.config.Labels ?? {}) &&
          !(filters.has('label!') && matchesLabels(filters.get('label!'), image.config.config.Labels ?? {})),
      });
      return json({ ImagesDeleted: records.length > 0 ? records : null, SpaceReclaimed: freedBytes });
    }
    case 'POST /build':
      return build(engine, asked);
    case 'POST /build/prune': {
      const { keys, freedBytes } = engine.cache.prune();
      return json({ CachesDeleted: keys.length > 0 ? keys : null, SpaceReclaimed: freedBytes });
    }
    case 'POST /commit': {
      const id = commit(engine, {
        container: query.get('container'),
        repo: query.get('repo'),
        tag: query.get('tag'),
        comment: query.get('comment'),
        author: query.get('author'),
        changes: query.all('changes'),
      });
      return json({ Id: id }, 201);
    }
    case 'POST /auth':
      return json({ Status: 'Login Succeeded', IdentityToken: '' });
    case 'GET /images/get':
      return saved(engine, query.all('names'));
    case 'POST /images/load': {
      const lines = loadImages(engine.images, asked.request.body ?? '').map(
        (line) => `${JSON.stringify({ stream: `${line}\n` })}\r\n`,
      );
      return { status: 200, headers: { 'content-type': 'application/json' }, body: lines.join('') };
    }
    default:
      return oneImage(engine, asked);
  }
}

function oneImage(engine: Engine, asked: Asked): DockerResponse | undefined {
  const { method, path, query } = asked;
  const match = /^\/images\/(.+?)(?:\/(json|history|push|tag|get))?$/.exec(path);
  if (!match) return undefined;
  const name = decodeURIComponent(match[1] ?? '');
  switch (`${method} ${match[2] ?? ''}`) {
    case 'GET json':
      return json(inspectImage(engine, engine.images.get(name)));
    case 'GET get':
      return saved(engine, [name]);
    case 'GET history':
      return json(imageHistory(engine.images, name));
    case 'POST tag': {
      const repo = query.get('repo');
      const tag = query.get('tag');
      const id = engine.images.tag(name, tag === '' ? repo : `${repo}:${tag}`);
      emit(engine, 'image', 'tag', id, { name: tag === '' ? repo : `${repo}:${tag}` });
      return empty(201);
    }
    case 'POST push': {
      const tag = query.get('tag');
      const job = engine.transfers.push(tag === '' ? name : `${name}:${tag}`);
      return streamed(jobStream(engine, `transfer ${String(job)}`));
    }
    case 'DELETE ': {
      const { records } = deleteImage(engine.images, usersOf(engine), name, {
        force: query.flag('force'),
        noPrune: query.flag('noprune'),
      });
      for (const record of records)
        if ('Untagged' in record) emit(engine, 'image', 'untag', record.Untagged, { name: record.Untagged });
        else if (record.Deleted.startsWith('sha256:'))
          emit(engine, 'image', 'delete', record.Deleted, { name: record.Deleted });
      return json(records);
    }
    default:
      return undefined;
  }
}

function saved(engine: Engine, names: readonly string[]): DockerResponse {
  const body = saveImages(engine.images, names);
  return { status: 200, headers: { 'content-type': 'application/x-tar' }, body, binary: true };
}

function usersOf({ state }: Engine): readonly ImageUser[] {
  return [...state.containers.values()].map(({ id, image, state: { running } }) => ({ containerId: id, imageId: image.id, running })); // prettier-ignore
}

const FILTERS = ['dangling', 'label', 'label!', 'before', 'since', 'reference', 'until'];

function listImages(engine: Engine, asked: Asked): DockerResponse {
  const filters = filtersOf(asked, FILTERS);
  const { images: store } = engine;
  const all = asked.query.flag('all');
  const newest = store
    .all()
    .map((stored, at) => ({ stored, at, created: parseTime(stored.image.config.created) ?? 0 }))
    .sort((a, b) => b.created - a.created || b.at - a.at);
  const shown = newest.filter(({ stored }) => {
    const { id } = stored.image;
    if (store.namesOf(id).length === 0 && !all && !isDangling(store, id)) return false;
    return matches(engine, stored, filters);
  });
  return json(
    shown.map(({ stored }) => {
      const { image, parent = '' } = stored;
      const tags = tagsOf(engine, image.id, filters);
      const digests = store.digestsOf(image.id);
      return {
        Containers: -1,
        Created: Math.floor((parseTime(image.config.created) ?? 0) / 1000),
        Id: image.id,
        Labels: image.config.config.Labels ?? null,
        ParentId: parent,
        RepoDigests: digests,
        RepoTags: tags,
        SharedSize: asked.query.flag('shared-size') ? store.sharedBytes(image.id) : -1,
        Size: imageSize(image),
      };
    }),
  );
}

function tagsOf({ images: store }: Engine, id: string, filters: Filters): readonly string[] {
  const tags = store.tagsOf(id);
  const patterns = filters.get('reference');
  return patterns.length === 0
    ? tags
    : tags.filter((tag) => patterns.some((pattern) => matchesReference(pattern, tag)));
}

/** A pattern of path/filepath, with or without a tag. */
function matchesReference(pattern: string, tag: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  const expression = new RegExp(`^${source}$`);
  return [tag, tag.replace(/:[^:/]*$/, '')].some((name) => expression.test(name));
}

function matches(engine: Engine, { image }: StoredImage, filters: Filters): boolean {
  const { images: store } = engine;
  const { id } = image;
  const dangling = filters.bool('dangling');
  if (dangling !== undefined && (store.namesOf(id).length === 0) !== dangling) return false;
  const created = parseTime(image.config.created) ?? 0;
  const before = filters.get('before').map((text) => parseTime(store.get(text).image.config.created) ?? 0);
  const since = filters.get('since').map((text) => parseTime(store.get(text).image.config.created) ?? 0);
  if (!before.every((at) => created < at) || !since.every((at) => created > at)) return false;
  if (filters.has('until') && created > timeOf(filters.get('until')[0] ?? '', nowMs(engine), Infinity)) return false;
  if (!matchesLabels(filters.get('label'), image.config.config.Labels ?? {})) return false;
  return !filters.has('reference') || tagsOf(engine, id, filters).length > 0;
}

function inspectImage(engine: Engine, { image, parent = '', taggedAt }: StoredImage): unknown {
  const { images: store, sim } = engine;
  const { id, config } = image;
  const { Healthcheck, ArgsEscaped, OnBuild, Shell, StopSignal, ...run } = config.config;
  const chain = chainOf(image).toReversed();
  const directory = (at: number, part: string) => graphPath((chain[at] ?? '').slice(7), part);
  return {
    Id: id,
    RepoTags: store.tagsOf(id),
    RepoDigests: store.digestsOf(id),
    Parent: parent,
    Comment: config.history.at(-1)?.comment ?? '',
    Created: config.created,
    DockerVersion: '',
    Author: config.author ?? '',
    Config: {
      ...run,
      ...(StopSignal !== undefined && { StopSignal }),
      ...(ArgsEscaped === true && { ArgsEscaped }),
      ...(Healthcheck && { Healthcheck }),
      ...(OnBuild && { OnBuild }),
      ...(Shell && { Shell }),
    },
    Architecture: config.architecture,
    ...(config.variant !== undefined && { Variant: config.variant }),
    Os: config.os,
    Size: imageSize(image),
    GraphDriver: {
      Data: {
        ...(chain.length > 1 && {
          LowerDir: chain
            .slice(1)
            .map((_, i) => directory(i + 1, 'diff'))
            .join(':'),
        }),
        MergedDir: directory(0, 'merged'),
        UpperDir: directory(0, 'diff'),
        WorkDir: directory(0, 'work'),
      },
      Name: 'overlay2',
    },
    RootFS: { Type: 'layers', ...(image.layers.length > 0 && { Layers: config.rootfs.diff_ids }) },
    Metadata: { LastTagTime: taggedAt === undefined ? '0001-01-01T00:00:00Z' : rfc3339(sim.epochMs + taggedAt) },
  };
}

function search({ options }: Engine, term: string, limit: number): DockerResponse {
  const found = options.registries
    .list('docker.io')
    .map(({ path }) => path.replace(/^library\//, ''))
    .filter((path) => path.includes(term))
    .slice(0, limit);
  return json(
    found.map((path) => ({
      star_count: 0,
      is_official: !path.includes('/'),
      name: path,
      is_automated: false,
      description: '',
    })),
  );
}

function build(engine: Engine, asked: Asked): DockerResponse {
  const { query, request } = asked;
  const remote = query.get('remote');
  if (remote !== '' && remote !== 'client-session') refuse(501, `builds of ${remote} are not simulated`);
  const parsed = (name: string) => {
    const text = query.get(name);
    return text === '' ? {} : (labelsOf(JSON.parse(text) as unknown) ?? {});
  };
  for (const tag of query.all('t')) parseReference(tag);
  const cacheFrom =
    query.get('cachefrom') === '' ? [] : (JSON.parse(query.get('cachefrom')) as readonly string[] | null);
  const platform = query.get('platform') === '' ? undefined : parsePlatform(query.get('platform'), engine.host);
  const job = engine.builds.start({
    style: query.get('version') === '2' ? 'buildkit' : 'classic',
    context: contextFromArchive(request.body ?? ''),
    dockerfile: query.get('dockerfile') === '' ? 'Dockerfile' : query.get('dockerfile'),
    tags: query.all('t'),
    args: parsed('buildargs'),
    labels: parsed('labels'),
    ...(query.get('target') !== '' && { target: query.get('target') }),
    noCache: query.flag('nocache'),
    pull: query.flag('pull'),
    ...(platform && { platform }),
    ...(cacheFrom && cacheFrom.length > 0 && { cacheFrom }),
    remove: !query.has('rm') || query.flag('rm'),
  });
  return streamed(jobStream(engine, `build ${String(job)}`));
}
