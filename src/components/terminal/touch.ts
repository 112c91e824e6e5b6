// A finger on the screen: up and down scrolls the scrollback (xterm 6.0 has no touch scrolling), sideways is left to the
// page, and so is a pull beyond the end of the scrollback. A tap asks for the keyboard.
import type { Terminal } from '@xterm/xterm';

/** Pixels before a touch counts as a pull. */
const SLACK = 8;

/** Returns what ends it. */
export function followTouch(sheet: HTMLElement, terminal: Terminal, onTap: () => boolean): () => void {
  let start: { x: number; y: number } | undefined;
  let pull: 'undecided' | 'ours' | 'page' = 'undecided';
  let lastY = 0;
  let rest = 0;

  const begin = (event: TouchEvent) => {
    const [touch] = event.touches;
    start = event.touches.length === 1 && touch ? { x: touch.clientX, y: touch.clientY } : undefined;
    pull = 'undecided';
    lastY = touch?.clientY ?? 0;
    rest = 0;
  };
  const move = (event: TouchEvent) => {
    const [touch] = event.touches;
    if (!start || !touch) return;
    if (pull === 'undecided') {
      const dx = touch.clientX - start.x;
      const dy = touch.clientY - start.y;
      if (Math.max(Math.abs(dx), Math.abs(dy)) < SLACK) return;
      const { viewportY, baseY } = terminal.buffer.active;
      const room = dy > 0 ? viewportY > 0 : viewportY < baseY;
      pull = Math.abs(dy) > Math.abs(dx) && room ? 'ours' : 'page';
    }
    if (pull === 'page') return;
    event.preventDefault();
    const cell = sheet.clientHeight / terminal.rows;
    rest += lastY - touch.clientY;
    lastY = touch.clientY;
    const lines = Math.trunc(rest / cell);
    rest -= lines * cell;
    if (lines !== 0) terminal.scrollLines(lines);
  };
  const end = (event: TouchEvent) => {
    // Without the mouse events that would follow, xterm does not take the focus.
    if (start && pull === 'undecided' && onTap()) event.preventDefault();
    start = undefined;
  };

  sheet.addEventListener('touchstart', begin, { passive: true });
  sheet.addEventListener('touchmove', move, { passive: false });
  sheet.addEventListener('touchend', end, { passive: false });
  return () => {
    sheet.removeEventListener('touchstart', begin);
    sheet.removeEventListener('touchmove', move);
    sheet.removeEventListener('touchend', end);
  };
}
