// What pictures read of a world of machines, as plain JSON: programs, the libraries they would load now, packages, and
// processes. Reading changes nothing. Whether a program would start is asked of the loader itself, not guessed.
// Left out: files, users, mounts.
import { isSpoken } from '../base-timeline.ts';
import { ledgerOf, type LedgerRow } from '../ledger.ts';
import type { Content, Files, Task } from '../linux/contract.ts';
import { load } from '../linux/loader/load.ts';
import type { Machine } from '../linux/machine.ts';
import { Database, statusPath } from '../linux/packages/database.ts';
import type { MachineWorld } from './world.ts';

export interface MachineSnapshot {
  /** Virtual ms since the world began. */
  readonly at: number;
  readonly machines: readonly OneMachine[];
  readonly ledger: readonly LedgerRow[];
}

export interface OneMachine {
  readonly name: string;
  readonly architecture: string;
  readonly programs: readonly ProgramView[];
  /** Shared libraries that one of the programs loads, and every other generation of one that it names. */
  readonly libraries: readonly LibraryView[];
}

export interface ProgramView {
  /** Path of its file. */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  /** Versions of symbols that it wants, by library. */
  readonly versionsNeeded: readonly { readonly library: string; readonly versions: readonly string[] }[];
  /** Every object that the loader would map now, with the name that was asked for; empty when it fails. */
  readonly loads: readonly { readonly name: string; readonly path: string }[];
  /** `payments 1.4`; null when no package brought the file. */
  readonly package: PackageView | null;
  /** The loader's own words when the program cannot start; null when it can. */
  readonly error: string | null;
  /** Its processes. */
  readonly processes: readonly ProcessView[];
}

interface ProcessView {
  readonly key: string;
  readonly pid: number;
  readonly state: Task['state'];
  /** Files that it has mapped since it started; on disk there may be others by now. */
  readonly libraries: readonly string[];
  /** Those of them that are gone or are another file by now. */
  readonly stale: readonly string[];
  /** The program's own file is another one by now. */
  readonly replaced: boolean;
  readonly listens: readonly number[];
}

export interface LibraryView {
  /** Path of its file, links followed. */
  readonly key: string;
  readonly soname: string;
  /** The file's own version, `1.4.2-1`. */
  readonly version: string;
  readonly needed: readonly string[];
  readonly versionsDefined: readonly string[];
  readonly sizeBytes: number;
  readonly package: PackageView | null;
}

interface PackageView {
  readonly name: string;
  readonly version: string;
  /** `apt-mark hold`. */
  readonly held: boolean;
  /** Unpacked and configured. */
  readonly whole: boolean;
}

const LEDGER_ROWS = 200;

export function machineSnapshot(world: MachineWorld, options: { readonly ledgerRows?: number } = {}): MachineSnapshot {
  return {
    at: world.sim.now,
    machines: world.scenario.machines.map(({ name, watch }) => {
      const machine = world.machines.get(name);
      return machine
        ? oneMachine(machine, watch, world.sim.now)
        : { name, architecture: '', programs: [], libraries: [] };
    }),
    ledger: ledgerOf(world.sim.journal, options.ledgerRows ?? LEDGER_ROWS, isSpoken),
  };
}

function oneMachine(machine: Machine, watch: readonly string[], now: number): OneMachine {
  const files = machine.files(1);
  const owner = packagesOf(files);
  const programs = watch.flatMap((path) => programAt(machine, files, path, owner, now) ?? []);
  const libraries = new Map<string, LibraryView>();
  const add = (path: string) => {
    const real = files.realpath(path);
    const content = libraries.has(real) ? undefined : files.read(real);
    if (content?.kind !== 'elf') return;
    const { soname = '', version = '', needed, versionsDefined, sizeBytes } = content.elf;
    const of = owner(real);
    libraries.set(real, { key: real, soname, version, needed, versionsDefined, sizeBytes, package: of });
  };
  for (const { loads } of programs) for (const { path } of loads) add(path);
  const families = new Set(programs.flatMap(({ needed }) => needed.map(familyOf)));
  for (const directory of libraryDirectories(files, machine.architecture))
    for (const name of files.list(directory))
      if (families.has(familyOf(name)) && files.exists(`${directory}/${name}`)) add(`${directory}/${name}`);
  return { name: machine.name, architecture: machine.architecture, programs, libraries: [...libraries.values()] };
}

/** `libtls` of `libtls.so.3`: what the generations of one library have in common. */
export function familyOf(name: string): string {
  return name.replace(/\.so(\..*)?$/, '');
}

function libraryDirectories(files: Files, architecture: string): readonly string[] {
  return [`/usr/lib/${architecture}-linux-gnu`].filter((path) => files.exists(path));
}

type Owner = (path: string) => PackageView | null;

/** dpkg's own files as they were when they were read last; they change together. */
const known = new WeakMap<Content, Owner>();

function packagesOf(files: Files): Owner {
  if (!files.exists(statusPath)) return () => null;
  const status = files.read(statusPath);
  const before = known.get(status);
  if (before) return before;
  const database = new Database(files);
  const owners = database.owners();
  const views = new Map<string, PackageView>();
  for (const [name, { control, want, state }] of database.entries)
    views.set(name, { name, version: control.version, held: want === 'hold', whole: state === 'installed' });
  const owner: Owner = (path) => {
    const [name] = owners.get(path) ?? owners.get(path.replace(/^\/usr/, '')) ?? [];
    return name === undefined ? null : (views.get(name.replace(/:.*/, '')) ?? null);
  };
  known.set(status, owner);
  return owner;
}

function programAt(machine: Machine, files: Files, path: string, owner: Owner, now: number): ProgramView | undefined {
  if (!files.exists(path)) return undefined;
  const content = files.read(path);
  if (content.kind !== 'elf') return undefined;
  const { needed, versionsNeeded, version = '' } = content.elf;
  const loaded = load(files, path, {}, {});
  const tasks = machine.tasks().filter(({ exe }) => exe === path);
  return {
    key: path,
    name: path.slice(path.lastIndexOf('/') + 1),
    version,
    needed,
    versionsNeeded,
    loads:
      loaded.kind === 'loaded'
        ? loaded.objects.flatMap(({ name, path: at }) => (at === undefined ? [] : [{ name, path: files.realpath(at) }]))
        : [],
    package: owner(path),
    error: loaded.kind === 'failed' ? loaded.stderr.trimEnd() : null,
    processes: tasks.map((task) => ({
      key: String(task.pid),
      pid: task.pid,
      state: task.state,
      libraries: task.libraries,
      stale: staleOf(machine, task, now),
      replaced: isNewer(machine, task, task.exe, now),
      listens: machine
        .net(task.namespaces.net)
        .sockets.filter(({ pid }) => pid === task.pid)
        .map(({ port }) => port),
    })),
  };
}

/**
 * Libraries of a process that were taken away or replaced after it had mapped them.
 * @param now virtual ms
 */
function staleOf(machine: Machine, task: Task, now: number): readonly string[] {
  return task.libraries.filter((path) => isNewer(machine, task, path, now));
}

/** Whether what is at `path` now cannot be what the process started with. */
function isNewer(machine: Machine, task: Task, path: string, now: number): boolean {
  const files = machine.files(task.pid);
  return !files.exists(path) || files.stat(path).mtimeMs > files.nowMs() - (now - task.startedAt);
}
