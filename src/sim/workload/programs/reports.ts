// Harbour Goods' nightly reports: a number of pieces of work, one after the other on one core, then the end.
import { commandsOf, DEBIAN, MISSING, type Program } from './program.ts';

export const reports: Program = {
  name: 'reports',
  executables: ['reports', 'reports.py'],
  wrappers: ['python3'],
  cmd: [],
  commands: commandsOf.harbour,
  osRelease: DEBIAN,
  kind: 'batch',
  configurable: true,
  defaults: { START_MS: 300, MEMORY_MIB: 180, ITEMS: 20, ITEM_CPU_MS: 3000 },
  starting: (settings) => [`reports ${settings.version} starting`],
  listening: (settings) => [`${String(settings.items)} reports to write`],
  route: () => MISSING,
  body: () => '',
};
