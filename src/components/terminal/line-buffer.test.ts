import { describe, expect, it } from 'vitest';
import { PASTE_BEGIN, PASTE_END, splitKeys } from './keys.ts';
import { LineBuffer, type Outcome } from './line-buffer.ts';

const HISTORY = ['kubectl get pods', 'echo one two', 'kubectl get nodes -o wide'];
const UP = '\x1b[A';
const DOWN = '\x1b[B';
const LEFT = '\x1b[D';
const ctrl = (letter: string) => String.fromCharCode(letter.charCodeAt(0) - 64);
const alt = (key: string) => `\x1b${key}`;

/** A line with everything typed into it; `|` is the cursor. */
function after(keys: string, { text = '', history = HISTORY }: { text?: string; history?: string[] } = {}) {
  const line = new LineBuffer();
  line.begin(history, text);
  const outcomes: (Outcome | undefined)[] = [];
  for (const key of splitKeys(keys)) outcomes.push(line.press(key));
  const shown = `${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`;
  return { line, shown, last: outcomes.at(-1) };
}

describe('keys', () => {
  it('are cut from what a terminal sends', () => {
    expect(splitKeys(`ab${LEFT}c\x1bb\x1bOHé\r\x7f`)).toEqual(['ab', LEFT, 'c', '\x1bb', '\x1bOH', 'é', '\r', '\x7f']);
  });
  it('keep a lone Escape apart', () => {
    expect(splitKeys('\x1b')).toEqual(['\x1b']);
    expect(splitKeys('\x1b\x1b[A')).toEqual(['\x1b', UP]);
  });
});

describe('editing', () => {
  it.each<[string, string, string, string]>([
    ['typing in the middle', 'echo b', `${LEFT}a `, 'echo a |b'],
    ['backspace', 'abc', '\x7f', 'ab|'],
    ['backspace takes a whole grapheme', 'x👩‍🚀', '\x7f', 'x|'],
    ['backspace takes a syllable', '한글', '\x7f', '한|'],
    ['^D deletes forward', 'abc', `${LEFT}${ctrl('D')}`, 'ab|'],
    ['Delete deletes forward', 'abc', `${ctrl('A')}\x1b[3~`, '|bc'],
    ['^A and ^E', 'abc', `${ctrl('A')}x${ctrl('E')}y`, 'xabcy|'],
    ['^B and ^F', 'abc', `${ctrl('B')}${ctrl('B')}${ctrl('F')}`, 'ab|c'],
    ['Alt-b goes to the start of a word of letters', 'get pods/web-0', alt('b') + alt('b'), 'get pods/|web-0'],
    ['Alt-f goes to the end of one', 'get pods/web-0', ctrl('A') + alt('f') + alt('f'), 'get pods|/web-0'],
    ['Ctrl-Left as Alt-b', 'one two', '\x1b[1;5D', 'one |two'],
    ['^W kills to the last blank', 'get pods/web-0 ', ctrl('W'), 'get |'],
    ['Alt-Backspace kills a word of letters', 'get pods/web-0', alt('\x7f'), 'get pods/web-|'],
    ['Alt-d kills forward', 'one two', ctrl('A') + alt('d'), '| two'],
    ['^U kills to the start', 'one two', alt('b') + ctrl('U'), '|two'],
    ['^K kills to the end', 'one two', alt('b') + ctrl('K'), 'one |'],
    ['^Y brings it back', 'one two', ctrl('U') + ctrl('Y') + ctrl('Y'), 'one twoone two|'],
    ['kills in a row are one piece', 'one two three', ctrl('W') + ctrl('W') + ctrl('Y'), 'one two three|'],
    ['kills forward in a row too', 'one two', ctrl('A') + alt('d') + alt('d') + ctrl('Y'), 'one two|'],
    ['Alt-y brings the one before', 'one two', `${ctrl('W')}x${ctrl('W')}${ctrl('Y')}${alt('y')}`, 'one two|'],
    ['^T swaps the last two', 'sl', ctrl('T'), 'ls|'],
    ['^T in the middle swaps around the cursor', 'acb', `${LEFT}${ctrl('T')}`, 'abc|'],
    ['Alt-u', 'one two', ctrl('A') + alt('u'), 'ONE| two'],
    ['Alt-c', 'one two', ctrl('A') + alt('c'), 'One| two'],
    ['^_ takes a run of typing back', '', `ab${ctrl('W')}${ctrl('_')}`, 'ab|'],
    ['an unknown key does nothing', 'abc', '\x1b[15~', 'abc|'],
  ])('%s', (_, text, keys, shown) => {
    expect(after(keys, { text }).shown).toBe(shown);
  });

  it('takes Escape and then a key as Alt and that key', () => {
    const { line } = after('', { text: 'one two' });
    expect(line.press('\x1b')).toBeUndefined();
    expect(line.pending).toBe(true);
    line.press('b');
    expect(line.cursor).toBe(4);
  });

  it('takes letters typed one by one back together', () => {
    const line = new LineBuffer();
    line.begin([]);
    for (const key of 'abc') line.press(key);
    line.press(ctrl('W'));
    line.press(ctrl('_'));
    expect(line.text).toBe('abc');
    line.press(ctrl('_'));
    expect(line.text).toBe('');
    expect(line.press(ctrl('_'))).toBe('bell');
  });

  it('moves by lines in a command of several', () => {
    const text = 'for i in 1 2; do\necho $i\ndone';
    expect(after(UP, { text }).shown).toBe('for i in 1 2; do\necho| $i\ndone');
    expect(after(UP + UP, { text }).shown).toBe('for |i in 1 2; do\necho $i\ndone');
    expect(after(UP + ctrl('A') + DOWN, { text }).shown).toBe('for i in 1 2; do\necho $i\n|done');
    expect(after(UP + UP + UP, { text }).shown).toBe(`${HISTORY.at(-1) ?? ''}|`);
  });

  it('asks its holder for what it cannot do', () => {
    expect(after('\r').last).toBe('submit');
    expect(after('\t').last).toBe('complete');
    expect(after(ctrl('C')).last).toBe('interrupt');
    expect(after(ctrl('L')).last).toBe('clear');
    expect(after(ctrl('D')).last).toBe('end');
    expect(after(ctrl('D'), { text: 'x' }).last).toBe('bell');
  });
});

describe('history', () => {
  it('goes back and forth and keeps what was typed', () => {
    expect(after(`new${UP}${UP}`).shown).toBe('echo one two|');
    expect(after(`new${UP}${UP}${DOWN}${DOWN}`).shown).toBe('new|');
    expect(after(UP + UP + UP + UP).last).toBe('bell');
    expect(after(DOWN).last).toBe('bell');
  });

  it('keeps an edit to an old line until the line is run', () => {
    expect(after(`${UP} x${UP}${DOWN}`).shown).toBe('kubectl get nodes -o wide x|');
    const { line } = after(`${UP} x${UP}`);
    line.begin(HISTORY);
    line.press(UP);
    expect(line.text).toBe('kubectl get nodes -o wide');
  });

  it('gives the last word of the line before, and of the one before that', () => {
    expect(after(`x ${alt('.')}`).shown).toBe('x wide|');
    expect(after(`x ${alt('.')}${alt('.')}`).shown).toBe('x two|');
    expect(after(alt('.'), { history: [] }).last).toBe('bell');
  });
});

describe('Ctrl-R', () => {
  const R = ctrl('R');
  it('finds while one types and shows where', () => {
    const { line } = after(`${R}get`);
    expect(line.view).toEqual({ search: "(reverse-i-search)`get': ", text: 'kubectl get nodes -o wide', cursor: 8 });
  });
  it('goes on to older ones with Ctrl-R', () => {
    expect(after(`${R}get${R}`).line.view.text).toBe('kubectl get pods');
  });
  it('says when there is none and keeps the last found', () => {
    const { line, last } = after(`${R}get${R}${R}`);
    expect(last).toBe('bell');
    expect(line.view.search).toBe("(failed reverse-i-search)`get': ");
    expect(line.view.text).toBe('kubectl get pods');
  });
  it('widens again with Backspace', () => {
    expect(after(`${R}podsx\x7f`).line.view).toMatchObject({
      text: 'kubectl get pods',
      search: "(reverse-i-search)`pods': ",
    });
  });
  it('takes the found line with any other key, which then counts', () => {
    expect(after(`${R}one${ctrl('E')}!`).shown).toBe('echo one two!|');
    expect(after(`${R}one\r`)).toMatchObject({ shown: 'echo |one two', last: 'submit' });
    expect(after(`${R}one${UP}`).shown).toBe('kubectl get pods|');
  });
  it('gives back what stood there with Ctrl-G', () => {
    expect(after(`half${R}one${ctrl('G')}`).shown).toBe('half|');
  });
  it('is left by Ctrl-C like any line', () => {
    expect(after(`${R}one${ctrl('C')}`).last).toBe('interrupt');
  });
});

describe('paste', () => {
  it('is shown and not run, whatever line breaks it has', () => {
    const { shown, last } = after(`echo ${PASTE_BEGIN}a\r\nb\rc\n${PASTE_END}`);
    expect(shown).toBe('echo a\nb\nc|');
    expect(last).toBe('edited');
  });
  it('brings no control characters along', () => {
    expect(after(`${PASTE_BEGIN}a\x1b[31mb\x03${PASTE_END}`).shown).toBe('a[31mb|');
  });
  it('is one step of undo', () => {
    expect(after(`a${PASTE_BEGIN}b c${PASTE_END}${ctrl('_')}`).shown).toBe('a|');
  });
  it('may come in pieces', () => {
    const { line } = after(`${PASTE_BEGIN}kubectl`);
    expect(line.pending).toBe(true);
    for (const key of splitKeys(` get\tpods${PASTE_END}`)) line.press(key);
    expect(line.text).toBe('kubectl get\tpods');
    expect(line.pending).toBe(false);
  });
});
