// Sizes and order of texts as bytes of UTF-8, which is what file systems count and sort.
import type { Content } from '../contract.ts';

/** Length in bytes of UTF-8. */
export function byteLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A pair of surrogates is two units and four bytes; everything else above 0x7ff is three bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}

export function contentBytes(content: Content): number {
  switch (content.kind) {
    case 'text':
      return byteLength(content.text);
    case 'elf':
      return content.elf.sizeBytes;
    case 'opaque':
      return content.sizeBytes;
  }
}

/** Order of UTF-8 bytes. Code units order the same way, except that surrogates belong after U+FFFF. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit <= 0xdfff ? unit + 0x10000 : unit;
}
