// Tokens of service accounts: JSON Web Tokens in shape and claims, as pkg/serviceaccount/claims.go makes them (1.32).
// Departure: the signature is a checksum, not one of a key; nothing outside this cluster takes them.
import { fnv1a32 } from '../../../engine/hash.ts';
import { isObject, type JsonObject, objectOf, parseJson, textOf } from '../json.ts';

export interface Claims {
  readonly namespace: string;
  readonly account: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function writeToken({ namespace, account, uid, audiences, issuedAt, expiresAt }: Claims): string {
  const claims = {
    aud: audiences,
    exp: expiresAt,
    iat: issuedAt,
    iss: ISSUER,
    'kubernetes.io': { namespace, serviceaccount: { name: account, uid } },
    nbf: issuedAt,
    sub: `system:serviceaccount:${namespace}:${account}`,
  };
  const signed = `${encode(JSON.stringify({ alg: 'RS256', kid: 'simulated' }))}.${encode(JSON.stringify(claims))}`;
  return `${signed}.${signature(signed)}`;
}

/** Undefined for what was not written by {@link writeToken}. */
export function readToken(token: string): Claims | undefined {
  const [header, body, signed] = token.split('.');
  if (header === undefined || body === undefined || signed !== signature(`${header}.${body}`)) return undefined;
  const claims = parseJson(decode(body))?.value;
  if (!isObject(claims)) return undefined;
  const own: JsonObject = objectOf(claims['kubernetes.io']);
  const account = objectOf(own.serviceaccount);
  return {
    namespace: textOf(own.namespace),
    account: textOf(account.name),
    uid: textOf(account.uid),
    audiences: Array.isArray(claims.aud) ? claims.aud.map(textOf) : [],
    issuedAt: Number(claims.iat),
    expiresAt: Number(claims.exp),
  };
}

function signature(text: string): string {
  return encode(fnv1a32(text).toString(16).padStart(8, '0'));
}

/** Base64 with the letters of URLs and no padding; text of bytes below 0x80 only. */
function encode(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i += 3) {
    const left = text.length - i;
    const bits =
      (text.charCodeAt(i) << 16) |
      ((left > 1 ? text.charCodeAt(i + 1) : 0) << 8) |
      (left > 2 ? text.charCodeAt(i + 2) : 0);
    for (let n = 0; n <= Math.min(3, left); n++) out += DIGITS[(bits >> (18 - 6 * n)) & 63] ?? '';
  }
  return out;
}

function decode(text: string): string {
  let out = '';
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    bits = ((bits << 6) | DIGITS.indexOf(letter)) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += String.fromCharCode((bits >> held) & 0xff);
    }
  }
  return out;
}
