// What Tab offers: commands, variables, files, and what a program knows about its own arguments.

import { byteOrder } from './file-system.ts';
import type { Interpreter } from './interpreter.ts';
import type { Programs } from './program.ts';
import type { ShellState } from './state.ts';

export interface Completion {
  /** Where in the line the word begins that the items would replace. */
  readonly from: number;
  readonly items: readonly string[];
}

export async function complete(
  line: string,
  cursor: number,
  core: Interpreter,
  state: ShellState,
  programs: Programs,
): Promise<Completion> {
  const before = line.slice(0, cursor);
  const { words, from, afterRedirect } = currentWords(before);
  const word = words.at(-1) ?? '';
  const variable = /\$\{?(\w*)$/.exec(word);
  if (variable) {
    const start = cursor - (variable[1] ?? '').length;
    const names = [...state.variables.keys()].filter((n) => n.startsWith(variable[1] ?? '') && !n.startsWith('__'));
    return { from: start, items: names.sort(byteOrder) };
  }
  if (words.length <= 1 && !word.includes('/') && !afterRedirect) {
    const names = new Set([
      ...state.aliases.keys(),
      ...state.functions.keys(),
      ...core.builtinNames(),
      ...core.programNames(),
    ]);
    return { from, items: [...names].filter((name) => name.startsWith(word) && /\w/.test(name)).sort(byteOrder) };
  }
  if (!afterRedirect) {
    const expanded = (state.aliases.get(words[0] ?? '') ?? words[0] ?? '').split(/\s+/).filter((w) => w !== '');
    const name = expanded[0] ?? '';
    const completer = Object.hasOwn(programs, name) ? await programs[name]?.complete?.() : undefined;
    const items = completer ? await completer([...expanded, ...words.slice(1)], core.host) : [];
    if (items.length > 0) {
      const matching = items.filter((item) => item.startsWith(word));
      return { from, items: [...new Set(matching)].sort(byteOrder) };
    }
  }
  return { from, items: fileNames(word, core, state, words[0] === 'cd') };
}

/** The words of the command the cursor is in, the last one being typed. */
function currentWords(before: string): { words: string[]; from: number; afterRedirect: boolean } {
  let words: string[] = [];
  let word = '';
  let from = 0;
  let quote = '';
  let started = false;
  let afterRedirect = false;
  const end = (at: number) => {
    if (started) {
      words.push(word);
      afterRedirect = false;
    }
    word = '';
    started = false;
    from = at + 1;
  };
  for (let i = 0; i < before.length; i++) {
    const c = before.charAt(i);
    if (quote !== '') {
      if (c === quote) quote = '';
      else word += c;
    } else if (c === '"' || c === "'") {
      quote = c;
      started = true;
    } else if (c === '\\') {
      word += before.charAt(++i);
      started = true;
    } else if (/[;&|(\n]/.test(c)) {
      end(i);
      words = [];
      afterRedirect = false;
    } else if (c === '<' || c === '>') {
      end(i);
      afterRedirect = true;
    } else if (/\s/.test(c)) end(i);
    else {
      word += c;
      started = true;
    }
  }
  return { words: [...words, word], from, afterRedirect };
}

function fileNames(word: string, core: Interpreter, state: ShellState, directoriesOnly: boolean): string[] {
  const slash = word.lastIndexOf('/');
  const shown = word.slice(0, slash + 1);
  const home = state.get('HOME') ?? '/';
  const directory = core.fs.resolve(state.cwd, shown.replace(/^~(?=\/)/, home) || '.');
  if (!core.fs.isDirectory(directory)) return [];
  const start = word.slice(slash + 1);
  return core.fs
    .list(directory)
    .filter((name) => name.startsWith(start) && (start !== '' || !name.startsWith('.')))
    .flatMap((name) => {
      const isDirectory = core.fs.isDirectory(core.fs.resolve(directory, name));
      if (directoriesOnly && !isDirectory) return [];
      return [shown + name.replace(/[\s"'$&()|;<>\\*?]/g, '\\$&') + (isDirectory ? '/' : '')];
    });
}
