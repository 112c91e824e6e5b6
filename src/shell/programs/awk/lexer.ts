// awk source to tokens. Whether `/` begins an expression or divides depends on what stood before it.

import { ProgramError } from '../../program.ts';

export interface Token {
  readonly kind:
    'number' | 'string' | 'regexp' | 'name' | 'function name' | 'keyword' | 'builtin' | 'symbol' | 'newline' | 'end';
  readonly text: string;
  readonly line: number;
}

const KEYWORDS = new Set(
  'BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf'.split(
    ' ',
  ),
);

const BUILTINS: ReadonlySet<string> = new Set(
  'atan2 close cos exp fflush gsub index int length log match rand sin split sprintf sqrt srand strftime sub substr system systime tolower toupper'.split(
    ' ',
  ),
);

const TOKEN =
  /[ \t\r]+|\\\r?\n|#[^\n]*|(\n)|(0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([A-Za-z_]\w*)|(\*\*=|\*\*|&&|\|\||\+\+|--|[-+*/%^<>=!]=|!~|>>|[-+*/%^<>=!~?:;,(){}[\]$|])/y;

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const push = (kind: Token['kind'], text: string) => {
    tokens.push({ kind, text, line });
  };
  while (at < source.length) {
    const c = source.charAt(at);
    if (c === '"') {
      const end = closing(source, at, '"', line);
      push('string', unescapeString(source.slice(at + 1, end)));
      at = end + 1;
      continue;
    }
    if (c === '/' && beginsRegExp(tokens.at(-1))) {
      const end = closing(source, at, '/', line);
      push('regexp', source.slice(at + 1, end).replaceAll('\\/', '/'));
      at = end + 1;
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (!match) throw new ProgramError(`line ${line}: syntax error at or near ${c}`, 2);
    const [all, newline, number, name, symbol] = match;
    at += all.length;
    if (newline !== undefined) {
      push('newline', '\n');
      line++;
    } else if (number !== undefined) push('number', number);
    else if (name !== undefined) {
      const kind = KEYWORDS.has(name)
        ? 'keyword'
        : BUILTINS.has(name)
          ? 'builtin'
          : source.charAt(at) === '('
            ? 'function name'
            : 'name';
      push(kind, name);
    } else if (symbol !== undefined) push('symbol', symbol);
    else if (all.includes('\n')) line++;
  }
  push('newline', '\n');
  push('end', 'end of program');
  return tokens;
}

/** Division needs an operand before it. */
function beginsRegExp(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === 'symbol') return !/^(?:\)|\]|\$|\+\+|--)$/.test(before.text);
  return before.kind === 'newline' || before.kind === 'keyword';
}

function closing(source: string, from: number, quote: string, line: number): number {
  let bracket = false;
  for (let i = from + 1; i < source.length; i++) {
    const c = source.charAt(i);
    if (c === '\\') i++;
    else if (c === '\n') break;
    else if (quote === '/' && c === '[' && !bracket) {
      bracket = true;
      if (source[i + 1] === '^') i++;
      if (source[i + 1] === ']') i++;
    } else if (c === ']') bracket = false;
    else if (c === quote && !bracket) return i;
  }
  const text = source.slice(from, from + 10).split('\n', 1)[0] ?? '';
  throw new ProgramError(
    quote === '"'
      ? `line ${line}: runaway string constant ${text} ...`
      : `line ${line}: runaway regular expression ${text} ...`,
    2,
  );
}

/** What a backslash means in an awk string; before any other character it stays. */
export function unescapeString(text: string): string {
  const named: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
    '\\': '\\',
    '"': '"',
    '/': '/',
  };
  return text.replace(/\\(?:([0-7]{1,3})|\r?\n|([^]))/g, (all, octal?: string, c?: string) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 255);
    return c === undefined ? '' : (named[c] ?? all);
  });
}
