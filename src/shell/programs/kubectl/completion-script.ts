// `kubectl completion SHELL` (kubectl/pkg/cmd/completion, 1.32). The scripts of the real program are for shells that
// are not here; the page's shell completes kubectl without one.

import type { Context } from './context.ts';
import { notSimulated } from './errors.ts';

const shells = ['bash', 'fish', 'powershell', 'zsh'];

export function run(context: Context): Promise<undefined> {
  const [shell, ...more] = context.args;
  if (shell === undefined) throw context.usage('Shell not specified.');
  if (more.length > 0) throw context.usage('Too many arguments. Expected only the shell type.');
  if (!shells.includes(shell)) throw context.usage(`Unsupported shell type ${JSON.stringify(shell)}.`);
  throw notSimulated(`the script of kubectl completion ${shell} (Tab completes kubectl here without it)`);
}
