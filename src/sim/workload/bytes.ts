// Text and bytes. Files and output in the simulator are text; what goes over a connection is a string of bytes, one
// character each, which can be logged as an input like any other text. Bytes that are no UTF-8 become lone surrogates
// U+DC80…U+DCFF and come back as they were (PEP 383), so that a binary file survives being copied in and out.

/** Text as a string of bytes. */
export function toBytes(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) out += character;
    else if (code >= 0xdc80 && code <= 0xdcff) out += String.fromCharCode(code - 0xdc00);
    else if (code < 0x800) out += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000)
      out += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      out += String.fromCharCode(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return out;
}

/** A string of bytes as text. */
export function fromBytes(bytes: string): string {
  if (/^[\0-\x7f]*$/.test(bytes)) return bytes;
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceAt(bytes, i);
    const first = bytes.charCodeAt(i);
    if (length === 1) out += bytes[i] ?? '';
    else if (length === 0) out += String.fromCharCode(0xdc00 | first);
    else {
      let code = first & (0x7f >> length);
      for (let n = 1; n < length; n++) code = (code << 6) | (bytes.charCodeAt(i + n) & 63);
      out += String.fromCodePoint(code);
    }
    i += Math.max(1, length);
  }
  return out;
}

/** Length of the UTF-8 sequence that begins at `i`; 0 when none does. Only the shortest forms count. */
function sequenceAt(bytes: string, i: number): number {
  const first = bytes.charCodeAt(i);
  if (first < 0x80) return 1;
  const length = first >= 0xf5 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  for (let n = 1; n < length; n++) if ((bytes.charCodeAt(i + n) & 0xc0) !== 0x80) return 0;
  const second = bytes.charCodeAt(i + 1);
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return length;
}
