// Words of a Dockerfile: quotes, escapes and variables. Models buildkit's frontend/dockerfile/shell/lex.go (0.22, as in
// Docker 28). Left out: `${x#pattern}`, `${x%pattern}` and `${x/pattern/text}`, which are refused by name.

export type Environment = ReadonlyMap<string, string>;

/** Thrown for a word that is no word; who knows the line adds it. */
export class WordError extends Error {
  override readonly name = 'WordError';
}

/** One word after substitution. */
export function expandWord(word: string, env: Environment, escape: string): string {
  return new Lexer(word, env, escape).all().text;
}

/** The words that one text stands for: `$FOO` may be two. */
export function expandWords(word: string, env: Environment, escape: string): readonly string[] {
  return new Lexer(word, env, escape).all().words;
}

interface Piece {
  readonly text: string;
  readonly words: readonly string[];
}

class Lexer {
  readonly #source: string;
  readonly #characters: readonly string[];
  readonly #env: Environment;
  readonly #escape: string;
  #at = 0;

  constructor(source: string, env: Environment, escape: string) {
    this.#source = source;
    this.#characters = [...source];
    this.#env = env;
    this.#escape = escape;
  }

  all(): Piece {
    try {
      return this.#until(undefined);
    } catch (error) {
      if (!(error instanceof WordError)) throw error;
      throw new WordError(`failed to process ${goQuote(this.#source)}: ${error.message}`);
    }
  }

  #until(stop: string | undefined): Piece {
    let text = '';
    const words: string[] = [];
    let word = '';
    const endWord = (): void => {
      if (word !== '') words.push(word);
      word = '';
    };
    const add = (piece: string, cut: boolean): void => {
      text += piece;
      for (const character of piece)
        if (cut && /\s/.test(character)) endWord();
        else word += character;
    };
    for (;;) {
      const next = this.#characters[this.#at];
      if (next === undefined) break;
      if (next === stop) {
        this.#at++;
        endWord();
        return { text, words };
      }
      if (next === "'") add(this.#single(), false);
      else if (next === '"') add(this.#double(), false);
      else if (next === '$') add(this.#dollar(), true);
      else if (next === this.#escape) {
        const escaped = this.#characters[this.#at + 1];
        this.#at += 2;
        if (escaped === undefined) break;
        add(escaped, false);
      } else {
        this.#at++;
        add(next, true);
      }
    }
    if (stop !== undefined) throw new WordError(`unexpected end of statement while looking for matching ${stop}`);
    endWord();
    return { text, words };
  }

  #single(): string {
    const end = this.#characters.indexOf("'", this.#at + 1);
    if (end < 0) throw new WordError('unexpected end of statement while looking for matching single-quote');
    const text = this.#characters.slice(this.#at + 1, end).join('');
    this.#at = end + 1;
    return text;
  }

  #double(): string {
    let text = '';
    for (this.#at++; ;) {
      const next = this.#characters[this.#at];
      if (next === undefined)
        throw new WordError('unexpected end of statement while looking for matching double-quote');
      if (next === '$') {
        text += this.#dollar();
        continue;
      }
      this.#at++;
      if (next === '"') return text;
      const after = this.#characters[this.#at];
      if (next === this.#escape && after !== undefined && ['"', '$', this.#escape].includes(after)) {
        text += after;
        this.#at++;
      } else if (next !== this.#escape || after !== undefined) text += next;
    }
  }

  #dollar(): string {
    this.#at++;
    if (this.#characters[this.#at] !== '{') {
      const name = this.#name();
      return name === '' ? '$' : (this.#env.get(name) ?? '');
    }
    this.#at++;
    const first = this.#characters[this.#at];
    if (first === undefined) throw new WordError("syntax error: missing '}'");
    if (first === '{' || first === '}' || first === ':') throw new WordError('syntax error: bad substitution');
    const name = this.#name();
    let modifier = this.#characters[this.#at++];
    const value = this.#env.get(name);
    if (modifier === '}') return value ?? '';
    const colon = modifier === ':';
    if (colon) modifier = this.#characters[this.#at++];
    const signs = `${colon ? ':' : ''}${modifier ?? ''}`;
    if (modifier === '#' || modifier === '%' || modifier === '/') {
      if (colon) throw new WordError(`unsupported modifier (${signs}) in substitution`);
      throw new WordError(`substitution with \${${name}${signs}…} is not simulated`);
    }
    if (modifier !== '-' && modifier !== '+' && modifier !== '?')
      throw new WordError(`unsupported modifier (${signs}) in substitution`);
    const word = this.#alternative();
    const set = value !== undefined && !(colon && value === '');
    if (modifier === '-') return set ? value : word;
    if (modifier === '+') return set ? word : '';
    if (set) return value;
    const reason = value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
    throw new WordError(`${name}: ${word === '' ? reason : word}`);
  }

  #alternative(): string {
    try {
      return this.#until('}').text;
    } catch (error) {
      if (error instanceof WordError && this.#at >= this.#characters.length)
        throw new WordError("syntax error: missing '}'");
      throw error;
    }
  }

  /** Letters, digits and `_`; or a number; or one of the shell's special parameters. */
  #name(): string {
    const rest = this.#characters.slice(this.#at).join('');
    const name = /^(?:\d+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest)?.[0] ?? '';
    this.#at += [...name].length;
    return name;
  }
}

/** As Go's %q writes a text. */
export function goQuote(text: string): string {
  return JSON.stringify(text);
}
