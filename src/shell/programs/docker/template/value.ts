// Values of templates and how Go prints them (fmt's %v). Documents of the engine are JSON; which of their objects are
// maps and which are structs is told by the field that holds them.

import { isList, isObject, type Json, type JsonObject } from '../json.ts';

export type Method = (...args: readonly Value[]) => Value;
export type Value = Json | undefined | Row | Method;

/** A line of a list: named values, some of which take arguments, made when they are asked for. */
export class Row {
  /** `*formatter.ContainerContext` */
  readonly type: string;
  readonly #fields: Readonly<Record<string, () => Json | Method>>;
  /** Fields that a template can ask for and `json` leaves out. */
  readonly #hidden: ReadonlySet<string>;

  constructor(type: string, fields: Readonly<Record<string, () => Json | Method>>, hidden: readonly string[] = []) {
    this.type = type;
    this.#fields = fields;
    this.#hidden = new Set(hidden);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }
  get(name: string): Json | Method {
    return this.#fields[name]?.() ?? null;
  }
  json(): JsonObject {
    const out: Record<string, Json> = {};
    for (const name of Object.keys(this.#fields).sort()) {
      const value = this.#hidden.has(name) ? undefined : this.get(name);
      if (value !== undefined && typeof value !== 'function') out[name] = value;
    }
    return out;
  }
}

/** Fields whose objects are maps. */
const maps = new Set([
  ...['Labels', 'Ports', 'PortBindings', 'ExposedPorts', 'Volumes', 'Networks', 'Options', 'Sysctls', 'Tmpfs'],
  ...['Annotations', 'StorageOpt', 'DriverOpts', 'Data', 'Containers', 'Runtimes', 'EndpointsConfig', 'IndexConfigs'],
  ...['Details', 'Attributes', 'AuxiliaryAddresses', 'Status', 'Services'],
]);
/** Fields that are lists also when nothing is in them. */
const lists = new Set([
  ...['Cmd', 'Entrypoint', 'Env', 'Args', 'Binds', 'Mounts', 'RepoTags', 'RepoDigests', 'CapAdd', 'CapDrop', 'Dns'],
  ...['ExtraHosts', 'Links', 'Aliases', 'VolumesFrom', 'OnBuild', 'ExecIDs', 'GroupAdd', 'SecurityOpt', 'Devices'],
  ...['DnsOptions', 'DnsSearch', 'Ulimits', 'Layers', 'Log', 'Config', 'DNSNames', 'MaskedPaths', 'ReadonlyPaths'],
]);

/** Remembers of every object and list in a document which field holds it. */
export class Holders {
  readonly #of = new WeakMap<object, string>();

  constructor(document: Json | undefined) {
    this.#walk(document, '');
  }

  #walk(value: Json | undefined, holder: string): void {
    if (isList(value)) {
      this.#of.set(value, `${holder}[]`);
      for (const item of value) this.#walk(item, `${holder}[]`);
    } else if (isObject(value)) {
      this.#of.set(value, holder);
      for (const [key, item] of Object.entries(value)) this.#walk(item, maps.has(holder) ? `${holder}{}` : key);
    }
  }

  isMap(value: object): boolean {
    return maps.has(this.#of.get(value) ?? '');
  }
}

/** fmt.Sprint of one value. */
export function print(value: Value, holders: Holders, holder = ''): string {
  if (value === undefined || value === null) {
    if (maps.has(holder)) return 'map[]';
    return lists.has(holder) ? '[]' : '<no value>';
  }
  return show(value, holders);
}

function show(value: Value, holders: Holders, holder = ''): string {
  if (value === undefined || value === null) return maps.has(holder) ? 'map[]' : lists.has(holder) ? '[]' : '<nil>';
  if (typeof value === 'function') return '<func>';
  if (value instanceof Row) return `{${value.type}}`;
  if (isList(value)) return `[${value.map((item) => show(item, holders)).join(' ')}]`;
  if (isObject(value)) {
    if (!holders.isMap(value)) {
      return `{${Object.entries(value)
        .map(([key, item]) => show(item, holders, key))
        .join(' ')}}`;
    }
    const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
    return `map[${keys.map((key) => `${key}:${show(value[key], holders)}`).join(' ')}]`;
  }
  if (typeof value === 'number') return number(value);
  return String(value);
}

function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  return String(value).replace(/e([-+])(\d)$/, 'e$10$2');
}

export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (value instanceof Row || typeof value === 'function') return true;
  if (isList(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return true;
}
