// The line discipline of a terminal in a container: what is typed is echoed, put together to lines, and three keys mean
// something (Linux n_tty in canonical mode). Left out: editing within a line beyond the last character.

export interface Typed {
  /** What stands on the unfinished line. */
  readonly line: string;
  /** Whole lines for the program. */
  readonly entered: string;
  readonly echo: string;
  /** Ctrl-D on an empty line. */
  readonly ended: boolean;
  /** Ctrl-C. */
  readonly interrupted: boolean;
}

export function typed(before: string, bytes: string): Typed {
  let line = before;
  let entered = '';
  let echo = '';
  let ended = false;
  let interrupted = false;
  for (const key of bytes) {
    switch (key) {
      case '\r':
      case '\n':
        entered += `${line}\n`;
        line = '';
        echo += '\r\n';
        break;
      case '\x7f':
      case '\b':
        if (line !== '') echo += '\b \b';
        line = line.slice(0, -1);
        break;
      case '\x03':
        line = '';
        entered = '';
        echo += '^C\r\n';
        interrupted = true;
        break;
      case '\x04':
        if (line === '') ended = true;
        else {
          entered += line;
          line = '';
        }
        break;
      default:
        line += key;
        echo += key;
    }
  }
  return { line, entered, echo, ended, interrupted };
}
