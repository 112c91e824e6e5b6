// awk tokens to a program, by the grammar of POSIX. `getline` is refused by name.

import { ProgramError } from '../../program.ts';
import { tokenize } from './lexer.ts';
import type { Token } from './lexer.ts';
import type { AwkProgram, Expression, FunctionDefinition, Redirect, Rule, Statement, Target } from './syntax.ts';

export function parseProgram(source: string): AwkProgram {
  return new Parser(tokenize(source)).program();
}

const END: Token = { kind: 'end', text: 'end of program', line: 0 };
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^=', '**=']);

class Parser {
  readonly #tokens: readonly Token[];
  readonly #functions = new Map<string, FunctionDefinition>();
  readonly #calls: { readonly name: string; readonly line: number }[] = [];
  #at = 0;
  /** Within `print …`, where `>` writes to a file. */
  #noGreater = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  program(): AwkProgram {
    const rules: Rule[] = [];
    this.#newlines(true);
    while (this.#token.kind !== 'end') {
      if (this.#is('function') || this.#is('func')) this.#function();
      else rules.push(this.#rule());
      this.#newlines(true);
    }
    for (const { name, line } of this.#calls)
      if (!this.#functions.has(name)) throw new ProgramError(`line ${line}: function ${name} never defined`, 2);
    return { rules, functions: this.#functions };
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? this.#tokens.at(-1) ?? END;
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

  #fail(): never {
    const { kind, text, line } = this.#token;
    const shown = kind === 'newline' ? 'unexpected newline' : text;
    if (kind === 'end' || (kind === 'newline' && this.#at >= this.#tokens.length - 2))
      throw new ProgramError(`line ${line}: syntax error at or near end of line`, 2);
    throw new ProgramError(`line ${line}: syntax error at or near ${shown}`, 2);
  }

  #newlines(semicolons = false): void {
    while (this.#token.kind === 'newline' || (semicolons && this.#is(';'))) this.#at++;
  }

  #name(): string {
    const { kind, text } = this.#token;
    if (kind !== 'name') this.#fail();
    this.#at++;
    return text;
  }

  #function(): void {
    this.#at++;
    const { kind, text } = this.#token;
    if (kind !== 'name' && kind !== 'function name') this.#fail();
    this.#at++;
    this.#expect('(');
    const parameters: string[] = [];
    while (!this.#is(')')) {
      parameters.push(this.#name());
      if (!this.#accept(',')) break;
      this.#newlines();
    }
    this.#expect(')');
    this.#newlines();
    this.#functions.set(text, { parameters, body: this.#block() });
  }

  #rule(): Rule {
    if (this.#is('BEGIN') || this.#is('END')) {
      const kind = this.#token.text === 'BEGIN' ? 'BEGIN' : 'END';
      this.#at++;
      this.#newlines();
      return { kind, from: undefined, to: undefined, body: this.#block() };
    }
    let from: Expression | undefined;
    let to: Expression | undefined;
    if (!this.#is('{')) {
      from = this.#expression();
      if (this.#accept(',')) {
        this.#newlines();
        to = this.#expression();
      }
    }
    const body = this.#is('{') ? this.#block() : undefined;
    return { kind: to ? 'range' : 'pattern', from, to, body };
  }

  #block(): Statement {
    this.#expect('{');
    const body: Statement[] = [];
    this.#newlines(true);
    while (!this.#is('}')) {
      if (this.#token.kind === 'end') this.#fail();
      body.push(this.#statement());
      this.#newlines(true);
    }
    this.#at++;
    return { kind: 'block', body };
  }

  /** The end of a simple statement: `;`, a newline, or a `}` that is left standing. */
  #terminator(): void {
    if (this.#accept(';') || this.#is('}')) return;
    if (this.#token.kind !== 'newline') this.#fail();
    this.#at++;
  }

  #body(): Statement {
    this.#newlines();
    if (this.#accept(';')) return { kind: 'block', body: [] };
    return this.#statement();
  }

  #statement(): Statement {
    if (this.#is('{')) return this.#block();
    const { kind, text } = this.#token;
    if (kind === 'keyword')
      switch (text) {
        case 'if':
          return this.#if();
        case 'while':
          return this.#while();
        case 'do':
          return this.#do();
        case 'for':
          return this.#for();
        case 'break':
        case 'continue':
        case 'next':
        case 'nextfile':
          this.#at++;
          this.#terminator();
          return { kind: text };
        case 'exit':
        case 'return': {
          this.#at++;
          const bare = this.#is(';') || this.#is('}') || this.#token.kind === 'newline';
          const value = bare ? undefined : this.#expression();
          this.#terminator();
          return { kind: text, value };
        }
      }
    const statement = this.#simple();
    this.#terminator();
    return statement;
  }

  #if(): Statement {
    this.#at++;
    this.#expect('(');
    const test = this.#expression();
    this.#expect(')');
    const then = this.#body();
    const before = this.#at;
    this.#newlines(true);
    if (this.#accept('else')) return { kind: 'if', test, then, otherwise: this.#body() };
    this.#at = before;
    return { kind: 'if', test, then, otherwise: undefined };
  }

  #while(): Statement {
    this.#at++;
    this.#expect('(');
    const test = this.#expression();
    this.#expect(')');
    return { kind: 'loop', first: undefined, test, update: undefined, body: this.#body(), testLast: false };
  }

  #do(): Statement {
    this.#at++;
    const body = this.#body();
    this.#newlines(true);
    this.#expect('while');
    this.#expect('(');
    const test = this.#expression();
    this.#expect(')');
    this.#terminator();
    return { kind: 'loop', first: undefined, test, update: undefined, body, testLast: true };
  }

  #for(): Statement {
    this.#at++;
    this.#expect('(');
    const [name, word, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (name?.kind === 'name' && word?.text === 'in' && array?.kind === 'name' && close?.text === ')') {
      this.#at += 4;
      return { kind: 'for in', name: name.text, array: array.text, body: this.#body() };
    }
    const first = this.#is(';') ? undefined : this.#simple();
    this.#expect(';');
    this.#newlines();
    const test = this.#is(';') ? undefined : this.#expression();
    this.#expect(';');
    this.#newlines();
    const update = this.#is(')') ? undefined : this.#simple();
    this.#expect(')');
    return { kind: 'loop', first, test, update, body: this.#body(), testLast: false };
  }

  #simple(): Statement {
    if (this.#is('print') || this.#is('printf')) return this.#print();
    if (this.#accept('delete')) {
      const name = this.#name();
      if (!this.#accept('[')) return { kind: 'delete', name, subscripts: undefined };
      const subscripts = this.#list();
      this.#expect(']');
      return { kind: 'delete', name, subscripts };
    }
    return { kind: 'expression', expression: this.#expression() };
  }

  #print(): Statement {
    const formatted = this.#token.text === 'printf';
    this.#at++;
    let args: readonly Expression[] = [];
    if (!/^[;}>|]$|^>>$/.test(this.#token.text) && this.#token.kind !== 'newline') {
      this.#noGreater = true;
      args = this.#list();
      this.#noGreater = false;
    }
    if (formatted && args.length === 0) this.#fail();
    const [only] = args;
    if (args.length === 1 && only?.kind === 'list') args = only.items;
    let redirect: Redirect | undefined;
    const { text } = this.#token;
    if (this.#token.kind === 'symbol' && (text === '>' || text === '>>' || text === '|')) {
      this.#at++;
      this.#noGreater = true;
      redirect = { operator: text, to: this.#concat() };
      this.#noGreater = false;
    }
    return { kind: 'print', formatted, args, redirect };
  }

  #list(): Expression[] {
    const items = [this.#expression()];
    while (this.#accept(',')) {
      this.#newlines();
      items.push(this.#expression());
    }
    return items;
  }

  #expression(): Expression {
    const left = this.#conditional();
    const { kind, text } = this.#token;
    if (kind !== 'symbol' || !ASSIGNMENTS.has(text)) return left;
    const target = asTarget(left) ?? this.#fail();
    this.#at++;
    this.#newlines();
    return { kind: 'assign', operator: text.slice(0, -1), target, value: this.#expression() };
  }

  #conditional(): Expression {
    const test = this.#or();
    if (!this.#accept('?')) return test;
    this.#newlines();
    const then = this.#expression();
    this.#newlines();
    this.#expect(':');
    this.#newlines();
    return { kind: 'conditional', test, then, otherwise: this.#expression() };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#accept('||')) {
      this.#newlines();
      left = { kind: 'logical', operator: '||', left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#in();
    while (this.#accept('&&')) {
      this.#newlines();
      left = { kind: 'logical', operator: '&&', left, right: this.#in() };
    }
    return left;
  }

  #in(): Expression {
    let left = this.#match();
    while (this.#accept('in'))
      left = { kind: 'in', subscripts: left.kind === 'list' ? left.items : [left], array: this.#name() };
    return left;
  }

  #match(): Expression {
    let left = this.#comparison();
    while (this.#is('~') || this.#is('!~')) {
      const negated = this.#token.text === '!~';
      this.#at++;
      left = { kind: 'match', left, right: this.#comparison(), negated };
    }
    return left;
  }

  #comparison(): Expression {
    const left = this.#concat();
    const { kind, text } = this.#token;
    if (kind !== 'symbol' || !/^(?:[<>]=?|[=!]=)$/.test(text) || (text === '>' && this.#noGreater)) return left;
    this.#at++;
    return { kind: 'compare', operator: text, left, right: this.#concat() };
  }

  #concat(): Expression {
    let left = this.#additive();
    while (this.#beginsOperand()) left = { kind: 'concat', left, right: this.#additive() };
    return left;
  }

  #beginsOperand(): boolean {
    const { kind, text } = this.#token;
    if (kind === 'symbol') return text === '$' || text === '(' || text === '!' || text === '++' || text === '--';
    return /^(?:number|string|regexp|name|function name|builtin)$/.test(kind);
  }

  #additive(): Expression {
    let left = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) {
      const operator = this.#token.text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Expression {
    let left = this.#unary();
    while (this.#is('*') || this.#is('/') || this.#is('%')) {
      const operator = this.#token.text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expression {
    for (const operator of ['!', '-', '+'] as const)
      if (this.#accept(operator)) return { kind: 'unary', operator, operand: this.#unary() };
    return this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.#accept('^') && !this.#accept('**')) return left;
    const right = this.#is('-') || this.#is('+') || this.#is('!') ? this.#unary() : this.#power();
    return { kind: 'binary', operator: '^', left, right };
  }

  #postfix(): Expression {
    const operand = this.#primary();
    const target = asTarget(operand);
    if (target && this.#accept('++')) return { kind: 'step', target, by: 1, before: false };
    if (target && this.#accept('--')) return { kind: 'step', target, by: -1, before: false };
    return operand;
  }

  #primary(): Expression {
    const { kind, text, line } = this.#token;
    switch (kind) {
      case 'number':
        this.#at++;
        return { kind: 'number', value: Number(text) };
      case 'string':
        this.#at++;
        return { kind: 'string', value: text };
      case 'regexp':
        this.#at++;
        return { kind: 'regexp', source: text };
      case 'name': {
        this.#at++;
        if (!this.#accept('[')) return { kind: 'variable', name: text };
        const subscripts = this.#inside(() => this.#list());
        this.#expect(']');
        return { kind: 'element', name: text, subscripts };
      }
      case 'function name': {
        this.#at++;
        this.#calls.push({ name: text, line });
        return { kind: 'call', name: text, args: this.#arguments(), line };
      }
      case 'builtin':
        this.#at++;
        if (text === 'length' && !this.#is('(')) return { kind: 'builtin', name: text, args: [] };
        if (!this.#is('(')) this.#fail();
        return { kind: 'builtin', name: text, args: this.#arguments() };
      case 'keyword':
        if (text === 'getline') throw new ProgramError('getline is not simulated here', 2);
        return this.#fail();
      case 'symbol':
        break;
      default:
        return this.#fail();
    }
    if (this.#accept('$')) {
      if (this.#is('++') || this.#is('--') || this.#is('-') || this.#is('+'))
        return { kind: 'field', index: this.#prefixed() };
      return { kind: 'field', index: this.#primary() };
    }
    if (text === '++' || text === '--') return this.#prefixed();
    if (this.#accept('(')) {
      const items = this.#inside(() => this.#list());
      this.#expect(')');
      const [only] = items;
      if (items.length > 1 || !only) return { kind: 'list', items };
      return only;
    }
    return this.#fail();
  }

  #prefixed(): Expression {
    const { text } = this.#token;
    this.#at++;
    if (text === '-' || text === '+') return { kind: 'unary', operator: text, operand: this.#primary() };
    const target = asTarget(this.#primary()) ?? this.#fail();
    return { kind: 'step', target, by: text === '++' ? 1 : -1, before: true };
  }

  #arguments(): Expression[] {
    this.#expect('(');
    this.#newlines();
    const args = this.#is(')') ? [] : this.#inside(() => this.#list());
    this.#newlines();
    this.#expect(')');
    return args;
  }

  /** Inside parentheses and brackets `>` compares again. */
  #inside<T>(parse: () => T): T {
    const before = this.#noGreater;
    this.#noGreater = false;
    const result = parse();
    this.#noGreater = before;
    return result;
  }
}

function asTarget(expression: Expression): Target | undefined {
  return expression.kind === 'variable' || expression.kind === 'element' || expression.kind === 'field'
    ? expression
    : undefined;
}
