// /etc/ld.so.cache: which file ldconfig(8) found for each soname. On a real machine it is a binary table; here the
// table is in the identity of an opaque file, so that whoever copies or replaces the file copies or replaces the table.
import { LinuxError, type Content, type Files } from '../contract.ts';

export const cachePath = '/etc/ld.so.cache';

export interface CacheEntry {
  /** A soname, or the name of a link such as `libfoo.so`. */
  readonly name: string;
  /** `libc6,x86-64`. */
  readonly flags: string;
  readonly path: string;
}

const prefix = 'ld.so.cache:';

export function cacheContent(entries: readonly CacheEntry[]): Content {
  const id = prefix + entries.map((entry) => `${entry.name}\t${entry.flags}\t${entry.path}`).join('\n');
  // 24 bytes an entry beside the header, as in the format of glibc 2.32 and later; then the strings.
  return { kind: 'opaque', sizeBytes: 48 + entries.length * 24 + id.length, id, magic: 'data' };
}

/** Nothing when there is no cache or it is not one. */
export function readCache(files: Files, path = cachePath): readonly CacheEntry[] | undefined {
  let content: Content;
  try {
    content = files.read(path);
  } catch (error) {
    if (error instanceof LinuxError) return undefined;
    throw error;
  }
  if (content.kind !== 'opaque' || !content.id.startsWith(prefix)) return undefined;
  return content.id
    .slice(prefix.length)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', flags = '', file = ''] = line.split('\t');
      return { name, flags, path: file };
    });
}

/** The order of names in the cache: digits count as numbers. Negative when `a` comes first in ascending order. */
export function compareCacheNames(a: string, b: string): number {
  let i = 0;
  let j = 0;
  const digit = (text: string, at: number): boolean =>
    at < text.length && text.charAt(at) >= '0' && text.charAt(at) <= '9';
  while (i < a.length) {
    if (digit(a, i)) {
      if (!digit(b, j)) return 1;
      let x = 0;
      let y = 0;
      while (digit(a, i)) x = x * 10 + Number(a.charAt(i++));
      while (digit(b, j)) y = y * 10 + Number(b.charAt(j++));
      if (x !== y) return x - y;
    } else if (digit(b, j)) return -1;
    else {
      const x = a.charCodeAt(i);
      const y = j < b.length ? b.charCodeAt(j) : 0;
      if (x !== y) return x - y;
      i++;
      j++;
    }
  }
  return j < b.length ? -1 : 0;
}
