// Images without a service of their own: busybox runs whatever command it is given, pause waits for ever.
import { commandsOf, MISSING, type Program } from './program.ts';

const nothing = { cmd: [], wrappers: [], configurable: false, defaults: { MEMORY_MIB: 1 }, kind: 'idle' } as const;
const silent = { starting: () => [], listening: () => [], route: () => MISSING, body: () => '' } as const;

export const busybox: Program = {
  ...nothing,
  ...silent,
  name: 'busybox',
  executables: [],
  // Without a terminal the shell finds its input at an end, and is done.
  cmd: ['sh'],
  commands: commandsOf.busybox,
  osRelease: '',
};

export const pause: Program = {
  ...nothing,
  ...silent,
  name: 'pause',
  executables: ['pause'],
  commands: commandsOf.none,
  osRelease: '',
};
