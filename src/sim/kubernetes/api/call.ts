// One request for a resource, as its handlers see it, and what they all read from it: the body, the selection.
import type { ApiRequest } from '../../api/http.ts';
import type { Cluster } from '../cluster.ts';
import type { AnyObject } from '../objects.ts';
import { apiVersionOf } from '../resources.ts';
import { matchesRequirements, parseSelector } from '../selector.ts';
import type { FieldValidation } from './admission.ts';
import type { Manager } from './apply/managed-fields.ts';
import { parseFieldSelector } from './field-selector.ts';
import { isObject, type Json, type JsonObject, parseJson } from './json.ts';
import type { Query, ResourcePath } from './request.ts';
import { badRequest, type Status, unsupportedMediaType } from './status.ts';

export interface Call extends ResourcePath {
  readonly request: ApiRequest;
  readonly query: Query;
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

/** A request body, with the keys that stand in it twice. */
export interface Body {
  readonly value: Json;
  readonly duplicates: readonly string[];
}

export function mediaTypeOf(headers: ApiRequest['headers']): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

export function readBody({ body = '', headers }: ApiRequest): Body | Status {
  const mediaType = mediaTypeOf(headers);
  if (mediaType.includes('protobuf') || mediaType === 'application/yaml')
    return unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json',
    );
  const parsed = parseJson(body);
  return parsed ?? badRequest("couldn't get version/kind; json parse error: the body is not valid JSON");
}

export function readObject(request: ApiRequest): (Body & { readonly value: JsonObject }) | Status {
  const body = readBody(request);
  if ('kind' in body) return body;
  const { value, duplicates } = body;
  if (isObject(value)) return { value, duplicates };
  return badRequest(
    'couldn\'t get version/kind; json parse error: json: cannot unmarshal into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
  );
}

/** Which objects the selectors of a request, and its name, mean. */
export function selection({ info, query, name, served }: Call): ((object: AnyObject) => boolean) | Status {
  const labels = parseSelector(query.get('labelSelector') ?? '');
  if (!Array.isArray(labels)) return badRequest(labels.error);
  const text = query.get('fieldSelector') ?? '';
  const fields = parseFieldSelector(info.resource, served.fieldSelector?.(text) ?? text);
  if ('error' in fields) return badRequest(fields.error);
  return (object) =>
    (name === undefined || object.metadata.name === name) &&
    matchesRequirements(labels, object.metadata.labels) &&
    fields(object);
}

/** Who writes: `fieldManager` of the query, or the program's name, as the user agent begins with it. */
export function managerOf(
  { query, request, served, subresource = '' }: Call,
  { store }: Cluster,
  operation: Manager['operation'] = 'Update',
): Manager {
  const agent = (request.headers['user-agent'] ?? '').split('/')[0] ?? '';
  const name = query.get('fieldManager') ?? agent.slice(0, 128);
  return {
    name: name === '' ? 'unknown' : name,
    operation,
    apiVersion: apiVersionOf(served.info),
    subresource,
    time: store.timestamp,
  };
}
