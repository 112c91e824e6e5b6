// The line discipline between keyboard, screen and shell: a line editor at the prompt, a cooked terminal (echo, Ctrl-C,
// Ctrl-D, erase) while a program reads. Everything that happens goes through one ordered queue, so no key overtakes
// another. Raw mode is left out: no simulated program asks for single keys.
import type { Terminal } from '@xterm/xterm';
import { connectShell, type PortLike, type RunResult, type ShellClient } from '../../shell/remote.ts';
import { applyCompletion, listInColumns } from './completion-list.ts';
import { isText, PASTE_BEGIN, PASTE_END, splitKeys } from './keys.ts';
import { LineBuffer } from './line-buffer.ts';
import { PromptLine } from './prompt-line.ts';

interface TtyWords {
  readonly replaced: string;
  readonly ended: string;
  readonly again: string;
  /** With `{reason}`. */
  readonly broken: string;
}

export interface TtyOptions {
  readonly connect: () => PortLike | Promise<PortLike>;
  readonly words: TtyWords;
  /** What a screen reader should hear: output and notices, never the echo of keys. */
  readonly say: (text: string) => void;
  /** The line at the prompt has changed; the compose bar shows it too. */
  readonly onLine: (text: string, cursor: number) => void;
  readonly onReplaced: () => void;
}

/** `starting`: no shell yet. `ended`: after `exit`; Enter starts another. */
type Mode = 'starting' | 'prompt' | 'running' | 'ended';

type Happening =
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string; readonly cursor: number }
  | { readonly kind: 'entered'; readonly text: string }
  | { readonly kind: 'command'; readonly lines: string }
  | { readonly kind: 'resized' }
  | { readonly kind: 'greeted'; readonly prompt: string; readonly history: readonly string[] }
  | { readonly kind: 'ran'; readonly run: number; readonly result: RunResult }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'replaced' };

const HISTORY_MAX = 1000;
/** As readline asks before it lists more. */
const CHOICES_MAX = 100;
const PROMPT_COLOUR = '\x1b[34m';
/** Bright black, which the theme makes a readable grey. */
const DIM = '\x1b[90m';
const PLAIN = '\x1b[m';
/** Behind output without a line break at its end, as zsh has it. */
const MARK = '\x1b[30;47m%\x1b[m';
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export class Tty {
  readonly #terminal: Terminal;
  readonly #options: TtyOptions;
  readonly #buffer = new LineBuffer();
  readonly #line: PromptLine;
  readonly #history: string[] = [];
  #client: ShellClient | undefined;
  #mode: Mode = 'starting';
  #queue: Happening[] = [];
  #busy = false;
  #closed = false;
  #prompt = '';
  /** Counts runs; what an older one still reports is not heard. */
  #run = 0;
  /** Typed for the running program, not yet sent. */
  #cooked = '';
  /** Sent to the running program, in order. */
  #sent: string[] = [];
  #interrupted = false;
  /** Typed or composed while there was no prompt to take it. */
  #ahead = '';
  #composed = '';
  /** A command from outside that waits for the prompt. */
  #command: string | undefined;
  #lastKey = '';
  /** Choices that wait for a yes, because they are many. */
  #choices: readonly string[] | undefined;
  /** Said that the shell is another one, and nothing has been run since. */
  #announced = false;
  /** The line has changed since it was drawn. */
  #stale = false;
  /** How much of {@link #cooked} was echoed before the program's last output. */
  #buried = 0;
  #shown = { text: '', cursor: 0 };

  constructor(terminal: Terminal, options: TtyOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#line = new PromptLine(terminal);
    terminal.onData((text) => {
      this.data(text);
    });
    terminal.onResize(() => {
      this.#post({ kind: 'resized' });
    });
    void this.#start();
  }

  /** Whether Tab has nothing to complete, so that it may leave. */
  get empty(): boolean {
    if (this.#busy) return false;
    if (this.#mode === 'running') return this.#cooked === '';
    return this.#mode !== 'prompt' || this.#buffer.text === '';
  }

  get atPrompt(): boolean {
    return this.#mode === 'prompt';
  }

  /** Keys, as a terminal sends them. */
  data(text: string): void {
    this.#post({ kind: 'data', text });
  }

  /** The line as the compose bar has it. */
  setLine(text: string, cursor: number): void {
    this.#post({ kind: 'line', text, cursor });
  }

  /** The line of the compose bar is whole: a command at the prompt, input for a program that runs. */
  enter(text: string): void {
    this.#post({ kind: 'entered', text });
  }

  /** Types these lines and runs them; interrupts what runs. */
  run(lines: string): void {
    this.#post({ kind: 'command', lines });
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  async #start(): Promise<void> {
    this.#mode = 'starting';
    try {
      const client = connectShell(await this.#options.connect());
      if (this.#closed) {
        client.close();
        return;
      }
      this.#client = client;
      client.onReplaced = () => {
        this.#post({ kind: 'replaced' });
      };
      client.resize(this.#terminal.cols, this.#terminal.rows);
      this.#post({ kind: 'greeted', ...(await client.greet()) });
    } catch (error) {
      this.#post({ kind: 'failed', reason: reasonOf(error) });
    }
  }

  #post(happening: Happening): void {
    this.#queue.push(happening);
    if (!this.#busy) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#busy = true;
    for (let next = this.#queue.shift(); next && !this.#closed; next = this.#queue.shift()) {
      await this.#handle(next);
      // Keys that came in the meantime are drawn together.
      if (this.#stale && this.#queue.length === 0) await this.#draw();
      this.#tell();
    }
    this.#busy = false;
  }

  async #handle(happening: Happening): Promise<void> {
    switch (happening.kind) {
      case 'data':
        await this.#typed(happening.text);
        return;
      case 'line':
        if (this.#mode !== 'prompt') {
          this.#composed = happening.text;
          return;
        }
        this.#shown = { text: happening.text, cursor: happening.cursor };
        this.#buffer.set(happening.text, happening.cursor);
        this.#stale = true;
        return;
      case 'entered':
        this.#composed = '';
        if (this.#mode === 'prompt') await this.#fromOutside(happening.text);
        else await this.#typed(`${happening.text}\r`);
        return;
      case 'command':
        await this.#fromOutside(happening.lines);
        return;
      case 'resized':
        this.#client?.resize(this.#terminal.cols, this.#terminal.rows);
        this.#stale = this.#mode === 'prompt';
        return;
      case 'greeted':
        // A terminal that opens takes the shell's history; one that starts a new shell keeps its own.
        if (this.#history.length === 0) this.#history.push(...happening.history);
        this.#prompt = happening.prompt;
        await this.#ready();
        return;
      case 'ran':
        if (happening.run === this.#run) await this.#ran(happening.result);
        return;
      case 'failed':
        this.#run++;
        this.#mode = 'ended';
        await this.#notice(this.#options.words.broken.replace('{reason}', happening.reason), this.#options.words.again);
        return;
      case 'replaced':
        await this.#replaced();
        return;
      default:
        happening satisfies never;
    }
  }

  async #typed(text: string): Promise<void> {
    if (this.#mode === 'prompt') await this.#keys(text);
    else if (this.#mode === 'running') await this.#cook(text);
    else if (this.#mode === 'starting') this.#ahead += text;
    else if (/[\r\n]/.test(text)) await this.#start();
  }

  async #fromOutside(lines: string): Promise<void> {
    if (this.#mode === 'prompt') {
      this.#buffer.set(lines.replace(/\n+$/, ''));
      this.#stale = true;
      await this.#submit();
      return;
    }
    this.#command = lines;
    if (this.#mode === 'running') await this.#interrupt();
    if (this.#mode === 'ended') await this.#start();
  }

  /** The prompt, and whatever was typed before it came. */
  async #ready(): Promise<void> {
    await this.#write('');
    // A program that left its last line open gets it closed, marked as zsh marks it.
    if (this.#terminal.buffer.active.cursorX > 0) await this.#write(this.#interrupted ? '\r\n' : `${MARK}\r\n`);
    this.#interrupted = false;
    this.#mode = 'prompt';
    this.#lastKey = '';
    this.#choices = undefined;
    this.#buffer.begin(this.#history, this.#composed);
    this.#composed = '';
    this.#line.begin(this.#promptShown());
    await this.#write(`\x1b[?2004h`);
    await this.#draw();
    const text = this.#ahead;
    this.#ahead = '';
    if (text !== '') this.#queue.unshift({ kind: 'data', text });
    if (this.#command !== undefined) this.#queue.unshift({ kind: 'command', lines: this.#command });
    this.#command = undefined;
  }

  async #keys(data: string): Promise<void> {
    const keys = splitKeys(data);
    for (const [i, key] of keys.entries()) {
      if (this.#choices) {
        await this.#confirmed(key);
        continue;
      }
      if (this.#isPlain(key)) {
        this.#buffer.press(key);
        this.#lastKey = key;
        await this.#write(key);
        continue;
      }
      const outcome = this.#buffer.press(key);
      switch (outcome) {
        case undefined:
          break;
        case 'edited':
        case 'bell':
          this.#stale ||= outcome === 'edited' || this.#buffer.searching;
          if (this.#buffer.searching && outcome === 'edited') this.#options.say(`${this.#buffer.view.text}\n`);
          break;
        case 'recalled':
          this.#stale = true;
          this.#options.say(`${this.#buffer.text}\n`);
          break;
        case 'complete':
          await this.#complete();
          break;
        case 'clear':
          await this.#write('\x1b[H\x1b[2J');
          this.#line.begin(this.#promptShown());
          this.#stale = true;
          break;
        default:
          if (outcome === 'submit') await this.#submit();
          else if (outcome === 'interrupt') await this.#abandon();
          else {
            await this.#draw();
            await this.#write('exit\r\n');
            await this.#execute('exit');
          }
          break;
      }
      this.#lastKey = key;
      if (!this.atPrompt) {
        // Behind Enter: it is the program's now, if it reads.
        const rest = keys.slice(i + 1).join('');
        if (rest !== '') this.#queue.unshift({ kind: 'data', text: rest });
        return;
      }
    }
  }

  /** Plain text at the end of the line needs no redraw: its echo is the whole change. */
  #isPlain(key: string): boolean {
    const { buffer, cols } = this.#terminal;
    return (
      /^[\x20-\x7e]+$/.test(key) &&
      !this.#stale &&
      !this.#buffer.searching &&
      !this.#buffer.pending &&
      this.#buffer.cursor === this.#buffer.text.length &&
      buffer.active.cursorX + key.length < cols
    );
  }

  async #submit(): Promise<void> {
    const { text } = this.#buffer;
    if (text.trim() !== '' && (await this.#needsMore(text))) {
      if (!text.includes('\n')) this.#buffer.cursor = text.length;
      this.#buffer.insert('\n');
      this.#stale = true;
      return;
    }
    if (this.#stale || this.#buffer.cursor < text.length) await this.#draw(true);
    await this.#write('\r\n');
    if (text.trim() === '') {
      await this.#ready();
      return;
    }
    this.#remember(text);
    await this.#execute(text);
  }

  async #needsMore(text: string): Promise<boolean> {
    try {
      return (await this.#client?.needsMore(text)) ?? false;
    } catch {
      // The shell will say what is wrong when the line is run.
      return false;
    }
  }

  async #execute(line: string): Promise<void> {
    await this.#write('\x1b[?2004l');
    const client = this.#client;
    if (!client) return;
    this.#mode = 'running';
    this.#cooked = '';
    this.#buried = 0;
    this.#sent = [];
    this.#announced = false;
    const run = ++this.#run;
    client
      .run(line, (text) => {
        this.#options.say(text);
        this.#buried = this.#cooked.length;
        return this.#write(text);
      })
      .then(
        (result) => {
          this.#post({ kind: 'ran', run, result });
        },
        (error: unknown) => {
          if (run === this.#run) this.#post({ kind: 'failed', reason: reasonOf(error) });
        },
      );
  }

  async #ran(result: RunResult): Promise<void> {
    if (result.exited) {
      this.#client?.close();
      this.#mode = 'ended';
      await this.#notice(this.#options.words.ended, this.#options.words.again);
      if (this.#command !== undefined) await this.#start();
      return;
    }
    // Ctrl-C also throws away what was typed ahead. Lines that came too late for the program were never received.
    const unread = this.#interrupted ? '' : result.unread + this.#sent.slice(result.received).join('');
    const cooked = this.#cooked;
    // It will be shown behind the prompt.
    await this.#rubOut(this.#buried);
    this.#ahead = unread.replaceAll('\n', '\r') + cooked;
    this.#cooked = '';
    this.#prompt = result.prompt;
    if (this.#history.at(-1)?.includes('!') === true) await this.#takeHistory();
    await this.#ready();
  }

  /** Ctrl-C at the prompt. */
  async #abandon(): Promise<void> {
    await this.#draw(true);
    await this.#write('^C\r\n');
    await this.#ready();
  }

  async #interrupt(): Promise<void> {
    this.#interrupted = true;
    this.#cooked = '';
    this.#client?.interrupt();
    await this.#write('^C');
  }

  async #replaced(): Promise<void> {
    if (this.#mode === 'starting' || !this.#client) return;
    const typed = this.atPrompt ? this.#buffer.text : this.#cooked;
    const wasAtPrompt = this.atPrompt;
    // A line sent at the same moment has reached the new shell, and would hold up the next.
    if (this.#mode === 'running') this.#client.interrupt();
    this.#run++;
    this.#mode = 'starting';
    this.#options.onReplaced();
    if (wasAtPrompt) await this.#line.erase();
    if (!this.#announced) await this.#notice(this.#options.words.replaced);
    this.#announced = true;
    this.#interrupted = true;
    this.#composed = typed;
    try {
      const { prompt } = await this.#client.greet();
      this.#prompt = prompt;
      await this.#ready();
    } catch (error) {
      this.#post({ kind: 'failed', reason: reasonOf(error) });
    }
  }

  async #complete(): Promise<void> {
    const { text, cursor } = this.#buffer;
    let completion;
    try {
      completion = await this.#client?.complete(text, cursor);
    } catch {
      return;
    }
    if (!completion) return;
    const done = applyCompletion(completion, text.slice(completion.from, cursor));
    switch (done.kind) {
      case 'none':
        return;
      case 'insert':
        this.#buffer.replaceFrom(completion.from, done.text);
        this.#options.say(`${this.#buffer.text}\n`);
        this.#stale = true;
        return;
      case 'choices':
        if (this.#lastKey !== '\t') return;
        if (done.names.length <= CHOICES_MAX) await this.#list(done.names);
        else {
          this.#choices = done.names;
          await this.#draw(true);
          await this.#write(`\r\nDisplay all ${done.names.length} possibilities? (y or n)`);
        }
    }
  }

  /** The answer to "Display all possibilities?". */
  async #confirmed(key: string): Promise<void> {
    const names = this.#choices ?? [];
    this.#choices = undefined;
    if (/^[yY \t]/.test(key)) await this.#list(names);
    else {
      await this.#write('\r\n');
      this.#line.begin(this.#promptShown());
      this.#stale = true;
    }
  }

  /** The choices below the line, and the line again below them. */
  async #list(names: readonly string[]): Promise<void> {
    const list = listInColumns(names, this.#terminal.cols).join('\r\n');
    this.#options.say(`${names.join(' ')}\n`);
    await this.#draw(true);
    await this.#write(`\r\n${list}\r\n`);
    this.#line.begin(this.#promptShown());
    this.#stale = true;
  }

  /** Keys for a program: the terminal keeps the line until Enter. */
  async #cook(data: string): Promise<void> {
    const keys = splitKeys(data.replaceAll(PASTE_BEGIN, '').replaceAll(PASTE_END, ''));
    for (const key of keys)
      switch (key) {
        case '\x03':
          await this.#interrupt();
          break;
        case '\x04':
          this.#send(this.#cooked === '' ? null : this.#cooked);
          break;
        case '\x7f':
        case '\b':
          await this.#rubOut([...graphemes.segment(this.#cooked)].at(-1)?.index ?? 0);
          break;
        case '\x15':
          await this.#rubOut(0);
          break;
        case '\x17':
          await this.#rubOut(/\S+\s*$/.exec(this.#cooked)?.index ?? 0);
          break;
        case '\r':
        case '\n':
          await this.#write('\r\n');
          this.#send(`${this.#cooked}\n`);
          break;
        default:
          if (!isText(key)) break;
          this.#cooked += key;
          await this.#write(key);
      }
  }

  /** Null: the end of the input. */
  #send(text: string | null): void {
    this.#cooked = '';
    this.#buried = 0;
    this.#sent.push(text ?? '');
    this.#client?.input(text);
  }

  async #rubOut(from: number): Promise<void> {
    const gone = [...graphemes.segment(this.#cooked.slice(from))];
    this.#cooked = this.#cooked.slice(0, from);
    const cells = gone.reduce((sum, { segment }) => sum + (WIDE.test(segment) ? 2 : 1), 0);
    await this.#write('\b \b'.repeat(cells));
  }

  #remember(line: string): void {
    if (line.startsWith(' ') || this.#history.at(-1) === line) return;
    this.#history.push(line);
    if (this.#history.length > HISTORY_MAX) this.#history.shift();
  }

  /** The shell knows what `!!` has become. */
  async #takeHistory(): Promise<void> {
    try {
      const last = (await this.#client?.greet())?.history.at(-1);
      if (last !== undefined) this.#history[this.#history.length - 1] = last;
    } catch {
      // The line stays as it was typed.
    }
  }

  /** A dim line of our own, between the shell's. */
  async #notice(...sentences: readonly string[]): Promise<void> {
    await this.#write('');
    const text = sentences.join(' ');
    if (this.#terminal.buffer.active.cursorX > 0) await this.#write('\r\n');
    this.#options.say(`${text}\n`);
    await this.#write(`${DIM}${text}${PLAIN}\r\n`);
  }

  #promptShown(): string {
    return this.#prompt.includes('\x1b') ? this.#prompt : `${PROMPT_COLOUR}${this.#prompt}${PLAIN}`;
  }

  /** `whole`: with the cursor behind the last character, as the line is left behind. */
  #draw(whole = false): Promise<void> {
    this.#stale = false;
    const { text, view } = this.#buffer;
    return this.#line.draw(whole ? { text, cursor: text.length } : view);
  }

  #tell(): void {
    if (this.#mode !== 'prompt') return;
    const { text, cursor } = this.#buffer;
    if (text === this.#shown.text && cursor === this.#shown.cursor) return;
    this.#shown = { text, cursor };
    this.#options.onLine(text, cursor);
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#terminal.write(text, resolve);
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
