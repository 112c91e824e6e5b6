// Output for a screen reader: plain lines in a live region, not faster than they can be read and never all of a flood.

const LINES_MAX = 20;
const EVERY_MS = 400;

export class SpokenLog {
  readonly #region: HTMLElement;
  /** With `{n}`. */
  readonly #skipped: string;
  #waiting = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(region: HTMLElement, skipped: string) {
    this.#region = region;
    this.#skipped = skipped;
  }

  say(text: string): void {
    this.#waiting += text;
    // Of a flood only the end will be read; no need to keep it all until then.
    if (this.#waiting.length > 50_000) this.#waiting = this.#waiting.slice(-25_000);
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, EVERY_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = plainText(this.#waiting)
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '');
    this.#waiting = '';
    const left = lines.length - LINES_MAX;
    const spoken = left > 0 ? [this.#skipped.replace('{n}', String(left)), ...lines.slice(left)] : lines;
    for (const line of spoken) {
      const element = document.createElement('p');
      element.textContent = line;
      this.#region.append(element);
    }
    while (this.#region.childElementCount > LINES_MAX + 1) this.#region.firstElementChild?.remove();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** Without colours, cursor moves and titles; of a line written over itself, what was written last. */
export function plainText(text: string): string {
  return text
    .replace(/\x1b\[[\d;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[ -/]*[0-~]/g, '')
    .replace(/\r+\n/g, '\n')
    .replace(/[^\n]*\r/g, '')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
