// Resources of a real cluster that are not here. The real server's answer to a path that it does not know is a plain
// 404; who asks for one of these is told its name, so that nobody looks for a mistake of theirs.
import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import { readObject } from './call.ts';
import { isObject, textOf } from './json.ts';
import { pageNotFound, refuse } from './response.ts';
import { failure } from './status.ts';

/** By group; the groups are not listed by discovery. */
const NOT_SIMULATED: Readonly<Record<string, readonly string[]>> = {
  '': ['bindings', 'componentstatuses', 'podtemplates'],
  'admissionregistration.k8s.io': [
    'mutatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'validatingwebhookconfigurations',
  ],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  'apiregistration.k8s.io': ['apiservices'],
  'flowcontrol.apiserver.k8s.io': ['flowschemas', 'prioritylevelconfigurations'],
  'storage.k8s.io': ['csidrivers', 'csinodes', 'csistoragecapacities', 'volumeattachments'],
};

export function unknownResource(request: ApiRequest, segments: readonly string[]): ApiResponse {
  const core = segments[0] === 'api';
  const group = core ? '' : (segments[1] ?? '');
  const rest = segments.slice(core ? 2 : 3);
  const resource = (rest[0] === 'namespaces' ? rest[2] : rest[0]) ?? '';
  if (NOT_SIMULATED[group]?.includes(resource)) {
    const name = group === '' ? resource : `${resource}.${group}`;
    return refuse(failure(404, 'NotFound', `${name} is not simulated here`, { kind: resource }));
  }
  if (request.method !== 'POST') return pageNotFound();
  const body = readObject(request);
  if ('kind' in body || !isObject(body.value)) return pageNotFound();
  const kind = textOf(body.value.kind);
  if (kind === '') return pageNotFound();
  const message = `${kind} (${textOf(body.value.apiVersion)}) is not simulated here`;
  return refuse(failure(404, 'NotFound', message, { kind }));
}
