// The prompt and the line behind it on the screen. The terminal itself measures: after each piece we ask where its
// cursor stands, so wide characters, wrapping and reflow need no tables here.
import type { IMarker, Terminal } from '@xterm/xterm';
import type { LineView } from './line-buffer.ts';

const CONTINUATION = '> ';
/** The terminal shows what lies between as one change. */
const HOLD = '\x1b[?2026h';
const SHOW = '\x1b[?2026l';

export class PromptLine {
  readonly #terminal: Terminal;
  #prompt = '';
  /** Where the prompt begins; moves with the scrollback and with reflow. */
  #start: IMarker | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begin(prompt: string): void {
    this.#start?.dispose();
    this.#start = undefined;
    this.#prompt = prompt;
  }

  /** Every write before must have been waited for: the cursor is asked where it stands. */
  async draw({ search, text, cursor }: LineView): Promise<void> {
    const broken = (piece: string) => piece.replaceAll('\n', `\r\n${CONTINUATION}`);
    const { active } = this.#terminal.buffer;
    const before = `${HOLD}${this.#toStart()}\x1b[J${search ?? this.#prompt}${broken(text.slice(0, cursor))}`;
    await this.#write(cursor === text.length ? before + SHOW : before);
    // A full row leaves the cursor on its last cell; one blank makes the wrap come true.
    if (active.cursorX >= this.#terminal.cols) await this.#write(' \r');
    if (cursor === text.length) return;
    const column = active.cursorX;
    const row = this.#terminal.registerMarker(0);
    await this.#write(broken(text.slice(cursor)));
    const up = row.isDisposed ? 0 : active.baseY + active.cursorY - row.line;
    row.dispose();
    await this.#write(`${up > 0 ? `\x1b[${up}A` : ''}\x1b[${column + 1}G${SHOW}`);
  }

  /** Takes the prompt and the line off the screen. */
  async erase(): Promise<void> {
    await this.#write(`${this.#toStart()}\x1b[J`);
  }

  /** From the cursor to where the prompt begins. */
  #toStart(): string {
    if (!this.#start || this.#start.isDisposed) {
      this.#start = this.#terminal.registerMarker(0);
      return '';
    }
    const { active } = this.#terminal.buffer;
    const up = active.baseY + active.cursorY - this.#start.line;
    return `${up > 0 ? `\x1b[${up}A` : ''}\r`;
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#terminal.write(text, resolve);
    });
  }
}
