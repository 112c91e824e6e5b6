// The server's answers about itself: version, health, discovery, OpenAPI.
import type { ApiRequest, ApiResponse } from '../../api/http.ts';
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
import { json, pageNotFound, protobuf, text } from './response.ts';

/** Paths that are no resources: discovery, health, version. */
export function meta(segments: readonly string[], request: ApiRequest): ApiResponse {
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
