// The API server's way of saying no: a `Status` object with a reason, the matching HTTP code and, for clients that
// want to point at a field, causes. Models k8s.io/apimachinery/pkg/api/errors (1.32); the texts are its own.
import type { ResourceInfo } from '../resources.ts';
import type { FieldError } from './validation/field-error.ts';
import { fieldErrorText } from './validation/field-error.ts';

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  /** Empty but for the answer to a page that came too late. */
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** `deployments.apps`, or `pods` for the core group. */
function qualified(info: ResourceInfo): string {
  return info.group === '' ? info.resource : `${info.resource}.${info.group}`;
}

export function failure(code: number, reason: string, message: string, details?: StatusDetails): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details ? { details } : {}),
    code,
  };
}

export function success(details: StatusDetails, code = 200): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details, code };
}

export function detailsOf(info: ResourceInfo, name: string, kind: string = info.resource): StatusDetails {
  return { name, ...(info.group === '' ? {} : { group: info.group }), kind };
}

export const badRequest = (message: string) => failure(400, 'BadRequest', message);

export function notFound(info: ResourceInfo, name: string): Status {
  return failure(404, 'NotFound', `${qualified(info)} "${name}" not found`, detailsOf(info, name));
}

export function alreadyExists(info: ResourceInfo, name: string): Status {
  return failure(409, 'AlreadyExists', `${qualified(info)} "${name}" already exists`, detailsOf(info, name));
}

export function conflict(info: ResourceInfo, name: string, why: string = MODIFIED): Status {
  const message = `Operation cannot be fulfilled on ${qualified(info)} "${name}": ${why}`;
  return failure(409, 'Conflict', message, detailsOf(info, name));
}
const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function forbidden(info: ResourceInfo, name: string, why: string, causes?: readonly StatusCause[]): Status {
  return failure(403, 'Forbidden', `${qualified(info)} "${name}" is forbidden: ${why}`, {
    ...detailsOf(info, name),
    ...(causes ? { causes } : {}),
  });
}

export function invalid(kind: string, group: string, name: string, errors: readonly FieldError[]): Status {
  const texts = [...new Set(errors.map((e) => `${e.field}: ${fieldErrorText(e)}`))];
  const list = texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`;
  const causes = errors.map((e) => ({ reason: e.reason, message: fieldErrorText(e), field: e.field }));
  const details = {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    causes,
  };
  return failure(422, 'Invalid', `${kind}${group === '' ? '' : `.${group}`} "${name}" is invalid: ${list}`, details);
}

export const methodNotAllowed = () =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export function unsupportedMediaType(message: string): Status {
  return failure(415, 'UnsupportedMediaType', message, {});
}
