// What Tab offers after `kubectl` (kubectl/pkg/util/completion, 1.32): commands, flags, types, names, containers,
// namespaces, output formats. Only what is simulated is offered.

import type { ShellHost } from '../../program.ts';
import { Client, type Resource } from './client.ts';
import { commandPaths, flagsOf, moduleOf, subcommand, subcommandsOf } from './commands.ts';
import type { Flag } from './flags.ts';
import { isObject, type JsonObject, listAt, nameOf, textAt } from './object.ts';

const printFormats = ['json', 'jsonpath=', 'jsonpath-as-json=', 'jsonpath-file=', 'name', 'yaml'];
const outputs: Readonly<Record<string, readonly string[]>> = {
  'api-resources': ['name', 'wide'],
  'config get-contexts': ['name'],
  'config view': ['json', 'yaml'],
  delete: ['name'],
  explain: ['plaintext'],
  get: [...printFormats, 'custom-columns=', 'custom-columns-file=', 'wide'],
  version: ['json', 'yaml'],
};

/** Commands whose first argument is a type. */
const byType = [
  'annotate',
  'delete',
  'describe',
  'edit',
  'expose',
  'get',
  'label',
  'patch',
  'scale',
  'set env',
  'set resources',
  'wait',
];
/** The kinds that these can be about, where not all can. */
const rollouts = ['deployment'];

/** @param words those of the line, `kubectl` first, the one being typed last */
export async function complete(words: readonly string[], host: ShellHost): Promise<readonly string[]> {
  const word = words.at(-1) ?? '';
  const line = read(words.slice(1, -1));
  if (line.afterDash) return [];
  const client = new Client(host, new AbortController().signal, '__complete', () => undefined);
  const offer = new Offer(client, line);
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  if (equals > 0) {
    const flag = flagsOf(line.path).find(({ name }) => name === word.slice(2, equals));
    const values = flag ? await offer.valuesOf(flag) : [];
    return values.map((value) => word.slice(0, equals + 1) + value);
  }
  if (line.open) return offer.valuesOf(line.open);
  const joined = /^-([a-zA-Z])(.+)$/.exec(word);
  const short = joined && flagsOf(line.path).find((flag) => flag.short === joined[1] && flag.bare === undefined);
  if (joined && short) return (await offer.valuesOf(short)).map((value) => `-${joined[1] ?? ''}${value}`);
  if (word.startsWith('-')) return flagNames(line);
  const below = subcommandsOf(line.path).filter((name) =>
    isSimulated(line.path === '' ? name : `${line.path} ${name}`),
  );
  if (line.args.length === 0 && below.length > 0) return line.path === '' ? [...below, 'help', 'options'] : below;
  return offer.argument(word);
}

interface Line {
  readonly path: string;
  readonly args: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
  /** The flag that waits for its value. */
  readonly open: Flag | undefined;
  readonly afterDash: boolean;
}

function read(words: readonly string[]): Line {
  let path = '';
  const args: string[] = [];
  const flags = new Map<string, string>();
  let open: Flag | undefined;
  for (const word of words) {
    if (word === '--') return { path, args, flags, open: undefined, afterDash: true };
    if (open) {
      flags.set(open.name, word);
      open = undefined;
    } else if (word.startsWith('--')) {
      const [name = '', ...value] = word.slice(2).split('=');
      const flag = flagsOf(path).find((one) => one.name === name);
      if (flag && flag.bare === undefined && value.length === 0) open = flag;
      else flags.set(name, value.join('='));
    } else if (/^-./.test(word)) {
      const letters = word.slice(1);
      const flag = flagsOf(path).find(({ short, bare }) => short === letters.slice(0, 1) && bare === undefined);
      if (flag && letters.length === 1) open = flag;
      else if (flag) flags.set(flag.name, letters.slice(1));
    } else {
      const next = args.length === 0 ? subcommand(path, word) : undefined;
      if (next === undefined) args.push(word);
      else path = next;
    }
  }
  return { path, args, flags, open, afterDash: false };
}

function isSimulated(path: string): boolean {
  return moduleOf(path) !== undefined || commandPaths.some((one) => one.startsWith(`${path} `) && moduleOf(one));
}

function flagNames({ path, flags }: Line): string[] {
  return flagsOf(path)
    .filter(({ name, simulated, type }) => simulated && (type === 'list' || !flags.has(name)))
    .map(({ name, bare }) => (bare === undefined ? `--${name}=` : `--${name}`));
}

/** What can stand at one place of the line. */
class Offer {
  readonly #client: Client;
  readonly #line: Line;

  constructor(client: Client, line: Line) {
    this.#client = client;
    this.#line = line;
  }

  async valuesOf({ name }: Flag): Promise<string[]> {
    switch (name) {
      case 'namespace':
        return this.#names('namespaces');
      case 'output':
        return [...(outputs[this.#line.path] ?? printFormats)];
      case 'dry-run':
        return ['client', 'none', 'server'];
      case 'container':
        return this.#containers();
      case 'cascade':
        return ['background', 'foreground', 'orphan'];
      default:
        return [];
    }
  }

  async argument(word: string): Promise<string[]> {
    const { path, args } = this.#line;
    if (path === 'help') return [];
    if (byType.includes(path)) return this.#typed(word, await this.#types());
    if (path.startsWith('rollout '))
      return this.#typed(word, path === 'rollout status' && args.length > 1 ? [] : rollouts);
    switch (path) {
      case 'logs':
      case 'exec':
        if (args.length === 1 && path === 'logs') return this.#containers();
        return args.length > 0 ? [] : this.#pods(word);
      case 'cordon':
      case 'uncordon':
      case 'drain':
        return this.#names('nodes');
      case 'taint':
        return args.length === 0 ? ['node'] : this.#names('nodes');
      case 'explain':
        return args.length === 0 ? this.#explained(word) : [];
      case 'set image':
        return this.#typed(word, ['deployment', 'pod', 'replicaset']);
      case 'autoscale':
        return this.#typed(word, ['deployment', 'replicaset']);
      default:
        return [];
    }
  }

  /** A type, then names of it; or `type/name`. */
  async #typed(word: string, types: readonly string[]): Promise<string[]> {
    const { args } = this.#line;
    const slash = word.indexOf('/');
    if (slash > 0) {
      const type = word.slice(0, slash);
      return (await this.#names(type)).map((name) => `${type}/${name}`);
    }
    const [type] = args;
    if (type === undefined) return [...types];
    if (type.includes('/')) return types.map((one) => `${one}/`);
    return (await this.#names(type)).filter((name) => !args.includes(name));
  }

  async #types(): Promise<string[]> {
    const all = await this.#client.resources();
    return all.map(({ plural, group }) => (group === '' ? plural : `${plural}.${group}`));
  }

  /** Pods by name, and the workloads that have some. */
  async #pods(word: string): Promise<string[]> {
    const slash = word.indexOf('/');
    if (slash > 0) {
      const type = word.slice(0, slash);
      return (await this.#names(type)).map((name) => `${type}/${name}`);
    }
    return [...(await this.#names('pods')), 'deployment/', 'replicaset/', 'service/'];
  }

  async #names(type: string): Promise<string[]> {
    return (await this.#objects(type)).map(nameOf);
  }

  async #objects(type: string): Promise<JsonObject[]> {
    // Tab stays silent about what is wrong.
    try {
      const resource: Resource = await this.#client.resource(type);
      const list = await this.#client.list(resource, resource.namespaced ? this.#namespace() : '');
      return listAt(list, 'items').filter(isObject);
    } catch (error) {
      if (error instanceof Error) return [];
      throw error;
    }
  }

  // The context of a kubeconfig would count too; Tab does not see the files of the session.
  #namespace(): string {
    if (this.#line.flags.has('all-namespaces')) return '';
    return this.#line.flags.get('namespace') ?? 'default';
  }

  async #containers(): Promise<string[]> {
    const named = this.#line.args[0]?.replace(/^(?:po|pods?)\//, '');
    const pods = await this.#objects('pods');
    const pod = pods.find((one) => nameOf(one) === named);
    return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((key) =>
      listAt(pod, 'spec', key).map((one) => textAt(one, 'name')),
    );
  }

  async #explained(word: string): Promise<string[]> {
    const { fieldsOf } = await import('./explain.ts');
    const dot = word.lastIndexOf('.');
    if (dot < 0) return (await this.#client.resources()).map(({ plural }) => plural);
    const path = word.slice(0, dot);
    return (await fieldsOf(this.#client, path)).map((field) => `${path}.${field}`);
  }
}
