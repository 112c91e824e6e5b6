// `kubectl apply --server-side` (kubectl/pkg/cmd/apply, client-go/util/csaupgrade, 1.32): the server compares, and
// keeps book of who manages which field. What client-side apply had managed is handed over once.

import { jsonPatchType, resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, KubectlError } from './errors.ts';
import { apiVersionOf, at, isObject, type Json, type JsonObject, kindOf, listAt, mapAt, textAt } from './object.ts';
import { goJson } from './printers/json.ts';
import { type Item, validation, writing } from './visit.ts';

const applyPatchType = 'application/apply-patch+yaml';
const serverSideManager = 'kubectl';
const annotationManager = 'kubectl-last-applied';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const annotationPath = ['f:metadata', 'f:annotations', `f:${lastApplied}`] as const;

const advice = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

/** `--field-manager`, whose default depends on which side applies. */
export function managerOf({ flags }: Context): string {
  const named = flags.text('field-manager');
  return flags.bool('server-side') && !flags.changed('field-manager') ? serverSideManager : named;
}

export async function applyAtServer(context: Context, item: Item): Promise<JsonObject> {
  const { flags } = context;
  const fieldManager = managerOf(context);
  let object: JsonObject;
  try {
    object = await send(context, item, item.object, fieldManager, flags.text('subresource'));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status.reason !== 'Conflict') throw error;
    throw new KubectlError(`${error.message}\n${advice}`);
  }
  if (fieldManager === serverSideManager) object = await keepAnnotation(context, item, object);
  const managed = handedOver(object, fieldManager);
  if (!managed) return object;
  const { resource, namespace, name } = item;
  const patch = [
    { op: 'replace', path: '/metadata/managedFields', value: managed },
    { op: 'replace', path: '/metadata/resourceVersion', value: textAt(object, 'metadata', 'resourceVersion') },
  ];
  await context.client.patch(resource, namespace, name, jsonPatchType, patch, { ...writing(context), fieldManager });
  // Once more, for what the manifest no longer says.
  return send(context, item, item.object, fieldManager);
}

export function send(
  context: Context,
  { resource, namespace, name }: Pick<Item, 'resource' | 'namespace' | 'name'>,
  object: JsonObject,
  fieldManager: string,
  subresource = '',
  more: Readonly<Record<string, string>> = {},
): Promise<JsonObject> {
  return context.client.request('PATCH', resourcePath(resource, namespace, name, subresource), {
    body: `${goJson(object)}\n`,
    contentType: applyPatchType,
    query: {
      ...writing(context),
      fieldManager,
      ...(context.flags.has('validate') ? { fieldValidation: validation(context) } : {}),
      force: context.flags.bool('force-conflicts'),
      ...more,
    },
  });
}

/** The annotation of client-side apply gets a manager of its own, or it would be lost with the old one. */
async function keepAnnotation(context: Context, item: Item, object: JsonObject): Promise<JsonObject> {
  const text = mapAt(object, 'metadata', 'annotations')[lastApplied];
  if (text === undefined || managersOf(object, 'Apply').some((entry) => owns(entry))) return object;
  const { resource, namespace, name } = item;
  const metadata = { annotations: { [lastApplied]: text }, name, ...(namespace === '' ? {} : { namespace }) };
  const only = { apiVersion: apiVersionOf(object), kind: kindOf(object), metadata };
  return send(context, { resource, namespace, name }, only, annotationManager, '', {});
}

const managersOf = (object: JsonObject, operation: string): JsonObject[] =>
  listAt(object, 'metadata', 'managedFields')
    .filter(isObject)
    .filter((entry) => entry['operation'] === operation);

const owns = (entry: JsonObject): boolean => at(entry, 'fieldsV1', ...annotationPath) !== undefined;

/** The managed fields when all that client-side apply managed is the server-side manager's; undefined for no change. */
function handedOver(object: JsonObject, manager: string): JsonObject[] | undefined {
  const names = new Set(
    managersOf(object, 'Update')
      .filter(owns)
      .map((entry) => textAt(entry, 'manager')),
  );
  if (names.size === 0) return undefined;
  let entries = listAt(object, 'metadata', 'managedFields').filter(isObject);
  const plain = (entry: JsonObject) => textAt(entry, 'subresource') === '';
  const mine = entries.find((entry) => plain(entry) && entry['operation'] === 'Apply' && entry['manager'] === manager);
  if (!mine) return undefined;
  const old = entries.filter(
    (entry) => plain(entry) && entry['operation'] === 'Update' && names.has(textAt(entry, 'manager')),
  );
  const fields = old.reduce<Json>((all, entry) => union(all, entry['fieldsV1'] ?? {}), mine['fieldsV1'] ?? {});
  entries = entries.filter((entry) => !old.includes(entry));
  return entries.map((entry) => (entry === mine ? { ...mine, fieldsV1: fields } : entry));
}

function union(a: Json, b: Json): Json {
  if (!isObject(a) || !isObject(b)) return a;
  const out: Record<string, Json> = { ...a };
  for (const [key, value] of Object.entries(b)) out[key] = Object.hasOwn(a, key) ? union(a[key] ?? {}, value) : value;
  return out;
}
