// readelf(1) for the parts of an ELF file that the loader reads: -h, -d, -V, --dyn-syms, -l and -n.
// Source: the output of GNU Binutils 2.40. Departures: offsets and addresses are plausible, not a linker's; sections,
// relocations and the full symbol table are refused by name.
import { LinuxError, type Command } from '../contract.ts';
import type { Elf } from '../elf.ts';
import { architectureOf } from './architecture.ts';
import { dynamicSymbols, elfHash, layout, look, versionIndexes } from './elf-facts.ts';

type Part = 'header' | 'segments' | 'dynamic' | 'versions' | 'symbols' | 'notes';
const letters: Readonly<Record<string, Part>> = {
  h: 'header',
  l: 'segments',
  d: 'dynamic',
  V: 'versions',
  s: 'symbols',
  n: 'notes',
};
const words: Readonly<Record<string, Part>> = {
  'file-header': 'header',
  'program-headers': 'segments',
  segments: 'segments',
  dynamic: 'dynamic',
  'version-info': 'versions',
  'dyn-syms': 'symbols',
  symbols: 'symbols',
  syms: 'symbols',
  notes: 'notes',
};

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

export const readelf: Command = (sys) => {
  const parts = new Set<Part>();
  const names: string[] = [];
  let wide = false;
  for (const argument of sys.argv.slice(1)) {
    if (argument.startsWith('--')) {
      const part = words[argument.slice(2)];
      if (argument === '--wide') wide = true;
      else if (argument === '--version') {
        sys.out('GNU readelf (GNU Binutils for Debian) 2.40\n');
        return 0;
      } else if (part === undefined) return refuse(argument);
      else parts.add(part);
    } else if (argument.startsWith('-') && argument.length > 1) {
      for (const letter of argument.slice(1)) {
        const part = letters[letter];
        if (letter === 'W') wide = true;
        else if (part === undefined) return refuse(`-${letter}`);
        else parts.add(part);
      }
    } else names.push(argument);
  }
  if (names.length === 0 || parts.size === 0) {
    sys.err('Usage: readelf <option(s)> elf-file(s)\n Display information about the contents of ELF format files\n');
    return 1;
  }
  let result = 0;
  for (const name of names) {
    const looked = look(sys.files, name);
    if (looked instanceof LinuxError) {
      if (looked.errno === 'ENOENT') sys.err(`readelf: Error: '${name}': No such file\n`);
      else if (looked.errno === 'EISDIR') sys.err(`readelf: Error: '${name}' is not an ordinary file\n`);
      else sys.err(`readelf: Error: Input file '${name}' is not readable.\n`);
      result = 1;
      continue;
    }
    if (names.length > 1) sys.out(`\nFile: ${name}\n`);
    if (looked.kind !== 'elf') {
      const size = sys.files.stat(name).sizeBytes;
      sys.err(
        size < 16
          ? `readelf: Error: ${name}: Failed to read file's magic number\n`
          : 'readelf: Error: Not an ELF file - it has the wrong magic bytes at the start\n',
      );
      result = 1;
      continue;
    }
    sys.takes(3);
    const { elf } = looked;
    if (parts.has('header')) sys.out(header(elf));
    if (parts.has('segments')) sys.out(segments(elf, parts.has('header')));
    if (parts.has('dynamic')) sys.out(dynamic(elf));
    if (parts.has('symbols')) sys.out(symbols(elf, wide));
    if (parts.has('versions')) sys.out(versions(elf));
    if (parts.has('notes')) sys.out(notes(elf));
  }
  return result;

  function refuse(option: string): number {
    sys.err(`readelf: option ${option} is not simulated\n`);
    return 1;
  }
};

const isDynamic = (elf: Elf): boolean =>
  elf.interpreter !== undefined || elf.needed.length > 0 || elf.soname !== undefined;

function typeOf(elf: Elf): string {
  if (elf.type === 'EXEC') return 'EXEC (Executable file)';
  return elf.interpreter !== undefined && elf.soname === undefined
    ? 'DYN (Position-Independent Executable file)'
    : 'DYN (Shared object file)';
}

function header(elf: Elf): string {
  const wide = elf.class === 64;
  const { readelf: machine } = architectureOf(elf);
  const big = elf.machine === 's390x';
  const row = (name: string, value: string): string => `  ${`${name}:`.padEnd(35)}${value}\n`;
  return (
    'ELF Header:\n' +
    `  Magic:   7f 45 4c 46 ${wide ? '02' : '01'} ${big ? '02' : '01'} 01 00 00 00 00 00 00 00 00 00 \n` +
    row('Class', `ELF${elf.class}`) +
    row('Data', `2's complement, ${big ? 'big' : 'little'} endian`) +
    row('Version', '1 (current)') +
    row('OS/ABI', 'UNIX - System V') +
    row('ABI Version', '0') +
    row('Type', typeOf(elf)) +
    row('Machine', machine) +
    row('Version', '0x1') +
    row('Entry point address', elf.type === 'EXEC' ? '0x401050' : elf.interpreter === undefined ? '0x0' : '0x1050') +
    row('Start of program headers', `${wide ? 64 : 52} (bytes into file)`) +
    row('Start of section headers', `${Math.max(64, elf.sizeBytes - (wide ? 1984 : 1160))} (bytes into file)`) +
    row('Flags', '0x0') +
    row('Size of this header', `${wide ? 64 : 52} (bytes)`) +
    row('Size of program headers', `${wide ? 56 : 32} (bytes)`) +
    row('Number of program headers', elf.interpreter === undefined ? '11' : '13') +
    row('Size of section headers', `${wide ? 64 : 40} (bytes)`) +
    row('Number of section headers', elf.stripped ? '29' : '31') +
    row('Section header string table index', elf.stripped ? '28' : '30')
  );
}

function segments(elf: Elf, afterHeader: boolean): string {
  const entry = elf.type === 'EXEC' ? '0x401050' : '0x1050';
  const intro = afterHeader
    ? ''
    : `\nElf file type is ${typeOf(elf)}\nEntry point ${entry}\nThere are ${elf.interpreter === undefined ? 11 : 13} program headers, starting at offset 64\n`;
  const row = (type: string, at: number, size: number, flags: string, align: string): string =>
    `  ${type.padEnd(15)}0x${hex(at, 16)} 0x${hex(at, 16)} 0x${hex(at, 16)}\n` +
    `                 0x${hex(size, 16)} 0x${hex(size, 16)}  ${flags}    ${align}\n`;
  const places = layout(elf);
  return (
    `${intro}\nProgram Headers:\n` +
    '  Type           Offset             VirtAddr           PhysAddr\n' +
    '                 FileSiz            MemSiz              Flags  Align\n' +
    row('PHDR', 0x40, 0x2d8, 'R  ', '0x8') +
    (elf.interpreter === undefined
      ? ''
      : `${row('INTERP', 0x318, elf.interpreter.length + 1, 'R  ', '0x1')}      [Requesting program interpreter: ${elf.interpreter}]\n`) +
    row('LOAD', 0, 0x1000, 'R  ', '0x1000') +
    row('LOAD', 0x1000, Math.max(0x1000, Math.floor(elf.sizeBytes / 2)), 'R E', '0x1000') +
    (isDynamic(elf) ? row('DYNAMIC', places.dynamic, 0x1f0, 'RW ', '0x8') : '') +
    row('GNU_STACK', 0, 0, 'RW ', '0x10') +
    '\n'
  );
}

/** Tag, its name, and the value as readelf shows it. Also for objdump. */
export function dynamicEntries(
  elf: Elf,
): readonly { tag: number; name: string; text: string; value: number | string }[] {
  const places = layout(elf);
  const entries: { tag: number; name: string; text: string; value: number | string }[] = [];
  const named = (tag: number, name: string, words: string, value: string): void =>
    void entries.push({ tag, name, text: `${words}: [${value}]`, value });
  const number = (tag: number, name: string, value: number, text = `0x${value.toString(16)}`): void =>
    void entries.push({ tag, name, text, value });
  for (const library of elf.needed) named(1, 'NEEDED', 'Shared library', library);
  if (elf.soname !== undefined) named(14, 'SONAME', 'Library soname', elf.soname);
  if (elf.rpath !== undefined) named(15, 'RPATH', 'Library rpath', elf.rpath.join(':'));
  if (elf.runpath !== undefined) named(29, 'RUNPATH', 'Library runpath', elf.runpath.join(':'));
  number(12, 'INIT', 0x1000);
  number(13, 'FINI', 0x1000 + Math.floor(elf.sizeBytes / 2));
  number(25, 'INIT_ARRAY', places.dynamic + 0xff0);
  number(27, 'INIT_ARRAYSZ', 8, '8 (bytes)');
  number(26, 'FINI_ARRAY', places.dynamic + 0xff8);
  number(28, 'FINI_ARRAYSZ', 8, '8 (bytes)');
  number(0x6ffffef5, 'GNU_HASH', 0x3a0);
  number(5, 'STRTAB', places.dynstr);
  number(6, 'SYMTAB', places.dynsym);
  number(10, 'STRSZ', places.versym - places.dynstr, `${places.versym - places.dynstr} (bytes)`);
  number(11, 'SYMENT', 24, '24 (bytes)');
  if (elf.interpreter !== undefined && elf.soname === undefined) number(21, 'DEBUG', 0);
  number(3, 'PLTGOT', places.dynamic + 0x1218);
  const plt = elf.undefined.filter(({ type }) => type === 'U').length * 24;
  number(2, 'PLTRELSZ', plt, `${plt} (bytes)`);
  number(20, 'PLTREL', 7, 'RELA');
  number(23, 'JMPREL', places.verneed + 0x1b0);
  number(7, 'RELA', places.verneed + 0xf0);
  number(8, 'RELASZ', 192, '192 (bytes)');
  number(9, 'RELAENT', 24, '24 (bytes)');
  const now = elf.bindNow === true;
  const pie = elf.type === 'DYN' && elf.interpreter !== undefined && elf.soname === undefined;
  if (now) number(30, 'FLAGS', 8, 'BIND_NOW');
  const flags = [
    ...(now ? ['NOW'] : []),
    ...(elf.noDefaultLibraries === true ? ['NODEFLIB'] : []),
    ...(pie ? ['PIE'] : []),
  ];
  const flagBits = (now ? 1 : 0) + (elf.noDefaultLibraries === true ? 0x800 : 0) + (pie ? 0x8000000 : 0);
  if (flags.length > 0) number(0x6ffffffb, 'FLAGS_1', flagBits, `Flags: ${flags.join(' ')}`);
  if (elf.versionsDefined.length > 0) {
    number(0x6ffffffc, 'VERDEF', places.verdef);
    number(0x6ffffffd, 'VERDEFNUM', elf.versionsDefined.length + 1, String(elf.versionsDefined.length + 1));
  }
  if (elf.versionsNeeded.length > 0) {
    number(0x6ffffffe, 'VERNEED', places.verneed);
    number(0x6fffffff, 'VERNEEDNUM', elf.versionsNeeded.length, String(elf.versionsNeeded.length));
  }
  if (elf.versionsNeeded.length + elf.versionsDefined.length > 0) number(0x6ffffff0, 'VERSYM', places.versym);
  number(0x6ffffff9, 'RELACOUNT', 3, '3');
  number(0, 'NULL', 0);
  return entries;
}

function dynamic(elf: Elf): string {
  if (!isDynamic(elf)) return '\nThere is no dynamic section in this file.\n';
  const entries = dynamicEntries(elf);
  const digits = elf.class === 64 ? 16 : 8;
  let text = `\nDynamic section at offset 0x${layout(elf).dynamic.toString(16)} contains ${entries.length} entries:\n`;
  text +=
    elf.class === 64
      ? '  Tag        Type                         Name/Value\n'
      : '  Tag        Type                         Name/Value\n';
  for (const entry of entries) {
    text += ` 0x${hex(entry.tag, digits)} ${`(${entry.name})`.padEnd(elf.class === 64 ? 20 : 28)} ${entry.text}\n`;
  }
  return text;
}

function symbols(elf: Elf, wide: boolean): string {
  const all = dynamicSymbols(elf);
  if (!isDynamic(elf)) return '';
  const indexes = versionIndexes(elf);
  let text = `\nSymbol table '.dynsym' contains ${all.length + 1} entries:\n`;
  text += '   Num:    Value          Size Type    Bind   Vis      Ndx Name\n';
  text += '     0: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT  UND \n';
  for (const [index, { symbol, address }] of all.entries()) {
    const from = elf.versionsNeeded.find(({ versions }) => versions.includes(symbol.version ?? ''))?.library;
    const number = address === undefined ? indexes.get(`${from ?? ''} ${symbol.version ?? ''}`) : undefined;
    const suffix =
      symbol.version === undefined
        ? ''
        : `${symbol.default === true ? '@@' : '@'}${symbol.version}${number === undefined ? '' : ` (${number})`}`;
    const data = symbol.type === 'D' || symbol.type === 'B';
    const type = data
      ? 'OBJECT'
      : symbol.type === 'i'
        ? 'IFUNC'
        : symbol.type === 'W' && address === undefined
          ? 'NOTYPE'
          : 'FUNC';
    const room = wide ? Infinity : 25;
    const whole = `${symbol.name}${suffix}`;
    const name =
      whole.length <= room
        ? whole
        : suffix.length === 0
          ? `${symbol.name.slice(0, room - 9)}[...]`
          : `${symbol.name.slice(0, Math.max(1, 21 - suffix.length - 5))}[...]${suffix}`;
    text +=
      `${String(index + 1).padStart(6)}: ${hex(address ?? 0, 16)} ${String(address === undefined ? 0 : 42).padStart(5)} ` +
      `${type.padEnd(7)} ${(symbol.type === 'W' ? 'WEAK' : 'GLOBAL').padEnd(6)} DEFAULT  ${address === undefined ? 'UND' : ' 14'} ${name}\n`;
  }
  return text;
}

function versions(elf: Elf): string {
  if (elf.versionsDefined.length + elf.versionsNeeded.length === 0)
    return '\nNo version information found in this file.\n';
  const places = layout(elf);
  const indexes = versionIndexes(elf);
  const all = dynamicSymbols(elf);
  let text = `\nVersion symbols section '.gnu.version' contains ${all.length + 1} entries:\n`;
  const place = (address: number, link: string): string =>
    ` Addr: 0x${hex(address, 16)}  Offset: 0x${hex(address, 8)}  Link: ${link}\n`;
  text += place(places.versym, '6 (.dynsym)');
  const cells = [
    '   0 (*local*)    ',
    ...all.map(({ symbol, address }) => {
      if (symbol.version === undefined) return '   1 (*global*)   ';
      const from = elf.versionsNeeded.find(({ versions: list }) => list.includes(symbol.version ?? ''))?.library ?? '';
      const number = indexes.get(address === undefined ? `${from} ${symbol.version}` : `given ${symbol.version}`) ?? 1;
      const hidden = address !== undefined && symbol.default !== true ? 'h' : ' ';
      return `${number.toString(16).padStart(4)}${hidden}${`(${symbol.version})`.padEnd(13)}`;
    }),
  ];
  for (let at = 0; at < cells.length; at += 4) text += `  ${hex(at, 3)}:${cells.slice(at, at + 4).join('')}\n`;
  if (elf.versionsDefined.length > 0) {
    text += `\nVersion definition section '.gnu.version_d' contains ${elf.versionsDefined.length + 1} entries:\n`;
    text += place(places.verdef, '7 (.dynstr)');
    text += `  000000: Rev: 1  Flags: BASE  Index: 1  Cnt: 1  Name: ${elf.soname ?? ''}\n`;
    let offset = 0x1c;
    for (const [index, version] of elf.versionsDefined.entries()) {
      const parent = elf.versionsDefined[index - 1];
      text += `  0x${hex(offset, 4)}: Rev: 1  Flags: none  Index: ${index + 2}  Cnt: ${parent === undefined ? 1 : 2}  Name: ${version}\n`;
      offset += 0x1c;
      if (parent === undefined) continue;
      text += `  0x${hex(offset, 4)}: Parent 1: ${parent}\n`;
      offset += 8;
    }
  }
  if (elf.versionsNeeded.length > 0) {
    const count = elf.versionsNeeded.length;
    text += `\nVersion needs section '.gnu.version_r' contains ${count} ${count === 1 ? 'entry' : 'entries'}:\n`;
    text += place(places.verneed, '7 (.dynstr)');
    let offset = 0;
    for (const { library, versions: wanted } of elf.versionsNeeded) {
      text += `  ${offset === 0 ? '000000' : `0x${hex(offset, 4)}`}: Version: 1  File: ${library}  Cnt: ${wanted.length}\n`;
      offset += 16;
      for (const version of wanted) {
        text += `  0x${hex(offset, 4)}:   Name: ${version}  Flags: none  Version: ${indexes.get(`${library} ${version}`) ?? 0}\n`;
        offset += 16;
      }
    }
  }
  return text;
}

function notes(elf: Elf): string {
  return (
    '\nDisplaying notes found in: .note.gnu.build-id\n' +
    '  Owner                Data size \tDescription\n' +
    `  GNU                  0x00000014\tNT_GNU_BUILD_ID (unique build ID bitstring)\n    Build ID: ${elf.buildId}\n`
  );
}

/** Version tables as objdump -p prints them. */
export function objdumpVersions(elf: Elf): string {
  const indexes = versionIndexes(elf);
  let text = '';
  const hash = (name: string): string => `0x${hex(elfHash(name), 8)}`;
  if (elf.versionsDefined.length > 0) {
    text += `\nVersion definitions:\n1 0x01 ${hash(elf.soname ?? '')} ${elf.soname ?? ''}\n`;
    for (const [index, version] of elf.versionsDefined.entries()) {
      text += `${index + 2} 0x00 ${hash(version)} ${version}\n`;
      const parent = elf.versionsDefined[index - 1];
      if (parent !== undefined) text += `\t${parent} \n`;
    }
  }
  if (elf.versionsNeeded.length > 0) {
    text += '\nVersion References:\n';
    for (const { library, versions: wanted } of elf.versionsNeeded) {
      text += `  required from ${library}:\n`;
      for (const version of wanted) {
        const index = String(indexes.get(`${library} ${version}`) ?? 0).padStart(2, '0');
        text += `    ${hash(version)} 0x00 ${index} ${version}\n`;
      }
    }
  }
  return text;
}
