// sleep, date, seq: time is the world's. Left out: `date -d` beyond `@seconds`, setting the clock.

import { ProgramError } from '../program.ts';
import { formatFloat } from '../format.ts';
import { parseOptions } from './options.ts';
import type { Proc } from '../program.ts';

const UNIT_MS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1.5`, `2m`; undefined when it is no duration. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  return match ? Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0) : undefined;
}

export async function sleep(proc: Proc): Promise<void> {
  if (proc.args.length === 0) throw new ProgramError('missing operand');
  let totalMs = 0;
  for (const text of proc.args) {
    const oneMs = durationMs(text);
    if (oneMs === undefined) throw new ProgramError(`invalid time interval ‘${text}’`);
    totalMs += oneMs;
  }
  await proc.host.sleep(totalMs, proc.signal);
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export async function date(proc: Proc): Promise<void> {
  const options = parseOptions(proc, {
    flags: 'uR',
    values: 'd',
    optional: 'I',
    long: { utc: 'u', date: 'd', 'iso-8601': 'I', 'rfc-email': 'R' },
  });
  const given = options.value('d');
  const seconds = /^@(\d+)$/.exec(given ?? '')?.[1];
  if (given !== undefined && seconds === undefined && given !== 'now')
    throw new ProgramError(`-d '${given}' is not simulated here (only @seconds)`);
  const format = options.operands[0];
  if (format !== undefined && !format.startsWith('+')) throw new ProgramError(`invalid date ‘${format}’`);
  const iso = options.value('I');
  const isoFormat =
    iso === undefined
      ? undefined
      : iso === '' || iso === 'date'
        ? '%F'
        : iso.startsWith('s')
          ? '%FT%T+00:00'
          : '%FT%H:%M+00:00';
  const pattern = format?.slice(1) ?? isoFormat ?? (options.has('R') ? '%a, %d %b %Y %T +0000' : '%a %b %e %T %Z %Y');
  await proc.stdout.write(`${formatDate(pattern, seconds === undefined ? proc.host.now() : Number(seconds) * 1000)}\n`);
}

/** strftime in UTC. */
export function formatDate(pattern: string, unixMs: number): string {
  const d = new Date(unixMs);
  const two = (n: number, fill = '0') => String(n).padStart(2, fill);
  const day = DAYS[d.getUTCDay()] ?? '';
  const month = MONTHS[d.getUTCMonth()] ?? '';
  const dayOfYear = Math.floor((unixMs - Date.UTC(d.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  const hour12 = d.getUTCHours() % 12 || 12;
  const millis = String(d.getUTCMilliseconds()).padStart(3, '0');
  const parts: Readonly<Record<string, string>> = {
    Y: String(d.getUTCFullYear()),
    y: two(d.getUTCFullYear() % 100),
    m: two(d.getUTCMonth() + 1),
    d: two(d.getUTCDate()),
    e: two(d.getUTCDate(), ' '),
    H: two(d.getUTCHours()),
    M: two(d.getUTCMinutes()),
    S: two(d.getUTCSeconds()),
    I: two(hour12),
    p: d.getUTCHours() < 12 ? 'AM' : 'PM',
    a: day.slice(0, 3),
    A: day,
    b: month.slice(0, 3),
    B: month,
    h: month.slice(0, 3),
    j: String(dayOfYear).padStart(3, '0'),
    u: String(d.getUTCDay() || 7),
    w: String(d.getUTCDay()),
    Z: 'UTC',
    z: '+0000',
    s: String(Math.floor(unixMs / 1000)),
    N: `${millis}000000`,
    '3N': millis,
    n: '\n',
    t: '\t',
    '%': '%',
  };
  const composed: Readonly<Record<string, string>> = {
    F: '%Y-%m-%d',
    T: '%H:%M:%S',
    R: '%H:%M',
    D: '%m/%d/%y',
    c: '%a %b %e %T %Y',
    x: '%m/%d/%y',
    X: '%T',
    r: '%I:%M:%S %p',
  };
  const expand = (text: string): string =>
    text.replace(/%(3N|-?[a-zA-Z%])/g, (all, name: string) => {
      if (name.startsWith('-')) return (parts[name.slice(1)] ?? all).replace(/^[0 ]+(?=.)/, '');
      const sub = composed[name];
      return sub === undefined ? (parts[name] ?? all) : expand(sub);
    });
  return expand(pattern);
}

export async function seq(proc: Proc): Promise<void> {
  let separator = '\n';
  let wide = false;
  let format: string | undefined;
  const numbers: string[] = [];
  const args = [...proc.args];
  // A number may begin with a minus, so this is no job for the ordinary option parser.
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (/^-?\.?\d/.test(arg)) numbers.push(arg);
    else if (arg === '-w') wide = true;
    else if (arg === '-s' || arg === '-f') {
      const value = args.shift() ?? '';
      if (arg === '-s') separator = value;
      else format = value;
    } else if (arg.startsWith('-s')) separator = arg.slice(2);
    else
      throw new ProgramError(
        arg.startsWith('-') ? `option '${arg}' is not simulated here` : `invalid floating point argument: ‘${arg}’`,
      );
  }
  const bad = numbers.find((text) => Number.isNaN(Number(text)));
  if (bad !== undefined) throw new ProgramError(`invalid floating point argument: ‘${bad}’`);
  if (numbers.length === 0) throw new ProgramError('missing operand');
  const [first, step, last] =
    numbers.length === 1
      ? ['1', '1', numbers[0] ?? '']
      : numbers.length === 2
        ? [numbers[0] ?? '', '1', numbers[1] ?? '']
        : [numbers[0] ?? '', numbers[1] ?? '', numbers[2] ?? ''];
  if (Number(step) === 0) throw new ProgramError(`invalid Zero increment value: ‘${step}’`);
  const digits = Math.max(...[first, step].map((text) => (text.split('.')[1] ?? '').length));
  const total = Math.floor((Number(last) - Number(first)) / Number(step) + 1e-10);
  const shown = (i: number): string => {
    const value = Number(first) + i * Number(step);
    if (format === undefined) return value.toFixed(digits);
    return format.replace(
      /%([-0]*)(\d*)(?:\.(\d+))?([efg])/,
      (_, flags: string, width: string, precision: string | undefined, conversion: string) =>
        formatFloat(value, {
          flags,
          width: Number(width),
          precision: precision === undefined ? undefined : Number(precision),
          conversion,
        }),
    );
  };
  const width = wide ? Math.max(shown(0).length, shown(Math.max(0, total)).length) : 0;
  const pad = (text: string) =>
    text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0');
  for (let i = 0; i <= total; i++) await proc.stdout.write(pad(shown(i)) + (i < total ? separator : '\n'));
}
