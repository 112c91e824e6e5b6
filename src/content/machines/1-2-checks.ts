// What the checks of lesson 1.2 read from the machine: what the loader says, what dpkg believes, what runs.
import type { Finding } from '../../hosts/exercise.ts';
import { isSpoken, type JournalEntry } from '../../sim/index.ts';
import { Database } from '../../sim/linux/packages/database.ts';
import type { Machine } from '../../sim/linux/machine.ts';
import { machineSnapshot, type ProgramView } from '../../sim/machines/snapshot.ts';
import type { MachineWorld } from '../../sim/machines/world.ts';

function machineIn(world: MachineWorld): Machine {
  const machine = world.machines.get('harbour');
  if (!machine) throw new Error('there is no machine harbour');
  return machine;
}

/** Undefined when its file is gone. */
export function programOf(world: MachineWorld, name: string): ProgramView | undefined {
  return machineSnapshot(world, { ledgerRows: 0 }).machines[0]?.programs.find((program) => program.name === name);
}

/** Whether it would start now, without any help from its surroundings. */
export function starts(world: MachineWorld, name: string): Finding {
  const program = programOf(world, name);
  const error = program ? program.error : `there is no ${name} on this machine`;
  return {
    met: error === null,
    observed: error ?? `the loader finds everything for ${name} ${program?.version ?? ''}`,
    wanted: `the loader finds everything that ${name} names`,
  };
}

/** Whether a process of each listens. */
export function serve(world: MachineWorld, ...names: readonly string[]): Finding {
  const idle = names.filter((name) => !programOf(world, name)?.processes.some(({ listens }) => listens.length > 0));
  return {
    met: idle.length === 0,
    observed: idle.length === 0 ? `${names.join(' and ')} listen` : `nobody listens for ${idle.join(' and ')}`,
    wanted: `a process of ${names.join(' and of ')} that listens`,
  };
}

/** The version of an installed package. */
export function versionOf(world: MachineWorld, name: string): string | undefined {
  return database(world).installed(name)?.control.version;
}

/** Every package is configured. */
export function whole(world: MachineWorld): Finding {
  const broken = [...database(world).entries.values()].filter(
    ({ state }) => state !== 'installed' && state !== 'config-files' && state !== 'not-installed',
  );
  return {
    met: broken.length === 0,
    observed:
      broken.length === 0
        ? 'every package is configured'
        : broken.map(({ control, state }) => `${control.name} is ${state}`).join(', '),
    wanted: 'no package that is only half installed',
  };
}

function database(world: MachineWorld): Database {
  return new Database(machineIn(world).files(1));
}

/** A note of the reader's in the home directory; undefined when there is none. */
export function note(world: MachineWorld, name: string): string | undefined {
  const files = machineIn(world).files(1);
  const path = `/root/${name}`;
  return files.exists(path) && files.stat(path).type === 'file' ? files.readText(path) : undefined;
}

/** What a note says of names like these, each once. */
export function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([name]) => name))];
}

export function exists(world: MachineWorld, path: string): boolean {
  return machineIn(world).files(1).exists(path);
}

/** The chain of causes that ends in the newest entry that is `wanted`. */
export function chainTo(world: MachineWorld, wanted: (entry: JournalEntry) => boolean): readonly JournalEntry[] {
  const { journal } = world.sim;
  const entry = journal.slice().findLast(wanted);
  return entry ? journal.chain(entry.id).filter(isSpoken) : [];
}

/** The start of a program, or what came of it. */
export function startOf(name: string): (entry: JournalEntry) => boolean {
  return ({ kind, message }) => kind === 'linux.start' && message.startsWith(`/usr/bin/${name} `);
}

export function loaderError(name: string): (entry: JournalEntry) => boolean {
  return ({ kind, message }) => kind === 'linux.exec' && message.startsWith(`/usr/bin/${name}:`);
}
