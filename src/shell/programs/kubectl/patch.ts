// `kubectl patch` (kubectl/pkg/cmd/patch, 1.32): the patch goes to the server as it is, in one of three kinds.

import {
  jsonEqual,
  jsonPatch,
  mergePatch,
  type PatchResult,
  strategicMergePatch,
} from '../../../sim/kubernetes/api/patch/index.ts';
import { jsonPatchType, mergePatchType, strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, KubectlError } from './errors.ts';
import { parseYaml } from './files.ts';
import { groupOf, isObject, type Json, type JsonObject, kindOf } from './object.ts';
import { parseJsonStream } from './json-stream.ts';
import { resultPrinter } from './printers/index.ts';
import { goJson } from './printers/json.ts';
import { visit, writing } from './visit.ts';

const types = { json: jsonPatchType, merge: mergePatchType, strategic: strategicMergePatchType } as const;
type PatchName = keyof typeof types;

export async function run(context: Context): Promise<undefined> {
  const { client, flags } = context;
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'patched', { saysDryRun: false });
  const type = typeOf(context);
  const text = await patchOf(context);
  const subresource = flags.text('subresource');
  const count = await visit(context, { subresource }, async ({ resource, namespace, name, object }) => {
    let after: JsonObject;
    if (dryRun === 'client') after = patchedLocally(object, text, type, resource.kind);
    else {
      try {
        after = await client.patch(resource, namespace, name, types[type], text, writing(context), subresource);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status.reason !== 'UnsupportedMediaType') throw error;
        const kind = `${resource.group || ''}/${resource.version}, Kind=${resource.kind}`;
        throw new KubectlError(`${types[type]} is not supported by ${kind}: ${error.message}`);
      }
    }
    // A part may be of another kind than the whole.
    const shown = { ...resource, kind: kindOf(after) || resource.kind, group: groupOf(after) };
    await print(shown, after, jsonEqual(object, after) ? 'patched (no change)' : 'patched');
  });
  if (count === 0) throw new KubectlError('no objects passed to patch');
  return undefined;
}

function typeOf({ flags }: Context): PatchName {
  if (flags.text('patch') && flags.text('patch-file')) {
    throw new KubectlError('cannot specify --patch and --patch-file together');
  }
  if (!flags.text('patch') && !flags.text('patch-file')) {
    throw new KubectlError('must specify --patch or --patch-file containing the contents of the patch');
  }
  const given = flags.text('type');
  const name = given.toLowerCase();
  if (name === 'json' || name === 'merge' || name === 'strategic') return name;
  throw new KubectlError(`--type must be one of [json merge strategic], not ${JSON.stringify(given)}`);
}

/** The text that is sent: JSON as it was given, however broken; YAML as JSON. */
async function patchOf({ flags, proc }: Context): Promise<string> {
  const file = flags.text('patch-file');
  if (file && !proc.fs.exists(proc.fs.resolve(proc.cwd, file))) {
    throw new KubectlError(`unable to read patch file: open ${file}: no such file or directory`);
  }
  const text = file ? proc.fs.read(proc.fs.resolve(proc.cwd, file)) : flags.text('patch');
  if (/^\s*\{/.test(text)) return text;
  const parsed = await parseYaml(text);
  if ('error' in parsed)
    throw new KubectlError(`unable to parse ${JSON.stringify(flags.text('patch'))}: ${parsed.error}`);
  return goJson(parsed.value);
}

/** What the libraries for two of the kinds say of a text that is no JSON. */
const unreadable: Partial<Record<PatchName, string>> = {
  merge: 'Invalid JSON Patch',
  strategic: 'invalid JSON document',
};

/** What the server would make of it. */
export function patchedLocally(object: JsonObject, text: string, type: PatchName, kind: string): JsonObject {
  const { values, error } = parseJsonStream(text);
  if (error !== undefined) throw new KubectlError(unreadable[type] ?? error.replace(/^json: offset \d+: /, ''));
  const patch = values[0] ?? null;
  const apply = {
    json: jsonPatch,
    merge: mergePatch,
    strategic: (doc: Json, change: Json) => strategicMergePatch(doc, change, kind),
  };
  const done: PatchResult = apply[type](object, patch);
  if ('error' in done) throw new KubectlError(done.error);
  return isObject(done.value) ? done.value : {};
}
