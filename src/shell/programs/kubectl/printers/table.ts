// Columns as Go's tabwriter lays them out for kubectl (printers.GetNewTabWriter): each as wide as its widest cell plus
// three spaces, six at least, the last one unpadded.

export class TabWriter {
  readonly #minWidth: number;
  readonly #padding: number;
  /** Widths once used stay (a watch prints later rows under the columns of earlier ones). */
  readonly #remember: boolean;
  #widths: number[] = [];
  #lines: string[] = [];

  constructor({ minWidth = 6, padding = 3, remember = true } = {}) {
    this.#minWidth = minWidth;
    this.#padding = padding;
    this.#remember = remember;
  }

  /** Text with tabs between cells and newlines after rows. */
  write(text: string): void {
    const lines = text.split('\n');
    const last = lines.pop();
    this.#lines.push(...lines);
    if (last) this.#lines.push(last);
  }

  row(cells: readonly string[]): void {
    this.#lines.push(cells.join('\t'));
  }

  flush(): string {
    const rows = this.#lines.map((line) => line.split('\t'));
    const out = this.#layOut(
      rows,
      0,
      rows.length,
      0,
      rows.map(() => ''),
    );
    this.#lines = [];
    return out.map((line) => `${line}\n`).join('');
  }

  // A column is a run of lines that all have a cell there ended by a tab; lines in between end it.
  #layOut(rows: readonly string[][], from: number, to: number, column: number, done: string[]): string[] {
    for (let at = from; at < to; at++) {
      if (column >= (rows[at]?.length ?? 0) - 1) {
        done[at] = (done[at] ?? '') + (rows[at]?.[column] ?? '');
        continue;
      }
      let end = at;
      let width = Math.max(this.#minWidth, this.#remember ? (this.#widths[column] ?? 0) : 0);
      for (; end < to && column < (rows[end]?.length ?? 0) - 1; end++) {
        const cell = width_(rows[end]?.[column] ?? '');
        width = Math.max(width, cell + this.#padding);
      }
      if (this.#remember) this.#widths[column] = width;
      for (let line = at; line < end; line++) {
        const cell = rows[line]?.[column] ?? '';
        done[line] = (done[line] ?? '') + cell + ' '.repeat(Math.max(0, width - width_(cell)));
      }
      this.#layOut(rows, at, end, column + 1, done);
      at = end - 1;
    }
    return done;
  }
}

/** Characters, not bytes. */
function width_(text: string): number {
  return [...text].length;
}
