// A world of machines before the reader comes, and what befalls it. Made by the course's own scenario files (typed), so
// only what can come from outside (settings, links) is checked at run time, by their loader.
import type { ElfMachine } from '../linux/elf.ts';
import type { HarbourSuite } from '../linux/distribution/index.ts';
import type { PlainTree } from '../linux/files/populate.ts';

export interface MachineScenario {
  readonly name: string;
  /** RFC 3339; virtual time 0. */
  readonly startsAt: string;
  /** The first one is where the reader sits. */
  readonly machines: readonly MachineSetup[];
  readonly script: readonly MachineStep[];
}

export interface MachineSetup {
  readonly name: string;
  readonly architecture?: ElfMachine;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly ip: string;
  /** Packages that are installed, `name` or `name=version`; what they depend on comes with them. */
  readonly packages: readonly string[];
  /** Installed by hand, in the words of apt-mark; the others count as automatic. All of `packages` when left out. */
  readonly manual?: readonly string[];
  /** Suites of the vendor's repository that apt knows of. */
  readonly suites?: readonly HarbourSuite[];
  /** Files beside those of packages. */
  readonly files: PlainTree;
  /** Program files that pictures show: `/usr/bin/storefront`. */
  readonly watch: readonly string[];
  /** Units that run from the start: `storefront`. */
  readonly services: readonly string[];
  /** Whether a container engine runs here. */
  readonly docker?: boolean;
  readonly user: { readonly name: string; readonly uid: number; readonly home: string };
}

/** Something that befalls a machine at a set time (a Go duration): a command of root's. */
export interface MachineStep {
  readonly at: string;
  readonly machine: string;
  readonly run: readonly string[];
}
