// Names of images: `nginx` is `docker.io/library/nginx:latest`. Models distribution/reference 0.6 (normalize.go,
// regexp.go, reference.go), which docker, containerd and the kubelet share. Left out: digests of algorithms other than
// sha256, which Go knows only where they are linked in.
import { DaemonError } from './errors.ts';

export interface Reference {
  readonly domain: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

const COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = String.raw`(?:${COMPONENT}(?:\.${COMPONENT})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const PATH = `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*`;
const TAG = String.raw`\w[\w.-]{0,127}`;
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const WHOLE = new RegExp(`^(${DOMAIN})/(${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const ONLY_TAG = new RegExp(`^${TAG}$`);
const IDENTIFIER = /^[a-f0-9]{64}$/;
const DEFAULT_DOMAIN = 'docker.io';
const LONGEST_PATH = 255;

const invalid = (message: string): DaemonError => new DaemonError(400, message);

/** The reference that a user's text stands for, as yet without a default tag. Throws the library's words. */
export function parseReference(text: string): Reference {
  if (IDENTIFIER.test(text))
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  const [domain, rest] = splitDomain(text);
  const colon = rest.indexOf(':');
  const remote = colon < 0 ? rest : rest.slice(0, colon);
  if (remote !== remote.toLowerCase())
    throw invalid(`invalid reference format: repository name (${remote}) must be lowercase`);
  const whole = `${domain}/${rest}`;
  const match = WHOLE.exec(whole);
  if (!match)
    throw invalid(WHOLE.test(whole.toLowerCase()) ? 'repository name must be lowercase' : 'invalid reference format');
  const [, , path = '', tag, digest] = match;
  if (path.length > LONGEST_PATH)
    throw invalid(`repository name must not be more than ${String(LONGEST_PATH)} characters`);
  if (digest !== undefined) checkDigest(digest);
  return { domain, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** An image's id in full (`sha256:…`, or its 64 digits alone) stands for itself; everything else is a reference. */
export function parseAnyReference(text: string): Reference | { readonly id: string } {
  if (IDENTIFIER.test(text)) return { id: `sha256:${text}` };
  if (/^sha256:[a-f0-9]{64}$/.test(text)) return { id: text };
  return parseReference(text);
}

function checkDigest(digest: string): void {
  const [algorithm, encoded = ''] = digest.split(':');
  if (algorithm !== 'sha256') throw invalid('unsupported digest algorithm');
  if (encoded.length !== 64) throw invalid('invalid checksum digest length');
  if (!/^[a-f0-9]+$/.test(encoded)) throw invalid('invalid checksum digest format');
}

function splitDomain(text: string): readonly [string, string] {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const named = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const domain = !named || first === 'index.docker.io' ? DEFAULT_DOMAIN : first;
  const rest = named ? text.slice(slash + 1) : text;
  return [domain, domain === DEFAULT_DOMAIN && !rest.includes('/') ? `library/${rest}` : rest];
}

/** With the default tag when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
}

export function withTag(reference: Reference, tag: string): Reference {
  if (!ONLY_TAG.test(tag)) throw invalid('invalid tag format');
  return { domain: reference.domain, path: reference.path, tag };
}

export function withDigest(reference: Reference, digest: string): Reference {
  return { domain: reference.domain, path: reference.path, digest };
}

/** `docker.io/library/nginx`. */
export function fullName(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/** `docker.io/library/nginx:1.27`. */
export function fullString(reference: Reference): string {
  return fullName(reference) + suffix(reference);
}

/** As users write it: `nginx`. */
export function familiarName({ domain, path }: Reference): string {
  if (domain !== DEFAULT_DOMAIN) return `${domain}/${path}`;
  const official = /^library\/([^/]+)$/.exec(path);
  return official?.[1] ?? path;
}

/** As users write it: `nginx:1.27`. */
export function familiarString(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

function suffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The name in full with its default tag; undefined when it is no reference at all. */
export function normalizeReference(text: string): string | undefined {
  // Every start of a container asks, and there are few names.
  if (!normalized.has(text)) {
    if (normalized.size > 1000) normalized.clear();
    normalized.set(text, normalize(text));
  }
  return normalized.get(text);
}

const normalized = new Map<string, string | undefined>();

function normalize(text: string): string | undefined {
  try {
    return fullString(withDefaultTag(parseReference(text)));
  } catch (error) {
    if (error instanceof DaemonError) return undefined;
    throw error;
  }
}
