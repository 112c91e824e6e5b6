// nginx as its official image runs it: the welcome page on port 80, 404 for all else. No configuration is read, and
// SIGTERM is its fast shutdown (requests at work are cut off). No access log.
import { commandsOf, DEBIAN, MISSING, pathOf, type Program, type Route } from './program.ts';

const OK: Route = { status: 200, cpuMicro: 500, varies: false, takesLock: false, readiness: false };

const STARTING: readonly string[] = ['/docker-entrypoint.sh: Configuration complete; ready for start up'];
/** Servers that start in one second say the same: they share the words. */
let last: { readonly version: string; readonly stamp: string; readonly lines: readonly string[] } = {
  version: '',
  stamp: '',
  lines: [],
};

export const nginx: Program = {
  name: 'nginx',
  executables: ['nginx'],
  wrappers: ['docker-entrypoint.sh'],
  cmd: ['nginx', '-g', 'daemon off;'],
  commands: [...commandsOf.debian, 'curl'],
  osRelease: DEBIAN,
  kind: 'http',
  configurable: false,
  defaults: { PORT: 80, START_MS: 80, CPU_MS: 1, CONCURRENCY: 512, QUEUE: 511, MEMORY_MIB: 8 },
  starting: () => STARTING,
  listening: (settings, stamp) => {
    if (last.version !== settings.version || last.stamp !== stamp) {
      const time = stamp.slice(0, 19).replaceAll('-', '/').replace('T', ' ');
      const lines = [`nginx/${settings.version}`, 'start worker processes'].map(
        (text) => `${time} [notice] 1#1: ${text}`,
      );
      last = { version: settings.version, stamp, lines };
    }
    return last.lines;
  },
  route: (_settings, path) => (['/', '/index.html'].includes(pathOf(path)) ? OK : MISSING),
  body: (settings, _path, status) =>
    status === 200
      ? '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n' +
        '<h1>Welcome to nginx!</h1>\n</body>\n</html>\n'
      : `<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n` +
        `<hr><center>nginx/${settings.version}</center>\r\n</body>\r\n</html>\r\n`,
};
