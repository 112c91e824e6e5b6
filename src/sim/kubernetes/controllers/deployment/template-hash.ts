// The `pod-template-hash` and what makes two templates the same.
// Models: pkg/controller/controller_utils.go ComputeHash, k8s.io/apimachinery/pkg/util/rand SafeEncodeString and
// deployment_util.go EqualIgnoreHash (1.32).
// Departure: the real hash runs over a dump of the Go structs; here it runs over the template's JSON with sorted
// keys. Names have the same form and change when the template does, but they are other names.
import { fnv1a32 } from '../../../engine/hash.ts';
import type { PodSpec, PodTemplateSpec } from '../../objects.ts';

export const POD_TEMPLATE_HASH = 'pod-template-hash';
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const text = templateText(template) + (collisionCount === undefined ? '' : `#${String(collisionCount)}`);
  return safeEncode(String(fnv1a32(text)));
}

/** Letters and digits that spell no words. */
export function safeEncode(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) out += SAFE_ALPHABET[text.charCodeAt(i) % SAFE_ALPHABET.length] as string;
  return out;
}

/** The same template, whatever hash label a controller has put on one of them. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return templateText(a) === templateText(b);
}

const specTexts = new WeakMap<PodSpec, string>();
const templateTexts = new WeakMap<PodTemplateSpec, string>();

/** Templates are values: each pass of a rollout compares the same few objects again. */
function templateText(template: PodTemplateSpec): string {
  let text = templateTexts.get(template);
  if (text === undefined) {
    const { metadata, spec } = template;
    let specText = specTexts.get(spec);
    if (specText === undefined) {
      specText = canonicalJson(spec);
      specTexts.set(spec, specText);
    }
    const { [POD_TEMPLATE_HASH]: _hash, ...labels } = metadata.labels ?? {};
    text = `${canonicalJson(labels)}${canonicalJson(metadata.annotations ?? {})}${specText}`;
    templateTexts.set(template, text);
  }
  return text;
}

/** JSON with the keys of every object in the order of their code units. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonicalJson(part)}`).join(',')}}`;
}
