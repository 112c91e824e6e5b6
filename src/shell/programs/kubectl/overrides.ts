// `--overrides` of `run` and `expose` (kubectl/pkg/cmd/util/override_options.go, 1.32): a patch of the object before it
// is sent.

import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import type { JsonObject } from './object.ts';
import { patchedLocally } from './patch.ts';

export function overridden({ flags }: Context, object: JsonObject, kind: string): JsonObject {
  const text = flags.text('overrides');
  if (text === '') return object;
  const type = flags.text('override-type');
  if (type !== 'json' && type !== 'merge' && type !== 'strategic') {
    throw new KubectlError(`invalid override type: ${type}`);
  }
  return patchedLocally(object, text, type, kind);
}
