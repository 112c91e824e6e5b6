// Base64, as Secrets carry their values; text in UTF-8. Pure, because the simulator has neither atob nor Buffer.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The text, with U+FFFD for bytes that are none. */
export function decodeBase64(encoded: string): string {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of encoded) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) continue;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return fromUtf8(bytes);
}

function fromUtf8(bytes: readonly number[]): string {
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++] as number;
    const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    let code = more === 0 ? first : first & (0x3f >> more);
    let whole = more > 0 || first < 0x80;
    for (let n = 0; n < more; n++) {
      const next = bytes[i];
      if (next === undefined || (next & 0xc0) !== 0x80) {
        whole = false;
        break;
      }
      code = (code << 6) | (next & 0x3f);
      i++;
    }
    out += whole && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  }
  return out;
}
