// Answers as they go over the wire.
import type { ApiResponse } from '../../api/http.ts';
import type { Status } from './status.ts';

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' } as const;

/** @param warnings each becomes a `Warning` header value; clients print them before the answer */
export function json(body: unknown, status = 200, warnings: readonly string[] = []): ApiResponse {
  const warning = warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ');
  return {
    status,
    headers: warning === '' ? JSON_HEADERS : { ...JSON_HEADERS, warning },
    body: `${JSON.stringify(body)}\n`,
  };
}

export function refuse(status: Status, warnings: readonly string[] = []): ApiResponse {
  return json(status, status.code, warnings);
}

export function text(body: string, status = 200): ApiResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** @param body bytes below 0x80 only, so that they are the same as UTF-8 */
export function protobuf(body: string): ApiResponse {
  const type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
  return { status: 200, headers: { 'content-type': type }, body };
}

/** What the real server says to a path that it does not know. */
export const pageNotFound = (): ApiResponse => text('404 page not found\n', 404);
