// ps(1) of procps-ng 4.0.2: its two dialects of options, the usual formats, trees. Columns, widths and words as printed by
// the real one on Debian 12. Refused by name: options not listed here.
import type { Command, Sys } from '../contract.ts';
import { formatTime } from '../../engine/time.ts';
import { splitOnce } from './common.ts';
import { type Clock, hasProc, listProcesses, type ProcessInfo, readClock, statOf } from './process-list.ts';

interface Field {
  readonly title: string;
  readonly width: number;
  readonly right?: boolean;
  /** Takes what is left of the line when it is last; the tree is drawn in it. */
  readonly command?: true;
  show(info: ProcessInfo, clock: Clock): string;
}

const two = (n: number) => String(n).padStart(2, '0');
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const started = (info: ProcessInfo, clock: Clock) => clock.bootUnixMs + info.startTicks * 10;
const seconds = (info: ProcessInfo) => Math.floor(info.ticks / 100);
const elapsed = (info: ProcessInfo, clock: Clock) =>
  Math.max(0, Math.floor(clock.uptimeSeconds - info.startTicks / 100));

/** A moment as year, month (0 to 11), day, weekday and time of day, UTC. */
function civil(unixMs: number) {
  const text = formatTime(unixMs);
  const weekday = (Math.floor(unixMs / 86_400_000) + 4) % 7;
  return {
    year: Number(text.slice(0, 4)),
    month: Number(text.slice(5, 7)) - 1,
    day: Number(text.slice(8, 10)),
    time: text.slice(11, 19),
    weekday,
  };
}

function stime(info: ProcessInfo, clock: Clock): string {
  const at = civil(started(info, clock));
  const now = civil(clock.bootUnixMs + clock.uptimeSeconds * 1000);
  if (at.year !== now.year) return String(at.year);
  if (at.month !== now.month || at.day !== now.day) return `${months[at.month] ?? ''}${two(at.day)}`;
  return at.time.slice(0, 5);
}

function cpuTime(info: ProcessInfo): string {
  const all = seconds(info);
  const day = Math.floor(all / 86_400);
  const clockTime = `${two(Math.floor(all / 3600) % 24)}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
  return day > 0 ? `${String(day)}-${clockTime}` : clockTime;
}

function elapsedTime(all: number): string {
  const day = Math.floor(all / 86_400);
  const hours = Math.floor(all / 3600) % 24;
  const rest = `${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
  if (day > 0) return `${String(day)}-${two(hours)}:${rest}`;
  return hours > 0 ? `${two(hours)}:${rest}` : rest;
}

/** Tenths of a percent of one processor over its life. */
function cpuTenths(info: ProcessInfo, clock: Clock): number {
  const life = clock.uptimeSeconds - info.startTicks / 100;
  return life > 0 ? Math.min(999, Math.floor((info.ticks * 10) / life)) : 0;
}

function tenths(value: number): string {
  return value > 999 ? String(Math.floor(value / 10)) : `${String(Math.floor(value / 10))}.${String(value % 10)}`;
}

const userCell = (name: string, uid: number, width = 8) => (name.length > width ? (uid > 0 ? `${name.slice(0, width - 1)}+` : name.slice(0, width)) : name); // prettier-ignore

const number = (title: string, width: number, show: (info: ProcessInfo, clock: Clock) => number | string): Field => ({
  title,
  width,
  right: true,
  show: (info, clock) => String(show(info, clock)),
});
const text = (title: string, width: number, show: (info: ProcessInfo, clock: Clock) => string): Field => ({
  title,
  width,
  show,
});
const command = (title: string, width: number, show: (info: ProcessInfo) => string): Field => ({
  title,
  width,
  command: true,
  show,
});

const shortName = (info: ProcessInfo) => (info.state === 'Z' ? `${info.comm} <defunct>` : info.comm);

/** By format specifier, aliases included. Numbers of processes are as wide as pid_max. */
const fields: Readonly<Record<string, Field>> = {
  pid: number('PID', 7, (info) => info.pid),
  ppid: number('PPID', 7, (info) => info.ppid),
  pgid: number('PGID', 7, (info) => info.pgid),
  sid: number('SID', 7, (info) => info.sid),
  tpgid: number('TPGID', 7, (info) => info.tpgid),
  user: text('USER', 8, (info) => userCell(info.user, info.uid)),
  euser: text('EUSER', 8, (info) => userCell(info.user, info.uid)),
  'uid-name': text('UID', 8, (info) => userCell(info.user, info.uid)),
  uid: number('UID', 5, (info) => info.uid),
  euid: number('EUID', 5, (info) => info.uid),
  ruid: number('RUID', 5, (info) => info.ruid),
  gid: number('GID', 5, (info) => info.gid),
  pcpu: number('%CPU', 4, (info, clock) => tenths(cpuTenths(info, clock))),
  pmem: number('%MEM', 4, (info, clock) => tenths(Math.min(999, Math.floor((info.rssKiB * 1000) / clock.totalKiB)))),
  c: number('C', 2, (info, clock) => Math.min(99, Math.floor(cpuTenths(info, clock) / 10))),
  vsz: number('VSZ', 6, (info) => info.vszKiB),
  rss: number('RSS', 5, (info) => info.rssKiB),
  sz: number('SZ', 5, (info) => Math.floor(info.vszKiB / 4)),
  tty: text('TT', 8, (info) => info.tty),
  tname: text('TTY', 8, (info) => info.tty),
  stat: text('STAT', 4, statOf),
  s: text('S', 1, (info) => info.state),
  ni: number('NI', 3, (info) => info.nice),
  pri: number('PRI', 3, (info) => 39 - info.priority),
  opri: number('PRI', 3, (info) => 60 + info.priority),
  nlwp: number('NLWP', 4, (info) => info.threads),
  thcount: number('THCNT', 5, (info) => info.threads),
  f: text('F', 1, (info) => (info.kernel ? '1' : '4')),
  addr: text('ADDR', 4, () => '-'),
  wchan: text('WCHAN', 6, (info) => (info.state === 'R' ? '-' : info.comm === 'sleep' ? 'hrtime' : 'do_wai')),
  start_time: number('START', 5, stime),
  stime: number('STIME', 5, stime),
  lstart: number('STARTED', 24, (info, clock) => {
    const at = civil(started(info, clock));
    return `${days[at.weekday] ?? ''} ${months[at.month] ?? ''} ${String(at.day).padStart(2)} ${at.time} ${String(at.year)}`;
  }),
  time: number('TIME', 8, cpuTime),
  bsdtime: number('TIME', 6, (info) => `${String(Math.floor(seconds(info) / 60))}:${two(seconds(info) % 60)}`),
  etime: number('ELAPSED', 11, (info, clock) => elapsedTime(elapsed(info, clock))),
  etimes: number('ELAPSED', 7, elapsed),
  comm: command('COMMAND', 15, shortName),
  ucmd: command('CMD', 15, shortName),
  args: command('COMMAND', 27, (info) => info.args),
  cmd: command('CMD', 27, (info) => info.args),
};

const aliases: Readonly<Record<string, string>> = {
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  command: 'args',
  ucomm: 'ucmd',
  state: 's',
  nice: 'ni',
  vsize: 'vsz',
  rssize: 'rss',
  pgrp: 'pgid',
  session: 'sid',
  sess: 'sid',
  tt: 'tty',
  cputime: 'time',
  start: 'start_time',
  uname: 'user',
};

const formats = {
  plain: 'pid tname time ucmd',
  full: 'uid-name pid ppid c stime tname time cmd',
  jobs: 'pid pgid sid tname time ucmd',
  long: 'f s uid pid ppid c opri ni addr sz wchan tname time ucmd',
  user: 'user pid pcpu pmem vsz rss tname stat start_time bsdtime args',
  bsd: 'pid tname stat bsdtime args',
  bsdJobs: 'ppid pid pgid sid tname tpgid stat uid bsdtime args',
} as const;

const usage = `
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).
`;

interface Request {
  format: keyof typeof formats;
  custom: Field[] | undefined;
  heading: boolean;
  tree: 'none' | 'forest' | 'indent';
  all: boolean;
  /** BSD `a` and `x`. */
  others: boolean;
  without: boolean;
  wide: boolean;
  pids: number[] | undefined;
  ppids: number[] | undefined;
  names: string[] | undefined;
  users: string[] | undefined;
  ttys: string[] | undefined;
  sort: string[];
  bsd: boolean;
}

export const ps: Command = (sys) => {
  if (!hasProc(sys.files)) {
    sys.err('Error, do this: mount -t proc proc /proc\n');
    return 47;
  }
  const request = parse(sys);
  if (typeof request === 'number') return request;
  const clock = readClock(sys.files, sys.unixMs);
  const everything = listProcesses(sys.files);
  const self = everything.find(({ pid }) => String(pid) === sys.files.readlink('/proc/self'));
  let chosen = everything.filter((info) => select(request, info, self));
  chosen = sorted(chosen, request.sort, clock);
  const list = request.custom ?? formats[request.format].split(' ').map((name) => fields[name] as Field);
  const rows = request.tree === 'none' ? chosen.map((info) => ({ info, prefix: '' })) : tree(chosen, request);
  sys.out(render(list, rows, clock, request.heading, sys.tty && !request.wide ? sys.columns : Infinity));
  return chosen.length > 0 ? 0 : 1;
};

function parse(sys: Sys): Request | number {
  const request: Request = {
    format: 'plain',
    custom: undefined,
    heading: true,
    tree: 'none',
    all: false,
    others: false,
    without: false,
    wide: false,
    pids: undefined,
    ppids: undefined,
    names: undefined,
    users: undefined,
    ttys: undefined,
    sort: [],
    bsd: false,
  };
  const fail = (line: string): number => {
    sys.err(`error: ${line}\n${usage}`);
    return 1;
  };
  const refuse = (option: string): number => {
    sys.err(`ps: option ${option} is not simulated\n`);
    return 2;
  };
  const words = [...sys.argv.slice(1)];
  const numbers = (text: string) =>
    text
      .split(/[ ,]+/)
      .filter((one) => one !== '')
      .map(Number);
  const strings = (text: string) => text.split(/[ ,]+/).filter((one) => one !== '');
  const setFormat = (text: string): number | undefined => {
    request.custom ??= [];
    let rest = text;
    while (rest !== '') {
      // `pid=TITLE` takes the rest of the word.
      const match = /^([A-Za-z%_][A-Za-z0-9%_]*)(?::(\d+))?(=(.*))?/.exec(rest.replace(/^[ ,]+/, ''));
      if (!match) break;
      const [whole, name = '', width, titled, title = ''] = match;
      const key = aliases[name] ?? name;
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!field || key === 'uid-name' || key === 'opri')
        return fail(`unknown user-defined format specifier "${name}"`);
      const shown = name === 'command' ? { ...field, title: 'COMMAND' } : name.startsWith('%') ? field : field;
      const sized = width === undefined ? shown : { ...shown, width: Number(width), ...(key === 'user' && { show: (info: ProcessInfo) => userCell(info.user, info.uid, Number(width)) }) }; // prettier-ignore
      const cut = titled === undefined ? undefined : splitOnce(title, ',');
      request.custom.push(titled === undefined ? sized : { ...sized, title: (cut?.[1] === undefined ? title : cut[0]), width: Math.max(sized.width, title.length) }); // prettier-ignore
      rest = titled === undefined || cut?.[1] === undefined ? (titled === undefined ? rest.replace(/^[ ,]+/, '').slice(whole.length) : '') : cut[1]; // prettier-ignore
    }
    return undefined;
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    const next = (): string => words[++i] ?? '';
    if (word.startsWith('--')) {
      const [name, given] = splitOnce(word.slice(2), '=');
      const value = () => given ?? next();
      switch (name) {
        case 'forest':
          request.tree = 'forest';
          break;
        case 'no-headers':
        case 'no-headings':
        case 'no-heading':
          request.heading = false;
          break;
        case 'pid':
          request.pids = [...(request.pids ?? []), ...numbers(value())];
          break;
        case 'ppid':
          request.ppids = numbers(value());
          break;
        case 'user':
          request.users = strings(value());
          break;
        case 'format': {
          const wrong = setFormat(value());
          if (wrong !== undefined) return wrong;
          break;
        }
        case 'sort':
          request.sort = strings(value());
          break;
        case 'version':
          sys.out('ps from procps-ng 4.0.2\n');
          return 0;
        case 'help':
          sys.out(usage);
          return 0;
        default:
          return fail('unknown gnu long option');
      }
      continue;
    }
    const unix = word.startsWith('-');
    const letters = unix ? word.slice(1) : word;
    if (!unix && /^\d+([ ,]\d+)*$/.test(word)) {
      request.pids = [...(request.pids ?? []), ...numbers(word)];
      continue;
    }
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at] as string;
      const value = (): string => {
        const rest = letters.slice(at + 1);
        at = letters.length;
        return rest === '' ? next() : rest;
      };
      if (unix && letter === 'a' && letters.includes('u') && letters.includes('x')) {
        // `ps -aux` is taken as `ps aux`.
        request.format = 'user';
        request.others = request.without = request.bsd = true;
        break;
      }
      switch ((unix ? '-' : '') + letter) {
        case '-e':
        case '-A':
          request.all = true;
          break;
        case '-a':
          request.others = true;
          break;
        case '-f':
        case '-F':
          request.format = request.format === 'jobs' ? 'jobs' : 'full';
          break;
        case '-l':
          request.format = 'long';
          break;
        case '-j':
          request.format = 'jobs';
          break;
        case '-H':
          request.tree = 'indent';
          break;
        case '-w':
        case 'w':
          request.wide = true;
          break;
        case '-h':
        case 'h':
          request.heading = false;
          break;
        case '-p':
        case 'p':
        case '-q':
          request.pids = [...(request.pids ?? []), ...numbers(value())];
          break;
        case '-C':
          request.names = strings(value());
          break;
        case '-u':
        case '-U':
          request.users = strings(value());
          break;
        case '-t':
          request.ttys = strings(value());
          break;
        case '-o':
        case 'o': {
          const wrong = setFormat(value());
          if (wrong !== undefined) return wrong;
          break;
        }
        case '-V':
          sys.out('ps from procps-ng 4.0.2\n');
          return 0;
        case 'a':
          request.others = request.bsd = true;
          break;
        case 'x':
          request.without = request.bsd = true;
          break;
        case 'u':
          request.format = 'user';
          request.bsd = true;
          break;
        case 'j':
          request.format = 'bsdJobs';
          request.bsd = true;
          break;
        case 'f':
          request.tree = 'forest';
          request.bsd = true;
          break;
        default:
          if (/[A-Za-z]/.test(letter)) return refuse(unix ? `-${letter}` : letter);
          return fail('garbage option');
      }
    }
  }
  if (request.bsd && request.format === 'plain') request.format = 'bsd';
  return request;
}

function select(request: Request, info: ProcessInfo, self: ProcessInfo | undefined): boolean {
  const { pids, ppids, names, users, ttys } = request;
  if (pids || ppids || names || users || ttys)
    return (
      request.all ||
      pids?.includes(info.pid) === true ||
      ppids?.includes(info.ppid) === true ||
      names?.includes(info.comm) === true ||
      users?.some((user) => user === info.user || user === String(info.uid)) === true ||
      ttys?.includes(info.tty) === true
    );
  if (request.all) return true;
  const mine = info.uid === self?.uid;
  if (request.bsd) return (request.others || mine) && (request.without || info.tty !== '?');
  if (request.others) return info.tty !== '?' && info.sid !== info.pid;
  return mine && info.tty === self.tty;
}

function sorted(list: readonly ProcessInfo[], keys: readonly string[], clock: Clock): ProcessInfo[] {
  const result = [...list];
  for (const key of [...keys].reverse()) {
    const down = key.startsWith('-');
    const name = key.replace(/^[+-]/, '');
    const field = fields[aliases[name] ?? name];
    if (!field) continue;
    const value = (info: ProcessInfo) => field.show(info, clock);
    result.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const order = field.right === true ? Number.parseFloat(x) - Number.parseFloat(y) : x < y ? -1 : x > y ? 1 : 0;
      return down ? -order : order;
    });
  }
  return result;
}

interface Row {
  readonly info: ProcessInfo;
  readonly prefix: string;
}

/** Children below their parents, the whole list as a forest. */
function tree(list: readonly ProcessInfo[], request: Request): readonly Row[] {
  const rows: Row[] = [];
  const known = new Set(list.map(({ pid }) => pid));
  const indent = request.tree === 'indent';
  const visit = (info: ProcessInfo, stem: string, depth: number, last: boolean): void => {
    const drawn = depth === 0 ? '' : `${stem} \\_ `;
    rows.push({ info, prefix: indent ? '  '.repeat(depth) : drawn });
    const children = list.filter(({ ppid }) => ppid === info.pid);
    const below = depth === 0 ? '' : `${stem}${last ? '    ' : ' |  '}`;
    children.forEach((child, i) => {
      visit(child, below, depth + 1, i === children.length - 1);
    });
  };
  // Children of process 1 stand at the left margin, as orphans do.
  for (const info of list) {
    if (info.pid === 1 && !indent) rows.push({ info, prefix: '' });
    else if (!known.has(info.ppid) || (info.ppid === 1 && !indent)) visit(info, '', 0, true);
  }
  return rows;
}

function render(list: readonly Field[], rows: readonly Row[], clock: Clock, heading: boolean, columns: number): string {
  const lines: string[] = [];
  const line = (cells: readonly string[]) => {
    let out = '';
    let carried = 0;
    list.forEach((field, i) => {
      const cell = cells[i] ?? '';
      const last = i === list.length - 1;
      const space = i === 0 ? '' : ' ';
      if (last && !(field.right ?? false)) {
        out += space + cell;
        return;
      }
      // What a cell has too much is taken from the blanks of the next ones.
      const width = Math.max(0, field.width - carried);
      const filled = field.right === true ? cell.padStart(width) : cell.padEnd(width);
      carried = Math.max(0, filled.length - width);
      out += space + filled;
    });
    lines.push(`${out.slice(0, columns)}\n`);
  };
  if (heading && list.some(({ title }) => title !== '')) line(list.map(({ title }) => title));
  for (const { info, prefix } of rows)
    line(
      list.map((field) => (field.command ? prefix : '') + field.show(info, clock)).map((cell, i) => cut(list, i, cell)),
    );
  return lines.join('');
}

/** A command's name that is not last is cut to its column. */
function cut(list: readonly Field[], i: number, cell: string): string {
  const field = list[i] as Field;
  return field.command && i < list.length - 1 ? cell.slice(0, field.width) : cell;
}
