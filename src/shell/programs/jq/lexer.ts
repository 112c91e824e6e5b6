// jq source to tokens. A string comes as a token with the tokens of what is filled into it.

export interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'variable' | 'field' | 'format' | 'symbol' | 'keyword' | 'end';
  readonly text: string;
  /** Of a string: texts, and token lists of the parts to fill in. */
  readonly parts?: readonly (string | readonly Token[])[];
}

/** A mistake in the filter, in the words of jq's parser. */
export class SyntaxMistake extends Error {
  override readonly name = 'SyntaxMistake';
}

const KEYWORDS = new Set(
  'def if then elif else end as reduce foreach try catch label import include and or __loc__'.split(' '),
);

const TOKEN =
  /[ \t\r\n]+|#[^\n]*|(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|(\$__loc__|\$[ ]?[a-zA-Z_]\w*(?:::\w+)*)|(\.[a-zA-Z_]\w*)|(@[a-zA-Z0-9_]+)|([a-zA-Z_]\w*(?:::\w+)*)|(\/\/=|[!=<>]=|\|=|\+=|-=|\*=|\/=|%=|\/\/|\.\.|[.[\](){},:;=<>|+\-*/%?])/y;

export function tokenize(source: string): Token[] {
  const { tokens } = read(source, 0, false);
  return [...tokens, { kind: 'end', text: '$end' }];
}

/** Reads to the end, or to the `)` that closes what is filled into a string. */
function read(source: string, from: number, inString: boolean): { tokens: Token[]; at: number } {
  const tokens: Token[] = [];
  let at = from;
  let depth = 0;
  while (at < source.length) {
    if (source.charAt(at) === '"') {
      const string = readString(source, at);
      tokens.push(string.token);
      at = string.at;
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (!match)
      throw new SyntaxMistake(
        `syntax error, unexpected INVALID_CHARACTER${tokens.length > 0 ? ', expecting $end' : ''}`,
      );
    const [all, number, variable, field, format, name, symbol] = match;
    if (inString && symbol === ')' && depth === 0) return { tokens, at: at + 1 };
    if (symbol === '(') depth++;
    else if (symbol === ')') depth--;
    at += all.length;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (variable !== undefined) tokens.push({ kind: 'variable', text: variable.slice(1).trim() });
    else if (field !== undefined) tokens.push({ kind: 'field', text: field.slice(1) });
    else if (format !== undefined) tokens.push({ kind: 'format', text: format });
    else if (name !== undefined) tokens.push({ kind: KEYWORDS.has(name) ? 'keyword' : 'name', text: name });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
  }
  if (inString) throw new SyntaxMistake('syntax error, unexpected $end');
  return { tokens, at };
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '\\': '\\',
  '/': '/',
  '"': '"',
};

function readString(source: string, from: number): { token: Token; at: number } {
  const parts: (string | readonly Token[])[] = [];
  let text = '';
  let at = from + 1;
  for (;;) {
    const c = source.charAt(at);
    if (c === '')
      throw new SyntaxMistake(
        'syntax error, unexpected $end, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END',
      );
    if (c === '"') {
      parts.push(text);
      return { token: { kind: 'string', text, parts }, at: at + 1 };
    }
    if (c !== '\\') {
      text += c;
      at++;
      continue;
    }
    const next = source.charAt(at + 1);
    if (next === '(') {
      parts.push(text);
      text = '';
      const inner = read(source, at + 2, true);
      parts.push([...inner.tokens, { kind: 'end', text: '$end' }]);
      at = inner.at;
      continue;
    }
    const code = /^[0-9a-fA-F]{4}/.exec(source.slice(at + 2))?.[0];
    if (next === 'u' && code !== undefined) {
      text += String.fromCharCode(parseInt(code, 16));
      at += 6;
      continue;
    }
    const escaped = ESCAPES[next];
    if (escaped === undefined) throw new SyntaxMistake('Invalid escape');
    text += escaped;
    at += 2;
  }
}
