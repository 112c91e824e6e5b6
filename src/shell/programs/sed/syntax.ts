// A sed script, read. Blocks are flat: `{` knows the index behind its `}`.

/** An address alone, or the first of a range. */
export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'last' }
  /** Without an expression it is the last one that was used (`//`). */
  | { readonly kind: 'match'; readonly regExp: RegExp | undefined }
  | { readonly kind: 'step'; readonly first: number; readonly step: number };

export type RangeEnd =
  Address | { readonly kind: 'plus'; readonly count: number } | { readonly kind: 'multiple'; readonly of: number };

export interface Substitution {
  readonly regExp: RegExp | undefined;
  readonly replacement: readonly ReplacementPart[];
  readonly global: boolean;
  readonly print: boolean;
  /** The first occurrence to replace, from 1. */
  readonly from: number;
}

/** Plain text, a group (0 is the whole match), or a change of case from here on. */
export type ReplacementPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly group: number }
  | { readonly kind: 'case'; readonly letter: 'U' | 'L' | 'u' | 'l' | 'E' };

export interface Command {
  readonly name: string;
  readonly from: Address | undefined;
  readonly to: RangeEnd | undefined;
  readonly negated: boolean;
  /** The text of `a`, `i` and `c`, the label of `b`, `t` and `T`, the file of `r`, the number of `q`. */
  readonly text: string;
  readonly substitution: Substitution | undefined;
  /** What `y` changes into what. */
  readonly characters: ReadonlyMap<string, string> | undefined;
  /** Where `{` goes on when its address does not hold, and where a jump goes. */
  target: number;
}

export interface Script {
  readonly commands: readonly Command[];
  /** `#n` on the first line. */
  readonly quiet: boolean;
}
