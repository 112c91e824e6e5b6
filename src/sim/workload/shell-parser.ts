// The shell inside a container (`sh -c '…'`), first half: text to a list of steps with jumps, so that a script that
// sleeps can be left and taken up again, and saved in between. POSIX sh as busybox ash reads it: simple commands,
// quotes, variables, `$(…)`, `$((…))`, `&&`, `||`, `!`, `;`, if, while, until, for, braces, redirections to files.
// Not simulated, and refused by name: pipes, background jobs, subshells, functions, case, here-documents, patterns.

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly otherwise: string | null; readonly quoted: boolean }
  | { readonly kind: 'command'; readonly script: string; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly text: string };
/** The parts of one word, put together without spaces. */
export type Word = readonly Part[];

export interface Redirect {
  readonly from: 1 | 2 | 'both';
  readonly append: boolean;
  /** A file, or the other stream. */
  readonly to: Word | 'stdout' | 'stderr';
}

export type Step =
  | {
      readonly op: 'run';
      readonly assign: readonly { readonly name: string; readonly value: Word }[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
      /** Its failure is looked at, so `set -e` does not end the script. */
      readonly tested: boolean;
    }
  | { readonly op: 'jump' | 'ifFailed' | 'ifOk'; readonly to: number }
  | { readonly op: 'not' }
  | { readonly op: 'succeed' }
  /** Fills list `slot` for a `for` loop. */
  | { readonly op: 'list'; readonly slot: number; readonly words: readonly Word[] }
  /** Takes the next of list `slot` into `name`, or jumps when there is none. */
  | { readonly op: 'next'; readonly slot: number; readonly name: string; readonly to: number };

export type Script = readonly Step[] | { readonly error: string };

/** The steps of `text`, or what the shell says about it. */
export function parseScript(text: string): Script {
  let script = cache.get(text);
  if (!script) {
    script = new Parser(text).parse();
    if (cache.size > 256) cache.clear();
    cache.set(text, script);
  }
  return script;
}
/** Parsing is pure; the cache only saves doing it again at every wake. */
const cache = new Map<string, Script>();

type Token =
  | { readonly kind: 'word'; readonly parts: Word; /** The bare text when nothing is quoted. */ readonly plain: string }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'redirect'; readonly redirect: Omit<Redirect, 'to'>; readonly to: 'stdout' | 'stderr' | 'file' };

class SyntaxProblem {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

class Parser {
  readonly #tokens: readonly Token[] | SyntaxProblem;
  #at = 0;
  #steps: Step[] = [];
  #slots = 0;
  #tested = 0;
  /** Where `break` and `continue` of the loops around go; breaks are filled in at the end of the loop. */
  readonly #loops: { readonly start: number; readonly breaks: number[] }[] = [];

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): Script {
    if (this.#tokens instanceof SyntaxProblem) return { error: this.#tokens.message };
    const problem = this.#list([]) ?? (this.#peek() ? this.#unexpected() : undefined);
    return problem ? { error: problem.message } : this.#steps;
  }

  #peek(): Token | undefined {
    return this.#tokens instanceof SyntaxProblem ? undefined : this.#tokens[this.#at];
  }

  #unexpected(): SyntaxProblem {
    const token = this.#peek();
    const text = !token
      ? 'end of file'
      : token.kind === 'operator'
        ? token.text
        : token.kind === 'word'
          ? token.plain
          : '>';
    return new SyntaxProblem(`syntax error: unexpected "${text === '\n' ? 'newline' : text}"`);
  }

  #isWord(text: string): boolean {
    const token = this.#peek();
    return token?.kind === 'word' && token.plain === text;
  }

  #isOperator(...texts: readonly string[]): boolean {
    const token = this.#peek();
    return token?.kind === 'operator' && texts.includes(token.text);
  }

  #expect(text: string): SyntaxProblem | undefined {
    if (!this.#isWord(text)) return this.#unexpected();
    this.#at++;
    return undefined;
  }

  /** Commands up to one of the closing words, which stays. */
  #list(closing: readonly string[]): SyntaxProblem | undefined {
    for (;;) {
      while (this.#isOperator(';', '\n')) this.#at++;
      const token = this.#peek();
      if (!token || (token.kind === 'word' && closing.includes(token.plain))) return undefined;
      const problem = this.#andOr();
      if (problem) return problem;
      if (this.#isOperator('&')) return new SyntaxProblem('background jobs (&) are not simulated');
      if (this.#peek() && !this.#isOperator(';', '\n')) {
        const after = this.#peek();
        if (!(after?.kind === 'word' && closing.includes(after.plain))) return this.#unexpected();
      }
    }
  }

  #andOr(): SyntaxProblem | undefined {
    const from = this.#steps.length;
    let problem = this.#command();
    while (!problem && this.#isOperator('&&', '||')) {
      const and = this.#isOperator('&&');
      this.#at++;
      while (this.#isOperator('\n')) this.#at++;
      this.#markTested(from);
      const jump = this.#emit({ op: 'succeed' });
      problem = this.#command();
      this.#steps[jump] = { op: and ? 'ifFailed' : 'ifOk', to: this.#steps.length };
    }
    return problem;
  }

  #markTested(from: number): void {
    for (let i = from; i < this.#steps.length; i++) {
      const step = this.#steps[i];
      if (step?.op === 'run') this.#steps[i] = { ...step, tested: true };
    }
  }

  #command(): SyntaxProblem | undefined {
    if (this.#isWord('!')) {
      this.#at++;
      const from = this.#steps.length;
      const problem = this.#command();
      this.#markTested(from);
      this.#emit({ op: 'not' });
      return problem;
    }
    if (this.#isOperator('(')) return new SyntaxProblem('subshells are not simulated');
    if (this.#isWord('case')) return new SyntaxProblem('case is not simulated');
    if (this.#isWord('function')) return new SyntaxProblem('functions are not simulated');
    if (this.#isWord('{')) {
      this.#at++;
      return this.#list(['}']) ?? this.#expect('}');
    }
    const problem = this.#isWord('if')
      ? this.#if()
      : this.#isWord('while') || this.#isWord('until')
        ? this.#while()
        : this.#isWord('for')
          ? this.#for()
          : this.#simple();
    if (!problem && this.#isOperator('|')) return new SyntaxProblem('pipes are not simulated in a container');
    return problem;
  }

  #if(): SyntaxProblem | undefined {
    this.#at++;
    const ends: number[] = [];
    for (;;) {
      this.#tested++;
      const problem = this.#list(['then']) ?? this.#expect('then');
      this.#tested--;
      if (problem) return problem;
      const skip = this.#emit({ op: 'succeed' });
      const inner = this.#list(['elif', 'else', 'fi']);
      if (inner) return inner;
      ends.push(this.#emit({ op: 'succeed' }));
      this.#steps[skip] = { op: 'ifFailed', to: this.#steps.length };
      if (!this.#isWord('elif')) break;
      this.#at++;
    }
    this.#emit({ op: 'succeed' });
    if (this.#isWord('else')) {
      this.#at++;
      const problem = this.#list(['fi']);
      if (problem) return problem;
    }
    for (const end of ends) this.#steps[end] = { op: 'jump', to: this.#steps.length };
    return this.#expect('fi');
  }

  #while(): SyntaxProblem | undefined {
    const until = this.#isWord('until');
    this.#at++;
    const start = this.#steps.length;
    this.#tested++;
    const problem = this.#list(['do']) ?? this.#expect('do');
    this.#tested--;
    if (problem) return problem;
    const leave = this.#emit({ op: 'succeed' });
    return this.#body(start, (end) => {
      this.#steps[leave] = { op: until ? 'ifOk' : 'ifFailed', to: end };
    });
  }

  #for(): SyntaxProblem | undefined {
    this.#at++;
    const name = this.#peek();
    if (name?.kind !== 'word' || !NAME.test(name.plain)) return this.#unexpected();
    this.#at++;
    const missing = this.#expect('in');
    if (missing) return missing;
    const words: Word[] = [];
    for (let token = this.#peek(); token?.kind === 'word'; token = this.#peek()) {
      words.push(token.parts);
      this.#at++;
    }
    while (this.#isOperator(';', '\n')) this.#at++;
    const problem = this.#expect('do');
    if (problem) return problem;
    const slot = this.#slots++;
    this.#emit({ op: 'list', slot, words });
    const start = this.#emit({ op: 'succeed' });
    return this.#body(start, (end) => {
      this.#steps[start] = { op: 'next', slot, name: name.plain, to: end };
    });
  }

  /** The part of a loop up to `done`; the loop itself succeeds. */
  #body(start: number, leave: (end: number) => void): SyntaxProblem | undefined {
    const loop = { start, breaks: [] as number[] };
    this.#loops.push(loop);
    const problem = this.#list(['done']) ?? this.#expect('done');
    this.#loops.pop();
    if (problem) return problem;
    this.#emit({ op: 'jump', to: start });
    const end = this.#emit({ op: 'succeed' });
    leave(end);
    for (const at of loop.breaks) this.#steps[at] = { op: 'jump', to: end };
    return undefined;
  }

  #simple(): SyntaxProblem | undefined {
    const assign: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    let first = '';
    for (let token = this.#peek(); token && token.kind !== 'operator'; token = this.#peek()) {
      this.#at++;
      if (token.kind === 'redirect') {
        if (token.to !== 'file') {
          redirects.push({ ...token.redirect, to: token.to });
          continue;
        }
        const target = this.#peek();
        if (target?.kind !== 'word') return this.#unexpected();
        this.#at++;
        redirects.push({ ...token.redirect, to: target.parts });
        continue;
      }
      const assignment = words.length === 0 ? readAssignment(token.parts) : undefined;
      if (assignment) {
        assign.push(assignment);
        continue;
      }
      if (words.length === 0) {
        first = token.plain;
        if (CLOSING.has(first)) {
          this.#at--;
          return this.#unexpected();
        }
      }
      words.push(token.parts);
    }
    if (assign.length + words.length + redirects.length === 0) return this.#unexpected();
    if (this.#isOperator('(')) return new SyntaxProblem('functions are not simulated');
    const loop = this.#loops.at(-1);
    if (loop && first === 'continue') this.#emit({ op: 'jump', to: loop.start });
    else if (loop && first === 'break') loop.breaks.push(this.#emit({ op: 'succeed' }));
    else this.#emit({ op: 'run', assign, words, redirects, tested: this.#tested > 0 });
    return undefined;
  }

  #emit(step: Step): number {
    this.#steps.push(step);
    return this.#steps.length - 1;
  }
}

const NAME = /^[A-Za-z_]\w*$/;
const CLOSING: ReadonlySet<string> = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}', 'in']);

function readAssignment(parts: Word): { name: string; value: Word } | undefined {
  const head = parts[0];
  if (head?.kind !== 'text') return undefined;
  const match = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(head.text);
  const [, name = '', rest = ''] = match ?? [];
  if (!match) return undefined;
  return { name, value: rest === '' ? parts.slice(1) : [{ kind: 'text', text: rest }, ...parts.slice(1)] };
}

function tokenize(text: string): readonly Token[] | SyntaxProblem {
  const tokens: Token[] = [];
  let i = 0;
  while (i < text.length) {
    const rest = text.slice(i);
    const space = /^(?:[ \t]|\\\n)+|^#[^\n]*/.exec(rest);
    if (space) {
      i += space[0].length;
      continue;
    }
    const redirect = /^(?:(&>>?|[12]?>>?)(&[12])?|<<?)/.exec(rest);
    if (redirect) {
      const [all, arrow = '', target] = redirect;
      if (arrow === '')
        return new SyntaxProblem(
          all === '<' ? 'input redirection is not simulated' : 'here-documents are not simulated',
        );
      const from = arrow.startsWith('&') ? 'both' : arrow.startsWith('2') ? 2 : 1;
      const to = target === '&1' ? 'stdout' : target === '&2' ? 'stderr' : 'file';
      tokens.push({ kind: 'redirect', redirect: { from, append: arrow.endsWith('>>') }, to });
      i += all.length;
      continue;
    }
    const operator = /^(?:&&|\|\||[;\n|&()])/.exec(rest);
    if (operator) {
      tokens.push({ kind: 'operator', text: operator[0] });
      i += operator[0].length;
      continue;
    }
    const word = readWord(text, i);
    if (word instanceof SyntaxProblem) return word;
    tokens.push(word.token);
    i = word.end;
  }
  return tokens;
}

function readWord(text: string, from: number): { token: Token; end: number } | SyntaxProblem {
  const parts: Part[] = [];
  let literal = '';
  let quotes = false;
  let any = false;
  let inDouble = false;
  let i = from;
  const flush = () => {
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
  };
  for (; i < text.length; i++) {
    const c = text.charAt(i);
    if (!inDouble && /[\s;|&()<>]/.test(c)) break;
    if (c === '"') {
      inDouble = !inDouble;
      quotes = true;
    } else if (c === "'" && !inDouble) {
      const end = text.indexOf("'", i + 1);
      if (end < 0) return new SyntaxProblem('syntax error: unterminated quoted string');
      literal += text.slice(i + 1, end);
      quotes = true;
      i = end;
    } else if (c === '\\') {
      const next = text.charAt(i + 1);
      literal += inDouble && !'$`"\\\n'.includes(next) ? `\\${next}` : next === '\n' ? '' : next;
      any ||= !inDouble;
      quotes = true;
      i++;
    } else if (c === '`') {
      return new SyntaxProblem('backquotes are not simulated; write $(…)');
    } else if (c === '$') {
      const expansion = readExpansion(text, i, inDouble);
      if (expansion instanceof SyntaxProblem) return expansion;
      if (expansion) {
        flush();
        parts.push(expansion.part);
        i = expansion.end - 1;
      } else literal += c;
    } else literal += c;
  }
  if (inDouble) return new SyntaxProblem('syntax error: unterminated quoted string');
  const plain = quotes || parts.length > 0 ? '' : literal;
  flush();
  if (parts.length === 0 && quotes) parts.push({ kind: 'text', text: '' });
  return { token: { kind: 'word', parts, plain }, end: i };
}

function readExpansion(
  text: string,
  from: number,
  quoted: boolean,
): { readonly part: Part; readonly end: number } | SyntaxProblem | undefined {
  if (text.startsWith('$((', from)) {
    const end = text.indexOf('))', from);
    if (end < 0) return new SyntaxProblem('syntax error: missing "))"');
    return { part: { kind: 'arithmetic', text: text.slice(from + 3, end) }, end: end + 2 };
  }
  if (text.startsWith('$(', from)) {
    let depth = 0;
    for (let i = from + 1; i < text.length; i++) {
      if (text.charAt(i) === '(') depth++;
      if (text.charAt(i) === ')' && --depth === 0)
        return { part: { kind: 'command', script: text.slice(from + 2, i), quoted }, end: i + 1 };
    }
    return new SyntaxProblem('syntax error: missing ")"');
  }
  const rest = text.slice(from);
  const match = /^\$(?:\{([A-Za-z_]\w*|[?#@*$\d])(?::?-([^}]*))?\}|([A-Za-z_]\w*|[?#@*$\d]))/.exec(rest);
  if (match) {
    const name = match[1] ?? match[3] ?? '';
    return { part: { kind: 'variable', name, otherwise: match[2] ?? null, quoted }, end: from + match[0].length };
  }
  if (rest.startsWith('${'))
    return new SyntaxProblem('bad substitution (only ${name} and ${name:-word} are simulated)');
  return undefined;
}
