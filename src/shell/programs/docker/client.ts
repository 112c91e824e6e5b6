// The client of the Docker Engine API (docker 28.2, moby/client): the version it and the engine agree on, and answers
// that are no success as errors. Everything that the commands know of the engine comes through here.

import type { ApiRequest } from '../../../sim/api/http.ts';
import { type DockerAnswer, type DockerWish, Interrupted, type Proc, type ShellSession } from '../../program.ts';
import { DockerError, EngineError } from './errors.ts';
import { type Json, parseJson, parseObject, textAt } from './json.ts';

export const CLIENT_API = '1.50';
export const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/** A list stands as often as it has items. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface SendOptions {
  readonly query?: Query;
  readonly body?: Json | string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** As net/url writes it: keys in order, spaces as `+`; an undefined value is none. */
function queryText(query: Query): string {
  const escape = (text: string) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+');
  const pairs = Object.entries(query).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return typeof value === 'object' ? value.map((one) => [key, one]) : [[key, String(value)]];
  });
  const text = pairs
    .sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key = '', value = '']) => `${escape(key)}=${escape(value)}`)
    .join('&');
  return text && `?${text}`;
}

/** `{"status":{"running":true}}` of `status=running`; undefined for none. */
export function filtersOf(given: readonly string[], more: Readonly<Record<string, string>> = {}): string | undefined {
  const filters: Record<string, Record<string, boolean>> = {};
  const add = (key: string, value: string) => {
    filters[key] = { ...filters[key], [value]: true };
  };
  for (const one of given) {
    const equals = one.indexOf('=');
    if (equals >= 0) add(one.slice(0, equals).trim().toLowerCase(), one.slice(equals + 1).trim());
  }
  for (const [key, value] of Object.entries(more)) add(key, value);
  const sort = <T>(map: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (Object.keys(filters).length === 0) return undefined;
  return JSON.stringify(Object.fromEntries(Object.entries(sort(filters)).map(([key, values]) => [key, sort(values)])));
}

export class Engine {
  readonly #proc: Proc;
  /** `unix:///var/run/docker.sock` */
  readonly host: string;
  #ping: Promise<{ version: string; headers: Readonly<Record<string, string>> }> | undefined;

  constructor(proc: Proc, host: string) {
    this.#proc = proc;
    this.host = host;
  }

  /** The version of the API that both speak, and what else the engine says of itself. */
  ping(): Promise<{ version: string; headers: Readonly<Record<string, string>> }> {
    this.#ping ??= this.#raw({ method: 'GET', path: '/_ping', headers: this.#headers({}) }, this.#proc.signal).then(
      ({ headers }) => ({ version: older(headers['api-version'] ?? '1.24', CLIENT_API), headers }),
    );
    return this.#ping;
  }

  #headers(more: Readonly<Record<string, string>>): Record<string, string> {
    return {
      'user-agent': 'Docker-Client/28.2.2 (linux)',
      ...(this.host !== DEFAULT_HOST && { 'x-docker-host': this.host }),
      ...more,
    };
  }

  async #request(method: ApiRequest['method'], path: string, options: SendOptions): Promise<ApiRequest> {
    const { query = {}, body, contentType = 'application/json', headers = {} } = options;
    const { version } = await this.ping();
    return {
      method,
      path: `/v${version}${path}${queryText(query)}`,
      headers: this.#headers({ ...(body !== undefined && { 'content-type': contentType }), ...headers }),
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
  }

  async #raw(request: ApiRequest, signal: AbortSignal): Promise<DockerAnswer> {
    const { host, task } = this.#proc;
    if (!host.docker) throw this.#unreachable();
    try {
      return await host.docker(task, request, signal);
    } catch (error) {
      throw this.#connecting(error, request, signal);
    }
  }

  #unreachable(): DockerError {
    return new DockerError(`Cannot connect to the Docker daemon at ${this.host}. Is the docker daemon running?`);
  }

  #connecting(error: unknown, { method, path }: ApiRequest, signal: AbortSignal): unknown {
    if (error instanceof Interrupted || error instanceof DockerError || signal.aborted) return new Interrupted();
    if (error instanceof Error && error.message === 'permission denied') {
      const verb = method.charAt(0) + method.slice(1).toLowerCase();
      const url = `http://%2Fvar%2Frun%2Fdocker.sock${path === '/_ping' ? `/v${CLIENT_API}${path}` : path}`;
      return new DockerError(
        `permission denied while trying to connect to the Docker daemon socket at ${this.host}: ${verb} "${url}": ` +
          'dial unix /var/run/docker.sock: connect: permission denied',
      );
    }
    return this.#unreachable();
  }

  /** The answer, whatever its status. */
  async send(method: ApiRequest['method'], path: string, options: SendOptions = {}): Promise<DockerAnswer> {
    return this.#raw(await this.#request(method, path, options), options.signal ?? this.#proc.signal);
  }

  /** A successful answer; any other is thrown. */
  async request(method: ApiRequest['method'], path: string, options: SendOptions = {}): Promise<DockerAnswer> {
    const answer = await this.send(method, path, options);
    if (answer.status < 200 || answer.status >= 400) throw await this.#failure(answer, path);
    return answer;
  }

  async json(method: ApiRequest['method'], path: string, options: SendOptions = {}): Promise<Json> {
    return parseJson(await (await this.request(method, path, options)).text()) ?? null;
  }

  get(path: string, query: Query = {}): Promise<Json> {
    return this.json('GET', path, { query });
  }

  /** A request whose answer does not matter. */
  async act(method: ApiRequest['method'], path: string, options: SendOptions = {}): Promise<void> {
    await (await this.request(method, path, options)).text();
  }

  /** A connection that carries bytes from now on. */
  async attach(path: string, options: SendOptions, wish: DockerWish): Promise<ShellSession> {
    const { host, task } = this.#proc;
    const request = await this.#request('POST', path, options);
    if (!host.dockerAttach) throw this.#unreachable();
    let answer;
    try {
      answer = await host.dockerAttach(task, request, wish);
    } catch (error) {
      throw this.#connecting(error, request, wish.signal);
    }
    if (!('status' in answer)) return answer;
    throw await this.#failure(answer, path);
  }

  async #failure(answer: DockerAnswer, path: string): Promise<EngineError> {
    const body = await answer.text();
    const message = textAt(parseObject(body), 'message');
    if (message !== '') return new EngineError(message.trim(), answer.status);
    if (body.trim() !== '') return new EngineError(body.trim(), answer.status);
    return new EngineError(
      `request returned ${String(answer.status)} for API route and version ${path}, check if the server supports the requested API version`,
      answer.status,
    );
  }
}

function older(a: string, b: string): string {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA < minorB) ? a : b;
}
