// The terminal's screen: xterm with what it lacks (leaving by keyboard, copy and paste, touch). Loaded when the terminal
// opens, because it weighs more than the rest of the page.
import { FitAddon } from '@xterm/addon-fit';
import { Terminal, type ITheme } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { followTouch } from './touch.ts';
import { Tty, type TtyOptions } from './tty.ts';

interface ScreenOptions extends TtyOptions {
  /** Accessible name of the line being typed. */
  readonly input: string;
  /** A finger has touched the screen. True: something else takes the keyboard. */
  readonly onTap: () => boolean;
}

export interface Screen {
  readonly tty: Tty;
  focus(): void;
  close(): void;
}

/** Tables of kubectl keep their columns; on a narrow page the screen is scrolled sideways. */
const COLUMNS_MIN = 80;
const SCROLLBACK = 2000;

/** `sheet` is as wide as 80 columns at least; its parent scrolls. */
export async function openScreen(sheet: HTMLElement, options: ScreenOptions): Promise<Screen> {
  const { fontFamily, fontSize } = getComputedStyle(sheet);
  // xterm measures once, so the face has to be there. A face that does not come is no reason to wait for ever.
  await document.fonts.load(`${fontSize} ${fontFamily}`).catch(() => undefined);
  const terminal = new Terminal({
    convertEol: true,
    cursorBlink: false,
    cursorInactiveStyle: 'outline',
    fontFamily,
    fontSize: Number.parseFloat(fontSize),
    lineHeight: 1.3,
    fontWeightBold: 'bold',
    minimumContrastRatio: 4.5,
    overviewRuler: { width: 8 },
    scrollback: SCROLLBACK,
    theme: themeOf(sheet),
    macOptionIsMeta: true,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(sheet);
  terminal.textarea?.setAttribute('aria-label', options.input);

  const refit = () => {
    const size = Number.parseFloat(getComputedStyle(sheet).fontSize);
    if (size !== terminal.options.fontSize) terminal.options.fontSize = size;
    const dimensions = fit.proposeDimensions();
    if (dimensions) terminal.resize(Math.max(COLUMNS_MIN, dimensions.cols), dimensions.rows);
  };
  refit();
  const observer = new ResizeObserver(refit);
  observer.observe(sheet);

  // The page's day and night have different grounds.
  const repaint = new MutationObserver(() => {
    terminal.options.theme = themeOf(sheet);
  });
  repaint.observe(document.documentElement, { attributeFilter: ['data-theme'] });

  const tty = new Tty(terminal, options);
  const view = sheet.parentElement;
  terminal.attachCustomKeyEventHandler((event) => ownKey(event, terminal, tty));
  terminal.onCursorMove(() => {
    if (view && tty.atPrompt) keepInView(view, sheet, terminal);
  });
  const letGo = followTouch(sheet, terminal, options.onTap);
  return {
    tty,
    focus: () => {
      terminal.focus();
    },
    close: () => {
      observer.disconnect();
      repaint.disconnect();
      letGo();
      tty.close();
      terminal.dispose();
    },
  };
}

/** Keys that are the page's or the clipboard's. False: not for the shell. */
function ownKey(event: KeyboardEvent, terminal: Terminal, tty: Tty): boolean {
  if (event.type !== 'keydown') return true;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  // Shift+Tab always leaves; Tab leaves where there is nothing to complete.
  if (key === 'tab' && !event.ctrlKey && !event.altKey) return !event.shiftKey && !tty.empty;
  if (command && key === 'v') return false;
  if (command && key === 'c' && terminal.hasSelection()) {
    void navigator.clipboard.writeText(terminal.getSelection());
    terminal.clearSelection();
    event.preventDefault();
    return false;
  }
  return !event.metaKey;
}

/** Scrolls sideways as far as the cursor needs, and back for a new prompt. */
function keepInView(view: HTMLElement, sheet: HTMLElement, terminal: Terminal): void {
  if (view.scrollWidth <= view.clientWidth) return;
  const cell = (sheet.querySelector('.xterm-screen')?.clientWidth ?? 0) / terminal.cols;
  const x = terminal.buffer.active.cursorX * cell;
  const margin = cell * 6;
  if (x + margin > view.scrollLeft + view.clientWidth) view.scrollLeft = x + margin - view.clientWidth;
  else if (x < view.scrollLeft + margin) view.scrollLeft = Math.max(0, x - view.clientWidth / 2);
}

/** The colours of the style sheet, by the names that programs use. */
function themeOf(sheet: HTMLElement): ITheme {
  const style = getComputedStyle(sheet);
  const colour = (name: string) => style.getPropertyValue(`--term-${name}`).trim();
  const pale = { white: colour('ink'), black: colour('ground') };
  const hues = {
    red: colour('red'),
    green: colour('green'),
    yellow: colour('yellow'),
    blue: colour('blue'),
    magenta: colour('magenta'),
    cyan: colour('cyan'),
  };
  return {
    ...pale,
    ...hues,
    background: colour('ground'),
    foreground: colour('ink'),
    cursor: colour('ink'),
    cursorAccent: colour('ground'),
    selectionBackground: colour('selection'),
    brightBlack: colour('dim'),
    brightRed: hues.red,
    brightGreen: hues.green,
    brightYellow: hues.yellow,
    brightBlue: hues.blue,
    brightMagenta: hues.magenta,
    brightCyan: hues.cyan,
    brightWhite: '#ffffff',
    overviewRulerBorder: '#00000000',
    scrollbarSliderBackground: colour('slider'),
    scrollbarSliderHoverBackground: colour('dim'),
    scrollbarSliderActiveBackground: colour('dim'),
  };
}
