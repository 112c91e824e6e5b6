// Where the program of a container is, as runc looks for it (Go's exec.LookPath), and what it says when there is none.
import type { Files } from '../../linux/contract.ts';

/** What runc says, and the exit code that docker gives it. */
export class RuncError extends Error {
  override readonly name = 'RuncError';
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Where the program is, as Go looks for it. */
export function lookPath(files: Files, name: string, path: string): string {
  if (name.includes('/')) {
    if (!files.exists(name)) throw new RuncError(`exec: "${name}": stat ${name}: no such file or directory`, 127);
    if (files.stat(name).type === 'directory')
      throw new RuncError(`exec: "${name}": is a directory: permission denied`, 126);
    if ((files.stat(name).mode & 0o111) === 0) throw new RuncError(`exec: "${name}": permission denied`, 126);
    return name;
  }
  for (const directory of path.split(':')) {
    const candidate = `${directory === '' ? '.' : directory}/${name}`;
    if (
      name !== '' &&
      files.exists(candidate) &&
      files.stat(candidate).type === 'file' &&
      (files.stat(candidate).mode & 0o111) !== 0
    )
      // prettier-ignore
      return candidate;
  }
  throw new RuncError(`exec: "${name}": executable file not found in $PATH`, 127);
}
