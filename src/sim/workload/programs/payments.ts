// Harbour Goods' payments API. Every payment takes one lock, and so does the readiness check; the health check does
// not, unless it is told to. In version 1.5 the lock is lost after a while: the process lives, the service is dead.
import { commandsOf, DEBIAN, harbourBody, harbourRoute, type Program } from './program.ts';

export const payments: Program = {
  name: 'payments',
  executables: ['payments'],
  wrappers: [],
  cmd: [],
  commands: commandsOf.harbour,
  osRelease: DEBIAN,
  kind: 'http',
  configurable: true,
  defaults: {
    PORT: 8080,
    START_MS: 1200,
    CPU_MS: 20,
    CONCURRENCY: 8,
    QUEUE: 64,
    DRAIN_MS: 10_000,
    EXIT_CODE: 1,
    MEMORY_MIB: 48,
  },
  starting: (settings) => [`payments ${settings.version} starting`],
  listening: (settings) => [`listening on :${String(settings.port)}`],
  route: (settings, path) => harbourRoute(settings, path, true, ['/', '/pay']),
  body: harbourBody,
};
