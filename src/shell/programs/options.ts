// Command line options as getopt_long(3) reads them. An option a program does not know is refused by its name.

import { ProgramError } from '../program.ts';
import type { Proc } from '../program.ts';

export interface OptionTable {
  /** Letters without a value. */
  readonly flags?: string;
  /** Letters with a value. */
  readonly values?: string;
  /** Long names, each with the letter it means. */
  readonly long?: Readonly<Record<string, string>>;
  /** Letters whose value, if any, is attached (`--color=auto`). */
  readonly optional?: string;
  /** Everything from the first operand on is an operand (`xargs`, `env`). */
  readonly stopAtOperand?: boolean;
  readonly exitCode?: number;
}

export class Options {
  readonly operands: string[] = [];
  readonly #found: { letter: string; value: string }[] = [];

  add(letter: string, value = ''): void {
    this.#found.push({ letter, value });
  }

  has(letter: string): boolean {
    return this.#found.some((option) => option.letter === letter);
  }

  /** The last value given. */
  value(letter: string): string | undefined {
    return this.#found.findLast((option) => option.letter === letter)?.value;
  }

  all(letter: string): string[] {
    return this.#found.filter((option) => option.letter === letter).map((option) => option.value);
  }

  /** Which of several that overrule each other came last. */
  last(letters: string): string | undefined {
    return this.#found.findLast((option) => letters.includes(option.letter))?.letter;
  }

  /** Letters in the order given. */
  letters(): readonly { readonly letter: string; readonly value: string }[] {
    return this.#found;
  }
}

export function parseOptions(proc: Pick<Proc, 'args'>, table: OptionTable): Options {
  const { flags = '', values = '', long = {}, optional = '', exitCode = 1 } = table;
  const options = new Options();
  const args = [...proc.args];
  const refuse = (name: string): never => {
    throw new ProgramError(`option '${name}' is not simulated here`, exitCode);
  };
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (arg === '--') {
      options.operands.push(...args);
      break;
    }
    if (arg.startsWith('--')) {
      const [name = '', ...rest] = arg.slice(2).split('=');
      const full = Object.keys(long).filter((known) => known.startsWith(name));
      const letter = long[name] ?? (full.length === 1 ? long[full[0] ?? ''] : undefined) ?? refuse(`--${name}`);
      if (values.includes(letter)) {
        const value = rest.length > 0 ? rest.join('=') : args.shift();
        if (value === undefined) throw new ProgramError(`option '--${name}' requires an argument`, exitCode);
        options.add(letter, value);
      } else options.add(letter, rest.join('='));
    } else if (/^-./.test(arg)) {
      for (let i = 1; i < arg.length; i++) {
        const letter = arg.charAt(i);
        if (values.includes(letter)) {
          const value = arg.slice(i + 1) || args.shift();
          if (value === undefined) throw new ProgramError(`option requires an argument -- '${letter}'`, exitCode);
          options.add(letter, value);
          break;
        }
        if (optional.includes(letter)) {
          options.add(letter, arg.slice(i + 1));
          break;
        }
        if (!flags.includes(letter)) refuse(`-${letter}`);
        options.add(letter);
      }
    } else {
      options.operands.push(arg);
      if (table.stopAtOperand === true) {
        options.operands.push(...args);
        break;
      }
    }
  }
  return options;
}

/** A whole number, or a refusal in the words of coreutils. */
export function count(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new ProgramError(`invalid ${what}: ‘${text}’`);
  return Number(text);
}
