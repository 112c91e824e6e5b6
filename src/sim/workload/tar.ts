// Archives of `tar` (POSIX ustar, with GNU and pax long names on the way in): what `kubectl cp` sends to a container
// and asks of one. Strings hold one byte a character. Left out: links, devices, owners and times; files keep no mode.

export interface TarEntry {
  /** As it stands in the archive. */
  readonly name: string;
  /** Null for a directory. */
  readonly bytes: string | null;
}

const BLOCK = 512;
/** Linux would write the file's own time; files here have none. */
const MODIFIED = 1_700_000_000;

export function writeTar(entries: readonly TarEntry[]): string {
  let out = '';
  for (const { name, bytes } of entries) {
    if (name.length > 100) out += block('././@LongLink', 'L', `${name}\0`);
    out += block(name.slice(0, 100), bytes === null ? '5' : '0', bytes ?? '');
  }
  return out + '\0'.repeat(2 * BLOCK);
}

function block(name: string, type: string, content: string): string {
  const head =
    name.padEnd(100, '\0') +
    octal(type === '5' ? 0o755 : 0o644, 8) +
    octal(0, 8) +
    octal(0, 8) +
    octal(content.length, 12) +
    octal(MODIFIED, 12);
  const tail = `${type}${'\0'.repeat(100)}ustar  \0${'root'.padEnd(32, '\0')}${'root'.padEnd(32, '\0')}`.padEnd(
    356,
    '\0',
  );
  const sum = [...`${head}        ${tail}`].reduce((total, byte) => total + byte.charCodeAt(0), 0);
  return `${head}${sum.toString(8).padStart(6, '0')}\0 ${tail}${content}${'\0'.repeat((BLOCK - (content.length % BLOCK)) % BLOCK)}`;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** The entries of an archive, or what `tar` says of it. */
export function readTar(archive: string): readonly TarEntry[] | { readonly error: string } {
  const entries: TarEntry[] = [];
  let longName = '';
  if (archive === '') return { error: 'short read' };
  for (let at = 0; at < archive.length;) {
    const head = archive.slice(at, at + BLOCK);
    if (/^\0*$/.test(head)) break;
    if (head.length < BLOCK) return { error: 'short read' };
    if (head.slice(257, 262) !== 'ustar') return { error: 'invalid tar magic' };
    const size = Number.parseInt(head.slice(124, 136), 8) || 0;
    at += BLOCK;
    const content = archive.slice(at, at + size);
    if (content.length < size) return { error: 'short read' };
    at += Math.ceil(size / BLOCK) * BLOCK;
    const type = head[156] ?? '0';
    if (type === 'L') longName = textAt(content, 0, size);
    else if (type === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content)?.[1] ?? longName;
    else if (type !== 'g') {
      const prefix = head.slice(257, 263) === 'ustar\0' ? textAt(head, 345, 155) : '';
      const name = longName || `${prefix === '' ? '' : `${prefix}/`}${textAt(head, 0, 100)}`;
      longName = '';
      if (type === '5') entries.push({ name, bytes: null });
      else if (type === '0' || type === '\0' || type === '7') entries.push({ name, bytes: content });
      else return { error: `${name}: entries of type ${type} are not simulated` };
    }
  }
  return entries;
}

function textAt(block: string, at: number, length: number): string {
  const text = block.slice(at, at + length);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
