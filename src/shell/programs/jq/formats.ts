// The formats of jq: @text, @json, @csv, @tsv, @html, @uri, @sh, @base64, @base64d.

import { isArray, write } from './json.ts';
import { JqError, shown } from './value.ts';
import type { Json } from './json.ts';

export function textOf(value: Json): string {
  return typeof value === 'string' ? value : write(value);
}

export function formatted(name: string, value: Json): string {
  switch (name) {
    case '@text':
      return textOf(value);
    case '@json':
      return write(value);
    case '@csv':
      return row(value, 'csv', ',', (text) => `"${text.replaceAll('"', '""')}"`);
    case '@tsv':
      return row(value, 'tsv', '\t', (text) =>
        text.replace(/[\t\n\r\\]/g, (c) => ({ '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c] ?? '\\\\'),
      );
    case '@html':
      return textOf(value).replace(
        /[<>&'"]/g,
        (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;' })[c] ?? '&quot;',
      );
    case '@uri':
      return encodeURIComponent(textOf(value)).replace(
        /[!'()*]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    case '@sh':
      return (isArray(value) ? value : [value]).map(shellWord).join(' ');
    case '@base64':
      return btoa(String.fromCharCode(...new TextEncoder().encode(textOf(value))));
    case '@base64d':
      return decoded(value);
  }
  throw new JqError(`${name.slice(1)} is not a valid format`);
}

function row(value: Json, name: string, joint: string, quote: (text: string) => string): string {
  if (!isArray(value)) throw new JqError(`${shown(value)} cannot be ${name}-formatted, only an array can be`);
  return value
    .map((cell) => {
      if (cell === null) return '';
      if (typeof cell === 'string') return quote(cell);
      if (typeof cell === 'object') throw new JqError(`${shown(cell)} is not valid in a csv row`);
      return write(cell);
    })
    .join(joint);
}

function shellWord(value: Json): string {
  if (value !== null && typeof value === 'object') throw new JqError(`${shown(value)} can not be escaped for shell`);
  return typeof value === 'string' ? `'${value.replaceAll("'", "'\\''")}'` : write(value);
}

function decoded(value: Json): string {
  try {
    const bytes = Uint8Array.from(atob(textOf(value).replace(/=+$/, '')), (c) => c.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    throw new JqError(`${shown(value)} is not valid base64 data`);
  }
}
