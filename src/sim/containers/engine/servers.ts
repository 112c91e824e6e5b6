// Servers that base images carry, as programs of a machine: a web server and a key-value store. They listen, answer and
// stop; what they are configured to do beyond that is not simulated. Models nginx 1.27 and redis 7.4 from outside.
import type { Program, Programs, ProgramSys } from '../../linux/machine.ts';
import { LinuxError } from '../../linux/contract.ts';
import type { HttpQuestion, HttpReply } from '../../linux/serving.ts';

const MIB = 1_048_576;
const DOCUMENTS = '/usr/share/nginx/html';
const WELCOME =
  '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and\nworking. Further configuration is required.</p>\n</body>\n</html>\n';

function text(sys: ProgramSys, path: string): string | undefined {
  try {
    return sys.files.exists(path) && sys.files.stat(path).type === 'file' ? sys.files.readText(path) : undefined;
  } catch (error) {
    if (error instanceof LinuxError) return undefined;
    throw error;
  }
}

/** `2026/10/24 09:00:00` */
const stamp = (sys: ProgramSys): string =>
  new Date(sys.unixMs).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const nginx: Program = {
  handles: ['QUIT', 'TERM', 'INT', 'HUP'],
  reaps: true,
  threads: 1,
  memoryBytes: 4 * MIB,
  start(sys) {
    if (sys.argv.includes('-v')) {
      sys.err(`nginx version: nginx/${versionOf(sys)}\n`);
      sys.exit(0);
      return;
    }
    try {
      sys.listen(80);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      const number = error.errno === 'EADDRINUSE' ? '98' : '13';
      sys.err(`${stamp(sys)} [emerg] 1#1: bind() to 0.0.0.0:80 failed (${number}: ${error.message})\n`);
      sys.exit(1);
      return;
    }
    const self = String(sys.task.pids.at(-1) ?? 1);
    const note = `${stamp(sys)} [notice] ${self}#${self}: `;
    sys.err(`${note}using the "epoll" event method\n${note}nginx/${versionOf(sys)}\n${note}start worker processes\n`);
  },
  signal(sys, signal) {
    if (signal === 'HUP') return;
    const self = String(sys.task.pids.at(-1) ?? 1);
    const word = signal === 'QUIT' ? 'gracefully shutting down' : 'exiting';
    sys.err(
      `${stamp(sys)} [notice] ${self}#${self}: signal ${signal === 'QUIT' ? '3 (SIGQUIT) received, shutting down' : '15 (SIGTERM) received, exiting'}\n${stamp(sys)} [notice] ${self}#${self}: ${word}\n`,
    );
    sys.exit(0);
  },
  ask(sys, question): HttpReply {
    const { path } = question as HttpQuestion;
    const clean = path.replace(/[?#].*/, '');
    const file = `${DOCUMENTS}${clean.endsWith('/') ? `${clean}index.html` : clean}`;
    const found = text(sys, file) ?? (clean === '/' ? WELCOME : undefined);
    const status = found === undefined ? 404 : 200;
    const body =
      found ??
      `<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/${versionOf(sys)}</center>\r\n</body>\r\n</html>\r\n`;
    const date = new Date(sys.unixMs);
    const when = `${String(date.getUTCDate()).padStart(2, '0')}/${MONTHS[date.getUTCMonth()] ?? ''}/${String(date.getUTCFullYear())}:${date.toISOString().slice(11, 19)} +0000`;
    sys.out(
      `172.17.0.1 - - [${when}] "GET ${path} HTTP/1.1" ${String(status)} ${String(body.length)} "-" "curl/7.88.1" "-"\n`,
    );
    return { status, body, latencyMs: 1 };
  },
};

function versionOf(sys: ProgramSys): string {
  const content = sys.files.read('/proc/self/exe');
  return (content.kind === 'elf' ? content.elf.version : undefined) ?? sys.env['NGINX_VERSION'] ?? '1.27.5';
}

const redis: Program = {
  handles: ['TERM', 'INT'],
  threads: 5,
  memoryBytes: 9 * MIB,
  start(sys) {
    const at = `${new Date(sys.unixMs).toISOString().slice(8, 10)} ${MONTHS[new Date(sys.unixMs).getUTCMonth()] ?? ''} ${new Date(sys.unixMs).toISOString().slice(0, 4)} ${new Date(sys.unixMs).toISOString().slice(11, 23).replace('Z', '')}`;
    const self = String(sys.task.pids.at(-1) ?? 1);
    try {
      sys.listen(6379);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      sys.out(
        `${self}:M ${at} # Warning: Could not create server TCP listening socket *:6379: bind: ${error.message}\n${self}:M ${at} # Failed listening on port 6379 (tcp), aborting.\n`,
      );
      sys.exit(1);
      return;
    }
    sys.out(
      `${self}:C ${at} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n${self}:C ${at} * Redis version=7.4.2, bits=64, commit=00000000, modified=0, pid=${self}, just started\n${self}:M ${at} * Server initialized\n${self}:M ${at} * Ready to accept connections tcp\n`,
    );
  },
  signal(sys) {
    sys.exit(0);
  },
};

export const serverPrograms: Programs = { nginx, redis };
