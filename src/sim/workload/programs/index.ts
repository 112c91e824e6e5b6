// The programs by name, and which of them a command line starts.
import { nginx } from './nginx.ts';
import { payments } from './payments.ts';
import { busybox, pause } from './plain.ts';
import type { Program } from './program.ts';
import { redis } from './redis.ts';
import { reports } from './reports.ts';
import { search } from './search.ts';
import { storefront } from './storefront.ts';

export type { Program } from './program.ts';

const programs = new Map(
  [storefront, payments, search, reports, nginx, redis, busybox, pause].map((program) => [program.name, program]),
);

export function programNamed(name: string): Program | undefined {
  return programs.get(name);
}

/** What a command line of a container turns out to be. */
export type Launch =
  | { readonly kind: 'program' }
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  /** The container runtime's words. */
  | { readonly kind: 'error'; readonly message: string };

/** Entrypoint, CMD, and the pod's `command` and `args`, as Kubernetes combines them. */
export function commandLine(
  program: Program,
  entrypoint: readonly string[],
  command: readonly string[],
  args: readonly string[],
): readonly string[] {
  // A caller may have put the entrypoint in already; CMD still belongs to it then.
  if (command.length === 0 && args.length === 0) return plainLine(program, entrypoint);
  const asImage = command.length === 0 || command.join('\0') === entrypoint.join('\0');
  if (!asImage) return [...command, ...args];
  return [...entrypoint, ...(args.length > 0 ? args : program.cmd)];
}

const plainLines = new WeakMap<
  readonly string[],
  { readonly cmd: readonly string[]; readonly line: readonly string[] }
>();

/** Containers that run their image as it is share the line. */
function plainLine({ cmd }: Program, entrypoint: readonly string[]): readonly string[] {
  let found = plainLines.get(entrypoint);
  if (found?.cmd !== cmd) plainLines.set(entrypoint, (found = { cmd, line: [...entrypoint, ...cmd] }));
  return found.line;
}

export function launch(program: Program, argv: readonly string[]): Launch {
  let rest = argv;
  while (rest.length > 1 && program.wrappers.includes(baseName(rest[0] ?? ''))) rest = rest.slice(1);
  const first = rest[0];
  if (first === undefined) return { kind: 'error', message: 'no command specified' };
  if (program.executables.includes(baseName(first))) return { kind: 'program' };
  const missing = lookUp(program, first);
  return missing === undefined ? { kind: 'command', argv: rest } : { kind: 'error', message: missing };
}

/** Undefined when the image has the command; else what `execve` came to, as runc words it. */
function lookUp(program: Program, command: string): string | undefined {
  const known = [...program.commands, ...program.executables, ...program.wrappers];
  const slash = command.lastIndexOf('/');
  if (slash < 0 && known.includes(command)) return undefined;
  if (slash >= 0 && known.includes(command.slice(slash + 1)) && BIN.test(command)) return undefined;
  return slash < 0
    ? `exec: "${command}": executable file not found in $PATH`
    : `exec: "${command}": stat ${command}: no such file or directory`;
}

const BIN = /^\/(app|bin|sbin|usr\/(local\/)?s?bin)?\/?[^/]+$/;

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
