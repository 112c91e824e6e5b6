// The commands that are part of the shell itself, because they change it or must be there without loading.

import { jobBuiltins } from './builtins/jobs.ts';
import { lookupBuiltins } from './builtins/lookup.ts';
import { controlBuiltins } from './builtins/control.ts';
import { outputBuiltins } from './builtins/output.ts';
import { variableBuiltins } from './builtins/variables.ts';
import type { Frame } from './frame.ts';

/** Gets its arguments without its name; the exit code, 0 when it gives none. */
export type Builtin = (args: readonly string[], frame: Frame) => Promise<number | void> | number | void;

export const builtins: Readonly<Record<string, Builtin>> = {
  ...outputBuiltins,
  ...controlBuiltins,
  ...variableBuiltins,
  ...lookupBuiltins,
  ...jobBuiltins,
};
