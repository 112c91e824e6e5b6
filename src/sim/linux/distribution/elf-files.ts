// Descriptions of the program and library files that packages bring.
import type { DynamicSymbol, Elf, ElfMachine } from '../elf.ts';
import { architectureOf } from '../loader/architecture.ts';
import { checksum } from '../packages/archive.ts';

/** What a file wants of a library: functions, each under a version or none. */
export interface Want {
  readonly library: string;
  readonly symbols?: readonly (readonly [name: string, version?: string])[];
}

export const glibcVersions = (
  '2.2.5 2.2.6 2.3 2.3.2 2.3.3 2.3.4 2.4 2.5 2.6 2.7 2.8 2.9 2.10 2.11 2.12 2.13 2.14 2.15 2.16 2.17 2.18 2.22 2.23 2.24 2.25 ' +
  '2.26 2.27 2.28 2.29 2.30 2.31 2.32 2.33 2.34 2.35 2.36'
)
  .split(' ')
  .map((version) => `GLIBC_${version}`);

const libc: Want = {
  library: 'libc.so.6',
  symbols: [
    ['__libc_start_main', 'GLIBC_2.34'],
    ['__errno_location', 'GLIBC_2.2.5'],
    ['malloc', 'GLIBC_2.2.5'],
    ['free', 'GLIBC_2.2.5'],
    ['memcpy', 'GLIBC_2.14'],
    ['__stack_chk_fail', 'GLIBC_2.4'],
  ],
};
const libcOfLibraries: Want = { library: 'libc.so.6', symbols: libc.symbols?.slice(1) ?? [] };

function wantFields(wants: readonly Want[]): Pick<Elf, 'needed' | 'versionsNeeded' | 'undefined'> {
  const versionsNeeded = wants
    .map(({ library, symbols = [] }) => ({
      library,
      versions: [...new Set(symbols.map(([, version]) => version).filter((version) => version !== undefined))],
    }))
    .filter(({ versions }) => versions.length > 0);
  const wanted = wants.flatMap(({ symbols = [] }) =>
    symbols.map(([name, version]): DynamicSymbol => ({
      name,
      type: 'U',
      ...(version === undefined ? {} : { version }),
    })),
  );
  return { needed: wants.map(({ library }) => library), versionsNeeded, undefined: wanted };
}

const wordSize = (machine: ElfMachine): 32 | 64 => (machine === 'i686' || machine === 'armv7l' ? 32 : 64);

export function programElf(
  machine: ElfMachine,
  program: string,
  version: string,
  wants: readonly Want[],
  sizeBytes: number,
): Elf {
  return {
    class: wordSize(machine),
    machine,
    type: 'DYN',
    interpreter: architectureOf({ machine }).interpreter,
    ...wantFields([...wants, libc]),
    versionsDefined: [],
    defined: [],
    program,
    version,
    stripped: true,
    buildId: checksum(`${machine} ${program} ${version}`, 40),
    sizeBytes,
  };
}

export interface LibraryOptions {
  readonly sizeBytes: number;
  readonly version: string;
  /** Functions by version, oldest first; the empty version has no version table. */
  readonly gives?: Readonly<Record<string, readonly string[]>>;
  readonly wants?: readonly Want[];
  readonly withoutLibc?: boolean;
  readonly interpreter?: string;
}

export function libraryElf(machine: ElfMachine, soname: string, options: LibraryOptions): Elf {
  const { gives = {}, wants = [], withoutLibc = false } = options;
  return {
    class: wordSize(machine),
    machine,
    type: 'DYN',
    soname,
    ...(options.interpreter === undefined ? {} : { interpreter: options.interpreter }),
    ...wantFields(withoutLibc ? wants : [...wants, libcOfLibraries]),
    versionsDefined: Object.keys(gives).filter((version) => version !== ''),
    defined: Object.entries(gives).flatMap(([version, names]) =>
      names.map((name): DynamicSymbol => ({ name, type: 'T', ...(version === '' ? {} : { version, default: true }) })),
    ),
    stripped: true,
    version: options.version,
    buildId: checksum(`${machine} ${soname} ${options.version}`, 40),
    sizeBytes: options.sizeBytes,
  };
}
