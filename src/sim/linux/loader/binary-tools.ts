// file(1), nm(1) -D, objdump(1) -p and strings(1), as far as they tell what a file is and what it asks for.
// Source: file 5.44 and GNU Binutils 2.40 on Debian 12. Other options are refused by name.
import { LinuxError, type Command, type Content, type Files } from '../contract.ts';
import type { Elf } from '../elf.ts';
import { architectureOf } from './architecture.ts';
import { dynamicSymbols, look } from './elf-facts.ts';
import { dynamicEntries, objdumpVersions } from './readelf.ts';

// ---------------------------------------------------------------------------------------------------- file

const TO_THE_POWER = '**';
export const file: Command = (sys) => {
  const names: string[] = [];
  let brief = false;
  let follow = false;
  for (const argument of sys.argv.slice(1)) {
    if (argument === '--brief') brief = true;
    else if (argument === '--dereference') follow = true;
    else if (/^-[bLh]+$/.test(argument)) {
      brief ||= argument.includes('b');
      follow ||= argument.includes('L');
    } else if (argument.startsWith('-')) {
      sys.err(`file: option ${argument} is not simulated\n`);
      return 1;
    } else names.push(argument);
  }
  if (names.length === 0) {
    sys.err('Usage: file [-bLh] file ...\n');
    return 1;
  }
  const width = Math.max(...names.map((name) => name.length));
  for (const name of names) {
    const what = describe(sys.files, name, follow);
    sys.out(brief ? `${what}\n` : `${`${name}:`.padEnd(width + 1)} ${what}\n`);
  }
  return 0;
};

function describe(files: Files, path: string, follow: boolean): string {
  try {
    const stat = follow ? files.stat(path) : files.lstat(path);
    if (stat.type === 'symlink') {
      return `${files.exists(path) ? '' : 'broken '}symbolic link to ${files.readlink(path)}`;
    }
    const set = `${(stat.mode & 0o4000) === 0 ? '' : 'setuid '}${(stat.mode & 0o2000) === 0 ? '' : 'setgid '}${(stat.mode & 0o1000) === 0 ? '' : 'sticky, '}`;
    if (stat.type === 'directory') return `${set.replace('sticky, ', 'sticky, ')}directory`;
    if (stat.type === 'fifo') return 'fifo (named pipe)';
    if (stat.type === 'socket') return 'socket';
    if (stat.type === 'char') return 'character special';
    if (stat.type === 'block') return 'block special';
    return set + describeContent(files.read(path));
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return error.errno === 'EACCES' ? 'regular file, no read permission' : `cannot open \`${path}' (${error.message})`;
  }
}

function describeContent(content: Content): string {
  if (content.kind === 'elf') return describeElf(content.elf);
  if (content.kind === 'opaque') return content.sizeBytes === 0 ? 'empty' : content.magic;
  const { text } = content;
  if (text === '') return 'empty';
  const encoding = /^[\x00-\x7f]*$/.test(text) ? 'ASCII text' : 'Unicode text, UTF-8 text';
  const program = /^#! ?(\S+)(?: (\S+))?/.exec(text);
  const long = text.split('\n').some((line) => line.length > 300) ? ', with very long lines' : '';
  const end = text.includes('\n') ? '' : ', with no line terminators';
  if (program === null) {
    if (/^\s*[{[]/.test(text) && isJson(text)) return 'JSON text data';
    return `${encoding}${long}${end}`;
  }
  const [, path = '', argument = ''] = program;
  const name = (path.endsWith('/env') ? argument : path).replace(/^.*\//, '');
  if (name === 'sh' || name === 'dash') return `POSIX shell script, ${encoding} executable${long}${end}`;
  if (name === 'bash') return `Bourne-Again shell script, ${encoding} executable${long}${end}`;
  if (name.startsWith('python')) return `Python script, ${encoding} executable${long}${end}`;
  if (name === 'perl') return `Perl script text executable`;
  return `a ${path}${argument === '' ? '' : ` ${argument}`} script, ${encoding} executable${long}${end}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function describeElf(elf: Elf): string {
  const order = elf.machine === 's390x' ? 'MSB' : 'LSB';
  const dynamic = elf.interpreter !== undefined || elf.needed.length > 0 || elf.soname !== undefined;
  const pie = elf.type === 'DYN' && (elf.interpreter !== undefined || !dynamic) && elf.soname === undefined;
  const type = elf.type === 'EXEC' ? 'executable' : pie ? 'pie executable' : 'shared object';
  const linked = dynamic ? 'dynamically linked' : elf.type === 'DYN' ? 'static-pie linked' : 'statically linked';
  return [
    `ELF ${elf.class}-bit ${order} ${type}`,
    architectureOf(elf).file,
    `version 1 (${dynamic ? 'SYSV' : 'GNU/Linux'})`,
    linked,
    ...(elf.interpreter === undefined ? [] : [`interpreter ${elf.interpreter}`]),
    `BuildID[sha1]=${elf.buildId}`,
    ...(elf.program === undefined ? [] : ['for GNU/Linux 3.2.0']),
    elf.stripped ? 'stripped' : 'not stripped',
  ].join(', ');
}

// ---------------------------------------------------------------------------------------------------- nm

export const nm: Command = (sys) => {
  const names: string[] = [];
  let dynamic = false;
  let only: 'defined' | 'undefined' | undefined;
  for (const argument of sys.argv.slice(1)) {
    if (argument === '-D' || argument === '--dynamic') dynamic = true;
    else if (argument === '--defined-only' || argument === '-U') only = 'defined';
    else if (argument === '--undefined-only' || argument === '-u') only = 'undefined';
    else if (argument === '-Du' || argument === '-uD') {
      dynamic = true;
      only = 'undefined';
    } else if (argument.startsWith('-')) {
      sys.err(`nm: option ${argument} is not simulated\n`);
      return 1;
    } else names.push(argument);
  }
  if (names.length === 0) names.push('a.out');
  let result = 0;
  for (const name of names) {
    const elf = elfFor('nm', name, sys.files, sys.err.bind(sys));
    if (elf === undefined) {
      result = 1;
      continue;
    }
    if (names.length > 1) sys.out(`\n${name}:\n`);
    if (!dynamic) {
      sys.err(elf.stripped ? `nm: ${name}: no symbols\n` : `nm: without -D is not simulated\n`);
      result = elf.stripped ? result : 1;
      continue;
    }
    const rows = [
      ...dynamicSymbols(elf).map(({ symbol, address }) => {
        const version = symbol.version === undefined ? '' : `${symbol.default === true ? '@@' : '@'}${symbol.version}`;
        const letter = address === undefined ? (symbol.type === 'W' ? 'w' : 'U') : symbol.type;
        return { address, letter, name: symbol.name, shown: symbol.name + version };
      }),
      ...elf.versionsDefined.map((version) => ({ address: 0, letter: 'A', name: version, shown: version })),
    ].filter((row) => only === undefined || (only === 'defined') === (row.address !== undefined));
    if (rows.length === 0) sys.err(`nm: ${name}: no symbols\n`);
    rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    for (const row of rows) {
      const address = row.address === undefined ? ' '.repeat(16) : row.address.toString(16).padStart(16, '0');
      sys.out(`${address} ${row.letter} ${row.shown}\n`);
    }
  }
  return result;
};

function elfFor(tool: string, name: string, files: Files, err: (text: string) => void): Elf | undefined {
  const looked = look(files, name);
  if (looked instanceof LinuxError) {
    if (looked.errno === 'ENOENT') err(`${tool}: '${name}': No such file\n`);
    else if (looked.errno === 'EISDIR') err(`${tool}: Warning: '${name}' is a directory\n`);
    else err(`${tool}: ${name}: ${looked.message}\n`);
    return undefined;
  }
  if (looked.kind === 'elf') return looked.elf;
  err(`${tool}: ${name}: file format not recognized\n`);
  return undefined;
}

// ---------------------------------------------------------------------------------------------------- objdump

export const objdump: Command = (sys) => {
  const names: string[] = [];
  let privateHeaders = false;
  for (const argument of sys.argv.slice(1)) {
    if (argument === '-p' || argument === '--private-headers') privateHeaders = true;
    else if (argument.startsWith('-')) {
      sys.err(`objdump: option ${argument} is not simulated\n`);
      return 1;
    } else names.push(argument);
  }
  if (!privateHeaders) {
    sys.err('objdump: without -p is not simulated\n');
    return 2;
  }
  if (names.length === 0) names.push('a.out');
  let result = 0;
  for (const name of names) {
    const elf = elfFor('objdump', name, sys.files, sys.err.bind(sys));
    if (elf === undefined) {
      result = 1;
      continue;
    }
    sys.out(`\n${name}:     file format ${architectureOf(elf).bfd}\n\nProgram Header:\n`);
    const segment = (type: string, at: number, size: number, flags: string, align: number): void => {
      const hex = (value: number): string => `0x${value.toString(16).padStart(16, '0')}`;
      sys.out(
        `${type.padStart(8)} off    ${hex(at)} vaddr ${hex(at)} paddr ${hex(at)} align 2${TO_THE_POWER}${align}\n`,
      );
      sys.out(`         filesz ${hex(size)} memsz ${hex(size)} flags ${flags}\n`);
    };
    if (elf.interpreter !== undefined) segment('INTERP', 0x318, elf.interpreter.length + 1, 'r--', 0);
    segment('LOAD', 0, 0x1000, 'r--', 12);
    segment('LOAD', 0x1000, Math.max(0x1000, Math.floor(elf.sizeBytes / 2)), 'r-x', 12);
    segment('STACK', 0, 0, 'rw-', 4);
    const entries = dynamicEntries(elf).filter((entry) => entry.tag !== 0);
    if (elf.needed.length > 0 || elf.soname !== undefined || elf.interpreter !== undefined) {
      sys.out('\nDynamic Section:\n');
      for (const entry of entries) {
        const value = typeof entry.value === 'string' ? entry.value : `0x${entry.value.toString(16).padStart(16, '0')}`;
        sys.out(`  ${entry.name.padEnd(20)} ${value}\n`);
      }
    }
    sys.out(`${objdumpVersions(elf)}\n`);
  }
  return result;
};

// ---------------------------------------------------------------------------------------------------- strings

/** Printable runs of four letters and more; of an ELF file the names in its dynamic tables. */
export const strings: Command = (sys) => {
  const names = sys.argv.slice(1);
  const option = names.find((name) => name.startsWith('-') && name !== '-a');
  if (option !== undefined) {
    sys.err(`strings: option ${option} is not simulated\n`);
    return 1;
  }
  let result = 0;
  for (const name of names.filter((entry) => entry !== '-a')) {
    const looked = look(sys.files, name);
    if (looked instanceof LinuxError) {
      sys.err(
        looked.errno === 'ENOENT' ? `strings: '${name}': No such file\n` : `strings: ${name}: ${looked.message}\n`,
      );
      result = 1;
    } else if (looked.kind === 'elf') {
      const { elf } = looked;
      const found = [
        ...(elf.interpreter === undefined ? [] : [elf.interpreter]),
        ...dynamicSymbols(elf).map(({ symbol }) => symbol.name),
        ...elf.needed,
        ...(elf.soname === undefined ? [] : [elf.soname]),
        ...elf.versionsDefined,
        ...elf.versionsNeeded.flatMap(({ versions }) => versions),
        ...(elf.version === undefined ? [] : [elf.version]),
      ];
      for (const text of found) if (text.length >= 4) sys.out(`${text}\n`);
    } else if (looked.content.kind === 'text') {
      for (const [run] of looked.content.text.matchAll(/[\x20-\x7e\t]{4,}/g)) sys.out(`${run}\n`);
    }
  }
  return result;
};
