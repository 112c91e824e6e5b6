// The editor that `kubectl edit` and `nano` open: a sheet over the page with one file, Save and Cancel.
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { EditorWords, EditRequest } from './props.ts';
import './editor.css';

interface EditorProps extends EditRequest {
  readonly words: EditorWords;
  /** The text on Save, null on Cancel. */
  readonly onDone: (text: string | null) => void;
}

export function Editor({ fileName, text, words, onDone }: EditorProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement | null>(null);
  const save = useRef<HTMLButtonElement>(null);
  const done = useRef(false);
  const state = useSignal<'loading' | 'ready' | 'plain'>('loading');
  const asked = useSignal(false);
  const refused = refusalIn(text);

  const finish = (saved: string | null) => {
    if (done.current) return;
    done.current = true;
    onDone(saved);
  };
  const saveNow = () => finish(area.current?.value ?? text);

  useLayoutEffect(() => {
    const before = document.activeElement;
    const sheet = dialog.current;
    sheet?.showModal();
    return () => {
      done.current = true;
      sheet?.close();
      // When the sheet has left the page: a field that gets the focus earlier is left without a caret, and a space typed
      // there scrolls the page.
      queueMicrotask(() => {
        if (!(before instanceof HTMLElement) || document.querySelector('dialog[open]')) return;
        before.blur();
        before.focus({ preventScroll: true });
      });
    };
  }, []);

  useEffect(() => {
    let close: (() => void) | undefined;
    let gone = false;
    const load = async () => {
      try {
        const { openCodeEditor } = await import('./code-editor.ts');
        if (gone || !place.current) return;
        const editor = openCodeEditor(place.current, fileName, text);
        close = () => editor.close();
        area.current = editor.textarea;
        editor.textarea.setAttribute('aria-label', words.text.replace('{file}', fileName));
        state.value = 'ready';
        editor.textarea.focus();
        editor.textarea.setSelectionRange(0, 0);
      } catch {
        // Without the colours a text field does as well.
        if (!gone) state.value = 'plain';
      }
    };
    void load();
    return () => {
      gone = true;
      close?.();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      class="editor not-content"
      aria-label={words.label.replace('{file}', fileName)}
      // The text field would let go of the focus; Escape is the sheet's alone.
      onKeyDownCapture={(event) => {
        if (event.key === 'Escape') event.stopPropagation();
      }}
      onKeyDown={(event) => {
        if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
        event.preventDefault();
        saveNow();
      }}
      onCancel={(event) => {
        event.preventDefault();
        const changed = (area.current?.value ?? text) !== text;
        if (!changed || asked.value) finish(null);
        else asked.value = true;
      }}
      // A browser may close at a second Escape without asking.
      onClose={() => finish(null)}
    >
      <header>
        <strong>{fileName}</strong>
        <button type="button" class="first" ref={save} disabled={state.value === 'loading'} onClick={saveNow}>
          {words.save}
        </button>
        <button type="button" onClick={() => finish(null)}>
          {words.cancel}
        </button>
      </header>
      {refused !== '' && (
        <p class="refused" role="alert">
          {refused}
        </p>
      )}
      <div class="text" ref={place} onInput={() => (asked.value = false)}>
        {state.value === 'loading' && <p class="loading">{words.loading}</p>}
        {state.value === 'plain' && (
          <textarea
            ref={area}
            aria-label={words.text.replace('{file}', fileName)}
            defaultValue={text}
            spellcheck={false}
            autocapitalize="none"
            autocomplete="off"
          />
        )}
      </div>
      <footer>
        <span role="status" class="unsaved">
          {asked.value ? words.unsaved : ''}
        </span>
        <span class="hint">{words.keys}</span>
      </footer>
    </dialog>
  );
}

/** `kubectl edit` opens a refused file again with the reasons as comments below its own three lines. */
export function refusalIn(text: string): string {
  const comment = /^(#[^\n]*\n)+/.exec(text)?.[0] ?? '';
  const [, reasons = ''] = comment.split('reopened with the relevant failures.\n');
  return reasons
    .split('\n')
    .map((line) => line.replace(/^#\s?/, '').trim())
    .filter((line) => line !== '')
    .join('\n');
}
