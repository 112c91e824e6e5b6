// What the terminal asks of the island around it. Kept apart from the component, so that types can be had without it.
import type { ReadonlySignal } from '@preact/signals';
import type { PortLike } from '../../shell/remote.ts';

/** What another island, a hint or a code block's "run" button may do with a terminal. */
export interface TerminalHandle {
  /**
   * Types these lines and runs them, as the reader would: opens the terminal if need be, interrupts what runs in the
   * foreground, replaces what stands at the prompt.
   */
  run(lines: string): void;
  /** Opens the terminal and puts the cursor into it. */
  focus(): void;
}

/** A file that `kubectl edit` or `nano` wants edited. */
export interface EditRequest {
  readonly fileName: string;
  readonly text: string;
}

export interface TerminalProps {
  /** Accessible name of the region: "Terminal of the exercise". */
  readonly label: string;
  readonly words: TerminalWords;
  /** A channel to a shell (`RemoteWorld.shell()`). Called once, when the terminal opens; may wait for the world to open. */
  readonly connect: () => PortLike | Promise<PortLike>;
  /** The open editor, set by `WorldHandlers.onEdit`; null when there is none. */
  readonly edit: ReadonlySignal<EditRequest | null>;
  /** The text, or null for Cancel: clear `edit` and call `edited`. Also called with null when the shell is replaced. */
  readonly onEdited: (text: string | null) => void;
  /** Opens the terminal without a click when it becomes true (the reader has started the cluster). Never takes focus. */
  readonly active?: boolean;
  /** Gets the handle once, when the component is mounted. */
  readonly handle?: (terminal: TerminalHandle) => void;
}

/** `terminal` of src/content/strings; plain text only, so that it crosses into an island. */
export interface TerminalWords {
  readonly open: string;
  readonly opening: string;
  readonly failed: string;
  readonly input: string;
  readonly output: string;
  readonly leave: string;
  /** With `{n}`. */
  readonly skipped: string;
  readonly replaced: string;
  readonly ended: string;
  readonly again: string;
  /** With `{reason}`. */
  readonly broken: string;
  readonly compose: {
    readonly show: string;
    readonly label: string;
    readonly bar: string;
    readonly tab: string;
    readonly interrupt: string;
    readonly previous: string;
    readonly run: string;
    readonly names: Readonly<Record<'tab' | 'interrupt' | 'previous' | 'pipe' | 'dash' | 'slash', string>>;
  };
  readonly editor: EditorWords;
}

export interface EditorWords {
  /** With `{file}`. */
  readonly label: string;
  /** With `{file}`. */
  readonly text: string;
  readonly loading: string;
  readonly save: string;
  readonly cancel: string;
  readonly keys: string;
  readonly unsaved: string;
}
