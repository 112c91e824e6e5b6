// Tar archives with all that an entry says (POSIX ustar, GNU and pax long names): build contexts, `docker cp`, `docker save`.
// Strings hold one byte a character. A program or library of this world has no bytes of its own: it travels as its ELF
// magic and its description as JSON, opaque data likewise, so that both come back as what they were; a real ELF file from
// outside becomes opaque data of its size.
import type { Content } from '../../linux/contract.ts';
import type { Elf } from '../../linux/elf.ts';
import type { LayerEntry } from '../../linux/files/layer.ts';
import { fromBytes, toBytes } from '../../workload/bytes.ts';
import { DaemonError } from './errors.ts';
import { canonicalJson, digestOf } from './digest.ts';

const BLOCK = 512;
const ELF = '\x7fELF description ';
const OPAQUE = '\x00opaque description ';

const LETTERS = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  socket: '0',
};
const TYPES: Readonly<Record<string, LayerEntry['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** Entries with absolute paths become names without their first slash. */
export function writeArchive(entries: readonly LayerEntry[]): string {
  return entries.map(writeEntry).join('') + '\0'.repeat(2 * BLOCK);
}

function writeEntry(entry: LayerEntry): string {
  const { path, type, target = '', content } = entry;
  const name = toBytes(path.replace(/^\/+/, '')) + (type === 'directory' ? '/' : '');
  const link = toBytes(type === 'hardlink' ? target.replace(/^\/+/, '') : target);
  let out = '';
  if (name.length > 100) out += block('././@LongLink', 'L', entry, `${name}\0`, '');
  if (link.length > 100) out += block('././@LongLink', 'K', entry, `${link}\0`, '');
  return out + block(name.slice(0, 100), LETTERS[type], entry, content ? encode(content) : '', link.slice(0, 100));
}

function block(name: string, type: string, entry: LayerEntry, content: string, link: string): string {
  const { mode, uid, gid, mtimeMs, device } = entry;
  const numbers = [
    octal(mode, 8),
    octal(uid, 8),
    octal(gid, 8),
    octal(content.length, 12),
    octal(Math.max(0, Math.floor(mtimeMs / 1000)), 12),
  ];
  const head = name.padEnd(100, '\0') + numbers.join('');
  const devices = device ? octal(device.major, 8) + octal(device.minor, 8) : '\0'.repeat(16);
  const tail = `${type}${link.padEnd(100, '\0')}ustar\x0000${'\0'.repeat(64)}${devices}`.padEnd(356, '\0');
  let sum = 8 * 32;
  for (const byte of head + tail) sum += byte.charCodeAt(0);
  const padding = '\0'.repeat((BLOCK - (content.length % BLOCK)) % BLOCK);
  return `${head}${sum.toString(8).padStart(6, '0')}\0 ${tail}${content}${padding}`;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** The entries of an archive, paths absolute. Throws what Go's archive/tar says. */
export function readArchive(archive: string): readonly LayerEntry[] {
  const entries: LayerEntry[] = [];
  let longName = '';
  let longLink = '';
  for (let at = 0; at < archive.length;) {
    const head = archive.slice(at, at + BLOCK);
    if (/^\0*$/.test(head)) break;
    if (head.length < BLOCK) throw new DaemonError(500, 'unexpected EOF');
    if (head.slice(257, 262) !== 'ustar') throw new DaemonError(500, 'archive/tar: invalid tar header');
    const size = number(head, 124, 12);
    at += BLOCK;
    const bytes = archive.slice(at, at + size);
    if (bytes.length < size) throw new DaemonError(500, 'unexpected EOF');
    at += Math.ceil(size / BLOCK) * BLOCK;
    const letter = head[156] ?? '0';
    if (letter === 'L') longName = text(bytes, 0, size);
    else if (letter === 'K') longLink = text(bytes, 0, size);
    else if (letter === 'x') {
      longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(bytes)?.[1] ?? longName;
      longLink = /(?:^|\n)\d+ linkpath=([^\n]*)\n/.exec(bytes)?.[1] ?? longLink;
    } else if (letter !== 'g') {
      const prefix = head.slice(257, 263) === 'ustar\0' ? text(head, 345, 155) : '';
      const name = longName === '' ? `${prefix === '' ? '' : `${prefix}/`}${text(head, 0, 100)}` : longName;
      const link = longLink === '' ? text(head, 157, 100) : longLink;
      [longName, longLink] = ['', ''];
      const entry = readEntry(head, letter, fromBytes(name), fromBytes(link), bytes);
      if (entry) entries.push(entry);
    }
  }
  return entries;
}

function readEntry(head: string, letter: string, name: string, link: string, bytes: string): LayerEntry | undefined {
  const type = TYPES[letter];
  if (!type) throw new DaemonError(500, `${name}: entries of type ${letter} are not simulated`);
  const path = `/${name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
  // The root of the archive itself.
  if (path === '/') return undefined;
  const at = { path, mode: number(head, 100, 8) & 0o7777, uid: number(head, 108, 8), gid: number(head, 116, 8) };
  const base = { ...at, type, mtimeMs: number(head, 136, 12) * 1000 };
  if (type === 'file') return { ...base, content: decode(bytes) };
  if (type === 'symlink') return { ...base, target: link };
  if (type === 'hardlink') return { ...base, target: `/${link.replace(/^\/+/, '')}` };
  if (type === 'char' || type === 'block')
    return { ...base, device: { major: number(head, 329, 8), minor: number(head, 337, 8) } };
  return base;
}

/** A file's content as bytes. */
function encode(content: Content): string {
  if (content.kind === 'text') return toBytes(content.text);
  return (
    (content.kind === 'elf' ? ELF : OPAQUE) + toBytes(canonicalJson(content.kind === 'elf' ? content.elf : content))
  );
}

/** Bytes as a file's content. */
function decode(bytes: string): Content {
  if (bytes.startsWith(ELF)) return { kind: 'elf', elf: JSON.parse(fromBytes(bytes.slice(ELF.length))) as Elf };
  if (bytes.startsWith(OPAQUE)) return JSON.parse(fromBytes(bytes.slice(OPAQUE.length))) as Content;
  if (bytes.startsWith('\x7fELF'))
    return { kind: 'opaque', sizeBytes: bytes.length, id: digestOf(bytes), magic: 'ELF' };
  return { kind: 'text', text: fromBytes(bytes) };
}

function number(head: string, at: number, length: number): number {
  return Number.parseInt(head.slice(at, at + length), 8) || 0;
}

function text(bytes: string, at: number, length: number): string {
  const cut = bytes.slice(at, at + length);
  const end = cut.indexOf('\0');
  return end < 0 ? cut : cut.slice(0, end);
}
