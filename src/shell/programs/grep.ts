// grep, egrep, fgrep (GNU 3.8). Left out: -f, -z, binary files, back-references across alternatives.
// -P is read as a JavaScript expression, which for what people type is the same; `\K` is refused.

import { escapeRegExp } from '../pattern.ts';
import { ProgramError } from '../program.ts';
import { toJavaScript } from '../regular-expression.ts';
import { lines } from '../streams.ts';
import { openInputs } from './inputs.ts';
import { parseOptions } from './options.ts';
import type { Options } from './options.ts';
import type { Proc } from '../program.ts';

export async function grep(proc: Proc): Promise<number> {
  const numbered = proc.args.flatMap((arg) => (/^-\d+$/.test(arg) ? ['-C', arg.slice(1)] : [arg]));
  const options = parseOptions(
    { args: numbered },
    {
      flags: 'EFGPivwxncloqrRshHLa',
      values: 'eABCmI',
      optional: 'k',
      long: {
        'extended-regexp': 'E',
        'fixed-strings': 'F',
        'perl-regexp': 'P',
        'ignore-case': 'i',
        'invert-match': 'v',
        'word-regexp': 'w',
        'line-regexp': 'x',
        'line-number': 'n',
        count: 'c',
        'files-with-matches': 'l',
        'files-without-match': 'L',
        'only-matching': 'o',
        quiet: 'q',
        silent: 'q',
        recursive: 'r',
        'no-messages': 's',
        'no-filename': 'h',
        'with-filename': 'H',
        regexp: 'e',
        'after-context': 'A',
        'before-context': 'B',
        context: 'C',
        'max-count': 'm',
        color: 'k',
        colour: 'k',
        include: 'I',
        'line-buffered': 'a',
      },
      exitCode: 2,
    },
  );
  const operands = [...options.operands];
  const patterns = options.has('e') ? options.all('e') : operands.splice(0, 1);
  if (patterns.length === 0) throw new ProgramError('usage: grep [OPTION]... PATTERNS [FILE]...', 2);
  const regExp = compile(
    patterns.flatMap((pattern) => pattern.split('\n')),
    proc.name,
    options,
  );
  const recursive = options.has('r') || options.has('R');
  const files = recursive ? walk(proc, operands.length > 0 ? operands : ['.'], options.value('I')) : operands;
  const directories = recursive ? [] : files.filter((name) => proc.fs.isDirectory(proc.fs.resolve(proc.cwd, name)));
  for (const name of directories) if (!options.has('s')) await proc.stderr.write(`grep: ${name}: Is a directory\n`);
  const readable = files.filter((name) => !directories.includes(name));
  const named = options.last('hH') === 'H' || (options.last('hH') !== 'h' && (files.length > 1 || recursive));
  if (files.length > 0 && readable.length === 0) return directories.length > 0 ? 2 : 1;
  const { inputs, failed } = await openInputs(proc, readable, options.has('s'));
  let found = false;
  for (const input of inputs) {
    const search = new Search(
      proc,
      options,
      regExp,
      named ? (input.name === '-' ? '(standard input)' : input.name) : undefined,
    );
    for await (const line of lines(input.in)) if (await search.line(line)) break;
    found = (await search.end(input.name === '-' ? '(standard input)' : input.name)) || found;
    if (found && options.has('q')) return 0;
  }
  return failed || directories.length > 0 ? 2 : found ? 0 : 1;
}

/** One input on its way through. */
class Search {
  readonly #proc: Proc;
  readonly #options: Options;
  readonly #regExp: RegExp;
  readonly #name: string | undefined;
  readonly #before: number;
  readonly #after: number;
  readonly #limit: number;
  readonly #color: boolean;
  #number = 0;
  #matches = 0;
  #waiting: { line: string; number: number }[] = [];
  #afterLeft = 0;
  #lastShown = 0;

  constructor(proc: Proc, options: Options, regExp: RegExp, name: string | undefined) {
    this.#proc = proc;
    this.#options = options;
    this.#regExp = regExp;
    this.#name = name;
    this.#before = contextSize(options.value('B') ?? options.value('C') ?? '0');
    this.#after = contextSize(options.value('A') ?? options.value('C') ?? '0');
    this.#limit = options.has('m') ? Number(options.value('m')) : Infinity;
    const when = options.value('k');
    this.#color = options.has('k') && (when === 'always' || (when !== 'never' && proc.stdout.isTTY));
  }

  /** True when the rest need not be read. */
  async line(line: string): Promise<boolean> {
    const options = this.#options;
    this.#number++;
    this.#regExp.lastIndex = 0;
    const silent = options.has('q') || options.has('l') || options.has('L') || options.has('c');
    if (this.#matches < this.#limit && this.#regExp.test(line) !== options.has('v')) {
      this.#matches++;
      if (options.has('q') || options.has('l') || options.has('L')) return true;
      if (silent) return this.#matches >= this.#limit;
      for (const { line: before, number } of this.#waiting) await this.#show(before, number, '-');
      this.#waiting = [];
      if (options.has('o')) await this.#showMatches(line);
      else await this.#show(line, this.#number, ':');
      this.#afterLeft = this.#after;
      return this.#matches >= this.#limit && this.#after === 0;
    }
    if (this.#afterLeft > 0) {
      this.#afterLeft--;
      if (!silent && !options.has('o')) await this.#show(line, this.#number, '-');
      return this.#matches >= this.#limit && this.#afterLeft === 0;
    }
    if (this.#matches >= this.#limit) return true;
    if (this.#before > 0 && !options.has('o')) {
      this.#waiting.push({ line, number: this.#number });
      if (this.#waiting.length > this.#before) this.#waiting.shift();
    }
    return false;
  }

  /** Whether this input counts as found. */
  async end(name: string): Promise<boolean> {
    const options = this.#options;
    const { stdout } = this.#proc;
    if (options.has('q')) return this.#matches > 0;
    if (options.has('L')) {
      if (this.#matches === 0) await stdout.write(`${name}\n`);
      return this.#matches === 0;
    }
    if (options.has('l')) {
      if (this.#matches > 0) await stdout.write(`${name}\n`);
    } else if (options.has('c'))
      await stdout.write(`${this.#name === undefined ? '' : `${this.#paint(this.#name, '35')}:`}${this.#matches}\n`);
    return this.#matches > 0;
  }

  async #show(line: string, number: number, mark: string): Promise<void> {
    const gap = (this.#before > 0 || this.#after > 0) && this.#lastShown > 0 && number > this.#lastShown + 1;
    this.#lastShown = number;
    const text =
      this.#color && mark === ':' && !this.#options.has('v')
        ? line.replace(this.#regExp, (m) => (m === '' ? '' : this.#paint(m, '01;31')))
        : line;
    await this.#proc.stdout.write(`${gap ? `${this.#paint('--', '36')}\n` : ''}${this.#prefix(number, mark)}${text}\n`);
  }

  async #showMatches(line: string): Promise<void> {
    if (this.#options.has('v')) return;
    // `test` has left its place in it.
    this.#regExp.lastIndex = 0;
    for (const [match] of line.matchAll(this.#regExp))
      if (match !== '')
        await this.#proc.stdout.write(`${this.#prefix(this.#number, ':')}${this.#paint(match, '01;31')}\n`);
  }

  #prefix(number: number, mark: string): string {
    const painted = this.#paint(mark, '36');
    const name = this.#name === undefined ? '' : this.#paint(this.#name, '35') + painted;
    return name + (this.#options.has('n') ? this.#paint(String(number), '32') + painted : '');
  }

  #paint(text: string, color: string): string {
    return this.#color ? `\x1b[${color}m\x1b[K${text}\x1b[m\x1b[K` : text;
  }
}

function contextSize(text: string): number {
  if (!/^\d+$/.test(text)) throw new ProgramError(`${text}: invalid context length argument`, 2);
  return Number(text);
}

function compile(patterns: readonly string[], name: string, options: Options): RegExp {
  const kind = options.last('EFGP') ?? (name === 'egrep' ? 'E' : name === 'fgrep' ? 'F' : 'G');
  const sources = patterns.map((pattern) => {
    if (kind === 'F') return escapeRegExp(pattern);
    if (kind === 'P') {
      if (pattern.includes('\\K')) throw new ProgramError('\\K in -P is not simulated here', 2);
      return pattern;
    }
    return toJavaScript(pattern, kind === 'E' ? 'extended' : 'basic');
  });
  let source = sources.map((s) => `(?:${s})`).join('|');
  if (options.has('x')) source = `^(?:${source})$`;
  else if (options.has('w')) source = `(?<!\\w)(?:${source})(?!\\w)`;
  try {
    return new RegExp(
      sources.length === 1 && !options.has('x') && !options.has('w') ? (sources[0] ?? '') : source,
      `g${options.has('i') ? 'i' : ''}${kind === 'P' ? '' : 'u'}`,
    );
  } catch (error) {
    throw new ProgramError(error instanceof Error ? error.message : 'Invalid regular expression', 2);
  }
}

function walk(proc: Proc, names: readonly string[], include: string | undefined): string[] {
  const wanted =
    include === undefined
      ? undefined
      : new RegExp(`^${escapeRegExp(include).replaceAll('\\*', '.*').replaceAll('\\?', '.')}$`);
  const out: string[] = [];
  const visit = (name: string): void => {
    const path = proc.fs.resolve(proc.cwd, name);
    if (!proc.fs.isDirectory(path)) {
      if (!wanted || wanted.test(name.slice(name.lastIndexOf('/') + 1))) out.push(name);
      return;
    }
    for (const entry of proc.fs.list(path))
      visit(name === '.' && !proc.args.includes('.') ? entry : `${name.replace(/\/$/, '')}/${entry}`);
  };
  for (const name of names) visit(name);
  return out;
}
