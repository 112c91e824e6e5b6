// curl 7.88 to Services, pods and whatever else the world answers for.
// Left out: the progress meter, TLS (https is sent as http), cookies, user names, uploads of files; of the answer's
// headers only the length is known, and -v knows no address.

import { listenerFor } from '../local-ports.ts';
import { ProgramError } from '../program.ts';
import { readAll } from '../streams.ts';
import { parseOptions } from './options.ts';
import type { HttpAnswer, HttpRequest, Proc } from '../program.ts';
import type { Options } from './options.ts';

const TIMEOUT_MS = 300_000;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

export async function curl(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'sSfiIkLgNv4',
    values: 'omwXHdrAc',
    long: {
      silent: 's',
      'show-error': 'S',
      fail: 'f',
      include: 'i',
      head: 'I',
      insecure: 'k',
      location: 'L',
      globoff: 'g',
      'no-buffer': 'N',
      verbose: 'v',
      output: 'o',
      'max-time': 'm',
      'write-out': 'w',
      request: 'X',
      header: 'H',
      data: 'd',
      'data-ascii': 'd',
      'data-raw': 'r',
      'data-binary': 'd',
      'user-agent': 'A',
      'connect-timeout': 'c',
      ipv4: '4',
    },
    exitCode: 2,
  });
  if (options.operands.length === 0)
    throw new ProgramError("try 'curl --help' or 'curl --manual' for more information", 2);
  let exitCode = 0;
  for (const url of options.operands) exitCode = await transfer(proc, url, options);
  return exitCode;
}

/** One request on its way, and what has been said of it. */
interface Transfer {
  readonly proc: Proc;
  readonly options: Options;
  readonly host: string;
  readonly port: string;
  readonly request: HttpRequest;
}

async function transfer(proc: Proc, given: string, options: Options): Promise<number> {
  const url = given.includes('://') ? given : `http://${given}`;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (scheme !== 'http' && scheme !== 'https')
    return fail(proc, options, 1, `Protocol "${scheme}" not supported or disabled in libcurl`);
  const parsed = /^\w+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^/:?#]+)(?::(\d+))?(?=[/?#]|$)/.exec(url);
  if (!parsed) return fail(proc, options, 3, 'URL using bad/illegal format or missing URL');
  const [, host = '', portText] = parsed;
  const data = options.letters().filter(({ letter }) => letter === 'd' || letter === 'r');
  const texts: string[] = [];
  for (const { letter, value } of data) texts.push(letter === 'r' ? value : await dataText(proc, value));
  const body = data.length === 0 ? undefined : texts.join('&');
  const request: HttpRequest = {
    method: options.value('X') ?? (options.has('I') ? 'HEAD' : body === undefined ? 'GET' : 'POST'),
    url,
    headers: headersOf(options, host + (portText === undefined ? '' : `:${portText}`), body),
    timeoutMs: timeoutOf(options),
    ...(body !== undefined && { body }),
  };
  const listener = listenerFor(proc.host, request);
  const answer = await (listener ?? proc.host.http)(request);
  if (answer === null) return fail(proc, options, 52, 'Empty reply from server');
  const one: Transfer = { proc, options, host, port: portText ?? (scheme === 'https' ? '443' : '80'), request };
  const exitCode = await report(one, answer);
  const format = options.value('w');
  if (format !== undefined) await proc.stdout.write(writeOut(format, answer, request));
  return exitCode;
}

function timeoutOf(options: Options): number {
  const limit = options.value('m') ?? options.value('c');
  if (limit === undefined) return TIMEOUT_MS;
  if (!/^\d*\.?\d+$/.test(limit)) {
    const name = options.has('m') ? '--max-time' : '--connect-timeout';
    throw new ProgramError(`option ${name}: expected a proper numerical parameter`, 2);
  }
  return Number(limit) === 0 ? TIMEOUT_MS : Math.round(Number(limit) * 1000);
}

/** What curl sends by itself, and what `-H` adds, replaces or (`-H 'Accept:'`) takes away. */
function headersOf(options: Options, host: string, body: string | undefined): Record<string, string> {
  const headers = new Map([
    ['host', host],
    ['user-agent', options.value('A') ?? 'curl/7.88.1'],
    ['accept', '*/*'],
  ]);
  if (body !== undefined) {
    headers.set('content-length', String(new TextEncoder().encode(body).length));
    headers.set('content-type', 'application/x-www-form-urlencoded');
  }
  for (const header of options.all('H')) {
    const [name = '', ...value] = header.split(':');
    const text = value.join(':').trim();
    if (text === '') headers.delete(name.trim().toLowerCase());
    else headers.set(name.trim().toLowerCase(), text);
  }
  return Object.fromEntries(headers);
}

async function dataText(proc: Proc, text: string): Promise<string> {
  if (!text.startsWith('@')) return text;
  const content = text === '@-' ? await readAll(proc.stdin) : proc.fs.read(proc.fs.resolve(proc.cwd, text.slice(1)));
  return content.replaceAll('\n', '');
}

async function report(one: Transfer, answer: HttpAnswer): Promise<number> {
  const { proc, options, host, port, request } = one;
  const say = (text: string) => (options.has('v') ? proc.stderr.write(text) : undefined);
  switch (answer.outcome) {
    case 'unknown host':
      await say(`* Could not resolve host: ${host}\n* Closing connection 0\n`);
      return fail(proc, options, 6, `Could not resolve host: ${host}`);
    // kube-proxy rejects what has no endpoints, so it looks like a closed port.
    case 'refused':
    case 'no endpoints': {
      const message = `Failed to connect to ${host} port ${port} after ${answer.latencyMs} ms: Couldn't connect to server`;
      await say(`* connect to ${host} port ${port} failed: Connection refused\n* ${message}\n* Closing connection 0\n`);
      return fail(proc, options, 7, message);
    }
    case 'timeout':
    case 'pending': {
      const message = `Operation timed out after ${request.timeoutMs} milliseconds with 0 bytes received`;
      await say(`${sent(one)}* ${message}\n* Closing connection 0\n`);
      return fail(proc, options, 28, message);
    }
  }
  const status = `HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? ''}`.trimEnd();
  const length = `Content-Length: ${new TextEncoder().encode(answer.body).length}`;
  await say(`${sent(one)}< ${status}\n< ${length}\n< \n`);
  if (options.has('f') && answer.status >= 400) {
    await say(`* The requested URL returned error: ${answer.status}\n* Closing connection 0\n`);
    return fail(proc, options, 22, `The requested URL returned error: ${answer.status}`);
  }
  const head = options.has('i') || options.has('I') ? `${status}\r\n${length}\r\n\r\n` : '';
  const text = head + (options.has('I') ? '' : answer.body);
  const file = options.value('o');
  if (file === undefined || file === '-') await proc.stdout.write(text);
  else proc.fs.write(proc.fs.resolve(proc.cwd, file), text);
  await say(`* Connection #0 to host ${host} left intact\n`);
  return 0;
}

/** What -v shows of the request, headers with their usual capitals. */
function sent({ host, port, request }: Transfer): string {
  const path = /^\w+:\/\/[^/?#]*([^#]*)/.exec(request.url)?.[1] ?? '';
  const lines = Object.entries(request.headers ?? {}).map(
    ([name, value]) => `> ${name.replace(/(?:^|-)[a-z]/g, (c) => c.toUpperCase())}: ${value}\n`,
  );
  const target = path.startsWith('/') ? path : `/${path}`;
  return `* Connected to ${host} port ${port} (#0)\n> ${request.method} ${target} HTTP/1.1\n${lines.join('')}> \n`;
}

async function fail(proc: Proc, options: Options, code: number, message: string): Promise<number> {
  if (!options.has('s') || options.has('S')) await proc.stderr.write(`curl: (${code}) ${message}\n`);
  return code;
}

function writeOut(format: string, answer: HttpAnswer, request: HttpRequest): string {
  const { url } = request;
  const seconds = (answer.latencyMs / 1000).toFixed(6);
  const status = String(answer.status).padStart(3, '0');
  const values: Readonly<Record<string, string>> = {
    http_code: status,
    response_code: status,
    time_total: seconds,
    time_starttransfer: seconds,
    size_download: String(answer.body.length),
    url_effective: url,
    url,
  };
  return format
    .replace(/\\([nrt\\])/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t', '\\': '\\' })[c] ?? c)
    .replace(/%\{(\w+)\}/g, (text, name: string) => values[name] ?? `(${text} is not simulated)`)
    .replaceAll('%%', '%');
}
