// `kubectl plugin list` (kubectl/pkg/cmd/plugin, 1.32): programs whose names begin with `kubectl-`. The page's shell has
// none, nor a place where they could be put.

import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';

export function run(_context: Context): Promise<undefined> {
  throw new KubectlError('unable to find any kubectl plugins in your PATH');
}
