// The Kubernetes API server as a function: a request comes in, an answer goes out, and the store may have changed.
// Models k8s.io/apiserver/pkg/endpoints (1.32): the verbs of a resource, discovery, Tables, watches.
// Left out: admission webhooks, flow control, protobuf, YAML bodies; the upgrade to a stream that exec, attach and
// port-forward need is in connect.ts.
import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import type { Cluster } from '../cluster.ts';
import type { ServiceAccount } from '../kinds/policy.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import type { Metrics } from '../metrics.ts';
import type { AnyObject, Pod } from '../objects.ts';
import { keyOf } from '../store.ts';
import { admitRequest } from './access.ts';
import { admit, type Admitted } from './admission.ts';
import { getWithDefaults, listWithDefaults } from './authorization/default-roles.ts';
import { authorize, forbiddenTo, rulesOf } from './authorization/rbac.ts';
import { answerReview, requestToken, reviewKinds } from './authorization/reviews.ts';
import type { User } from './authorization/user.ts';
import { type Call, managerOf, mediaTypeOf, readBody, readObject, selection } from './call.ts';
import { CREATED_BY_UPDATE, createObject } from './creating.ts';
import { deleteObject, readDeletion } from './deletion.ts';
import { evict } from './eviction.ts';
import { isObject, type Json, type JsonObject, objectOf } from './json.ts';
import { listObjects, watchOptionsStatus } from './listing.ts';
import { createLogs } from './logs.ts';
import { meta } from './meta.ts';
import { METRICS, readMetrics } from './metrics.ts';
import { listDocument, reader, tableDocument } from './reading.ts';
import { isTrue, numberIn, resourcePath, splitPath, tableRequest, virtualPath } from './request.ts';
import { json, pageNotFound, refuse } from './response.ts';
import { isOfVersion } from './served.ts';
import { badRequest, detailsOf, invalid, methodNotAllowed, notFound, success } from './status.ts';
import { bind, type Scaled, scaleOf, writeScale } from './subresources.ts';
import { unknownResource } from './unknown.ts';
import { notSupported, required } from './validation/field-error.ts';
import { createWatches } from './watch.ts';
import {
  applyObject,
  applyPatch,
  asInput,
  isServerSideApply,
  patchObject,
  replaceObject,
  type WriteOptions,
  type Written,
} from './writing.ts';

export type ApiServerDeps = Pick<Kubelets, 'logs' | 'onLog' | 'lastHeartbeat'>;

export interface ApiServer {
  handle(request: ApiRequest): ApiResponse;
  /** Checks and completes a manifest for code inside the world; see {@link admit}. */
  admit(manifest: unknown): Admitted;
}

/** @param metrics without it the metrics API answers that it is not available */
export function createApiServer(cluster: Cluster, deps: ApiServerDeps, metrics?: Metrics): ApiServer {
  const { sim, store } = cluster;
  const filled = reader(cluster, deps);
  const watches = createWatches(cluster);
  const logs = createLogs(cluster, deps);
  const nowUnixMs = () => sim.epochMs + sim.now;

  return {
    admit: (manifest) => admit(cluster, manifest),
    handle(request) {
      const { segments, query } = splitPath(request.path);
      const access = admitRequest(cluster, request, segments, query);
      if ('status' in access) return refuse(access.status);
      const [first] = segments;
      const found = segments.length > (first === 'api' ? 2 : 3) && (first === 'api' || first === 'apis');
      if (!found) return request.method === 'GET' ? meta(segments, request) : refuse(methodNotAllowed());
      const given = query.get('fieldValidation') ?? 'Warn';
      const fieldValidation = given === 'Strict' || given === 'Ignore' ? given : 'Warn';
      const dryRun = query.get('dryRun');
      if (dryRun !== undefined && dryRun !== 'All') {
        return refuse(invalid('CreateOptions', 'meta.k8s.io', '', [notSupported('dryRun', dryRun, ['All'])]));
      }
      const options = { request, query, fieldValidation, dryRun: dryRun === 'All' } as const;
      const path = resourcePath(segments);
      if (path) return resource({ ...path, ...options }, access.user);
      return virtual(segments, options, access.user) ?? unknownResource(request, segments);
    },
  };

  /** Resources that nothing is stored of. */
  function virtual(
    segments: readonly string[],
    options: Pick<Call, 'request' | 'query' | 'fieldValidation' | 'dryRun'>,
    user: User,
  ): ApiResponse | undefined {
    const path = virtualPath(segments);
    if (!path) return undefined;
    const { group, version, resource: name, namespace } = path;
    const { request, query } = options;
    const review = reviewKinds.find(
      (kind) => kind.group === group && kind.version === version && kind.resource === name,
    );
    if (review) {
      if (path.name !== undefined || request.method !== 'POST') return refuse(methodNotAllowed());
      const body = readObject(request);
      if ('kind' in body) return refuse(body);
      const answer = answerReview(cluster, review, namespace, body.value, user);
      return 'status' in answer ? refuse(answer.status) : json(answer.document, 201);
    }
    if (group !== METRICS.group || version !== METRICS.version || (name !== 'nodes' && name !== 'pods'))
      return undefined;
    if (request.method !== 'GET') return refuse(methodNotAllowed());
    const core = resourcePath(['api', 'v1', name]);
    const matches = core ? selection({ ...core, ...options }) : () => false;
    if (typeof matches !== 'function') return refuse(matches);
    const found = readMetrics(cluster, metrics, { resource: name, namespace, name: path.name, matches });
    if ('status' in found) return refuse(found.status);
    const kind = name === 'nodes' ? 'NodeMetrics' : 'PodMetrics';
    const apiVersion = `${group}/${version}`;
    if (path.name !== undefined) return json(Object.assign({ kind, apiVersion }, found.items[0]));
    if (isTrue(query, 'watch')) return refuse(methodNotAllowed());
    return json({ kind: `${kind}List`, apiVersion, metadata: {}, items: found.items });
  }

  function resource(call: Call, user: User): ApiResponse {
    const { name, subresource, request, info } = call;
    if (name === undefined) {
      if (request.method === 'GET') return isTrue(call.query, 'watch') ? watch(call) : list(call);
      if (request.method === 'POST') return create(call);
      return request.method === 'DELETE' ? deleteCollection(call) : refuse(methodNotAllowed());
    }
    const ephemeral = info.resource === 'pods' && subresource === 'ephemeralcontainers';
    if (subresource !== undefined && subresource !== 'status' && !ephemeral) return other(call, name, subresource);
    if (subresource === 'status' && !info.subresources.includes('status')) return pageNotFound();
    const object = find(call, name);
    if (request.method === 'GET' && isTrue(call.query, 'watch')) return watch(call);
    if (!object) return absent(call, name, user);
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
    return getWithDefaults(store, info.resource, namespace === undefined ? name : `${namespace}/${name}`);
  }

  /** A request for what is not there: an apply, and for some kinds a PUT, makes it. */
  function absent(call: Call, name: string, user: User): ApiResponse {
    const { info, request, namespace = '', subresource } = call;
    const apply = request.method === 'PATCH' && isServerSideApply(mediaTypeOf(request.headers));
    const put = request.method === 'PUT' && CREATED_BY_UPDATE.has(info.resource);
    if (subresource !== undefined || !(apply || put)) return refuse(notFound(info, name));
    const { group, resource } = call.served.info;
    const asked = { verb: 'create', group, resource, subresource: '', namespace, name };
    if (!authorize(cluster, user, asked).allowed) return refuse(forbiddenTo(user, asked));
    const body = apply ? readConfiguration(call) : readObject(request);
    if ('kind' in body) return refuse(body);
    const given: JsonObject = body.value;
    const value = { ...given, metadata: { name, ...objectOf(given.metadata) } };
    const written = createObject(cluster, call, { value, duplicates: body.duplicates }, apply);
    return 'status' in written ? refuse(written.status) : show(call, written.object, 201, written.warnings);
  }

  // ---- Reading

  function read(call: Call, stored: AnyObject): AnyObject {
    const { info, served } = call;
    let object = filled(info.resource, stored);
    if (object.kind === 'ClusterRole' && object.aggregationRule)
      object = { ...object, rules: rulesOf(cluster, object) };
    if (object.kind === 'ControllerRevision')
      object = { ...object, data: inOrder(object.data as Json) as typeof object.data };
    return served.fromStored?.(object) ?? object;
  }

  function show(call: Call, stored: AnyObject, status = 200, warnings: readonly string[] = []): ApiResponse {
    const { info } = call;
    const table = tableRequest(call.request, call.query);
    if (!table) return json(read(call, stored), status, warnings);
    const object = filled(info.resource, stored);
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    return json(tableDocument(info, [object], metadata, table, nowUnixMs()), status, warnings);
  }

  function list(call: Call): ApiResponse {
    const { info, query } = call;
    const matches = selection(call);
    if (typeof matches !== 'function') return refuse(matches);
    const found = listObjects(cluster, call, matches);
    if ('status' in found) return refuse(found.status);
    const { objects, metadata } = found;
    const table = tableRequest(call.request, query);
    if (!table)
      return json(
        listDocument(
          call.served.info,
          objects.map((object) => read(call, object)),
          metadata,
        ),
      );
    const shown = objects.map((object) => filled(info.resource, object));
    return json(tableDocument(info, shown, metadata, table, nowUnixMs()));
  }

  function watch(call: Call): ApiResponse {
    const { info, query, namespace } = call;
    const matches = selection(call);
    if (typeof matches !== 'function') return refuse(matches);
    const wrong = watchOptionsStatus(call);
    if (wrong) return refuse(wrong);
    const table = tableRequest(call.request, query);
    const bookmarks = isTrue(query, 'allowWatchBookmarks');
    const answer = watches.start({
      info: call.served.info,
      namespace,
      matches,
      resourceVersion: numberIn(query, 'resourceVersion'),
      bookmarks,
      initialEvents: query.has('sendInitialEvents') ? isTrue(query, 'sendInitialEvents') : undefined,
      show: (stored, first) => {
        if (!table) return read(call, stored);
        const object = filled(info.resource, stored);
        const metadata = { resourceVersion: object.metadata.resourceVersion };
        return tableDocument(info, [object], metadata, table, nowUnixMs(), first);
      },
    });
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
    return { status: 200, headers, ...answer };
  }

  // ---- Writing

  function create(call: Call): ApiResponse {
    const body = readObject(call.request);
    if ('kind' in body) return refuse(body);
    const written = createObject(cluster, call, body);
    return 'status' in written ? refuse(written.status) : show(call, written.object, 201, written.warnings);
  }

  function update(call: Call, before: AnyObject): ApiResponse {
    const { info, dryRun } = call;
    // One that every cluster has is not in the store until it is changed.
    const stored = store.get(info.resource, keyOf(before)) !== undefined;
    let written = write(call, before, {
      dryRun: dryRun || !stored,
      fieldValidation: call.fieldValidation,
      part: call.subresource === 'status' || call.subresource === 'ephemeralcontainers' ? call.subresource : 'all',
      manager: managerOf(call, cluster),
    });
    if ('status' in written) return refuse(written.status);
    if (!stored && !dryRun && written.object !== before) {
      const { object, warnings } = written;
      const act = () => store.create(info.resource, object);
      written = { object: asInput(cluster, 'update', info, keyOf(before), act), warnings };
    }
    return show(call, written.object, 200, written.warnings);
  }

  function write(call: Call, before: AnyObject, options: WriteOptions): Written {
    const { request, info, served } = call;
    const toStored = (document: JsonObject) =>
      isOfVersion(served, document) ? (served.toStored?.(document) ?? document) : document;
    const mediaType = mediaTypeOf(request.headers);
    if (request.method === 'PUT') {
      const body = readObject(request);
      if ('kind' in body) return { status: body };
      return replaceObject(cluster, info, before, toStored(body.value), body.duplicates, options);
    }
    if (isServerSideApply(mediaType)) {
      const body = readConfiguration(call);
      if ('kind' in body) return { status: body };
      const manager = managerOf(call, cluster, 'Apply');
      const force = isTrue(call.query, 'force') && call.query.has('force');
      const { duplicates } = body;
      return applyObject(cluster, info, before, toStored(body.value), { ...options, manager, force, duplicates });
    }
    const body = readBody(request);
    if ('kind' in body) return { status: body };
    if (!served.fromStored) return patchObject(cluster, info, before, body.value, mediaType, options);
    const shown = served.fromStored(before) as unknown as JsonObject;
    const patched = applyPatch(shown, body.value, mediaType, info.kind);
    if ('status' in patched) return patched;
    return replaceObject(cluster, info, before, toStored(patched.value), [], options);
  }

  /** The body of a server-side apply. */
  function readConfiguration(call: Call): ReturnType<typeof readObject> {
    if ((call.query.get('fieldManager') ?? '') === '')
      return invalid('PatchOptions', 'meta.k8s.io', '', [required('fieldManager', 'is required for apply patch')]);
    const body = readObject(call.request);
    if ('kind' in body) return body;
    const { metadata } = body.value;
    if (isObject(metadata) && metadata.managedFields !== undefined && metadata.managedFields !== null)
      return badRequest('metadata.managedFields must be nil');
    return body;
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
    return json(success({ ...detailsOf(call.served.info, before.metadata.name), uid: before.metadata.uid }));
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
    for (const before of listWithDefaults(store, info.resource, namespace).filter(matches)) {
      const done = deleteObject(cluster, info, before, deletion);
      if ('status' in done) return refuse(done.status);
      objects.push(read(call, done.object));
    }
    return json(listDocument(call.served.info, objects, { resourceVersion: String(store.resourceVersion) }));
  }

  // ---- Sub-resources

  function other(call: Call, name: string, subresource: string): ApiResponse {
    const { info, request, namespace, dryRun } = call;
    const isToken = info.resource === 'serviceaccounts' && subresource === 'token';
    if (!isToken && !(info.subresources as readonly string[]).includes(subresource)) return pageNotFound();
    if (subresource === 'log')
      return request.method === 'GET' ? logs.read(namespace ?? '', name, call.query) : refuse(methodNotAllowed());
    const object = find(call, name);
    if (!object) return refuse(notFound(info, name));
    if (subresource === 'exec' || subresource === 'attach' || subresource === 'portforward')
      return refuse(badRequest('Upgrade request required'));
    if (subresource === 'scale') return scale(call, object as Scaled);
    if (request.method !== 'POST') return refuse(methodNotAllowed());
    const body = readObject(request);
    if ('kind' in body) return refuse(body);
    if (isToken) {
      const answer = requestToken(cluster, object as ServiceAccount, body.value);
      return 'status' in answer ? refuse(answer.status) : json(answer.document, 201);
    }
    const act = subresource === 'binding' ? bind : evict;
    return refuse(act(cluster, info, object as Pod, body.value, dryRun));
  }

  function scale(call: Call, object: Scaled): ApiResponse {
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
    const manager = managerOf(call, cluster);
    const written = writeScale(cluster, call.info, object, document, call.dryRun, manager);
    return 'status' in written ? refuse(written.status) : json(written.scale);
  }
}

/** What a controller has made of a map of Go: its keys in order. */
function inOrder(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(inOrder);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key] as Json)]));
}
