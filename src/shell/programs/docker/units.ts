// Amounts as Docker's tools write and read them: github.com/docker/go-units (size.go, duration.go), Go's %g, and Go's
// durations.

/** Go's `%.*g`. */
export function general(value: number, precision: number): string {
  if (value === 0) return '0';
  const exponent = Number(value.toExponential(precision - 1).split('e')[1]);
  if (exponent < -4 || exponent >= precision) {
    const [digits = '', power = ''] = value.toExponential(precision - 1).split('e');
    const short = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
    return `${short}e${power.startsWith('-') ? '-' : '+'}${power.replace(/^[-+]/, '').padStart(2, '0')}`;
  }
  const fixed = value.toFixed(Math.max(0, precision - 1 - exponent));
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}

const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'];

function scaled(size: number, base: number, units: readonly string[], precision: number): string {
  let [value, at] = [size, 0];
  while (value >= base && at < units.length - 1) {
    value /= base;
    at++;
  }
  return general(value, precision) + (units[at] ?? '');
}

/** `192MB`; tables show three digits. */
export const humanSize = (bytes: number, precision = 4): string => scaled(bytes, 1000, decimal, precision);
/** `3.83GiB` */
export const bytesSize = (bytes: number): string => scaled(bytes, 1024, binary, 4);

/** `About an hour` */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${String(seconds)} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${String(minutes)} minutes`;
  const hours = Math.trunc(ms / 3_600_000 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${String(hours)} hours`;
  if (hours < 24 * 7 * 2) return `${String(Math.trunc(hours / 24))} days`;
  if (hours < 24 * 30 * 2) return `${String(Math.trunc(hours / 24 / 7))} weeks`;
  if (hours < 24 * 365 * 2) return `${String(Math.trunc(hours / 24 / 30))} months`;
  return `${String(Math.trunc(ms / 3_600_000 / 24 / 365))} years`;
}

/** units.RAMInBytes: a number of bytes, or what is wrong with the text. */
export function ramInBytes(text: string): number | string {
  const end = /^[\d. ]*/.exec(text)?.[0].length ?? 0;
  if (end === 0) return `invalid size: '${text}'`;
  const [number, suffix] = [text.slice(0, end), text.slice(end)];
  const trimmed = number.trimEnd();
  const value = Number(trimmed);
  if (trimmed === '' || Number.isNaN(value)) return `strconv.ParseFloat: parsing "${trimmed}": invalid syntax`;
  if (suffix === '') return Math.trunc(value);
  const match = /^([kmgtp])?i?b?$/i.exec(suffix);
  if (!match) return `invalid suffix: '${suffix}'`;
  const power = ['k', 'm', 'g', 't', 'p'].indexOf((match[1] ?? '').toLowerCase()) + 1;
  return Math.trunc(value * 1024 ** power);
}

const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** time.ParseDuration, in nanoseconds; undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+|0)$/.exec(text);
  if (!match) return undefined;
  let ns = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    ns += Number(amount) * (unitNs[unit ?? ''] ?? 0);
  }
  return match[1] === '-' ? -ns : ns;
}

/** What time.ParseDuration says of a text that is none. */
export function durationProblem(text: string): string {
  const quoted = JSON.stringify(text);
  if (/^[-+]?[\d.]+$/.test(text) && /\d/.test(text)) return `time: missing unit in duration ${quoted}`;
  const unit = /^[-+]?[\d.]+([^\d.]+)/.exec(text)?.[1];
  if (unit !== undefined && /\d/.test(text)) return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
  return `time: invalid duration ${quoted}`;
}

/** A time as Go prints it: `2025-06-20 10:00:00 +0000 UTC`. */
export function goTime(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

/** Milliseconds of an RFC 3339 time with any number of digits; undefined for none and for Go's zero time. */
export function unixMs(text: string): number | undefined {
  const ms = Date.parse(text.replace(/(\.\d{3})\d*/, '$1'));
  return Number.isNaN(ms) || text.startsWith('0001-') ? undefined : ms;
}
