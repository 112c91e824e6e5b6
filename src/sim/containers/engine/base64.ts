// Base64 of a string of bytes.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function base64(bytes: string): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const code = (at: number) => (at < bytes.length ? bytes.charCodeAt(at) : 0);
    const bits = (code(i) << 16) | (code(i + 1) << 8) | code(i + 2);
    const signs = [18, 12, 6, 0].map((shift) => ALPHABET.charAt((bits >> shift) & 63)).join('');
    out += signs
      .slice(0, bytes.length - i + 1)
      .padEnd(4, '=')
      .slice(0, 4);
  }
  return out;
}
