// Cuts what arrives into whole JSON values, so that `kubectl get -w -o json | jq` shows each as it comes.

import { JsonReader } from './json.ts';
import type { Json } from './json.ts';

export class ValueStream {
  /** What belongs to a value that is not whole yet. */
  #open = '';
  #scanned = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Lines that went before `#open`. */
  #lines = 0;
  /** Of the value given last, as jq counts: whole lines read. */
  line = 0;

  /** Takes text; gives the values that are whole now. At the end everything left must be. */
  *feed(text: string, ended: boolean): Generator<Json> {
    this.#open += text;
    const boundary = ended ? this.#open.length : this.#scan();
    const whole = this.#open.slice(0, boundary);
    this.#open = this.#open.slice(boundary);
    this.#scanned -= boundary;
    const before = this.#lines;
    this.#lines += count(whole);
    const reader = new JsonReader(whole, before);
    for (let value = reader.next(); value !== undefined; value = reader.next()) {
      this.line = before + count(whole.slice(0, reader.at)) + (whole.includes('\n', reader.at) ? 1 : 0);
      yield value;
    }
    this.line = this.#lines;
  }

  /** Where the last place between two values is. */
  #scan(): number {
    let boundary = 0;
    for (let i = this.#scanned; i < this.#open.length; i++) {
      const c = this.#open.charAt(i);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (c === '\\') this.#escaped = true;
        else if (c === '"') this.#inString = false;
      } else if (c === '"') this.#inString = true;
      else if (c === '{' || c === '[') this.#depth++;
      else if (c === '}' || c === ']') this.#depth--;
      // A number is whole only when something follows it, so the place is behind a newline or a blank.
      else if (this.#depth <= 0 && (c === '\n' || c === ' ')) boundary = i + 1;
    }
    this.#scanned = this.#open.length;
    return boundary;
  }
}

function count(text: string): number {
  return text.split('\n').length - 1;
}
