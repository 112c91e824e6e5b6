// OpenAPI v3 documents with schemas, for `kubectl explain` and whoever makes a client of them. The simulator's own
// documents name the operations alone; here, where nobody pays for loading them, come the types that the page's
// `kubectl explain` knows. Left out: patch strategies, defaults, lists of allowed values.
import type { ApiResponse } from '../../sim/api/http.ts';
import { openApiDocument } from '../../sim/kubernetes/api/discovery.ts';
import { apiVersionOf, resources } from '../../sim/kubernetes/resources.ts';
import { explained } from '../../shell/programs/kubectl/explain.generated.ts';

const SCHEMAS = '#/components/schemas/';
const PLAIN: Readonly<Record<string, object>> = {
  s: { type: 'string' },
  i: { type: 'integer', format: 'int32' },
  l: { type: 'integer', format: 'int64' },
  b: { type: 'boolean' },
  t: { type: 'string', format: 'date-time' },
  T: { type: 'string', format: 'date-time' },
  y: { type: 'string', format: 'byte' },
  '*': { type: 'object' },
  q: { allOf: [{ $ref: `${SCHEMAS}Quantity` }] },
  x: { allOf: [{ $ref: `${SCHEMAS}IntOrString` }] },
};

const documents = new Map<string, string>();

/** Undefined for every path but those of single documents. */
export function openApi(path: string): ApiResponse | undefined {
  const name = /^\/openapi\/v3\/([^?]+)/.exec(path)?.[1];
  if (name === undefined) return undefined;
  let body = documents.get(name);
  if (body === undefined) {
    const bare = openApiDocument(name);
    if (bare === undefined) return undefined;
    body = JSON.stringify({ ...bare, components: { schemas: schemasFor(name) } });
    documents.set(name, body);
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** The kinds of one group version, and all that they are made of. */
function schemasFor(document: string): Readonly<Record<string, object>> {
  const version = document.replace(/^apis?\//, '');
  const kinds = new Map(resources.filter((info) => apiVersionOf(info) === version).map((info) => [info.kind, info]));
  const schemas: Record<string, object> = {
    Quantity: {
      description: 'A number with a unit, such as 250m or 8Gi.',
      oneOf: [{ type: 'string' }, { type: 'number' }],
    },
    IntOrString: { description: 'A whole number or a text.', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  };
  const add = (name: string) => {
    const type = explained[name];
    if (!type || name in schemas) return;
    const info = kinds.get(name);
    const properties: Record<string, object> = {};
    schemas[name] = {
      type: 'object',
      description: type.text,
      ...(info
        ? { 'x-kubernetes-group-version-kind': [{ group: info.group, version: info.version, kind: info.kind }] }
        : {}),
      required: Object.entries(type.fields).flatMap(([field, [, required]]) => (required === 1 ? [field] : [])),
      properties,
    };
    for (const [field, [code, , description]] of Object.entries(type.fields)) {
      properties[field] = { ...schemaOf(code), description };
      add(code.replace(/^(?:\[\]|\{\})+/, ''));
    }
  };
  for (const kind of kinds.keys()) add(kind);
  return schemas;
}

function schemaOf(code: string): object {
  if (code.startsWith('[]')) return { type: 'array', items: schemaOf(code.slice(2)) };
  if (code.startsWith('{}')) return { type: 'object', additionalProperties: schemaOf(code.slice(2)) };
  return PLAIN[code] ?? { allOf: [{ $ref: SCHEMAS + code }] };
}
