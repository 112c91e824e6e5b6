// Images: ls, history, tag, rm and commit (docker/cli 28.2, cli/command/image, cli/command/formatter/image.go).
// Left out: `docker images --tree`.

import { DaemonError } from '../../../sim/containers/images/errors.ts';
import {
  familiarName,
  fullName,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../../../sim/containers/images/reference.ts';
import { filtersOf } from './client.ts';
import type { Context } from './context.ts';
import { DockerError, each, EngineError, notSimulated } from './errors.ts';
import { formatOf, formatRows } from './format.ts';
import { isList, type Json, numberAt, textAt, textsAt } from './json.ts';
import { Row } from './template/index.ts';
import { ellipsis, shortId } from './text.ts';
import { goTime, humanDuration, humanSize } from './units.ts';

export async function run(context: Context): Promise<void> {
  switch (context.path) {
    case 'image ls':
      return list(context);
    case 'image history':
      return history(context);
    case 'image tag':
      return tag(context);
    case 'image rm':
      return remove(context);
    default:
      return commit(context);
  }
}

/** The reference that a word stands for; a mistake is docker's own. */
export function reference(text: string): Reference {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof DaemonError) throw new DockerError(error.message);
    throw error;
  }
}

// ---- ls

const headers = {
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  Containers: 'CONTAINERS',
  VirtualSize: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
};

const since = '{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}';

async function list(context: Context): Promise<void> {
  const { flags } = context;
  if (flags.bool('tree')) throw notSimulated('the flag --tree');
  const digests = flags.bool('digests');
  const columns = `{{.Repository}}\\t{{.Tag}}${digests ? '\\t{{.Digest}}' : ''}\\t{{.ID}}\\t${since}\\t{{.Size}}`;
  const format = formatOf(context, { table: columns, quiet: '{{.ID}}' });
  const name = context.args[0];
  const filters = filtersOf([...flags.list('filter'), ...(name === undefined ? [] : [`reference=${name}`])]);
  const found = await context.engine.get('/images/json', { all: flags.bool('all') ? 1 : undefined, filters });
  const needDigest = digests || /\{\{[^}]*\.Digest\b/.test(format);
  const rows = (isList(found) ? found : []).flatMap((one) =>
    namesOf(one, needDigest).map((names) => imageRow(one, names, context.nowMs, !flags.bool('no-trunc'))),
  );
  await context.out(formatRows(format, { headers }, rows));
}

interface Names {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const NONE = '<none>';

function namesOf(item: Json, needDigest: boolean): Names[] {
  const tags = new Map<string, string[]>();
  const digests = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, value: string | undefined) => {
    if (value !== undefined) map.set(key, [...(map.get(key) ?? []), value]);
  };
  for (const [map, key, part] of [
    [tags, 'RepoTags', 'tag'],
    [digests, 'RepoDigests', 'digest'],
  ] as const) {
    for (const one of textsAt(item, key)) {
      if (one.startsWith('<none>')) continue;
      const parsed = reference(one);
      add(map, familiarName(parsed), parsed[part]);
    }
  }
  if (tags.size === 0 && digests.size === 0) return [{ repository: NONE, tag: NONE, digest: NONE }];
  const names: Names[] = [];
  for (const [repository, its] of tags) {
    const known = needDigest ? (digests.get(repository) ?? []) : [];
    digests.delete(repository);
    for (const tag of its) {
      for (const digest of known.length === 0 ? [NONE] : known) names.push({ repository, tag, digest });
    }
  }
  for (const [repository, known] of digests) {
    for (const digest of needDigest ? known : [NONE]) names.push({ repository, tag: NONE, digest });
  }
  return names;
}

/** A size that the engine has not looked up is -1. */
const size = (bytes: number): string => (bytes < 0 ? 'N/A' : humanSize(bytes, 3));

export function imageRow(item: Json, names: Names, nowMs: number, trunc: boolean): Row {
  const created = numberAt(item, 'Created') * 1000;
  const [all, shared, containers] = [
    numberAt(item, 'Size'),
    numberAt(item, 'SharedSize'),
    numberAt(item, 'Containers'),
  ];
  return new Row('*formatter.imageContext', {
    Containers: () => (containers < 0 ? 'N/A' : String(containers)),
    CreatedAt: () => (created <= 0 ? 'N/A' : goTime(created)),
    CreatedSince: () => (created <= 0 ? '' : `${humanDuration(nowMs - created)} ago`),
    Digest: () => names.digest,
    ID: () => (trunc ? shortId(textAt(item, 'Id')) : textAt(item, 'Id')),
    Repository: () => names.repository,
    SharedSize: () => size(shared),
    Size: () => humanSize(all, 3),
    Tag: () => names.tag,
    UniqueSize: () => (all < 0 || shared < 0 ? 'N/A' : humanSize(all - shared, 3)),
    VirtualSize: () => humanSize(all, 3),
  });
}

// ---- history

const historyHeaders = {
  ID: 'IMAGE',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  Size: 'SIZE',
  Comment: 'COMMENT',
};

async function history(context: Context): Promise<void> {
  const { flags } = context;
  const trunc = !flags.bool('no-trunc');
  const human = flags.text('human') !== 'false';
  const format = formatOf(context, {
    table: '{{.ID}}\\t{{.CreatedSince}}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}',
    quiet: '{{.ID}}',
  });
  const platform = platformQuery(flags.has('platform') ? flags.text('platform') : '');
  const found = await context.engine.get(`/images/${context.arg(0)}/history`, { platform });
  const rows = (isList(found) ? found : []).map((item) => {
    const created = numberAt(item, 'Created') * 1000;
    const at = new Date(created).toISOString().replace('.000Z', 'Z');
    return new Row('*image.historyContext', {
      Comment: () => textAt(item, 'Comment'),
      CreatedAt: () => (created <= 0 ? '' : at),
      CreatedBy: () => {
        const by = textAt(item, 'CreatedBy').replaceAll('\t', ' ');
        return trunc ? ellipsis(by, 45) : by;
      },
      CreatedSince: () => {
        if (!human) return at;
        return created <= 0 ? 'N/A' : `${humanDuration(context.nowMs - created)} ago`;
      },
      ID: () => (trunc ? shortId(textAt(item, 'Id')) : textAt(item, 'Id')),
      Size: () => (human ? humanSize(numberAt(item, 'Size'), 3) : String(numberAt(item, 'Size'))),
    });
  });
  await context.out(
    formatRows(format, { headers: human ? historyHeaders : { ...historyHeaders, CreatedSince: 'CREATED AT' } }, rows),
  );
}

/** A platform as the API takes it: JSON of its parts. */
export function platformQuery(platform: string): string | undefined {
  if (platform === '') return undefined;
  const { os, architecture, variant } = platformOf(platform);
  return JSON.stringify({ architecture, os, ...(variant !== undefined && { variant }) });
}

const architectures: Readonly<Record<string, readonly [string, string?]>> = {
  'x86-64': ['amd64'],
  x86_64: ['amd64'],
  amd64: ['amd64'],
  aarch64: ['arm64'],
  arm64: ['arm64'],
  arm: ['arm', 'v7'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
  i386: ['386'],
  '386': ['386'],
  ppc64le: ['ppc64le'],
  riscv64: ['riscv64'],
  s390x: ['s390x'],
  mips64le: ['mips64le'],
};
const systems = new Set(['linux', 'windows', 'darwin', 'freebsd']);

/** containerd/platforms: Parse and Normalize. */
export function platformOf(text: string): { os: string; architecture: string; variant?: string } {
  const parts = text.toLowerCase().split('/');
  const [first = '', second, variant] = parts;
  const fail = (words: string) => new DockerError(`${JSON.stringify(text)}: ${words}: invalid argument`);
  if (second === undefined) {
    if (systems.has(first)) return { os: first, architecture: 'amd64' };
    const known = architectures[first];
    if (!known) throw fail('unknown operating system or architecture');
    return { os: 'linux', architecture: known[0], ...(known[1] !== undefined && { variant: known[1] }) };
  }
  const [architecture, usual] = architectures[second] ?? [second];
  const chosen = variant ?? usual;
  const isDefault = architecture === 'arm64' && chosen === 'v8';
  return { os: first, architecture, ...(chosen !== undefined && !isDefault && { variant: chosen }) };
}

// ---- tag, rm, commit

async function tag(context: Context): Promise<void> {
  const target = withDefaultTag(named(context.arg(1)));
  await context.engine.act('POST', `/images/${context.arg(0)}/tag`, {
    query: { repo: fullName(target), tag: target.tag },
  });
}

/** The client itself parses both names and says so in the engine's words. */
function named(text: string): Reference {
  try {
    return parseReference(text);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    throw new DockerError(
      `Error parsing reference: ${JSON.stringify(text)} is not a valid repository/tag: ${error.message}`,
    );
  }
}

async function remove(context: Context): Promise<void> {
  const { flags } = context;
  const force = flags.bool('force');
  await each(context.args, async (name) => {
    let done: Json;
    try {
      done = await context.engine.json('DELETE', `/images/${name}`, {
        query: { force: force ? 1 : undefined, noprune: flags.bool('no-prune') ? 1 : undefined },
      });
    } catch (error) {
      // What is gone already is what the reader wanted.
      if (!force || !(error instanceof EngineError) || error.status !== 404) throw error;
      await context.err(`${error.message}\n`);
      return;
    }
    for (const one of isList(done) ? done : []) {
      const deleted = textAt(one, 'Deleted');
      await context.out(deleted === '' ? `Untagged: ${textAt(one, 'Untagged')}\n` : `Deleted: ${deleted}\n`);
    }
  });
}

async function commit(context: Context): Promise<void> {
  const { flags, args } = context;
  const [container = '', name] = args;
  const target = name === undefined ? undefined : withDefaultTag(reference(name));
  const made = await context.engine.json('POST', '/commit', {
    query: {
      author: flags.text('author'),
      changes: flags.list('change').length > 0 ? flags.list('change').join('\n') : undefined,
      comment: flags.text('message'),
      container,
      pause: flags.text('pause') === 'false' ? 0 : undefined,
      repo: target ? fullName(target) : '',
      tag: target?.tag ?? '',
    },
  });
  await context.out(`${textAt(made, 'Id')}\n`);
}
