// The kubeconfig file: contexts and the namespace of the current one. All contexts lead to the one simulated cluster
// of the page. Without a file there is one context. Left out: merging of several files, users and certificates.

import type { ShellFiles } from '../../file-system.ts';
import type { Proc } from '../../program.ts';
import { KubectlError } from './errors.ts';
import { isObject, type Json, type JsonObject, listAt, textAt, withAt } from './object.ts';
import { yaml } from './printers/yaml.ts';

export interface Kubeconfig {
  readonly path: string;
  /** The path as it was given, for messages. */
  readonly shown: string;
  readonly fromFile: boolean;
  readonly document: JsonObject;
}

export const serverUrl = 'https://127.0.0.1:6443';

const initial: JsonObject = {
  apiVersion: 'v1',
  clusters: [{ cluster: { server: serverUrl }, name: 'bayplan' }],
  contexts: [{ context: { cluster: 'bayplan', user: 'bayplan' }, name: 'bayplan' }],
  'current-context': 'bayplan',
  kind: 'Config',
  preferences: {},
  users: [{ name: 'bayplan', user: {} }],
};

/** A file that is named must be there, unless the command is about to make it. */
export async function loadKubeconfig(proc: Proc, flag: string, mayMake: boolean): Promise<Kubeconfig> {
  const named = flag === '' ? proc.env['KUBECONFIG']?.split(':').find((part) => part !== '') : flag;
  const shown = named ?? `${proc.env['HOME'] ?? '/home/user'}/.kube/config`;
  const path = proc.fs.resolve(proc.cwd, shown);
  if (!proc.fs.exists(path)) {
    if (flag && mayMake) return { path, shown, fromFile: false, document: { preferences: {} } };
    if (flag) throw new KubectlError(`stat ${flag}: no such file or directory`);
    return { path, shown, fromFile: false, document: initial };
  }
  const { parse } = await import('yaml');
  const value = parse(proc.fs.read(path), { version: '1.1' }) as Json;
  return { path, shown, fromFile: true, document: { preferences: {}, ...(isObject(value) ? value : {}) } };
}

export function saveKubeconfig(fs: ShellFiles, config: Kubeconfig, document: JsonObject): void {
  fs.makeDirectories(config.path.slice(0, config.path.lastIndexOf('/')) || '/');
  fs.write(config.path, yaml(document));
}

export const currentContext = (document: JsonObject): string => textAt(document, 'current-context');

export function contextNamed(document: JsonObject, name: string): JsonObject | undefined {
  return listAt(document, 'contexts')
    .filter(isObject)
    .find((one) => textAt(one, 'name') === name);
}

export function withContext(document: JsonObject, name: string, fields: Readonly<Record<string, string>>): JsonObject {
  const before = contextNamed(document, name) ?? { context: { cluster: '', user: '' }, name };
  let after = before;
  for (const [key, value] of Object.entries(fields)) after = withAt(after, ['context', key], value);
  const contexts = listAt(document, 'contexts').filter(isObject);
  const others = contexts.includes(before)
    ? contexts.map((one) => (one === before ? after : one))
    : [...contexts, after];
  return { ...document, contexts: others };
}
