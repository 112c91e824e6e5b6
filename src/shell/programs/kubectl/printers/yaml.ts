// YAML as sigs.k8s.io/yaml (go-yaml 2.4) writes it: keys in its own order, lists not indented under their key, a string
// quoted only where it would be read as something else, long lines folded after column 80.

import { isList, isObject, type Json, type JsonObject } from '../object.ts';

const WIDTH = 80;

export function yaml(value: Json): string {
  const lines = node(value, 0, 0, false);
  return `${lines.startsWith('\n') ? lines.slice(1) : lines.trimStart()}\n`;
}

/**
 * What follows a key or a dash: a scalar after one space, or a block on new lines. `indent` is that of the parent
 * block, `column` where the text stands; a block in a list goes on in the line of its dash.
 */
function node(value: Json, indent: number, column: number, inList: boolean, inMap = false): string {
  if (isObject(value)) return map(value, inList || !inMap ? indent : indent + 2, inList);
  if (isList(value)) return list(value, inList ? indent : indent, inList);
  return ` ${scalar(value, indent + 2, column + 1)}`;
}

function map(object: JsonObject, indent: number, inList: boolean): string {
  const keys = Object.keys(object).sort(compareKeys);
  if (keys.length === 0) return ' {}';
  const margin = ' '.repeat(indent);
  return keys
    .map((key, index) => {
      const label = `${keyText(key)}:`;
      const lead = index === 0 && inList ? ' ' : `\n${margin}`;
      return lead + label + node(object[key] ?? null, indent, indent + label.length, false, true);
    })
    .join('');
}

function list(items: readonly Json[], indent: number, inList: boolean): string {
  if (items.length === 0) return ' []';
  const margin = ' '.repeat(indent);
  return items
    .map((item, index) => {
      const lead = index === 0 && inList ? ' -' : `\n${margin}-`;
      const column = indent + 1;
      if (isObject(item)) return lead + map(item, indent + 2, true);
      if (isList(item)) return lead + list(item, indent + 2, true);
      return `${lead} ${scalar(item, indent + 2, column + 1)}`;
    })
    .join('');
}

function keyText(key: string): string {
  const style = styleOf(key, true);
  if (style === 'plain') return key;
  return style === 'single' ? `'${key.replaceAll("'", "''")}'` : doubleQuoted(key, 0, 0, false);
}

function scalar(value: null | boolean | number | string, indent: number, column: number): string {
  if (typeof value === 'number') return goNumber(value);
  if (typeof value !== 'string') return String(value);
  switch (styleOf(value, false)) {
    case 'plain':
      return folded(value, indent, column, false);
    case 'single':
      return `'${folded(value.replaceAll("'", "''"), indent, column + 1, true)}'`;
    case 'double':
      return doubleQuoted(value, indent, column, true);
    case 'literal':
      return literal(value, indent);
  }
}

/** `%g`-like numbers: JSON has no other than those that Go decodes to int64 or float64. */
export function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

type Style = 'plain' | 'single' | 'double' | 'literal';

function styleOf(text: string, isKey: boolean): Style {
  const found = analyze(text);
  if (text.includes('\n')) return found.block && !isKey ? 'literal' : 'double';
  if (!readsAsString(text)) return 'double';
  if (found.plain) return 'plain';
  return found.single ? 'single' : 'double';
}

const words = new Set(
  'y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF ~ null Null NULL .nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF <<'.split(
    ' ',
  ),
);
const timestamp = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/;
const number =
  /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** False where an unquoted text would be read as null, a boolean, a number or a time. */
function readsAsString(text: string): boolean {
  if (text === '' || words.has(text) || base60.test(text)) return false;
  if (!/^[-+.\d]/.test(text)) return true;
  return !timestamp.test(text) && !number.test(text.replaceAll('_', ''));
}

/** Which styles a text may have (yaml_emitter_analyze_scalar). */
function analyze(text: string): { plain: boolean; single: boolean; block: boolean } {
  const none = { plain: false, single: false, block: false };

  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]/.test(text) || text.includes(' \n'))
    return none;
  if (text.includes('\t')) return none;
  let plain = !/^(?:---|\.\.\.)/.test(text) && !/^[#,[\]{}&*!|>'"%@`]/.test(text);
  if (/^[?:-](?:\s|$)/.test(text) || /:(?:\s|$)/.test(text) || /\s#/.test(text)) plain = false;
  if (/^[ \n]|[ \n]$/.test(text) || text.includes('\n')) plain = false;
  return { plain, single: !text.includes('\n '), block: !text.endsWith(' ') };
}

/** Breaks at a single space once the line is past the width. */
function folded(text: string, indent: number, column: number, quoted: boolean): string {
  if (column + text.length <= WIDTH) return text;
  let out = '';
  let at = column;
  const signs = [...text];
  for (let i = 0; i < signs.length; i++) {
    const sign = signs[i] ?? '';
    const lone = sign === ' ' && signs[i - 1] !== ' ' && signs[i + 1] !== ' ';
    if (lone && at > WIDTH && (!quoted || (i > 0 && i < signs.length - 1))) {
      out += `\n${' '.repeat(indent)}`;
      at = indent;
    } else {
      out += sign;
      at++;
    }
  }
  return out;
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
  '\ufeff': '\\uFEFF',
};

function doubleQuoted(text: string, indent: number, column: number, mayFold: boolean): string {
  let out = '"';
  let at = column + 1;
  let afterSpace = false;
  const signs = [...text];
  for (let i = 0; i < signs.length; i++) {
    const sign = signs[i] ?? '';
    if (sign === ' ' && mayFold && !afterSpace && at > WIDTH && i > 0 && i < signs.length - 1) {
      out += `\n${' '.repeat(indent)}`;
      at = indent;
      if (signs[i + 1] === ' ') {
        out += '\\';
        at++;
      }
      afterSpace = true;
      continue;
    }
    const code = sign.codePointAt(0) ?? 0;
    const escaped =
      escapes[sign] ??
      (code < 0x20 || (code >= 0x7f && code < 0xa0) ? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}` : sign);
    out += escaped;
    at += escaped.length;
    afterSpace = sign === ' ';
  }
  return `${out}"`;
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') || text === '\n' ? '+' : '';
  const margin = ' '.repeat(indent);
  const body = (text.endsWith('\n') ? text.slice(0, -1) : text)
    .split('\n')
    .map((line) => (line === '' ? '' : margin + line))
    .join('\n');
  return `|${hint}${chomp}\n${body}`;
}

/** go-yaml's order of keys: other signs before letters, and numbers inside by value. */
function compareKeys(a: string, b: string): number {
  const x = [...a];
  const y = [...b];
  let digits = false;
  for (let i = 0; i < x.length && i < y.length; i++) {
    const p = x[i] ?? '';
    const q = y[i] ?? '';
    if (p === q) {
      digits = isDigit(p);
      continue;
    }
    const pLetter = isLetter(p);
    const qLetter = isLetter(q);
    if (pLetter && qLetter) return p < q ? -1 : 1;
    if (pLetter || qLetter) return (digits ? pLetter : qLetter) ? -1 : 1;
    let base = 0;
    if (p === '0' || q === '0') {
      for (let j = i - 1; j >= 0 && isDigit(x[j] ?? ''); j--) {
        if (x[j] !== '0') {
          base = 1;
          break;
        }
      }
    }
    const [pValue, pEnd] = numberFrom(x, i, base);
    const [qValue, qEnd] = numberFrom(y, i, base);
    if (pValue !== qValue) return pValue < qValue ? -1 : 1;
    if (pEnd !== qEnd) return pEnd < qEnd ? -1 : 1;
    return p < q ? -1 : 1;
  }
  return x.length - y.length;
}

function numberFrom(signs: readonly string[], from: number, base: number): [number, number] {
  let value = base;
  let at = from;
  for (; at < signs.length && isDigit(signs[at] ?? ''); at++) value = value * 10 + Number(signs[at]);
  return [value, at];
}
const isDigit = (sign: string): boolean => sign >= '0' && sign <= '9' && sign.length === 1;
const isLetter = (sign: string): boolean => /\p{L}/u.test(sign);
