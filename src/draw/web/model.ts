// The web of one machine as pictures need it: which program stands on which library, and whether the two fit. Names,
// generations and what the loader says come from the snapshot; nothing is guessed here.
import { familyOf, type LibraryView, type OneMachine, type ProgramView } from '../../sim/machines/snapshot.ts';
import type { ProgramStatus } from './words.ts';

export interface Web {
  readonly programs: readonly WebProgram[];
  /** Families of libraries that some program names itself, in the order of the programs. */
  readonly direct: readonly Family[];
  /** Those that only libraries name. */
  readonly further: readonly Family[];
  /** Which family names which, the ground left out. */
  readonly links: readonly { readonly from: string; readonly to: string }[];
  /** The library under everything. */
  readonly ground: LibraryView | undefined;
}

export interface WebProgram {
  readonly view: ProgramView;
  readonly status: ProgramStatus;
  readonly feet: readonly Foot[];
}

/** One DT_NEEDED entry of a program. */
interface Foot {
  readonly name: string;
  readonly family: string;
  /** The file that it stands on; undefined when no generation of that name is there. */
  readonly on: LibraryView | undefined;
  /** A version of symbols that the library does not have. */
  readonly lacks: string | undefined;
  /** A process runs with a copy of its own. */
  readonly copy: boolean;
}

export interface Family {
  readonly name: string;
  /** Oldest generation first. */
  readonly members: readonly LibraryView[];
}

const GROUND = 'libc';
/** Loaded by the kernel itself, before anything is searched. */
const LOADER = 'ld-linux';
const SHARED = /^\/(usr\/)?lib(32|64)?\//;

export function webOf({ programs, libraries }: OneMachine): Web {
  const of = (family: string): Family => ({
    name: family,
    members: libraries
      .filter(({ soname }) => familyOf(soname) === family)
      .sort((a, b) => generation(a.soname) - generation(b.soname)),
  });
  const named = [...new Set(programs.flatMap(({ needed }) => needed.map(familyOf)))].filter((name) => name !== GROUND);
  const others = [...new Set(libraries.map(({ soname }) => familyOf(soname)))].filter(
    (name) => name !== GROUND && !name.startsWith(LOADER) && !named.includes(name),
  );
  const drawn = [...named, ...others];
  const links = new Map<string, { readonly from: string; readonly to: string }>();
  for (const { soname, needed } of libraries)
    for (const to of needed.map(familyOf)) {
      const from = familyOf(soname);
      if (drawn.includes(from) && drawn.includes(to)) links.set(`${from} ${to}`, { from, to });
    }
  return {
    programs: programs.map((view) => ({
      view,
      status: statusOf(view),
      feet: view.needed.filter((name) => familyOf(name) !== GROUND).map((name) => footOf(view, name, libraries)),
    })),
    direct: named.map(of),
    further: others.sort().map(of),
    links: [...links.values()],
    ground: libraries.find(({ soname }) => familyOf(soname) === GROUND),
  };
}

/** `3` of `libtls.so.3`. */
export function generation(soname: string): number {
  return Number(/\.so\.(\d+)/.exec(soname)?.[1] ?? 0);
}

/** `.so.3` of `libtls.so.3`. */
export function ending(soname: string): string {
  return soname.slice(familyOf(soname).length);
}

function footOf(view: ProgramView, name: string, libraries: readonly LibraryView[]): Foot {
  const on = libraries.find(({ soname }) => soname === name);
  const wants = view.versionsNeeded.find(({ library }) => library === name)?.versions ?? [];
  const lacks =
    on && on.versionsDefined.length > 0 ? wants.find((one) => !on.versionsDefined.includes(one)) : undefined;
  const copy = view.processes.some(({ libraries: mapped }) =>
    mapped.some((path) => path.endsWith(`/${name}`) && !SHARED.test(path)),
  );
  return { name, family: familyOf(name), on, lacks, copy };
}

function statusOf({ error, processes }: ProgramView): ProgramStatus {
  const [process] = processes;
  if (!process) return error === null ? 'starts' : 'fails';
  if (process.libraries.some((path) => !SHARED.test(path))) return 'copy';
  if (error !== null) return 'last';
  return process.replaced || process.stale.length > 0 ? 'before' : 'runs';
}
