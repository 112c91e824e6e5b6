// redis-server as its official image runs it: a TCP port that accepts connections. Its protocol is not simulated.
import { commandsOf, DEBIAN, MISSING, type Program } from './program.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const redis: Program = {
  name: 'redis',
  executables: ['redis-server'],
  wrappers: ['docker-entrypoint.sh'],
  cmd: ['redis-server'],
  commands: commandsOf.debian,
  osRelease: DEBIAN,
  kind: 'tcp',
  configurable: false,
  defaults: { PORT: 6379, START_MS: 60, CONCURRENCY: 1, MEMORY_MIB: 10 },
  starting: (_settings, stamp) => [`1:C ${redisTime(stamp)} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo`],
  listening: (_settings, stamp) => [`1:M ${redisTime(stamp)} * Ready to accept connections tcp`],
  route: () => MISSING,
  body: () => '',
};

/** `24 Nov 2026 09:14:00.000` */
function redisTime(stamp: string): string {
  const month = MONTHS[Number(stamp.slice(5, 7)) - 1] ?? '';
  return `${stamp.slice(8, 10)} ${month} ${stamp.slice(0, 4)} ${stamp.slice(11, 19)}.000`;
}
