// jq tokens to a filter, with jq's precedences: | , // (assignments) or and (comparisons) + - * / % and what binds tighter.
// Refused by name: import, include, ?//, $__loc__.

import { SyntaxMistake, tokenize } from './lexer.ts';
import type { Token } from './lexer.ts';
import type { Definition, Filter, Pattern } from './syntax.ts';

export function parseFilter(source: string): Filter {
  const parser = new Parser(tokenize(source));
  return parser.whole();
}

/** The definitions of a library, with `.` at its end. */
export function parseDefinitions(source: string): readonly Definition[] {
  const out: Definition[] = [];
  for (let filter = parseFilter(`${source} .`); filter.kind === 'define'; filter = filter.rest)
    out.push(filter.definition);
  return out;
}

const END: Token = { kind: 'end', text: '$end' };
const IDENTITY: Filter = { kind: 'identity' };

/** Binary operators from the loosest: their level, and whether they lean to the right, to the left or to neither. */
const LEVELS: readonly { readonly operators: readonly string[]; readonly leans: 'left' | 'right' | 'none' }[] = [
  { operators: ['//'], leans: 'right' },
  { operators: ['=', '|=', '+=', '-=', '*=', '/=', '%=', '//='], leans: 'none' },
  { operators: ['or'], leans: 'left' },
  { operators: ['and'], leans: 'left' },
  { operators: ['==', '!=', '<', '<=', '>', '>='], leans: 'none' },
  { operators: ['+', '-'], leans: 'left' },
  { operators: ['*', '/', '%'], leans: 'left' },
];

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Filter {
    const filter = this.#token.kind === 'end' ? IDENTITY : this.#pipe();
    if (this.#token.kind !== 'end') this.#fail(', expecting $end');
    return filter;
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #is(text: string): boolean {
    return this.#token.text === text && (this.#token.kind === 'symbol' || this.#token.kind === 'keyword');
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#fail();
  }

  #fail(expecting = ''): never {
    const { kind, text } = this.#token;
    const shown =
      kind === 'end'
        ? '$end'
        : kind === 'keyword'
          ? text
          : kind === 'name'
            ? 'IDENT'
            : kind === 'field'
              ? 'FIELD'
              : kind === 'number'
                ? 'LITERAL'
                : kind === 'format'
                  ? 'FORMAT'
                  : kind === 'string'
                    ? 'QQSTRING_START'
                    : kind === 'variable'
                      ? "'$'"
                      : /^[)\]}]$/.test(text) && expecting !== ''
                        ? 'INVALID_CHARACTER'
                        : `'${text}'`;
    throw new SyntaxMistake(`syntax error, unexpected ${shown}${expecting}`);
  }

  #pipe(): Filter {
    if (this.#accept('def')) {
      const definition = this.#definition();
      return {
        kind: 'define',
        definition,
        rest: this.#token.kind === 'end' || this.#is(')') ? IDENTITY : this.#pipe(),
      };
    }
    if (this.#is('import') || this.#is('include')) throw new SyntaxMistake(`${this.#token.text} is not simulated here`);
    if (this.#accept('label')) {
      const name = this.#variable();
      this.#expect('|');
      return { kind: 'label', name, body: this.#pipe() };
    }
    const left = this.#comma();
    if (!this.#accept('|')) return left;
    return { kind: 'pipe', left, right: this.#pipe() };
  }

  #definition(): Definition {
    const { kind, text: name } = this.#token;
    if (kind !== 'name' && kind !== 'keyword') this.#fail();
    this.#at++;
    const parameters: string[] = [];
    if (this.#accept('(')) {
      do {
        const { kind: parameterKind, text } = this.#token;
        if (parameterKind !== 'name' && parameterKind !== 'variable') this.#fail();
        this.#at++;
        parameters.push(parameterKind === 'variable' ? `$${text}` : text);
      } while (this.#accept(';'));
      this.#expect(')');
    }
    this.#expect(':');
    const body = this.#pipe();
    this.#expect(';');
    return { name, parameters, body };
  }

  #comma(): Filter {
    let left = this.#operators(0);
    while (this.#accept(',')) left = { kind: 'comma', left, right: this.#operators(0) };
    return left;
  }

  #operators(level: number): Filter {
    const row = LEVELS[level];
    if (!row) return this.#postfix();
    let left = this.#operators(level + 1);
    for (;;) {
      const operator = this.#token.text;
      if (!row.operators.includes(operator) || !this.#accept(operator)) return left;
      const right = this.#operators(row.leans === 'right' ? level : level + 1);
      left = binary(operator, left, right);
      if (row.leans === 'none' && row.operators.includes(this.#token.text) && this.#token.kind === 'symbol')
        this.#fail();
    }
  }

  #postfix(): Filter {
    if (this.#accept('-')) return { kind: 'negate', operand: this.#postfix() };
    let term = this.#term();
    for (;;) {
      if (this.#accept('?')) term = { kind: 'try', body: term, handler: undefined };
      else if (this.#token.kind === 'field') {
        term = { kind: 'index', of: term, by: { kind: 'literal', value: this.#token.text } };
        this.#at++;
      } else if (this.#is('.') && this.#tokens[this.#at + 1]?.kind === 'string') {
        this.#at++;
        term = { kind: 'index', of: term, by: this.#string('@text') };
      } else if (this.#is('.') && this.#tokens[this.#at + 1]?.text === '[') this.#at++;
      else if (this.#accept('[')) term = this.#bracket(term);
      else if (this.#is('as')) {
        // `term as $x | body` binds tighter than the operators before it.
        this.#at++;
        const pattern = this.#pattern();
        if (this.#is('?')) throw new SyntaxMistake('?// is not simulated here');
        this.#expect('|');
        return { kind: 'bind', source: term, pattern, body: this.#pipe() };
      } else return term;
    }
  }

  #bracket(of: Filter): Filter {
    if (this.#accept(']')) return { kind: 'iterate', of };
    if (this.#accept(':')) {
      const to = this.#pipe();
      this.#expect(']');
      return { kind: 'slice', of, from: undefined, to };
    }
    const by = this.#pipe();
    if (this.#accept(']')) return { kind: 'index', of, by };
    this.#expect(':');
    const to = this.#is(']') ? undefined : this.#pipe();
    this.#expect(']');
    return { kind: 'slice', of, from: by, to };
  }

  #term(): Filter {
    const { kind, text } = this.#token;
    switch (kind) {
      case 'number':
        this.#at++;
        return { kind: 'literal', value: Number(text) };
      case 'string':
        return this.#string('@text');
      case 'format':
        this.#at++;
        return this.#token.kind === 'string' ? this.#string(text) : { kind: 'format', name: text };
      case 'field':
        this.#at++;
        return { kind: 'index', of: IDENTITY, by: { kind: 'literal', value: text } };
      case 'variable':
        this.#at++;
        if (text === '__loc__') throw new SyntaxMistake('$__loc__ is not simulated here');
        return { kind: 'variable', name: text };
      case 'name':
        return this.#call(text);
      case 'keyword':
        return this.#keyword(text);
      case 'end':
        return this.#fail();
      case 'symbol':
        break;
    }
    if (this.#accept('..')) return { kind: 'recurse' };
    if (this.#accept('.')) {
      if (this.#token.kind === 'string') return { kind: 'index', of: IDENTITY, by: this.#string('@text') };
      if (this.#token.kind === 'end' && this.#tokens[this.#at - 2]?.kind === 'field')
        this.#fail(', expecting FORMAT or QQSTRING_START');
      return IDENTITY;
    }
    if (this.#accept('(')) {
      const inner = this.#pipe();
      this.#expect(')');
      return inner;
    }
    if (this.#accept('[')) {
      if (this.#accept(']')) return { kind: 'array', items: undefined };
      const items = this.#pipe();
      this.#expect(']');
      return { kind: 'array', items };
    }
    if (this.#accept('{')) return this.#object();
    return this.#fail(this.#at > 0 ? '' : ', expecting $end');
  }

  #call(name: string): Filter {
    this.#at++;
    if (name === 'break' && this.#token.kind === 'variable') return { kind: 'break', name: this.#variable() };
    const args: Filter[] = [];
    if (this.#accept('(')) {
      do args.push(this.#pipe());
      while (this.#accept(';'));
      this.#expect(')');
    } else if (name === 'null' || name === 'true' || name === 'false')
      return { kind: 'literal', value: name === 'null' ? null : name === 'true' };
    return { kind: 'call', name, args };
  }

  #keyword(word: string): Filter {
    switch (word) {
      case 'if':
        return this.#if();
      case 'try': {
        this.#at++;
        const body = this.#postfix();
        return {
          kind: 'try',
          body,
          handler: this.#accept('catch') ? this.#postfix() : { kind: 'call', name: 'empty', args: [] },
        };
      }
      case 'reduce': {
        this.#at++;
        const source = this.#source();
        const pattern = this.#pattern();
        this.#expect('(');
        const start = this.#pipe();
        this.#expect(';');
        const update = this.#pipe();
        this.#expect(')');
        return { kind: 'reduce', source, pattern, start, update };
      }
      case 'foreach': {
        this.#at++;
        const source = this.#source();
        const pattern = this.#pattern();
        this.#expect('(');
        const start = this.#pipe();
        this.#expect(';');
        const update = this.#pipe();
        const extract = this.#accept(';') ? this.#pipe() : undefined;
        this.#expect(')');
        return { kind: 'foreach', source, pattern, start, update, extract };
      }
    }
    return this.#fail();
  }

  /** The term before `as` in `reduce` and `foreach`. */
  #source(): Filter {
    const before = this.#at;
    let depth = 0;
    // The postfix parser would take the `as` for its own, so it is shown the tokens up to it.
    for (let i = this.#at; i < this.#tokens.length; i++) {
      const { text, kind } = this.#tokens[i] ?? END;
      if (kind === 'symbol' && /^[([{]$/.test(text)) depth++;
      if (kind === 'symbol' && /^[)\]}]$/.test(text)) depth--;
      if (depth === 0 && kind === 'keyword' && text === 'as') {
        const inner = new Parser([...this.#tokens.slice(before, i), END]);
        const source = inner.whole();
        this.#at = i + 1;
        return source;
      }
    }
    this.#at = this.#tokens.length - 1;
    return this.#fail();
  }

  #if(): Filter {
    const branches: { test: Filter; then: Filter }[] = [];
    let otherwise: Filter | undefined;
    do {
      this.#at++;
      const test = this.#pipe();
      this.#expect('then');
      branches.push({ test, then: this.#pipe() });
    } while (this.#is('elif'));
    if (this.#accept('else')) otherwise = this.#pipe();
    if (!this.#accept('end')) this.#fail();
    return { kind: 'if', branches, otherwise };
  }

  #string(format: string): Filter {
    const { parts = [] } = this.#token;
    this.#at++;
    const [only] = parts;
    if (parts.length === 1 && typeof only === 'string') return { kind: 'literal', value: only };
    return {
      kind: 'string',
      format,
      parts: parts.map((part) => (typeof part === 'string' ? part : new Parser(part).whole())),
    };
  }

  #variable(): string {
    const { kind, text } = this.#token;
    if (kind !== 'variable') this.#fail();
    this.#at++;
    return text;
  }

  #object(): Filter {
    const entries: { key: Filter; value: Filter }[] = [];
    while (!this.#accept('}')) {
      const { kind, text } = this.#token;
      let key: Filter;
      let shorthand: Filter | undefined;
      if (kind === 'variable') {
        this.#at++;
        key = { kind: 'literal', value: text };
        shorthand = { kind: 'variable', name: text };
      } else if (kind === 'name' || kind === 'keyword') {
        this.#at++;
        key = { kind: 'literal', value: text };
        shorthand = { kind: 'index', of: IDENTITY, by: key };
      } else if (kind === 'string' || kind === 'format') {
        if (kind === 'format') this.#at++;
        key = this.#string(kind === 'format' ? text : '@text');
        shorthand = { kind: 'index', of: IDENTITY, by: key };
      } else if (kind === 'number') {
        this.#at++;
        key = { kind: 'literal', value: Number(text) };
      } else if (this.#accept('(')) {
        key = this.#pipe();
        this.#expect(')');
      } else this.#fail();
      if (this.#accept(':')) entries.push({ key, value: this.#objectValue() });
      else if (shorthand) entries.push({ key, value: shorthand });
      else this.#fail();
      if (!this.#accept(',')) {
        this.#expect('}');
        break;
      }
    }
    return { kind: 'object', entries };
  }

  /** A value in an object: terms joined by `|` at most, as a comma ends it. */
  #objectValue(): Filter {
    const left = this.#operators(0);
    return this.#accept('|') ? { kind: 'pipe', left, right: this.#objectValue() } : left;
  }

  #pattern(): Pattern {
    const first: Token = this.#token;
    if (first.kind === 'variable') return { kind: 'variable', name: this.#variable() };
    if (this.#accept('[')) {
      const items: Pattern[] = [];
      do items.push(this.#pattern());
      while (this.#accept(','));
      this.#expect(']');
      return { kind: 'array', items };
    }
    this.#expect('{');
    const entries: { variable: string | undefined; key: Filter; value: Pattern | undefined }[] = [];
    do {
      const { kind, text } = this.#token;
      let key: Filter;
      const variable = kind === 'variable' ? text : undefined;
      if (kind === 'variable' || kind === 'name' || kind === 'keyword') {
        this.#at++;
        key = { kind: 'literal', value: text };
      } else if (kind === 'string') key = this.#string('@text');
      else {
        this.#expect('(');
        key = this.#pipe();
        this.#expect(')');
      }
      if (this.#accept(':')) entries.push({ variable, key, value: this.#pattern() });
      else if (variable !== undefined) entries.push({ variable, key, value: undefined });
      else this.#fail();
    } while (this.#accept(','));
    this.#expect('}');
    return { kind: 'object', entries };
  }
}

function binary(operator: string, left: Filter, right: Filter): Filter {
  if (operator === '//') return { kind: 'alternative', left, right };
  if (operator === 'and' || operator === 'or') return { kind: 'logical', operator, left, right };
  if (operator.endsWith('=') && !/^[!=<>]=$/.test(operator))
    return { kind: 'update', operator, target: left, value: right };
  return { kind: 'binary', operator, left, right };
}
