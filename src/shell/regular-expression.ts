// POSIX regular expressions, basic and extended with GNU's extras, as source of JavaScript ones for the flag `u`.
// Left out: leftmost-longest among alternatives (`a|ab` takes the first that fits); collating elements `[.x.]`.

import { bracketSource, escapeRegExp } from './pattern.ts';

/** awk's is the extended one with backslashes that also count inside brackets. */
export type Dialect = 'basic' | 'extended' | 'awk';

const BRACKET = /^\[(\^?)(\]?(?:\[:\w+:\]|[^\]])*)\]/;
const AWK_BRACKET = /^\[(\^?)(\]?(?:\[:\w+:\]|\\[^]|[^\]\\])*)\]/;

export function toJavaScript(source: string, dialect: Dialect): string {
  const basic = dialect === 'basic';
  let out = '';
  /** Nothing stands before that `*` could repeat. */
  let atStart = true;
  for (let i = 0; i < source.length; i++) {
    const c = source.charAt(i);
    const next = source.charAt(i + 1);
    const wasAtStart = atStart;
    atStart = false;
    if (c === '\\') {
      i++;
      if (basic && '(|'.includes(next) && next !== '') atStart = true;
      if (next === '') throw new SyntaxError('Trailing backslash');
      else if ('(){}|+?'.includes(next)) {
        if (basic && next === '{' && source[i + 1] === ',') out += '{0';
        else out += basic ? next : `\\${next}`;
      } else if (next === '<') out += '\\b(?=\\w)';
      else if (next === '>') out += '\\b(?<=\\w)';
      else if (next === '`') out += '^';
      else if (next === "'") out += '$';
      else if (/[wWsSbBnt1-9]/.test(next)) out += `\\${next}`;
      else out += escapeRegExp(next);
    } else if (c === '[') {
      const bracket = (dialect === 'awk' ? AWK_BRACKET : BRACKET).exec(source.slice(i));
      if (!bracket) throw new SyntaxError('Unmatched [, [^, [:, [., or [=');
      const inside = bracket[2] ?? '';
      out += `[${bracket[1] ?? ''}${bracketSource(dialect === 'awk' ? unescapeBracket(inside) : inside)}]`;
      i += bracket[0].length - 1;
    } else if (c === '*') {
      // `**` repeats what is repeated already.
      if (wasAtStart) out += '\\*';
      else if (source[i - 1] !== '*' || source[i - 2] === '\\') out += '*';
    } else if (c === '^') {
      // In a basic expression an anchor is one only at the start of it or of a group.
      out += !basic || wasAtStart ? '^' : '\\^';
      atStart = true;
    } else if (c === '$') {
      const ends = next === '' || source.startsWith('\\)', i + 1) || source.startsWith('\\|', i + 1);
      out += !basic || ends ? '$' : '\\$';
    } else if ('(){}|+?'.includes(c)) {
      if (basic) out += `\\${c}`;
      else if (c === '{' && !/^\{\d*,?\d*\}/.test(source.slice(i))) out += '\\{';
      else if (c === '}' && !/\{\d*,?\d*$/.test(source.slice(0, i))) out += '\\}';
      else {
        out += c === '{' && next === ',' ? '{0' : c;
        atStart = c === '(' || c === '|';
      }
    } else out += c === '.' ? c : escapeRegExp(c);
  }
  return out;
}

function unescapeBracket(inside: string): string {
  return inside.replace(/\\([^])/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' })[c] ?? c);
}

/** What a JavaScript engine says of an expression, in the words of regcomp(3). */
export function regExpMessage(message: string): string {
  if (/unterminated group/i.test(message)) return 'Unmatched ( or \\(';
  if (/unmatched '\)'/i.test(message)) return 'Unmatched ) or \\)';
  if (/nothing to repeat/i.test(message)) return 'Invalid preceding regular expression';
  if (/out of order in character class/i.test(message)) return 'Invalid range end';
  if (/numbers out of order/i.test(message)) return 'Invalid content of \\{\\}';
  if (/invalid escape|invalid named/i.test(message)) return 'Invalid back reference';
  return message.startsWith('Unmatched') ? message : 'Invalid regular expression';
}
