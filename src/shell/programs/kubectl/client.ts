// The REST client: requests as kubectl 1.32 sends them, discovery once per session, and answers that are no success as
// errors. Everything the program knows of the cluster comes through here.

import type { ApiRequest } from '../../../sim/api/http.ts';
import type { ApiAnswer, ShellHost } from '../../program.ts';
import { ApiError, BareError, KubectlError, type Status } from './errors.ts';
import { isList, isObject, type Json, type JsonObject, listAt, objectAt, parseObject, textAt } from './object.ts';

export const acceptTable =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
export const acceptObject = 'application/json';
const acceptDiscovery =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

export const strategicMergePatchType = 'application/strategic-merge-patch+json';
export const mergePatchType = 'application/merge-patch+json';
export const jsonPatchType = 'application/json-patch+json';

/** A kind that the server has. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface WatchEvent {
  readonly type: string;
  readonly object: JsonObject;
}

/** `deployments.apps`, `pods`. */
export const groupResource = ({ plural, group }: Resource): string => (group ? `${plural}.${group}` : plural);
/** `deployment.apps/web`, as results are named. */
export const typed = ({ kind, group }: Resource, name: string): string =>
  `${kind.toLowerCase()}${group ? `.${group}` : ''}/${name}`;
/** Of every resource the version that the server prefers. */
export function preferred(all: readonly Resource[]): Resource[] {
  return all.filter((one, n) => all.findIndex((other) => groupResource(other) === groupResource(one)) === n);
}
export const apiVersion = ({ group, version }: Resource): string => (group ? `${group}/${version}` : version);

export function resourcePath(resource: Resource, namespace: string, name = '', subresource = ''): string {
  const root = resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${namespace}` : '';
  return `${root}${scope}/${resource.plural}${name && `/${name}`}${subresource && `/${subresource}`}`;
}

/** As net/url writes it: keys in order, spaces as `+`. */
function queryText(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const escape = (text: string) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+');
  const text = pairs
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${escape(key)}=${escape(String(value))}`)
    .join('&');
  return text && `?${text}`;
}

/** Discovery is read once per world and asked again only when a name is not found in it. */
const discovered = new WeakMap<ShellHost, readonly Resource[]>();

export class Client {
  readonly #host: ShellHost;
  readonly #signal: AbortSignal;
  readonly #command: string;
  readonly #warn: (text: string) => Promise<void> | void;
  readonly #more: Readonly<Record<string, string>>;
  /** Each is told once. */
  readonly #warned = new Set<string>();

  /** `more`: headers of every request, such as who it acts for. */
  constructor(
    host: ShellHost,
    signal: AbortSignal,
    command: string,
    warn: (text: string) => Promise<void> | void,
    more: Readonly<Record<string, string>> = {},
  ) {
    this.#host = host;
    this.#signal = signal;
    this.#command = command;
    this.#warn = warn;
    this.#more = more;
  }

  /** The answer, whatever its status. */
  async send(
    method: ApiRequest['method'],
    path: string,
    options: { query?: Query; accept?: string; body?: Json | string; contentType?: string; signal?: AbortSignal } = {},
  ): Promise<ApiAnswer> {
    const { query = {}, accept = acceptObject, body, contentType = 'application/json' } = options;
    const headers: Record<string, string> = {
      accept,
      'user-agent': 'kubectl/v1.32.5 (linux/amd64) kubernetes/9894294',
      'kubectl-command': `kubectl ${this.#command}`,
      ...this.#more,
    };
    if (body !== undefined) headers['content-type'] = contentType;
    const request: ApiRequest = {
      method,
      path: path + queryText(query),
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const answer = await this.#host.api(request, options.signal ?? this.#signal);
    for (const warning of warningsOf(answer.headers['warning'] ?? '')) {
      if (!this.#warned.has(warning)) await this.#warn(`Warning: ${warning}\n`);
      this.#warned.add(warning);
    }
    return answer;
  }

  /** The object of a successful answer; any other answer is thrown. */
  async request(
    method: ApiRequest['method'],
    path: string,
    options: { query?: Query; accept?: string; body?: Json | string; contentType?: string } = {},
  ): Promise<JsonObject> {
    const answer = await this.send(method, path, options);
    const text = await answer.text();
    if (answer.status >= 400) throw apiError(answer.status, text, method, path, subjectOf(path));
    return parseObject(text) ?? {};
  }

  get(resource: Resource, namespace: string, name: string, accept = acceptObject): Promise<JsonObject> {
    return this.request('GET', resourcePath(resource, namespace, name), { accept });
  }

  /** All pages of a list as one. */
  async list(resource: Resource, namespace: string, query: Query = {}, accept = acceptObject): Promise<JsonObject> {
    const path = resourcePath(resource, namespace);
    const list = async (page: Query) => {
      try {
        return await this.request('GET', path, { query: page, accept });
      } catch (error) {
        if (!(error instanceof ApiError) || (error.status.code !== 400 && error.status.code !== 404)) throw error;
        const { labelSelector = '', fieldSelector = '' } = page;
        const what = `"${resource.group}/${resource.version}, Resource=${resource.plural}"`;
        if (labelSelector === '' && fieldSelector === '') throw error.with(`Unable to list ${what}: `);
        const quoted = (selector: unknown) => JSON.stringify(String(selector));
        throw error.with(
          `Unable to find ${what} that match label selector ${quoted(labelSelector)}, field selector ${quoted(fieldSelector)}: `,
        );
      }
    };
    let all = await list(query);
    for (let more = textAt(all, 'metadata', 'continue'); more;) {
      const page = await list({ ...query, continue: more });
      const key = isList(all['rows']) ? 'rows' : 'items';
      all = { ...all, [key]: [...listAt(all, key), ...listAt(page, key)], metadata: page['metadata'] ?? {} };
      more = textAt(page, 'metadata', 'continue');
    }
    return all;
  }

  patch(
    resource: Resource,
    namespace: string,
    name: string,
    contentType: string,
    body: Json | string,
    query: Query = {},
    subresource = '',
  ): Promise<JsonObject> {
    return this.request('PATCH', resourcePath(resource, namespace, name, subresource), { body, contentType, query });
  }

  /**
   * The events of a watch. The stream ends with the signal; one that ends by itself means that the world went back in
   * time, which no client can follow.
   */
  async *watch(
    resource: Resource,
    namespace: string,
    query: Query,
    { accept = acceptObject, signal = this.#signal }: { accept?: string; signal?: AbortSignal } = {},
  ): AsyncGenerator<WatchEvent> {
    const path = resourcePath(resource, namespace);
    const answer = await this.send('GET', path, { query: { ...query, watch: true }, accept, signal });
    if (answer.status >= 400) throw apiError(answer.status, await answer.text(), 'GET', path);
    for await (const line of answer.lines()) {
      const event = parseObject(line);
      if (!event) continue;
      const object = objectAt(event, 'object');
      if (textAt(event, 'type') === 'ERROR') throw new ApiError(statusOf(object));
      yield { type: textAt(event, 'type'), object };
    }
  }

  async resources(fresh = false): Promise<readonly Resource[]> {
    const known = discovered.get(this.#host);
    if (known && !fresh) return known;
    const all: Resource[] = [];
    for (const path of ['/api', '/apis']) all.push(...(await this.#discover(path)));
    discovered.set(this.#host, all);
    return all;
  }

  async #discover(path: string): Promise<Resource[]> {
    const list = await this.request('GET', path, { query: { timeout: '32s' }, accept: acceptDiscovery });
    if (!isList(list['items'])) throw new KubectlError(`the server does not serve aggregated discovery at ${path}`);
    return list['items'].flatMap((group) =>
      listAt(group, 'versions').flatMap((version) =>
        listAt(version, 'resources').map((one) => ({
          group: textAt(group, 'metadata', 'name'),
          version: textAt(version, 'version'),
          plural: textAt(one, 'resource'),
          singular: textAt(one, 'singularResource'),
          kind: textAt(one, 'responseKind', 'kind'),
          namespaced: textAt(one, 'scope') === 'Namespaced',
          shortNames: listAt(one, 'shortNames').map((name) => textAt(name)),
          categories: listAt(one, 'categories').map((name) => textAt(name)),
          verbs: listAt(one, 'verbs').map((name) => textAt(name)),
          subresources: listAt(one, 'subresources').map((sub) => textAt(sub, 'subresource')),
        })),
      ),
    );
  }

  /** The resource that a word on the command line means: `po`, `Pod`, `deployments.apps`, `deployments.v1.apps`. */
  async resource(word: string): Promise<Resource> {
    const found = await this.#find(word);
    if (!found) throw new KubectlError(`the server doesn't have a resource type "${word}"`);
    return found;
  }

  /** The same for commands that ask the mapper themselves: its error is printed without a prefix. */
  async mapped(word: string): Promise<Resource> {
    const found = await this.#find(word);
    if (!found) throw new BareError(`the server doesn't have a resource type "${word}"`);
    return found;
  }

  /** The same where it is no failure that there is none. */
  lookUp(word: string): Promise<Resource | undefined> {
    return this.#find(word);
  }

  async #find(word: string): Promise<Resource | undefined> {
    return find(await this.resources(), word) ?? find(await this.resources(true), word);
  }

  async resourceOfKind(version: string, kind: string): Promise<Resource | undefined> {
    const match = (one: Resource) => apiVersion(one) === version && one.kind === kind;
    return (await this.resources()).find(match) ?? (await this.resources(true)).find(match);
  }
}

function find(resources: readonly Resource[], word: string): Resource | undefined {
  const [name = '', ...rest] = word.toLowerCase().split('.');
  const suffix = rest.join('.');
  const fits = (one: Resource) =>
    suffix === '' ||
    one.group === suffix ||
    one.group.startsWith(`${suffix}.`) ||
    `${one.version}.${one.group}` === suffix ||
    (one.group === '' && one.version === suffix);
  const candidates = resources.filter(fits);
  return (
    candidates.find(({ plural, singular }) => plural === name || singular === name) ??
    candidates.find(({ shortNames }) => shortNames.includes(name)) ??
    candidates.find(({ kind }) => kind.toLowerCase() === name)
  );
}

function warningsOf(header: string): string[] {
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}

function statusOf(object: JsonObject): Status {
  const details = objectAt(object, 'details');
  const text = (key: string) => {
    const value = textAt(object, key);
    return value ? { [key]: value } : {};
  };
  return {
    ...text('message'),
    ...text('reason'),
    ...(typeof object['code'] === 'number' ? { code: object['code'] } : {}),
    ...(isObject(object['details'])
      ? {
          details: {
            name: textAt(details, 'name'),
            group: textAt(details, 'group'),
            kind: textAt(details, 'kind'),
            causes: listAt(details, 'causes').map((cause) => ({
              reason: textAt(cause, 'reason'),
              message: textAt(cause, 'message'),
              field: textAt(cause, 'field'),
            })),
          },
        }
      : {}),
  };
}

/** What client-go makes of an answer that is no Status. `subject` is the resource that the path is about. */
export function apiError(code: number, body: string, method: string, path: string, subject = ''): ApiError {
  const object = parseObject(body);
  if (object && textAt(object, 'kind') === 'Status') return new ApiError(statusOf(object));
  const what = ` (${method.toLowerCase()} ${subject || (path.split('/').at(-1) ?? '')})`;
  if (code === 404) {
    const message = `the server could not find the requested resource${subject && what}`;
    return new ApiError({ message, reason: 'NotFound', code });
  }
  return new ApiError({
    message: `an error on the server (${JSON.stringify(body)}) has prevented the request from succeeding${what}`,
    reason: 'InternalError',
    code,
  });
}

/** `deployments.apps web` */
function subjectOf(path: string): string {
  const [, group = '', , plural = '', name = ''] =
    /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? [];
  return `${plural}${group && `.${group}`}${name && ` ${name}`}`;
}
