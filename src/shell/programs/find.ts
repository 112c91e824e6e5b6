// find: names, types, depth, -exec. Left out: times, sizes, permissions, -printf.

import { byteOrder } from '../file-system.ts';
import { patternRegExp } from '../pattern.ts';
import { ProgramError } from '../program.ts';
import type { FileSystemNode } from '../file-system.ts';
import type { Proc } from '../program.ts';

interface Found {
  readonly path: string;
  readonly absolute: string;
  readonly name: string;
  readonly node: FileSystemNode;
  readonly depth: number;
}

type Test = (found: Found) => Promise<boolean> | boolean;

export async function find(proc: Proc): Promise<number> {
  const args = [...proc.args];
  const starts: string[] = [];
  while (args[0] !== undefined && !/^[-!(]/.test(args[0])) starts.push(args.shift() ?? '');
  const expression = new Expression(proc, args);
  const test = expression.parse();
  let exitCode = 0;
  for (const start of starts.length > 0 ? starts : ['.']) {
    const absolute = proc.fs.resolve(proc.cwd, start);
    const node = proc.fs.find(absolute);
    if (!node) {
      await proc.stderr.write(`find: ‘${start}’: No such file or directory\n`);
      exitCode = 1;
      continue;
    }
    const visit = async (found: Found): Promise<void> => {
      const act = async () => {
        if (found.depth >= expression.minDepth && (await test(found)) && !expression.acts)
          await proc.stdout.write(`${found.path}\n`);
      };
      if (!expression.depthFirst) await act();
      if (found.node.kind === 'directory' && found.depth < expression.maxDepth)
        for (const [name, child] of [...found.node.entries].sort(([a], [b]) => byteOrder(a, b)))
          await visit({
            path: `${found.path.replace(/\/$/, '')}/${name}`,
            absolute: `${found.absolute.replace(/\/$/, '')}/${name}`,
            name,
            node: child,
            depth: found.depth + 1,
          });
      if (expression.depthFirst) await act();
    };
    await visit({ path: start, absolute, name: start.replace(/\/+$/, '').replace(/^.*\//, '') || '/', node, depth: 0 });
  }
  await expression.finish();
  return exitCode;
}

class Expression {
  minDepth = 0;
  maxDepth = Infinity;
  /** An action stands in the expression, so nothing is printed by itself. */
  acts = false;
  depthFirst = false;
  readonly #proc: Proc;
  readonly #args: string[];
  readonly #batches: { argv: string[]; paths: string[] }[] = [];

  constructor(proc: Proc, args: string[]) {
    this.#proc = proc;
    this.#args = args;
  }

  parse(): Test {
    if (this.#args.length === 0) return () => true;
    const test = this.#or();
    if (this.#args.length > 0) throw new ProgramError(`paths must precede expression: '${this.#args[0] ?? ''}'`);
    return test;
  }

  async finish(): Promise<void> {
    for (const { argv, paths } of this.#batches) if (paths.length > 0) await this.#proc.spawn([...argv, ...paths]);
  }

  #or(): Test {
    const left = this.#and();
    if (this.#args[0] !== '-o' && this.#args[0] !== '-or') return left;
    this.#args.shift();
    const right = this.#or();
    return async (found) => (await left(found)) || right(found);
  }

  #and(): Test {
    const left = this.#not();
    if (this.#args[0] === '-a' || this.#args[0] === '-and') this.#args.shift();
    else if (this.#args[0] === undefined || this.#args[0] === '-o' || this.#args[0] === '-or' || this.#args[0] === ')')
      return left;
    const right = this.#and();
    return async (found) => (await left(found)) && right(found);
  }

  #not(): Test {
    const word = this.#args.shift() ?? '';
    if (word === '!' || word === '-not') {
      const inner = this.#not();
      return async (found) => !(await inner(found));
    }
    if (word === '(') {
      const inner = this.#or();
      if (this.#args.shift() !== ')') throw new ProgramError("missing closing ')'");
      return inner;
    }
    return this.#primary(word);
  }

  #primary(word: string): Test {
    switch (word) {
      case '-name':
      case '-iname':
      case '-path': {
        const ignoreCase = word === '-iname';
        const pattern = patternRegExp(ignoreCase ? this.#value(word).toLowerCase() : this.#value(word));
        return ({ name, path }) => pattern.test(word === '-path' ? path : ignoreCase ? name.toLowerCase() : name);
      }
      case '-type': {
        const type = this.#value(word);
        return ({ node }) => type === (node.kind === 'directory' ? 'd' : node.link === true ? 'l' : 'f');
      }
      case '-maxdepth':
        this.maxDepth = Number(this.#value(word));
        return () => true;
      case '-mindepth':
        this.minDepth = Number(this.#value(word));
        return () => true;
      case '-empty':
        return ({ node }) => (node.kind === 'file' ? node.text === '' : node.entries.size === 0);
      case '-print':
        this.acts = true;
        return async ({ path }) => {
          await this.#proc.stdout.write(`${path}\n`);
          return true;
        };
      case '-delete':
        this.acts = true;
        this.depthFirst = true;
        return ({ absolute }) => {
          this.#proc.fs.remove(absolute);
          return true;
        };
      case '-exec':
        return this.#exec();
    }
    throw new ProgramError(
      word.startsWith('-') ? `'${word}' is not simulated here` : `paths must precede expression: '${word}'`,
    );
  }

  #exec(): Test {
    this.acts = true;
    const argv: string[] = [];
    for (let word = this.#args.shift(); word !== ';'; word = this.#args.shift()) {
      if (word === undefined) throw new ProgramError("missing argument to '-exec'");
      if (word === '+' && argv.at(-1) === '{}') {
        const batch = { argv: argv.slice(0, -1), paths: [] as string[] };
        this.#batches.push(batch);
        return ({ path }) => {
          batch.paths.push(path);
          return true;
        };
      }
      argv.push(word);
    }
    return async ({ path }) => (await this.#proc.spawn(argv.map((word) => word.replaceAll('{}', path)))) === 0;
  }

  #value(word: string): string {
    const value = this.#args.shift();
    if (value === undefined) throw new ProgramError(`missing argument to '${word}'`);
    return value;
  }
}
