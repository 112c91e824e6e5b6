// Where the files of base images come from: lists of packages by name. A world with a distribution gives its own source;
// the one here is the least that programs of the course start on, and lets images be made without it.
import type { Elf, ElfMachine } from '../../linux/elf.ts';
import type { LayerEntry } from '../../linux/files/layer.ts';
import { type PlainTree, plainEntries } from '../../linux/files/populate.ts';
import { architectureOf } from '../../linux/loader/architecture.ts';
import { digestOf } from './digest.ts';
import { type Layer, makeLayer } from './layer.ts';

export interface PackageContents {
  readonly name: string;
  readonly version: string;
  /** `amd64`, `all`. */
  readonly architecture: string;
  readonly entries: readonly LayerEntry[];
  /** Lines for /var/lib/dpkg/status beside those that every package has. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Undefined: no such package. */
export type PackageSource = (name: string, machine: ElfMachine) => PackageContents | undefined;

const STATUS = '/var/lib/dpkg/status';

/**
 * The layer that an installation of packages leaves: their files, what dpkg notes of them, and other files after that.
 * `before` is what dpkg had noted in the layers below.
 */
export function layerFromPackages(
  source: PackageSource,
  names: readonly string[],
  machine: ElfMachine,
  more: { readonly files?: PlainTree; readonly mtimeMs: number; readonly before?: string },
): { readonly layer: Layer; readonly status: string } {
  const entries: LayerEntry[] = [];
  let status = more.before ?? '';
  for (const name of names) {
    const found = source(name, machine);
    if (!found) throw new Error(`no package ${name} for ${machine}`);
    entries.push(...found.entries);
    status += stanza(found);
  }
  if (names.length > 0) entries.push(...plainEntries({ [STATUS]: status }, more.mtimeMs));
  if (more.files) entries.push(...plainEntries(more.files, more.mtimeMs));
  return { layer: makeLayer(entries), status };
}

function stanza({ name, version, architecture, fields = {} }: PackageContents): string {
  const lines = [`Package: ${name}`, 'Status: install ok installed'];
  for (const [key, value] of Object.entries(fields)) lines.push(`${key}: ${value}`);
  return `${[...lines, `Architecture: ${architecture}`, `Version: ${version}`].join('\n')}\n\n`;
}

// ---------------------------------------------------------------------------------------------------- files

const LIBC = { library: 'libc.so.6', versions: ['GLIBC_2.34'] } as const;

/** A program file; it needs libc and what else is named. */
export function program(
  machine: ElfMachine,
  name: string,
  options: { readonly version?: string; readonly sizeBytes?: number; readonly needs?: Elf['versionsNeeded'] } = {},
): Elf {
  const needs = [...(options.needs ?? []), LIBC];
  const { version, sizeBytes = 43_000 } = options;
  return {
    class: machine === 'i686' || machine === 'armv7l' ? 32 : 64,
    machine,
    type: 'DYN',
    interpreter: architectureOf({ machine }).interpreter,
    needed: needs.map(({ library }) => library),
    versionsNeeded: needs.filter(({ versions }) => versions.length > 0),
    versionsDefined: [],
    defined: [],
    undefined: [{ name: '__libc_start_main', version: 'GLIBC_2.34', type: 'U' }],
    program: name,
    ...(version !== undefined && { version }),
    stripped: true,
    buildId: buildId(`${machine} ${name} ${version ?? ''}`),
    sizeBytes,
  };
}

/** A shared object. Without versions it has no version table. */
export function library(
  machine: ElfMachine,
  soname: string,
  options: {
    readonly sizeBytes: number;
    readonly gives?: readonly { readonly name: string; readonly version?: string }[];
    readonly needsLibc?: boolean;
  },
): Elf {
  const { sizeBytes, gives = [], needsLibc = true } = options;
  const versions = [...new Set(gives.flatMap(({ version }) => version ?? []))];
  return {
    class: machine === 'i686' || machine === 'armv7l' ? 32 : 64,
    machine,
    type: 'DYN',
    soname,
    needed: needsLibc ? [LIBC.library] : [],
    versionsNeeded: needsLibc ? [LIBC] : [],
    versionsDefined: versions,
    defined: gives.map(({ name, version }) => ({
      name,
      ...(version !== undefined && { version, default: true }),
      type: 'T',
    })),
    undefined: [],
    stripped: true,
    buildId: buildId(`${machine} ${soname} ${versions.join(' ')}`),
    sizeBytes,
  };
}

function buildId(text: string): string {
  return digestOf(text).slice(7, 47);
}
