// Two small hashes. Neither is for security: FNV-1a names things the way Kubernetes does (pod-template-hash),
// and the 53-bit one tells two journals apart.

/** FNV-1a, 32 bits, over the UTF-16 code units of `text` taken as two bytes each when above 0xff. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >> 8), 0x01000193);
  }
  return hash >>> 0;
}

const DIGITS = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/**
 * Writes the first `digits` of a 32-bit number's eight hexadecimal digits into character codes from `at` on. Names that
 * exist in their hundred thousands are made from codes in one go: a text put together from parts keeps all the parts.
 */
export function writeHex(codes: number[], at: number, word: number, digits: number): void {
  for (let i = 0; i < digits; i++) codes[at + i] = DIGITS[(word >>> (28 - 4 * i)) & 15] as number;
}

/** Mixes `text` into a running pair of 32-bit lanes; start from `[0xdeadbeef, 0x41c6ce57]` (cyrb53's scheme). */
export function mix53(lanes: readonly [number, number], text: string): [number, number] {
  let [a, b] = lanes;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  return [a | 0, b | 0];
}

/** The lanes as 16 hexadecimal digits. */
export function digest53(lanes: readonly [number, number]): string {
  let [a, b] = lanes;
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
