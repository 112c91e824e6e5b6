// Manifests: `-f` with a file, a directory or `-`, many documents per file, lists taken apart
// (cli-runtime/pkg/resource/visitor.go, apimachinery/pkg/util/yaml/decoder.go). URLs are refused: there is no network
// here. Left out: streams that mix JSON and YAML.

import type { Proc } from '../../program.ts';
import { KubectlError, notSimulated, throwAll } from './errors.ts';
import { parseJsonStream } from './json-stream.ts';
import { isObject, type Json, type JsonObject, kindOf, listAt } from './object.ts';
import { goJson } from './printers/json.ts';
import { goYamlError } from './yaml-error.ts';

export interface Manifest {
  readonly object: JsonObject;
  /** As kubectl names it in messages: the path given, or `STDIN`. */
  readonly source: string;
}

export interface ReadOptions {
  readonly recursive: boolean;
  /** Refuses documents that do not say what they are, in the words of the validation. */
  readonly validate?: boolean;
}

export async function readStdin(proc: Proc): Promise<string> {
  let text = '';
  for (let part = await proc.stdin.read(); part !== null; part = await proc.stdin.read()) text += part;
  return text;
}

export async function readManifests(proc: Proc, names: readonly string[], options: ReadOptions): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  const errors: Error[] = [];
  for (const one of await readAll(proc, names, options)) {
    if (one instanceof Error) errors.push(one);
    else manifests.push(one);
  }
  throwAll(errors);
  return manifests;
}

/**
 * Everything that can be read, and what was wrong with the rest in its place; a file that is broken ends where it
 * breaks, and the next one goes on.
 */
export async function readAll(
  proc: Proc,
  names: readonly string[],
  options: ReadOptions,
): Promise<(Manifest | Error)[]> {
  const all: (Manifest | Error)[] = [];
  for (const source of sourcesOf(proc, names, options.recursive)) {
    const text = source === '-' ? await readStdin(proc) : proc.fs.read(proc.fs.resolve(proc.cwd, source));
    const name = source === '-' ? 'STDIN' : source;
    try {
      for await (const manifest of parseManifests(text, name, options.validate ?? false)) all.push(manifest);
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error;
      all.push(error);
    }
  }
  return all;
}

/** The objects of one text; the first thing wrong with it is thrown. */
export async function parseManifestText(text: string, source: string): Promise<Manifest[]> {
  const out: Manifest[] = [];
  for await (const manifest of parseManifests(text, source, false)) {
    if (manifest instanceof Error) throw manifest;
    out.push(manifest);
  }
  return out;
}

/** All paths are looked for before any is read. */
function sourcesOf(proc: Proc, names: readonly string[], recursive: boolean): string[] {
  const out: string[] = [];
  const errors: Error[] = [];
  for (const name of names) {
    if (name === '-') out.push(name);
    else if (/^https?:\/\//.test(name)) throw notSimulated(`the file ${name} from the network`);
    else {
      const path = proc.fs.resolve(proc.cwd, name);
      if (!proc.fs.exists(path)) errors.push(new KubectlError(`the path "${name}" does not exist`));
      else if (!proc.fs.isDirectory(path)) out.push(name);
      else {
        const files = filesIn(proc, name, recursive);
        if (files.length === 0)
          errors.push(new KubectlError(`error reading [${name}]: recognized file extensions are [.json .yaml .yml]`));
        out.push(...files);
      }
    }
  }
  throwAll(errors);
  return out;
}

function filesIn(proc: Proc, name: string, recursive: boolean): string[] {
  const out: string[] = [];
  for (const entry of proc.fs.list(proc.fs.resolve(proc.cwd, name))) {
    const child = cleanPath(`${name}/${entry}`);
    if (proc.fs.isDirectory(proc.fs.resolve(proc.cwd, child))) {
      if (recursive) out.push(...filesIn(proc, child, true));
    } else if (/\.(json|yaml|yml)$/.test(entry)) out.push(child);
  }
  return out;
}

/** Go's path.Clean, but for `..`. */
function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return (path.startsWith('/') ? '/' : '') + parts.join('/');
}

/**
 * The objects of a text with one or more documents. A document that is no object of Kubernetes comes as an error among
 * them; one that cannot be read, or fails validation, is thrown and ends the text.
 */
async function* parseManifests(text: string, source: string, validate: boolean): AsyncGenerator<Manifest | Error> {
  for await (const value of valuesOf(text, source)) {
    if (value === null) continue;
    if (!isObject(value)) {
      if (validate) throw invalid(source, 'invalid object to validate');
      yield new KubectlError(
        `unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${goKind(value)} into Go value of type unstructured.detector`,
      );
      continue;
    }
    if (validate) validateHead(value, source);
    yield* flatten(value, source);
  }
}

function* flatten(object: JsonObject, source: string): Generator<Manifest | Error> {
  if (!kindOf(object)) {
    yield new KubectlError(
      `unable to decode ${JSON.stringify(source)}: Object 'Kind' is missing in '${goJson(object)}'`,
    );
  } else if (Array.isArray(object['items'])) {
    for (const item of listAt(object, 'items')) if (isObject(item)) yield* flatten(item, source);
  } else {
    const wrong = wrongMetadata(object);
    yield wrong === undefined
      ? { object, source }
      : new KubectlError(`unable to decode ${JSON.stringify(source)}: ${wrong}`);
  }
}

/** The client reads an object's metadata as what it is, and nothing else of it (metadata_decoder.go). */
function wrongMetadata(object: JsonObject): string | undefined {
  const wrong = (value: Json, field: string, type: string) =>
    `json: cannot unmarshal ${goKind(value)} into Go struct field ${field} of type ${type}`;
  const { metadata } = object;
  if (metadata === undefined || metadata === null) return undefined;
  if (!isObject(metadata)) return wrong(metadata, 'metadataOnlyObject.metadata', 'v1.ObjectMeta');
  // In the order of the text, as Go's decoder goes; maps of strings are told from strings.
  for (const [field, value] of Object.entries(metadata)) {
    if (value === null) continue;
    if (field === 'labels' || field === 'annotations') {
      if (!isObject(value)) return wrong(value, `ObjectMeta.metadata.${field}`, 'map[string]string');
      const odd = Object.values(value).find((item) => item !== null && typeof item !== 'string');
      if (odd !== undefined) return wrong(odd, `ObjectMeta.metadata.${field}`, 'string');
    } else if ((field === 'name' || field === 'namespace' || field === 'generateName') && typeof value !== 'string') {
      return wrong(value, `ObjectMeta.metadata.${field}`, 'string');
    }
  }
  return undefined;
}

const goKind = (value: Json): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

function invalid(source: string, what: string): KubectlError {
  return new KubectlError(
    `error validating ${JSON.stringify(source)}: error validating data: ${what}; if you choose to ignore these errors, turn validation off with --validate=false`,
  );
}

/** What the server's validation could not even begin with (validation.go, getObjectKind). */
function validateHead(object: JsonObject, source: string): void {
  const missing = (['apiVersion', 'kind'] as const).flatMap((key) => {
    const value = object[key];
    if (value === undefined || value === null) return [`${key} not set`];
    return typeof value === 'string' ? [] : [`${key} isn't string type`];
  });
  if (missing.length === 0) return;
  throw invalid(source, missing.length === 1 ? (missing[0] ?? '') : `[${missing.join(', ')}]`);
}

/** A line `---` ends a document; one before anything else belongs to the first, so that its lines are counted with it. */
function documentsOf(text: string): string[] {
  const out: string[] = [];
  let document = '';
  for (const line of text.split(/(?<=\n)/)) {
    const separates = /^---\s*(#.*)?$/.test(line.replace(/\n$/, ''));
    if (separates && document !== '') {
      out.push(document);
      document = '';
    } else document += line;
  }
  out.push(document);
  return out.filter((one) => one !== '');
}

async function* valuesOf(text: string, source: string): AsyncGenerator<Json> {
  if (/^\s*\{/.test(text)) {
    const { values, error } = parseJsonStream(text);
    yield* values;
    if (error !== undefined) throw new KubectlError(`error parsing ${source}: ${error}`);
    return;
  }
  for (const document of documentsOf(text)) {
    const value = await parseYaml(document);
    if ('error' in value) {
      throw new KubectlError(`error parsing ${source}: error converting YAML to JSON: ${value.error}`);
    }
    yield value.value;
  }
}

/** YAML or JSON as sigs.k8s.io/yaml reads it: no times, no numbers to base 60, and of equal keys the last one counts. */
export async function parseYaml(text: string): Promise<{ readonly value: Json } | { readonly error: string }> {
  const { parseDocument: parse } = await import('yaml');
  const document = parse(text, {
    version: '1.1',
    uniqueKeys: false,
    merge: true,
    logLevel: 'silent',
    customTags: (tags) =>
      tags.filter(
        (tag) =>
          typeof tag === 'string' ||
          (tag.tag !== 'tag:yaml.org,2002:timestamp' && !('format' in tag && tag.format === 'TIME')),
      ),
  });
  if (document.errors.length > 0) return { error: `yaml: ${goYamlError(text, document.errors)}` };
  try {
    return { value: plain(document.toJS({ maxAliasCount: 100 })) };
  } catch (error) {
    // The one thing that is found only now: an alias without its anchor.
    if (!(error instanceof ReferenceError)) throw error;
    return { error: `yaml: unknown anchor '${/: (\S+)$/.exec(error.message)?.[1] ?? ''}' referenced` };
  }
}

function plain(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
