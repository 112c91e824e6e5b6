// Harbour Goods' web front end: boots slowly, then serves pages at some CPU each. Its health checks pass through the
// same workers as the pages, so a saturated storefront answers them late.
import { commandsOf, DEBIAN, harbourBody, harbourRoute, type Program } from './program.ts';

export const storefront: Program = {
  name: 'storefront',
  executables: ['storefront'],
  wrappers: [],
  cmd: [],
  commands: commandsOf.harbour,
  osRelease: DEBIAN,
  kind: 'http',
  configurable: true,
  defaults: {
    PORT: 8080,
    START_MS: 2000,
    WARM_UP_MS: 3000,
    CPU_MS: 30,
    CONCURRENCY: 8,
    QUEUE: 64,
    DRAIN_MS: 10_000,
    EXIT_CODE: 1,
    MEMORY_MIB: 96,
  },
  starting: (settings) => [`storefront ${settings.version} starting`, 'loading the catalogue'],
  listening: (settings) => [`listening on :${String(settings.port)}`],
  route: (settings, path) => harbourRoute(settings, path, false, ['/', '/cart', '/checkout']),
  body: harbourBody,
};
