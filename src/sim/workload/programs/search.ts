// Harbour Goods' search: fills a cache as it is asked, up to a bound. Version 2.1 also leaks, until the kernel's
// out-of-memory killer takes it.
import { commandsOf, DEBIAN, harbourBody, harbourRoute, type Program } from './program.ts';

export const search: Program = {
  name: 'search',
  executables: ['search'],
  wrappers: [],
  cmd: [],
  commands: commandsOf.harbour,
  osRelease: DEBIAN,
  kind: 'http',
  configurable: true,
  defaults: {
    PORT: 8080,
    START_MS: 3000,
    CPU_MS: 40,
    CONCURRENCY: 4,
    QUEUE: 32,
    DRAIN_MS: 10_000,
    EXIT_CODE: 1,
    MEMORY_MIB: 256,
    CACHE_KIB_PER_REQUEST: 256,
    CACHE_MAX_MIB: 128,
  },
  starting: (settings) => [`search ${settings.version} starting`, 'opening the index'],
  listening: (settings) => [`listening on :${String(settings.port)}`],
  route: (settings, path) => harbourRoute(settings, path, false, ['/', '/search']),
  body: harbourBody,
};
