// A jq filter, read.

export type Filter =
  | { readonly kind: 'identity' }
  | { readonly kind: 'recurse' }
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string }
  /** A string with parts to fill in, each written by `format`. */
  | { readonly kind: 'string'; readonly format: string; readonly parts: readonly (string | Filter)[] }
  | { readonly kind: 'format'; readonly name: string }
  | { readonly kind: 'index'; readonly of: Filter; readonly by: Filter }
  | {
      readonly kind: 'slice';
      readonly of: Filter;
      readonly from: Filter | undefined;
      readonly to: Filter | undefined;
    }
  | { readonly kind: 'iterate'; readonly of: Filter }
  | { readonly kind: 'pipe' | 'comma' | 'alternative'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'negate'; readonly operand: Filter }
  | { readonly kind: 'logical'; readonly operator: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  /** `=`, `|=`, `+=` and their like. */
  | { readonly kind: 'update'; readonly operator: string; readonly target: Filter; readonly value: Filter }
  | { readonly kind: 'array'; readonly items: Filter | undefined }
  | { readonly kind: 'object'; readonly entries: readonly { readonly key: Filter; readonly value: Filter }[] }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly test: Filter; readonly then: Filter }[];
      readonly otherwise: Filter | undefined;
    }
  | { readonly kind: 'try'; readonly body: Filter; readonly handler: Filter | undefined }
  | {
      readonly kind: 'reduce';
      readonly source: Filter;
      readonly pattern: Pattern;
      readonly start: Filter;
      readonly update: Filter;
    }
  | {
      readonly kind: 'foreach';
      readonly source: Filter;
      readonly pattern: Pattern;
      readonly start: Filter;
      readonly update: Filter;
      readonly extract: Filter | undefined;
    }
  | { readonly kind: 'bind'; readonly source: Filter; readonly pattern: Pattern; readonly body: Filter }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Filter[] }
  | { readonly kind: 'define'; readonly definition: Definition; readonly rest: Filter }
  | { readonly kind: 'label'; readonly name: string; readonly body: Filter }
  | { readonly kind: 'break'; readonly name: string };

/** What a value is taken apart by: `$x`, `[$a, $b]`, `{a: $x, $b}`. */
export type Pattern =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'array'; readonly items: readonly Pattern[] }
  | {
      readonly kind: 'object';
      readonly entries: readonly {
        readonly variable: string | undefined;
        readonly key: Filter;
        readonly value: Pattern | undefined;
      }[];
    };

export interface Definition {
  readonly name: string;
  /** With `$` when the parameter is a value. */
  readonly parameters: readonly string[];
  readonly body: Filter;
}
