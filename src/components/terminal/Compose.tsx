// A real text field for the line, with the keys that a phone lacks. It shows the very line that stands at the prompt.
import type { ReadonlySignal } from '@preact/signals';
import type { Ref } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TerminalWords } from './props.ts';

interface ComposeProps {
  readonly words: TerminalWords['compose'];
  /** The line at the prompt, as the terminal has it. */
  readonly line: ReadonlySignal<{ readonly text: string; readonly cursor: number }>;
  readonly field: Ref<HTMLTextAreaElement>;
  readonly onLine: (text: string, cursor: number) => void;
  /** A key for the line editor, as a terminal sends it. */
  readonly onKey: (key: string) => void;
  readonly onRun: (text: string) => void;
}

export function Compose({ words, line, field, onLine, onKey, onRun }: ComposeProps) {
  const own = useRef<HTMLTextAreaElement | null>(null);
  const { text, cursor } = line.value;
  useLayoutEffect(() => {
    const area = own.current;
    if (!area) return;
    if (area.value !== text) {
      area.value = text;
      area.setSelectionRange(cursor, cursor);
    }
    grow(area);
  }, [text, cursor]);

  const changed = (area: HTMLTextAreaElement) => {
    grow(area);
    onLine(area.value, area.selectionStart);
  };
  const insert = (piece: string) => {
    const area = own.current;
    if (!area) return;
    area.setRangeText(piece, area.selectionStart, area.selectionEnd, 'end');
    changed(area);
  };
  const run = () => {
    const area = own.current;
    if (!area) return;
    const { value } = area;
    area.value = '';
    grow(area);
    onRun(value);
  };
  const key = (label: string, name: string, press: () => void) => (
    // The field keeps the focus, and a phone its keyboard.
    <button type="button" aria-label={name} onPointerDown={(event) => event.preventDefault()} onClick={press}>
      {label}
    </button>
  );
  const { names } = words;
  return (
    <div class="compose" role="group" aria-label={words.bar}>
      <textarea
        ref={(area) => {
          own.current = area;
          if (typeof field === 'function') field(area);
          else if (field) field.current = area;
        }}
        rows={1}
        aria-label={words.label}
        placeholder="$"
        autocomplete="off"
        autocapitalize="none"
        autocorrect="off"
        spellcheck={false}
        enterkeyhint="go"
        onInput={(event) => changed(event.currentTarget)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          run();
        }}
      />
      <button type="button" class="first" onPointerDown={(event) => event.preventDefault()} onClick={run}>
        {words.run}
      </button>
      <div class="keys">
        {key(words.tab, names.tab, () => onKey('\t'))}
        {key(words.interrupt, names.interrupt, () => onKey('\x03'))}
        {key(words.previous, names.previous, () => onKey('\x1b[A'))}
        {key('|', names.pipe, () => insert('|'))}
        {key('-', names.dash, () => insert('-'))}
        {key('/', names.slash, () => insert('/'))}
      </div>
    </div>
  );
}

function grow(area: HTMLTextAreaElement): void {
  area.rows = Math.min(6, area.value.split('\n').length);
}
