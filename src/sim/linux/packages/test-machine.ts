// A machine for tests of commands that need files only: no processes, no clock of its own.
import type { Command, Files, Sys, Task } from '../contract.ts';
import { Mounts } from '../files/mounts.ts';
import { populate, type PlainTree } from '../files/populate.ts';
import { Tree } from '../files/tree.ts';
import { createFiles } from '../files/view.ts';

export function filesWith(plain: PlainTree, uid = 0): Files {
  const tree = populate(new Tree(), plain);
  const mounts = new Mounts();
  mounts.mount(1, tree, undefined, '/dev/vda1', {}, tree.root, { major: 254, minor: 1 });
  const root = mounts.root(1);
  const task = { uid, gid: uid, groups: [], pid: 1, umask: 0o022 };
  return createFiles({ mounts, root, cwd: root, now: () => 0, ...task });
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function runCommand(
  files: Files,
  command: Command,
  argv: readonly string[],
  options: {
    readonly stdin?: string;
    readonly tty?: boolean;
    readonly uid?: number;
    readonly env?: Sys['env'];
    readonly unixMs?: number;
  } = {},
): Ran {
  let out = '';
  let err = '';
  const lines = (options.stdin ?? '').split('\n').slice(0, -1);
  const task = { pid: 4711, uid: options.uid ?? 0 } as Task;
  const refuse = (): never => {
    throw new Error('not in this test');
  };
  const sys: Sys = {
    argv,
    env: options.env ?? {},
    stdin: options.stdin ?? '',
    tty: options.tty ?? false,
    columns: 80,
    readLine: () => lines.shift(),
    unixMs: options.unixMs ?? 0,
    task,
    files,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    takes: () => undefined,
    machine: undefined as unknown as Sys['machine'],
    exec: refuse,
    spawn: refuse,
  };
  const code = command(sys);
  return { code: typeof code === 'number' ? code : -1, out, err };
}
