// Which objects a command line means (cli-runtime/pkg/resource/builder.go): TYPE, TYPE NAME, TYPE/NAME, several types,
// `all`, `-f`, selectors.

import { preferred, type Resource } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import { apiVersionOf, isObject, type JsonObject, kindOf, nameOf, namespaceOf } from './object.ts';

/** One object, or all of a type. */
export interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  /** Undefined: the whole list. */
  readonly name?: string;
  /** The manifest, for targets of `-f`. */
  readonly manifest?: JsonObject;
  readonly source?: string;
}

export interface Selection {
  readonly targets: readonly Target[];
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly allNamespaces: boolean;
  readonly namespace: string;
}

export interface SelectOptions {
  /** A type alone means its whole list. */
  readonly allowAll?: boolean;
  /** `--all` is a selector of its own, which goes with no other and with no name. */
  readonly selectAll?: boolean;
  readonly args?: readonly string[];
  readonly defaultType?: string;
  /** In place of the flag `--selector`, which means something else to a few commands. */
  readonly labelSelector?: string;
}

const nothingGiven = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

export async function select(context: Context, options: SelectOptions = {}): Promise<Selection> {
  const { flags, client } = context;
  const args = options.args ?? context.args;
  const flag = (name: string) => (flags.has(name) ? flags.text(name) : '');
  const labelSelector = options.labelSelector ?? flag('selector');
  const fieldSelector = flag('field-selector');
  const allNamespaces = flags.has('all-namespaces') && flags.bool('all-namespaces');
  const all = flags.has('all') && flags.bool('all');
  const namespace = await context.namespace();
  const selection = { labelSelector, fieldSelector, allNamespaces, namespace };
  const selectAll = options.selectAll ?? false;
  const selecting = selectAll || labelSelector !== '' || fieldSelector !== '';
  const scope = (resource: Resource) => (resource.namespaced ? namespace : '');

  if (selectAll && (labelSelector || fieldSelector)) {
    throw new KubectlError("setting 'all' parameter but found a non empty selector. ");
  }
  if (context.filenames.length > 0) {
    if (args.length > 0) {
      throw new KubectlError(
        `when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well`,
      );
    }
    const targets: Target[] = [];
    for (const { object, source } of await context.manifests()) targets.push(await targetOf(context, object, source));
    return { ...selection, targets };
  }
  if (args.length === 0 && options.defaultType === undefined) {
    throw new KubectlError(selecting ? 'at least one resource must be specified to use a selector' : nothingGiven);
  }

  if (args.some((arg) => arg.includes('/'))) {
    const targets: Target[] = [];
    if (!args.every((arg) => arg.includes('/'))) {
      throw new KubectlError(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
      );
    }
    for (const arg of args) {
      const parts = arg.split('/');
      if (parts.length !== 2)
        throw new KubectlError('arguments in resource/name form may not have more than one slash');
      const [type = '', name = ''] = parts;
      if (type === '' || name === '' || type.includes(',')) {
        throw new KubectlError('arguments in resource/name form must have a single resource and name');
      }
      const resource = await client.resource(type);
      targets.push({ resource, namespace: scope(resource), name });
    }
    if (selecting) {
      throw new KubectlError('selectors and the all flag cannot be used when passing resource/name arguments');
    }
    checkAllNamespaces(allNamespaces);
    return { ...selection, targets };
  }

  const [types = '', ...names] = options.defaultType === undefined ? args : [options.defaultType, ...args];
  if (names.length > 0 && selecting) {
    throw new KubectlError('name cannot be provided when a selector is specified');
  }
  const resources = await resourcesOf(context, types);
  if (names.length > 0) {
    if (resources.length > 1 && !types.includes(',')) throw new KubectlError('you must specify only one resource');
    checkAllNamespaces(allNamespaces);
    const targets = resources.flatMap((resource) =>
      names.map((name) => ({ resource, namespace: scope(resource), name })),
    );
    return { ...selection, targets };
  }
  if (!options.allowAll && !all && !selecting) {
    throw new KubectlError('resource(s) were provided, but no name was specified');
  }
  const targets = resources.map((resource) => ({ resource, namespace: allNamespaces ? '' : scope(resource) }));
  return { ...selection, targets };
}

function checkAllNamespaces(allNamespaces: boolean): void {
  if (allNamespaces) throw new KubectlError('a resource cannot be retrieved by name across all namespaces');
}

/** `po,svc` and categories such as `all`. */
async function resourcesOf(context: Context, types: string): Promise<Resource[]> {
  const out: Resource[] = [];
  for (const word of types.split(',')) {
    if (word === '') throw new KubectlError('arguments must consist of a resource or a resource and name');
    const known = preferred(await context.client.resources());
    const category = known.filter(({ categories }) => categories.includes(word));
    if (category.length > 0) out.push(...category);
    else out.push(await context.client.resource(word));
  }
  return out.filter((one, index) => out.indexOf(one) === index);
}

/** The server has no such kind. */
export function noMapping(object: JsonObject, source: string): KubectlError {
  return new KubectlError(
    `resource mapping not found for name: "${nameOf(object)}" namespace: "${namespaceOf(object)}" from "${source}": no matches for kind "${kindOf(object)}" in version "${apiVersionOf(object)}"\nensure CRDs are installed first`,
  );
}

/** The server's resource of a manifest, and the namespace it belongs to. */
export async function targetOf(
  context: Context,
  object: JsonObject,
  source: string,
): Promise<Target & { name: string }> {
  const resource = await context.client.resourceOfKind(apiVersionOf(object), kindOf(object));
  if (!resource) throw noMapping(object, source);
  const given = namespaceOf(object);
  const current = await context.namespace();
  if (resource.namespaced && context.namespaceGiven && given && given !== current) {
    throw new KubectlError(
      `the namespace from the provided object "${given}" does not match the namespace "${current}". You must pass '--namespace=${given}' to perform this operation.`,
    );
  }
  const namespace = resource.namespaced ? given || current : '';
  const manifest =
    resource.namespaced && !given
      ? { ...object, metadata: { ...(isObject(object['metadata']) ? object['metadata'] : {}), namespace } }
      : object;
  return { resource, namespace, name: nameOf(object), manifest, source };
}
