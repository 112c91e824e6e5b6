// `kubectl edit` (kubectl/pkg/cmd/util/editor/editoptions.go, 1.32) in the page's editor. Whoever closes the editor
// without saving has changed nothing. `kubectl apply edit-last-applied` edits what client-side apply remembers instead.

import { createTwoWayMergePatch, jsonEqual } from '../../../sim/kubernetes/api/patch/index.ts';
import { lastApplied, withLastApplied } from './apply.ts';
import { groupResource, mergePatchType, type Resource, strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, Exit, KubectlError } from './errors.ts';
import { parseManifestText, parseYaml } from './files.ts';
import {
  apiVersionOf,
  at,
  isList,
  isObject,
  type Json,
  type JsonObject,
  kindOf,
  mapAt,
  nameOf,
  namespaceOf,
  parseObject,
  sortedKeys,
  textAt,
  withAt,
} from './object.ts';
import { resultPrinter, withoutManagedFields } from './printers/index.ts';
import { goJson } from './printers/json.ts';
import { yaml } from './printers/yaml.ts';
import { noMapping } from './select.ts';
import { find, type Item, validation } from './visit.ts';

const header = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

const annotationHeader = `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`;

/** Why the file has to be edited once more. */
interface Reason {
  readonly head: string;
  readonly other: readonly string[];
}

/** What became of one round of editing. */
interface Round {
  readonly reasons: Reason[];
  invalid: number;
  retryable: number;
  notFound: number;
}

export async function run(context: Context): Promise<undefined> {
  const { flags } = context;
  const output = flags.text('output');
  const { items, errors } = await find(context, { allowAll: true, latest: true });
  validation(context);
  const [problem] = errors;
  if (problem) throw problem;
  if (items.length === 0) throw new KubectlError('edit cancelled, no objects found');
  if (output !== '' && output !== 'yaml' && output !== 'json') {
    throw new KubectlError(
      `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,yaml`,
    );
  }
  const edited = context.path === 'edit' ? items : items.flatMap(remembered);
  if (edited.length === 0) {
    throw new KubectlError(
      'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
    );
  }
  await new Editing(context, edited, output === 'json').run();
  return undefined;
}

/** The item with what was applied last in place of what there is; nothing for one that was never applied. */
function remembered(item: Item): Item[] {
  const object = parseObject(mapAt(item.object, 'metadata', 'annotations')[lastApplied] ?? '');
  return object ? [{ ...item, object }] : [];
}

class Editing {
  readonly #context: Context;
  readonly #items: readonly Item[];
  readonly #json: boolean;
  readonly #print: ReturnType<typeof resultPrinter>;
  readonly #original: string;
  /** The file that keeps the changes if all else fails. */
  readonly #path: string;

  constructor(context: Context, items: readonly Item[], json: boolean) {
    this.#context = context;
    this.#items = items;
    this.#json = json;
    this.#print = resultPrinter(context, 'edited');
    const [first] = items;
    const objects = items.map(({ object }) => withoutManagedFields(object));
    const object =
      items.length === 1 && first ? first.object : { apiVersion: 'v1', items: objects, kind: 'List', metadata: {} };
    this.#original = json ? `${goJson(withoutManagedFields(object), 4)}\n` : yaml(withoutManagedFields(object));
    this.#path = `/tmp/kubectl-edit-${context.proc.host.now() % 10_000_000_000}.${json ? 'json' : 'yaml'}`;
  }

  async run(): Promise<void> {
    const { err, proc } = { err: (text: string) => this.#context.err(text), proc: this.#context.proc };
    let reasons: readonly Reason[] = [];
    let edited = this.#original;
    let again = false;
    for (;;) {
      const given = this.#head(reasons) + (again ? manualStrip(edited) : this.#original);
      const before = edited;
      edited = (await proc.host.edit(this.#path, given)) ?? given;
      proc.fs.write(this.#path, edited);
      if (again && (await this.#same(before, edited)))
        return this.#preserved('Edit cancelled, no valid changes were saved.');
      const wrong = await this.#validate(edited);
      if (wrong !== undefined) {
        const [first] = this.#items;
        const name = first ? named(first.resource, first.name) : '';
        const value = `Invalid value: "The edited file failed validation": ${wrong}`;
        reasons = [{ head: `${name} was not valid`, other: [`<nil>: ${value}`] }];
        await err(`error: ${name} is invalid\n`);
        again = true;
        continue;
      }
      if (await this.#same(this.#original, edited)) {
        proc.fs.remove(this.#path);
        await err('Edit cancelled, no changes made.\n');
        return;
      }
      const updated = await this.#parse(edited);
      if (typeof updated === 'string') {
        reasons = [{ head: `The edited file had a syntax error: ${updated}`, other: [] }];
        again = true;
        continue;
      }
      const round = await this.#save(updated);
      if (round.retryable > 0) {
        await err(`You can run \`kubectl replace -f ${this.#path}\` to try this update again.\n`);
        throw new Exit(1);
      }
      if (round.notFound > 0) {
        await err(`The edits you made on deleted resources have been saved to "${this.#path}"\n`);
        throw new Exit(1);
      }
      if (round.invalid === 0) {
        proc.fs.remove(this.#path);
        return;
      }
      ({ reasons } = round);
      again = true;
    }
  }

  #head(reasons: readonly Reason[]): string {
    if (this.#json) return '';
    const lines = reasons.map(
      ({ head, other }) =>
        `# ${commented(head)}${other.length > 0 ? ':' : ''}\n${other.map((text) => `# * ${commented(text)}\n`).join('')}#\n`,
    );
    return (this.#context.path === 'edit' ? header : annotationHeader) + lines.join('');
  }

  async #preserved(message: string): Promise<never> {
    await this.#context.err(`A copy of your changes has been stored to "${this.#path}"\n`);
    throw new KubectlError(message);
  }

  /** Whether two texts say the same, comments aside. */
  async #same(a: string, b: string): Promise<boolean> {
    return (await stripped(a)) === (await stripped(b));
  }

  async #validate(text: string): Promise<string | undefined> {
    if (validation(this.#context) === 'Ignore') return undefined;
    const parsed = await parseYaml(manualStrip(text));
    if ('error' in parsed) return parsed.error;
    if (!isObject(parsed.value)) return 'invalid object to validate';
    const missing = (['apiVersion', 'kind'] as const)
      .filter((key) => !textAt(parsed.value, key))
      .map((key) => `${key} not set`);
    return missing.length > 1 ? `[${missing.join(', ')}]` : missing[0];
  }

  /** The edited objects, or what is wrong with the text. */
  async #parse(text: string): Promise<readonly JsonObject[] | string> {
    try {
      const manifests = await parseManifestText(text, 'edited-file');
      for (const { object } of manifests) {
        const resource = await this.#context.client.resourceOfKind(apiVersionOf(object), kindOf(object));
        if (!resource) return noMapping(object, 'edited-file').message;
      }
      return manifests.map(({ object }) => object);
    } catch (error) {
      if (error instanceof KubectlError) return error.message;
      throw error;
    }
  }

  async #save(updated: readonly JsonObject[]): Promise<Round> {
    const namespace = await this.#context.namespace();
    for (const object of updated) {
      const given = namespaceOf(object);
      if (given !== '' && given !== namespace) {
        await this.#preserved(
          `the namespace from the provided object "${given}" does not match the namespace "${namespace}". You must pass '--namespace=${given}' to perform this operation.`,
        );
      }
    }
    const round: Round = { reasons: [], invalid: 0, retryable: 0, notFound: 0 };
    for (const object of updated) await this.#saveOne(object, round);
    return round;
  }

  async #saveOne(edited: JsonObject, round: Round): Promise<void> {
    const { client, flags } = this.#context;
    const uid = at(edited, 'metadata', 'uid');
    const item = this.#items.find(({ object }) => at(object, 'metadata', 'uid') === uid);
    if (!item)
      return this.#preserved(`no original object found for &unstructured.Unstructured{Object:${goSyntax(edited)}}`);
    const { resource, namespace, name } = item;
    // They are not shown, so they are not edited.
    const object = withoutManagedFields(item.object);
    if (this.#context.path !== 'edit') return this.#remember(edited, item, round);
    const wanted = flags.bool('save-config') ? withLastApplied(edited) : edited;
    if (jsonEqual(wanted, object)) return this.#print(resource, object, 'skipped');
    const patch = createTwoWayMergePatch(object, wanted, resource.kind);
    if ('error' in patch) return this.#preserved(patch.error);
    if ('apiVersion' in patch.value || 'kind' in patch.value || at(patch.value, 'metadata', 'name') !== undefined) {
      return this.#preserved('At least one of apiVersion, kind and name was changed');
    }
    if (flags.bool('output-patch')) await this.#context.out(`Patch: ${goJson(patch.value)}\n`);
    const query = { fieldManager: flags.text('field-manager'), fieldValidation: validation(this.#context) };
    try {
      const after = await client.patch(resource, namespace, name, strategicMergePatchType, patch.value, query);
      await this.#print(resource, after);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.#context.err(`${failed(error, item, round)}\n`);
    }
  }

  /** What was edited becomes what was applied last; the object itself stays as it is. */
  async #remember(edited: JsonObject, item: Item, round: Round): Promise<void> {
    const { client, flags } = this.#context;
    const { resource, namespace, object } = item;
    // Nothing tells one annotation from another, so the real one takes the first for the origin of them all.
    const name = nameOf(edited);
    if (jsonEqual(edited, object)) return this.#print(resource, edited, 'skipped');
    const patch = withAt({}, ['metadata', 'annotations', lastApplied], `${goJson(edited)}\n`);
    const query = { fieldManager: flags.text('field-manager'), fieldValidation: validation(this.#context) };
    try {
      await client.patch(resource, namespace, name, mergePatchType, patch, query);
      await this.#print(resource, edited);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.#context.err(`${failed(error, item, round)}\n`);
    }
  }
}

/** Notes in `round` what came of it, and says so. */
function failed(error: ApiError, { resource, name }: Item, round: Round): string {
  const subject = named(resource, name);
  if (error.status.reason === 'Invalid') {
    round.invalid++;
    const causes = error.status.details?.causes ?? [];
    const other = causes.map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`);
    round.reasons.push({ head: `${subject} was not valid`, other });
    return `error: ${subject} is invalid`;
  }
  if (error.isNotFound) {
    round.notFound++;
    return `error: ${subject} could not be found on the server`;
  }
  round.retryable++;
  return `error: ${subject} could not be patched: ${error.message}`;
}

const named = (resource: Resource, name: string): string => `${groupResource(resource)} "${name}"`;
const commented = (text: string): string => text.replace(/\n(?=[^#])/g, '\n# ');

/** Without the lines that are comments. */
function manualStrip(text: string): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => !/^\s*#(?!!)/.test(line))
    .join('');
}

/** What a text says, as JSON; the text itself without comments when it cannot be read. */
async function stripped(text: string): Promise<string> {
  const parsed = await parseYaml(text);
  return 'error' in parsed ? manualStrip(text) : goJson(parsed.value satisfies Json);
}

/** Go's `%#v` of unstructured content. */
function goSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (isList(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const pairs = sortedKeys(value).map((key) => `${JSON.stringify(key)}:${goSyntax(value[key] ?? null)}`);
  return `map[string]interface {}{${pairs.join(', ')}}`;
}
