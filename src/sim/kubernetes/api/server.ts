// The Kubernetes API server as a function: a request comes in, an answer goes out, and the store may have changed.
// Models k8s.io/apiserver/pkg/endpoints (1.32): the verbs of a resource, discovery, Tables, watches.
// Left out: authentication, authorization, admission webhooks, flow control, server-side apply, protobuf, YAML bodies,
// and the upgrade to a stream that exec, attach and port-forward need.
import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import type { AnyObject, Deployment, Pod, ReplicaSet } from '../objects.ts';
import { matchesRequirements, parseSelector } from '../selector.ts';
import { type Draft, keyOf } from '../store.ts';
import { admit, admitTo, type Admitted, type FieldValidation } from './admission.ts';
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  openApiDocument,
  openApiRoot,
  openApiV2,
  VERSION,
} from './discovery.ts';
import { parseFieldSelector } from './field-selector.ts';
import { isObject, type Json, type JsonObject, parseJson, textOf } from './json.ts';
import { createLogs } from './logs.ts';
import { listDocument, type ListMetadata, reader, tableDocument } from './reading.ts';
import { isTrue, numberIn, type Query, type ResourcePath, resourcePath, splitPath, tableRequest } from './request.ts';
import { json, pageNotFound, protobuf, refuse, text } from './response.ts';
import {
  alreadyExists,
  badRequest,
  detailsOf,
  failure,
  methodNotAllowed,
  notFound,
  type Status,
  success,
  unsupportedMediaType,
} from './status.ts';
import { bind, evict, scaleOf, writeScale } from './subresources.ts';
import { createWatches } from './watch.ts';
import {
  applyPatch,
  asInput,
  deleteObject,
  patchObject,
  readDeletion,
  replaceObject,
  type WriteOptions,
  type Written,
  isServerSideApply,
  noServerSideApply,
} from './writing.ts';

export type ApiServerDeps = Pick<Kubelets, 'logs' | 'onLog' | 'lastHeartbeat'>;

export interface ApiServer {
  handle(request: ApiRequest): ApiResponse;
  /** Checks and completes a manifest for code inside the world; see {@link admit}. */
  admit(manifest: unknown): Admitted;
}

interface Call extends ResourcePath {
  readonly request: ApiRequest;
  readonly query: Query;
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

/** A request body, with the keys that stand in it twice. */
interface Body {
  readonly value: Json;
  readonly duplicates: readonly string[];
}

export function createApiServer(cluster: Cluster, deps: ApiServerDeps): ApiServer {
  const { sim, store } = cluster;
  const read = reader(cluster, deps);
  const watches = createWatches(cluster);
  const logs = createLogs(cluster, deps);
  const nowUnixMs = () => sim.epochMs + sim.now;

  return {
    admit: (manifest) => admit(cluster, manifest),
    handle(request) {
      const { segments, query } = splitPath(request.path);
      const [first] = segments;
      const found = segments.length > (first === 'api' ? 2 : 3) && (first === 'api' || first === 'apis');
      if (!found) return request.method === 'GET' ? meta(segments, request) : refuse(methodNotAllowed());
      const path = resourcePath(segments);
      if (!path) return unknownResource(request);
      const given = query.get('fieldValidation') ?? 'Warn';
      const fieldValidation = given === 'Strict' || given === 'Ignore' ? given : 'Warn';
      return resource({ ...path, request, query, fieldValidation, dryRun: query.get('dryRun') === 'All' });
    },
  };

  function resource(call: Call): ApiResponse {
    const { name, subresource, request } = call;
    if (name === undefined) {
      if (request.method === 'GET') return isTrue(call.query, 'watch') ? watch(call) : list(call);
      if (request.method === 'POST') return create(call);
      return request.method === 'DELETE' ? deleteCollection(call) : refuse(methodNotAllowed());
    }
    if (subresource !== undefined && subresource !== 'status') return other(call, name, subresource);
    if (subresource === 'status' && !call.info.subresources.includes('status')) return pageNotFound();
    const object = find(call, name);
    if (request.method === 'GET' && isTrue(call.query, 'watch')) return watch(call);
    if (request.method === 'PATCH' && isServerSideApply(mediaTypeOf(request.headers)))
      return refuse(noServerSideApply());
    if (!object) return refuse(notFound(call.info, name));
    switch (request.method) {
      case 'GET':
        return show(call, object);
      case 'PUT':
      case 'PATCH':
        return update(call, object);
      case 'DELETE':
        return subresource === undefined ? remove(call, object) : refuse(methodNotAllowed());
      case 'POST':
        return refuse(methodNotAllowed());
    }
  }

  function find({ info, namespace }: Call, name: string): AnyObject | undefined {
    if (info.namespaced && namespace === undefined) return undefined;
    return store.get(info.resource, namespace === undefined ? name : `${namespace}/${name}`);
  }

  // ---- Reading

  function show(call: Call, stored: AnyObject, status = 200, warnings: readonly string[] = []): ApiResponse {
    const { info } = call;
    const object = read(info.resource, stored);
    const table = tableRequest(call.request, call.query);
    if (!table) return json(object, status, warnings);
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    return json(tableDocument(info, [object], metadata, table, nowUnixMs()), status, warnings);
  }

  function selection({ info, query, name }: Call): ((object: AnyObject) => boolean) | Status {
    const labels = parseSelector(query.get('labelSelector') ?? '');
    if (!Array.isArray(labels)) return badRequest(labels.error);
    const fields = parseFieldSelector(info.resource, query.get('fieldSelector') ?? '');
    if ('error' in fields) return badRequest(fields.error);
    return (object) =>
      (name === undefined || object.metadata.name === name) &&
      matchesRequirements(labels, object.metadata.labels) &&
      fields(object);
  }

  function list(call: Call): ApiResponse {
    const { info, query, namespace } = call;
    const matches = selection(call);
    if (typeof matches !== 'function') return refuse(matches);
    const after = query.get('continue') ?? '';
    const from = after === '' ? undefined : readContinue(after);
    if (from === '') return refuse(badRequest('continue key is not valid: illegal base64 data at input byte 0'));
    const all = store.list(info.resource, namespace).filter(matches);
    // Objects come in the order of their keys, so the key of the last one shown is where the next page begins.
    const start = from === undefined ? 0 : firstAfter(all, from);
    const limit = numberIn(query, 'limit') ?? 0;
    const page = limit > 0 ? all.slice(start, start + limit) : all.slice(start);
    const left = all.length - start - page.length;
    const last = page.at(-1);
    const metadata: ListMetadata = {
      resourceVersion: String(store.resourceVersion),
      ...(left > 0 && last ? { continue: writeContinue(keyOf(last)), remainingItemCount: left } : {}),
    };
    const objects = page.map((object) => read(info.resource, object));
    const table = tableRequest(call.request, query);
    return json(
      table ? tableDocument(info, objects, metadata, table, nowUnixMs()) : listDocument(info, objects, metadata),
    );
  }

  function watch(call: Call): ApiResponse {
    const { info, query, namespace } = call;
    const matches = selection(call);
    if (typeof matches !== 'function') return refuse(matches);
    const table = tableRequest(call.request, query);
    const answer = watches.start({
      info,
      namespace,
      matches,
      resourceVersion: numberIn(query, 'resourceVersion'),
      bookmarks: isTrue(query, 'allowWatchBookmarks'),
      initialEvents: isTrue(query, 'sendInitialEvents') && query.has('sendInitialEvents'),
      show: (stored, first) => {
        const object = read(info.resource, stored);
        if (!table) return object;
        const metadata = { resourceVersion: object.metadata.resourceVersion };
        return tableDocument(info, [object], metadata, table, nowUnixMs(), first);
      },
    });
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
    return { status: 200, headers, ...answer };
  }

  // ---- Writing

  function readBody({ body = '', headers }: ApiRequest): Body | Status {
    const mediaType = mediaTypeOf(headers);
    if (mediaType.includes('protobuf') || mediaType === 'application/yaml')
      return unsupportedMediaType(
        'the body of the request was in an unknown format - accepted media types include: application/json',
      );
    const parsed = parseJson(body);
    return parsed ?? badRequest("couldn't get version/kind; json parse error: the body is not valid JSON");
  }

  function readObject(request: ApiRequest): (Body & { readonly value: JsonObject }) | Status {
    const body = readBody(request);
    if ('kind' in body) return body;
    const { value, duplicates } = body;
    if (isObject(value)) return { value, duplicates };
    return badRequest(
      'couldn\'t get version/kind; json parse error: json: cannot unmarshal into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    );
  }

  function create(call: Call): ApiResponse {
    const { info } = call;
    const body = readObject(call.request);
    if ('kind' in body) return refuse(body);
    if (info.namespaced && call.namespace === undefined) return refuse(methodNotAllowed());
    const admitted = admitTo(cluster, info, call.namespace, body.value, call.fieldValidation, body.duplicates);
    if ('status' in admitted) return refuse(admitted.status);
    const { object, warnings } = admitted;
    // A draft has no name yet when it asks for a generated one.
    const name = textOf(object.metadata.name);
    if (name !== '' && find(call, name)) return refuse(alreadyExists(info, name), warnings);
    if (call.dryRun) return show(call, asIfCreated(object), 201, warnings);
    const key = call.namespace === undefined ? name : `${call.namespace}/${name}`;
    const draft = object as unknown as Draft<AnyObject>;
    return show(
      call,
      asInput(cluster, 'create', info, key, () => store.create(info.resource, draft)),
      201,
      warnings,
    );
  }

  /** What a creation would have answered: a name where one is to be generated, an id that is nobody's. */
  function asIfCreated(object: AnyObject): AnyObject {
    const { metadata } = object;
    const name = textOf(metadata.name) || `${metadata.generateName ?? ''}xxxxx`;
    const uid = '00000000-0000-4000-8000-000000000000';
    return { ...object, metadata: { ...metadata, name, uid, creationTimestamp: store.timestamp } };
  }

  function update(call: Call, before: AnyObject): ApiResponse {
    const { request, info } = call;
    const options: WriteOptions = {
      dryRun: call.dryRun,
      fieldValidation: call.fieldValidation,
      part: call.subresource === 'status' ? 'status' : 'all',
    };
    let written: Written;
    if (request.method === 'PATCH') {
      const body = readBody(request);
      if ('kind' in body) return refuse(body);
      written = patchObject(cluster, info, before, body.value, mediaTypeOf(request.headers), options);
    } else {
      const body = readObject(request);
      if ('kind' in body) return refuse(body);
      written = replaceObject(cluster, info, before, body.value, body.duplicates, options);
    }
    return 'status' in written ? refuse(written.status) : show(call, written.object, 200, written.warnings);
  }

  function deletionOf(call: Call) {
    const body = (call.request.body ?? '') === '' ? undefined : readBody(call.request);
    if (body && 'kind' in body) return { status: body };
    return readDeletion(isObject(body?.value) ? body.value : {}, call.query);
  }

  function remove(call: Call, before: AnyObject): ApiResponse {
    const { info } = call;
    const deletion = deletionOf(call);
    if ('status' in deletion) return refuse(deletion.status);
    const done = deleteObject(cluster, info, before, deletion);
    if ('status' in done) return refuse(done.status);
    // Pods and services come back as they last were; of the others only that they are gone.
    const whole = info.resource === 'pods' || info.resource === 'services' || !done.gone;
    if (whole && !(deletion.dryRun && info.resource !== 'pods' && info.resource !== 'services'))
      return show(call, done.object);
    return json(success({ ...detailsOf(info, before.metadata.name), uid: before.metadata.uid }));
  }

  function deleteCollection(call: Call): ApiResponse {
    const { info, namespace } = call;
    const deletion = deletionOf(call);
    if ('status' in deletion) return refuse(deletion.status);
    const matches = selection(call);
    if (typeof matches !== 'function') return refuse(matches);
    if ((info.namespaced && namespace === undefined) || info.resource === 'namespaces')
      return refuse(methodNotAllowed());
    const objects: AnyObject[] = [];
    for (const before of store.list(info.resource, namespace).filter(matches)) {
      const done = deleteObject(cluster, info, before, deletion);
      if ('status' in done) return refuse(done.status);
      objects.push(done.object);
    }
    return json(listDocument(info, objects, { resourceVersion: String(store.resourceVersion) }));
  }

  // ---- Sub-resources

  function other(call: Call, name: string, subresource: string): ApiResponse {
    const { info, request, namespace, dryRun } = call;
    if (!(info.subresources as readonly string[]).includes(subresource)) return pageNotFound();
    if (subresource === 'log')
      return request.method === 'GET' ? logs.read(namespace ?? '', name, call.query) : refuse(methodNotAllowed());
    const object = find(call, name);
    if (!object) return refuse(notFound(info, name));
    if (subresource === 'exec') return refuse(badRequest('Upgrade request required'));
    if (subresource === 'scale') return scale(call, object as Deployment | ReplicaSet);
    if (request.method !== 'POST') return refuse(methodNotAllowed());
    const body = readObject(request);
    if ('kind' in body) return refuse(body);
    const act = subresource === 'binding' ? bind : evict;
    return refuse(act(cluster, info, object as Pod, body.value, dryRun));
  }

  function scale(call: Call, object: Deployment | ReplicaSet): ApiResponse {
    const { request } = call;
    if (request.method === 'GET') return json(scaleOf(object));
    const body = readBody(request);
    if ('kind' in body) return refuse(body);
    let document = body.value;
    if (request.method === 'PATCH') {
      const patched = applyPatch(scaleOf(object), body.value, mediaTypeOf(request.headers), 'Scale');
      if ('status' in patched) return refuse(patched.status);
      document = patched.value;
    } else if (request.method !== 'PUT') return refuse(methodNotAllowed());
    if (!isObject(document)) return refuse(badRequest('the body is not an object'));
    const written = writeScale(cluster, call.info, object, document, call.dryRun);
    return 'status' in written ? refuse(written.status) : json(written.scale);
  }

  /** A resource that is not served: the real server's plain 404, but who sends a manifest is told its kind by name. */
  function unknownResource(request: ApiRequest): ApiResponse {
    if (request.method !== 'POST') return pageNotFound();
    const body = readObject(request);
    if ('kind' in body) return pageNotFound();
    const kind = textOf(body.value.kind);
    if (kind === '') return pageNotFound();
    const message = `${kind} (${textOf(body.value.apiVersion)}) is not simulated here`;
    return refuse(failure(404, 'NotFound', message, { kind }));
  }
}

/** Paths that are no resources: discovery, health, version. */
function meta(segments: readonly string[], request: ApiRequest): ApiResponse {
  const [first, second, third] = segments;
  const accept = request.headers.accept ?? '';
  const found = (document: unknown) => (document === undefined ? pageNotFound() : json(document));
  switch (first) {
    case 'healthz':
    case 'livez':
    case 'readyz':
      return text('ok');
    case 'version':
      return json(VERSION);
    case 'openapi':
      if (second === 'v2') return protobuf(openApiV2());
      if (second !== 'v3') return pageNotFound();
      return found(segments.length === 2 ? openApiRoot() : openApiDocument(segments.slice(2).join('/')));
    case 'api':
    case 'apis': {
      const core = first === 'api';
      if (segments.length === 1) {
        const version = /g=apidiscovery\.k8s\.io;v=(v2beta1|v2)/.exec(accept)?.[1];
        if (version === undefined) return json(core ? apiVersions() : apiGroupList());
        const answer = json(aggregatedDiscovery(core, version));
        const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
        return { ...answer, headers: { ...answer.headers, 'content-type': type } };
      }
      if (core) return found(segments.length === 2 ? apiResourceList('', second as string) : undefined);
      return found(
        segments.length === 2 ? apiGroup(second as string) : apiResourceList(second as string, third as string),
      );
    }
    case undefined:
      return json({ paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] });
    default:
      return pageNotFound();
  }
}

function mediaTypeOf(headers: ApiRequest['headers']): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

// Tokens of paged lists. They name the last key shown; clients only hand them back.
const TOKEN = 'v1:';

function writeContinue(key: string): string {
  return TOKEN + key;
}

function readContinue(token: string): string {
  return token.startsWith(TOKEN) ? token.slice(TOKEN.length) : '';
}

function firstAfter(objects: readonly AnyObject[], key: string): number {
  const at = objects.findIndex((object) => isAfter(keyOf(object), key));
  return at < 0 ? objects.length : at;
}

/** `/` separates namespace and name and sorts before everything. */
function isAfter(a: string, b: string): boolean {
  const left = a.replace('/', '\0');
  const right = b.replace('/', '\0');
  return left > right;
}
