// The line being typed, with the keys of readline's emacs mode as bash binds them. Pure: knows no terminal and no shell.
// Leaves out: macros, numeric arguments, the mark, vi mode. Home, End and the vertical arrows work on the lines of a
// command of several lines, where readline knows only one.
import { isText, PASTE_BEGIN, PASTE_END } from './keys.ts';

/** What a key asks of whoever holds the line; `edited` also when only the view changed. */
export type Outcome = 'edited' | 'recalled' | 'bell' | 'submit' | 'interrupt' | 'end' | 'complete' | 'clear';

/** What stands on the screen. */
export interface LineView {
  /** In the place of the prompt while a search runs. */
  readonly search?: string;
  readonly text: string;
  readonly cursor: number;
}

interface Search {
  query: string;
  /** Index into the history; its length when nothing is found yet. */
  at: number;
  failed: boolean;
  /** What stood on the line before. */
  readonly before: Snapshot;
}

interface Snapshot {
  readonly text: string;
  readonly cursor: number;
}

type Action = 'insert' | 'kill' | 'yank' | 'argument' | '';

const UNDO_MAX = 200;
const KILLS_MAX = 16;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export class LineBuffer {
  text = '';
  cursor = 0;
  #history: readonly string[] = [];
  /** The history and the new line, with the edits made to each. */
  #lines: string[] = [''];
  #at = 0;
  #undo: Snapshot[] = [];
  #kills: string[] = [];
  #search: Search | undefined;
  #paste: string | undefined;
  #meta = false;
  /** What the last key did, for keys that go on with it. */
  #last: Action = '';
  #argument = { back: 0, length: 0 };

  /** A new line at the prompt. */
  begin(history: readonly string[], text = ''): void {
    this.#history = history;
    this.#lines = [...history, ''];
    this.#at = history.length;
    this.#undo = [];
    this.#search = undefined;
    this.#paste = undefined;
    this.#meta = false;
    this.#last = '';
    this.text = text;
    this.cursor = text.length;
  }

  get view(): LineView {
    const search = this.#search;
    if (!search) return { text: this.text, cursor: this.cursor };
    const found = this.#history[search.at];
    const label = `(${search.failed ? 'failed ' : ''}reverse-i-search)\`${search.query}': `;
    if (found === undefined) return { search: label, text: search.before.text, cursor: search.before.cursor };
    return { search: label, text: found, cursor: Math.max(0, found.indexOf(search.query)) };
  }

  /** Whether the next key belongs to the one before: in a paste, or after Escape. */
  get pending(): boolean {
    return this.#meta || this.#paste !== undefined;
  }

  get searching(): boolean {
    return this.#search !== undefined;
  }

  /** From outside (the compose bar, a "run" button): one step of undo. */
  set(text: string, cursor = text.length): void {
    this.#search = undefined;
    this.#last = '';
    this.#change(text, cursor);
  }

  insert(text: string): void {
    this.#change(this.text.slice(0, this.cursor) + text + this.text.slice(this.cursor), this.cursor + text.length);
  }

  /** Puts a completion in the place of what stands between `from` and the cursor. */
  replaceFrom(from: number, text: string): void {
    this.#last = '';
    this.#change(this.text.slice(0, from) + text + this.text.slice(this.cursor), from + text.length);
  }

  press(given: string): Outcome | undefined {
    if (this.#paste !== undefined || given === PASTE_BEGIN) return this.#pasted(given);
    let key = given;
    if (this.#meta) {
      this.#meta = false;
      key = `\x1b${given}`;
    }
    if (this.#search) {
      const outcome = this.#searchKey(key);
      if (outcome !== undefined) return outcome;
    }
    if (key === '\x1b') {
      this.#meta = true;
      return undefined;
    }
    if (isText(key)) {
      if (this.#last !== 'insert' || [...key].length > 1) this.#remember();
      this.#last = 'insert';
      this.#place(this.text.slice(0, this.cursor) + key + this.text.slice(this.cursor), this.cursor + key.length);
      return 'edited';
    }
    const before = this.#last;
    this.#last = '';
    return this.#command(key, before);
  }

  #command(key: string, before: Action): Outcome | undefined {
    switch (key) {
      case '\r':
      case '\n':
        return 'submit';
      case '\t':
        return 'complete';
      case '\x03':
        return 'interrupt';
      case '\x0c':
        return 'clear';
      case '\x04':
        if (this.text === '') return 'end';
        return this.#delete(this.cursor, this.#after());
      case '\x1b[3~':
        return this.#delete(this.cursor, this.#after());
      case '\x7f':
      case '\b':
        return this.#delete(this.#before(), this.cursor);

      case '\x01':
      case '\x1b[H':
      case '\x1bOH':
      case '\x1b[1~':
        return this.#move(this.#lineStart());
      case '\x05':
      case '\x1b[F':
      case '\x1bOF':
      case '\x1b[4~':
        return this.#move(this.#lineEnd());
      case '\x02':
      case '\x1b[D':
      case '\x1bOD':
        return this.#move(this.#before());
      case '\x06':
      case '\x1b[C':
      case '\x1bOC':
        return this.#move(this.#after());
      case '\x1bb':
      case '\x1b[1;5D':
      case '\x1b[1;3D':
        return this.#move(this.#wordStart());
      case '\x1bf':
      case '\x1b[1;5C':
      case '\x1b[1;3C':
        return this.#move(this.#wordEnd());

      case '\x0b':
        return this.#kill(this.cursor, this.#lineEnd() > this.cursor ? this.#lineEnd() : this.#after(), before);
      case '\x15':
        return this.#kill(this.#lineStart(), this.cursor, before);
      case '\x17':
        return this.#kill(this.#wordStart(/\S+\s*$/), this.cursor, before);
      case '\x1b\x7f':
      case '\x1b\b':
        return this.#kill(this.#wordStart(), this.cursor, before);
      case '\x1bd':
        return this.#kill(this.cursor, this.#wordEnd(), before);
      case '\x19':
        return this.#yank();
      case '\x1by':
        return before === 'yank' ? this.#yankEarlier() : 'bell';
      case '\x1b.':
      case '\x1b_':
        return this.#lastArgument(before === 'argument');

      case '\x14':
        return this.#transpose();
      case '\x1bu':
        return this.#recase((word) => word.toUpperCase());
      case '\x1bl':
        return this.#recase((word) => word.toLowerCase());
      case '\x1bc':
        return this.#recase((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
      case '\x1f': {
        const undone = this.#undo.pop();
        if (!undone) return 'bell';
        this.#place(undone.text, undone.cursor);
        return 'edited';
      }

      case '\x1b[A':
      case '\x1bOA':
        return this.#lineStart() > 0 ? this.#vertical(-1) : this.#recall(this.#at - 1);
      case '\x1b[B':
      case '\x1bOB':
        return this.#lineEnd() < this.text.length ? this.#vertical(1) : this.#recall(this.#at + 1);
      case '\x10':
        return this.#recall(this.#at - 1);
      case '\x0e':
        return this.#recall(this.#at + 1);
      case '\x1b<':
        return this.#recall(0);
      case '\x1b>':
        return this.#recall(this.#history.length);
      case '\x12':
        this.#search = {
          query: '',
          at: this.#history.length,
          failed: false,
          before: { text: this.text, cursor: this.cursor },
        };
        return 'edited';
      default:
        // A key without a meaning here does nothing.
        return undefined;
    }
  }

  #place(text: string, cursor: number): void {
    this.text = text;
    this.cursor = cursor;
  }

  #remember(): void {
    this.#undo.push({ text: this.text, cursor: this.cursor });
    if (this.#undo.length > UNDO_MAX) this.#undo.shift();
  }

  #change(text: string, cursor: number): void {
    if (text !== this.text) this.#remember();
    this.#place(text, cursor);
  }

  #move(to: number): Outcome {
    if (to === this.cursor) return 'bell';
    this.cursor = to;
    return 'edited';
  }

  #delete(from: number, to: number): Outcome {
    if (from === to) return 'bell';
    this.#change(this.text.slice(0, from) + this.text.slice(to), from);
    return 'edited';
  }

  /** Kills in a row make one piece. */
  #kill(from: number, to: number, before: Action): Outcome {
    if (from === to) return 'bell';
    const piece = this.text.slice(from, to);
    const joined = before === 'kill' ? this.#kills.pop() : undefined;
    if (joined === undefined) this.#kills.push(piece);
    else this.#kills.push(from < this.cursor ? piece + joined : joined + piece);
    if (this.#kills.length > KILLS_MAX) this.#kills.shift();
    this.#change(this.text.slice(0, from) + this.text.slice(to), from);
    this.#last = 'kill';
    return 'edited';
  }

  #yank(): Outcome {
    const piece = this.#kills.at(-1);
    if (piece === undefined) return 'bell';
    this.insert(piece);
    this.#last = 'yank';
    return 'edited';
  }

  #yankEarlier(): Outcome {
    const yanked = this.#kills.pop();
    if (yanked === undefined) return 'bell';
    this.#kills.unshift(yanked);
    const from = this.cursor - yanked.length;
    const piece = this.#kills.at(-1) ?? '';
    this.#change(this.text.slice(0, from) + piece + this.text.slice(this.cursor), from + piece.length);
    this.#last = 'yank';
    return 'edited';
  }

  /** Alt-. puts the last word of the line before; again, of the one before that. */
  #lastArgument(again: boolean): Outcome {
    const back = again ? this.#argument.back + 1 : 1;
    const word = this.#history.at(-back)?.trim().split(/\s+/).at(-1);
    if (word === undefined || back > this.#history.length) {
      if (again) this.#last = 'argument';
      return 'bell';
    }
    const from = again ? this.cursor - this.#argument.length : this.cursor;
    this.#change(this.text.slice(0, from) + word + this.text.slice(this.cursor), from + word.length);
    this.#argument = { back, length: word.length };
    this.#last = 'argument';
    return 'edited';
  }

  #transpose(): Outcome {
    const end = this.cursor === this.text.length ? this.cursor : this.#after();
    const middle = this.#before(end);
    const start = this.#before(middle);
    if (start === middle) return 'bell';
    const swapped = this.text.slice(middle, end) + this.text.slice(start, middle);
    this.#change(this.text.slice(0, start) + swapped + this.text.slice(end), end);
    return 'edited';
  }

  #recase(change: (word: string) => string): Outcome {
    const end = this.#wordEnd();
    if (end === this.cursor) return 'bell';
    const piece = this.text.slice(this.cursor, end).replace(/[\p{L}\p{N}]+/gu, change);
    this.#change(this.text.slice(0, this.cursor) + piece + this.text.slice(end), end);
    return 'edited';
  }

  #before(from = this.cursor): number {
    let last = 0;
    for (const { index } of graphemes.segment(this.text.slice(0, from))) last = index;
    return last;
  }

  #after(): number {
    for (const { segment } of graphemes.segment(this.text.slice(this.cursor))) return this.cursor + segment.length;
    return this.cursor;
  }

  #lineStart(): number {
    return this.cursor === 0 ? 0 : this.text.lastIndexOf('\n', this.cursor - 1) + 1;
  }

  #lineEnd(): number {
    const end = this.text.indexOf('\n', this.cursor);
    return end < 0 ? this.text.length : end;
  }

  #wordStart(word = /[\p{L}\p{N}]+[^\p{L}\p{N}]*$/u): number {
    return word.exec(this.text.slice(0, this.cursor))?.index ?? 0;
  }

  #wordEnd(): number {
    const word = /^[^\p{L}\p{N}]*[\p{L}\p{N}]+/u.exec(this.text.slice(this.cursor));
    return word ? this.cursor + word[0].length : this.text.length;
  }

  #vertical(direction: 1 | -1): Outcome {
    const start = this.#lineStart();
    const column = this.cursor - start;
    const target = direction < 0 ? this.text.lastIndexOf('\n', start - 2) + 1 : this.#lineEnd() + 1;
    const end = this.text.indexOf('\n', target);
    this.cursor = Math.min(target + column, end < 0 ? this.text.length : end);
    return 'edited';
  }

  #recall(to: number): Outcome {
    if (to < 0 || to >= this.#lines.length || to === this.#at) return 'bell';
    this.#lines[this.#at] = this.text;
    this.#at = to;
    const text = this.#lines[to] ?? '';
    this.#undo = [];
    this.#place(text, text.length);
    return 'recalled';
  }

  /** A key while Ctrl-R searches. Undefined: the search is over and the key still counts. */
  #searchKey(key: string): Outcome | undefined {
    const search = this.#search;
    if (!search) return undefined;
    if (key === '\x12') return this.#find(search.query, search.at - 1);
    if (key === '\x7f' || key === '\b') {
      search.query = search.query.slice(0, -1);
      search.at = this.#history.length;
      search.failed = false;
      return search.query === '' ? 'edited' : this.#find(search.query, this.#history.length - 1);
    }
    if (isText(key)) {
      search.query += key;
      return this.#find(search.query, Math.min(search.at, this.#history.length - 1));
    }
    const { text, cursor } = this.view;
    this.#search = undefined;
    if (key === '\x07') {
      this.#place(search.before.text, search.before.cursor);
      return 'edited';
    }
    this.#change(text, cursor);
    if (search.at < this.#history.length) this.#at = search.at;
    return key === '\x1b' ? 'recalled' : undefined;
  }

  #find(query: string, from: number): Outcome {
    const search = this.#search;
    if (!search) return 'bell';
    for (let i = from; i >= 0; i--)
      if (this.#history[i]?.includes(query)) {
        search.at = i;
        search.failed = false;
        return 'edited';
      }
    search.failed = query !== '';
    return 'bell';
  }

  /** A paste is shown and never run: its last line break is dropped, the others stay in the line. */
  #pasted(key: string): Outcome | undefined {
    if (key === PASTE_BEGIN) {
      this.#paste ??= '';
      return undefined;
    }
    if (key !== PASTE_END) {
      this.#paste = (this.#paste ?? '') + key;
      return undefined;
    }
    const text = (this.#paste ?? '').replace(/\r\n?/g, '\n').replace(/\n+$/, '');
    this.#paste = undefined;
    this.#search = undefined;
    this.#last = '';
    // Only what can be shown and typed gets into the line.
    this.insert(text.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, ''));
    return 'edited';
  }
}
