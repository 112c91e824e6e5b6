// What the tools that look into ELF files compute from the description of one: the hash of a version's name, numbers of
// versions, places of sections. Places follow from the size and are plausible, not the real linker's.
import { LinuxError, type Content, type Files } from '../contract.ts';
import type { DynamicSymbol, Elf } from '../elf.ts';

/** The hash of the System V ABI. */
export function elfHash(name: string): number {
  let hash = 0;
  for (const letter of name) {
    hash = (hash << 4) + letter.charCodeAt(0);
    const high = hash & 0xf000_0000;
    if (high !== 0) hash ^= high >>> 24;
    hash &= ~high;
  }
  return hash >>> 0;
}

/** The version index of every version of the file: given ones first, after them those wanted. */
export function versionIndexes(elf: Elf): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>();
  let next = 2;
  for (const version of elf.versionsDefined) indexes.set(`given ${version}`, next++);
  const wanted = elf.versionsNeeded.flatMap(({ library, versions }) =>
    versions.map((version) => `${library} ${version}`),
  );
  for (const key of wanted.toReversed()) indexes.set(key, next++);
  return indexes;
}

/** Dynamic symbols in the order of the table: wanted ones, then given ones. */
export function dynamicSymbols(
  elf: Elf,
): readonly { readonly symbol: DynamicSymbol; readonly address: number | undefined }[] {
  const first = Math.max(0x1100, Math.floor(elf.sizeBytes / 4));
  return [
    ...elf.undefined.map((symbol) => ({ symbol, address: undefined })),
    ...elf.defined.map((symbol, index) => ({ symbol, address: first + index * 0x40 })),
  ];
}

/** Where the sections lie that the tools speak of. */
export function layout(
  elf: Elf,
): Readonly<Record<'dynsym' | 'dynstr' | 'versym' | 'verdef' | 'verneed' | 'dynamic', number>> {
  const symbols = elf.undefined.length + elf.defined.length + 1;
  const dynsym = 0x3c8;
  const dynstr = dynsym + symbols * 24;
  const names = [...elf.needed, ...elf.undefined.map(({ name }) => name), ...elf.defined.map(({ name }) => name)];
  const versym = Math.ceil((dynstr + names.reduce((sum, name) => sum + name.length + 1, 1)) / 8) * 8;
  const verdef = Math.ceil((versym + symbols * 2) / 8) * 8;
  const verneed = verdef + (elf.versionsDefined.length === 0 ? 0 : (elf.versionsDefined.length + 1) * 28);
  return {
    dynsym,
    dynstr,
    versym,
    verdef,
    verneed,
    dynamic: Math.max(0x2dd0, Math.floor(elf.sizeBytes / 0x1000) * 0x1000 - 0x230),
  };
}

export type Looked =
  { readonly kind: 'elf'; readonly elf: Elf } | { readonly kind: 'other'; readonly content: Content };

/** Reads a file as the tools do; an errno when it cannot be. */
export function look(files: Files, path: string): Looked | LinuxError {
  try {
    if (files.stat(path).type === 'directory') return new LinuxError('EISDIR');
    const content = files.read(path);
    return content.kind === 'elf' ? { kind: 'elf', elf: content.elf } : { kind: 'other', content };
  } catch (error) {
    if (error instanceof LinuxError) return error;
    throw error;
  }
}
