// Go's templates (text/template/parse, go1.24): the tree of a text.
// Left out: define, template and block, complex numbers.

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with';
      readonly pipe: Pipe;
      readonly then: readonly Node[];
      readonly other: readonly Node[];
    }
  | { readonly kind: 'range'; readonly pipe: Pipe; readonly then: readonly Node[]; readonly other: readonly Node[] }
  | { readonly kind: 'break' | 'continue' };

export interface Pipe {
  readonly declares: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export type Command = readonly Operand[];

export type Operand = { readonly at: number; readonly text: string } & (
  | { readonly kind: 'value'; readonly value: string | number | boolean | null; readonly float?: boolean }
  | { readonly kind: 'dot' }
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly string[] }
  | { readonly kind: 'group'; readonly pipe: Pipe }
);

/** What is wrong with a template, without `template: :1: `. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

interface Token {
  readonly kind: 'field' | 'variable' | 'word' | 'string' | 'char' | 'number' | 'sign' | 'space' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /(\s+)|(\.[A-Za-z_]\w*)|(\$\w*)|([A-Za-z_]\w*)|("(?:[^"\\\n]|\\.)*"|`[^`]*`)|('(?:[^'\\\n]|\\.)+')|([-+]?(?:0[xX][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+))|(:=|[|().,=])/y;

const kinds = ['space', 'field', 'variable', 'word', 'string', 'char', 'number', 'sign'] as const;

export function parseTemplate(text: string, functions: ReadonlySet<string>): readonly Node[] {
  return new Parser(text, functions).parse();
}

interface Action {
  readonly tokens: readonly Token[];
}

class Parser {
  readonly #functions: ReadonlySet<string>;
  readonly #parts: readonly (string | Action)[];
  #part = 0;
  #tokens: readonly Token[] = [];
  #token = 0;
  #variables: string[] = ['$'];
  #loops = 0;

  constructor(text: string, functions: ReadonlySet<string>) {
    this.#functions = functions;
    this.#parts = split(text);
  }

  parse(): readonly Node[] {
    const { nodes, end } = this.#list();
    if (end !== 'eof') throw new TemplateError(`unexpected {{${end}}}`);
    return nodes;
  }

  #list(): { nodes: Node[]; end: string } {
    const nodes: Node[] = [];
    for (; this.#part < this.#parts.length;) {
      const part = this.#parts[this.#part++] ?? '';
      if (typeof part === 'string') {
        if (part !== '') nodes.push({ kind: 'text', text: part });
        continue;
      }
      this.#tokens = part.tokens;
      this.#token = 0;
      this.#skip();
      const first = this.#peek();
      if (first.kind === 'word') {
        switch (first.text) {
          case 'end':
          case 'else':
            this.#token++;
            return { nodes, end: first.text };
          case 'if':
          case 'with':
          case 'range':
            this.#token++;
            nodes.push(this.#branch(first.text));
            continue;
          case 'break':
          case 'continue':
            if (this.#loops === 0) throw new TemplateError(`{{${first.text}}} outside {{range}}`);
            nodes.push({ kind: first.text });
            continue;
          case 'define':
          case 'block':
          case 'template':
            throw new TemplateError(`{{${first.text}}} is not simulated`);
        }
      }
      nodes.push({ kind: 'pipe', pipe: this.#pipe('command', 'end') });
    }
    return { nodes, end: 'eof' };
  }

  #branch(kind: 'if' | 'with' | 'range'): Node {
    const known = this.#variables.length;
    const pipe = this.#pipe(kind, 'end');
    if (kind === 'range') this.#loops++;
    const { nodes: then, end } = this.#list();
    if (kind === 'range') this.#loops--;
    let other: readonly Node[] = [];
    if (end === 'eof') throw new TemplateError('unexpected EOF');
    if (end === 'else') {
      this.#skip();
      const next = this.#peek();
      if (next.kind === 'word' && next.text === kind && kind !== 'range') {
        this.#token++;
        other = [this.#branch(kind)];
      } else {
        if (next.kind !== 'end') throw this.#unexpected(next, '{{else}}');
        const { nodes, end: last } = this.#list();
        if (last === 'eof') throw new TemplateError('unexpected EOF');
        if (last === 'else') throw new TemplateError('expected end; found {{else}}');
        other = nodes;
      }
    }
    this.#variables.length = known;
    return { kind, pipe, then, other };
  }

  #pipe(context: string, close: 'end' | ')'): Pipe {
    const declares: string[] = [];
    let assigns = false;
    this.#skip();
    const start = this.#token;
    while (this.#peek().kind === 'variable') {
      const name = this.#peek().text;
      this.#token++;
      this.#skip();
      const next = this.#peek().text;
      if (next === ':=' || next === '=') {
        this.#token++;
        declares.push(name);
        assigns = next === '=';
        if (!assigns) this.#variables.push(...declares);
        break;
      }
      if (next === ',' && context === 'range' && declares.length === 0) {
        this.#token++;
        this.#skip();
        declares.push(name);
        continue;
      }
      declares.length = 0;
      this.#token = start;
      break;
    }
    const commands: Command[] = [];
    for (;;) {
      this.#skip();
      const token = this.#peek();
      if (token.kind === 'end' || token.text === ')') {
        if ((close === ')') !== (token.text === ')')) {
          throw token.kind === 'end' ? new TemplateError('unclosed left paren') : this.#unexpected(token, context);
        }
        if (commands.length === 0) throw new TemplateError(`missing value for ${context}`);
        this.#token++;
        break;
      }
      commands.push(this.#command(context));
    }
    for (const command of commands.slice(1)) {
      const [first] = command;
      if (first && (first.kind === 'value' || first.kind === 'dot')) {
        throw new TemplateError(`non executable command in pipeline stage ${String(commands.indexOf(command) + 1)}`);
      }
    }
    return { declares, assigns, commands };
  }

  #command(context: string): Command {
    const operands: Operand[] = [];
    for (;;) {
      this.#skip();
      const operand = this.#operand();
      if (operand) operands.push(operand);
      const token = this.#peek();
      if (token.kind === 'space') continue;
      if (token.kind === 'end' || token.text === ')') break;
      if (token.text === '|') {
        this.#token++;
        this.#skip();
        if (this.#peek().kind === 'end') throw new TemplateError(`missing value for ${context}`);
        break;
      }
      throw this.#unexpected(token, 'operand');
    }
    if (operands.length === 0) throw new TemplateError('empty command');
    return operands;
  }

  #operand(): Operand | undefined {
    const first = this.#term();
    if (!first) return undefined;
    if (this.#peek().kind !== 'field') return first;
    const { at } = this.#peek();
    const path: string[] = [];
    while (this.#peek().kind === 'field') {
      path.push(this.#peek().text.slice(1));
      this.#token++;
    }
    const text = first.text + path.map((name) => `.${name}`).join('');
    if (first.kind === 'field') return { ...first, path: [...first.path, ...path], text, at };
    if (first.kind === 'variable') return { ...first, path: [...first.path, ...path], text, at };
    if (first.kind === 'value') throw new TemplateError(`unexpected . after term ${JSON.stringify(first.text)}`);
    return { kind: 'chain', of: first, path, text, at };
  }

  #term(): Operand | undefined {
    const { kind, text, at } = this.#peek();
    const take = <T>(operand: T): T & { at: number; text: string } => {
      this.#token++;
      return { ...operand, at, text };
    };
    switch (kind) {
      case 'field':
        return take({ kind: 'field', path: [text.slice(1)] });
      case 'variable':
        if (!this.#variables.includes(text)) throw new TemplateError(`undefined variable "${text}"`);
        return take({ kind: 'variable', name: text, path: [] });
      case 'string':
        return take({ kind: 'value', value: text.startsWith('`') ? text.slice(1, -1) : unquote(text) });
      case 'char':
        return take({ kind: 'value', value: unquote(`"${text.slice(1, -1)}"`).codePointAt(0) ?? 0 });
      case 'number':
        return take({
          kind: 'value',
          value: Number(text.replaceAll('_', '').replace(/^\+/, '')),
          ...(/[.eE]/.test(text) && !/^0x/i.test(text) && { float: true }),
        });
      case 'word':
        if (text === 'true' || text === 'false') return take({ kind: 'value', value: text === 'true' });
        if (text === 'nil') return take({ kind: 'value', value: null });
        if (!this.#functions.has(text)) throw new TemplateError(`function "${text}" not defined`);
        return take({ kind: 'function', name: text });
      case 'sign':
        if (text === '.') return take({ kind: 'dot' });
        if (text === '(') {
          this.#token++;
          const from = this.#token;
          const pipe = this.#pipe('parenthesized pipeline', ')');
          const inside = this.#tokens.slice(from, this.#token).map((token) => token.text);
          return { kind: 'group', pipe, at, text: `(${inside.join('')}` };
        }
        return undefined;
      default:
        return undefined;
    }
  }

  #peek(): Token {
    return this.#tokens[this.#token] ?? { kind: 'end', text: '', at: 0 };
  }
  #skip(): void {
    while (this.#peek().kind === 'space') this.#token++;
  }
  #unexpected(token: Token, context: string): TemplateError {
    return new TemplateError(
      `unexpected ${JSON.stringify(token.text).replaceAll('"', token.kind === 'string' ? '\\"' : '"')} in ${context}`,
    );
  }
}

function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|(.))/g, (_, u?: string, x?: string, sign = '') =>
      u !== undefined || x !== undefined
        ? String.fromCharCode(Number.parseInt(u ?? x ?? '', 16))
        : ({ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }[sign as string] ?? (sign as string)),
    );
}

/** Text and actions in turn, with what `{{-` and `-}}` trim trimmed. */
function split(text: string): (string | Action)[] {
  const parts: (string | Action)[] = [];
  let trim = false;
  for (let at = 0; ;) {
    const open = text.indexOf('{{', at);
    let plain = open < 0 ? text.slice(at) : text.slice(at, open);
    if (trim) plain = plain.trimStart();
    if (open < 0) return [...parts, plain];
    let inside = open + 2;
    if (/^-\s/.test(text.slice(inside))) {
      plain = plain.trimEnd();
      inside += 1;
    }
    parts.push(plain);
    const comment = /^\s*\/\*[^]*?\*\/\s*-?\}\}/.exec(text.slice(inside));
    if (comment) {
      at = inside + comment[0].length;
      trim = comment[0].endsWith('-}}');
      continue;
    }
    const { tokens, end } = lex(text, inside);
    parts.push({ tokens });
    trim = /\s-$/.test(text.slice(inside, end));
    at = end + 2;
  }
}

function lex(text: string, from: number): { tokens: Token[]; end: number } {
  const tokens: Token[] = [];
  for (let at = from; ;) {
    if (/^\s-\}\}/.test(text.slice(at))) return { tokens, end: at + 2 };
    if (text.startsWith('}}', at)) return { tokens, end: at };
    if (at >= text.length) throw new TemplateError('unclosed action');
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) {
      const sign = text.charAt(at);
      if (sign === '"') throw new TemplateError('unterminated quoted string');
      if (sign === '`') throw new TemplateError('unterminated raw quoted string');
      if (sign === "'") throw new TemplateError('unterminated character constant');
      if (sign === '}') throw new TemplateError('unexpected "}" in operand');
      const code = (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      throw new TemplateError(`unrecognized character in action: U+${code} '${sign}'`);
    }
    const kind = kinds[match.slice(1).findIndex((group: string | undefined) => group !== undefined)] ?? 'sign';
    tokens.push({ kind, text: match[0], at });
    at += match[0].length;
  }
}
