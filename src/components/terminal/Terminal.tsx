// The terminal of an exercise. xterm is loaded when it opens; until then a quiet screen of the same size with one button.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Compose } from './Compose.tsx';
import { Editor } from './Editor.tsx';
import type { TerminalProps } from './props.ts';
import type { Screen } from './screen.ts';
import { SpokenLog } from './spoken-log.ts';
import './terminal.css';

export function Terminal({ label, words, connect, edit, onEdited, active = false, handle }: TerminalProps) {
  const phase = useSignal<'closed' | 'opening' | 'open' | 'failed'>('closed');
  const composing = useSignal(false);
  const line = useSignal({ text: '', cursor: 0 });
  const sheet = useRef<HTMLDivElement>(null);
  const region = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const opened = useRef<Promise<Screen> | undefined>(undefined);
  const screen = useRef<Screen | undefined>(undefined);
  const alive = useRef(true);
  // What the open screen calls back is what the island says now, not what it said when the screen opened.
  const latest = useRef({ connect, onEdited });
  latest.current = { connect, onEdited };

  const open = (): Promise<Screen> => (opened.current ??= load());

  const load = async (): Promise<Screen> => {
    phase.value = 'opening';
    composing.value = matchMedia('(pointer: coarse)').matches;
    try {
      const { openScreen } = await import('./screen.ts');
      if (!sheet.current || !region.current) throw new Error('the terminal is gone');
      const log = new SpokenLog(region.current, words.skipped);
      const made = await openScreen(sheet.current, {
        connect: () => latest.current.connect(),
        words,
        input: words.input,
        say: (text) => log.say(text),
        onLine: (text, cursor) => (line.value = { text, cursor }),
        onReplaced: () => {
          if (edit.peek()) latest.current.onEdited(null);
        },
        onTap: () => {
          if (!composing.value) return false;
          field.current?.focus();
          return true;
        },
      });
      if (!alive.current) {
        made.close();
        throw new Error('the terminal is gone');
      }
      screen.current = made;
      phase.value = 'open';
      return made;
    } catch (error) {
      opened.current = undefined;
      phase.value = 'failed';
      throw error;
    }
  };

  const focus = () => {
    open().then(
      (made) => {
        if (composing.value) field.current?.focus();
        else made.focus();
      },
      () => undefined,
    );
  };

  useEffect(() => {
    alive.current = true;
    handle?.({
      focus,
      run: (lines) => {
        open().then(
          (made) => made.tty.run(lines),
          () => undefined,
        );
      },
    });
    return () => {
      alive.current = false;
      screen.current?.close();
    };
  }, []);

  useEffect(() => {
    if (active) open().catch(() => undefined);
  }, [active]);

  const toggled = useRef(false);
  const toCompose = () => {
    toggled.current = true;
    composing.value = !composing.value;
  };
  useEffect(() => {
    // Who asks for the field wants to type in it; a field that comes by itself takes nothing away.
    if (toggled.current && composing.value) field.current?.focus();
  }, [composing.value]);
  const request = edit.value;
  const covered = phase.value !== 'open';
  return (
    <>
      <section class="tty not-content" aria-label={label}>
        <div class="view">
          <div class="sheet" ref={sheet} />
          {covered && (
            <div class="cover">
              <span class="prompt" aria-hidden="true">
                ~$ <span class="cursor" />
              </span>
              <button
                type="button"
                class="first"
                aria-busy={phase.value === 'opening'}
                // The chunk is asked for while the finger is still on its way.
                onPointerEnter={() => void import('./screen.ts').catch(() => undefined)}
                onClick={focus}
              >
                {phase.value === 'opening' ? words.opening : words.open}
              </button>
              <span class="failed" role="status">
                {phase.value === 'failed' ? words.failed : ''}
              </span>
            </div>
          )}
        </div>
        <div class="visually-hidden" role="log" aria-live="polite" aria-label={words.output} ref={region} />
        {composing.value && !covered && (
          <Compose
            words={words.compose}
            line={line}
            field={field}
            onLine={(text, cursor) => screen.current?.tty.setLine(text, cursor)}
            onKey={(key) => screen.current?.tty.data(key)}
            onRun={(text) => screen.current?.tty.enter(text)}
          />
        )}
        <div class="foot">
          <span class="hint">{words.leave}</span>
          <button type="button" aria-pressed={composing.value} disabled={covered} onClick={toCompose}>
            {words.compose.show}
          </button>
        </div>
      </section>
      {request && <Editor key={request} {...request} words={words.editor} onDone={onEdited} />}
    </>
  );
}
