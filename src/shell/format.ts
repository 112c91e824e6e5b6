// The formats of printf(1): shared by the shell's `printf` and by awk.
// Left out: `%n`, `%(…)T`, `%a`, `*` beyond one width and one precision.

import { quoteForShell } from './parameters.ts';

export interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

const DIRECTIVE = /%([-+ 0#']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|L|j|z|t)?([diouxXeEfFgGscbq%])|%/g;
const WIDTH_MAX = 10_000;

/** Replaces every directive of `format` by what `value` gives for it; `next` gives the arguments for `*`. */
export function formatDirectives(
  format: string,
  next: () => string | undefined,
  value: (directive: Directive) => string,
  bad: (text: string) => never,
): string {
  return format.replace(
    DIRECTIVE,
    (
      text,
      flags: string | undefined,
      width: string | undefined,
      precision: string | undefined,
      conversion?: string,
    ) => {
      if (conversion === '%') return '%';
      if (conversion === undefined) return bad(text);
      let flag = flags ?? '';
      let columns = width === '*' ? Number(next() ?? 0) : Number(width ?? 0);
      if (columns < 0) {
        flag += '-';
        columns = -columns;
      }
      const digits = precision === undefined ? undefined : precision === '*' ? Number(next() ?? 0) : Number(precision);
      return value({ flags: flag, width: Math.min(columns, WIDTH_MAX), precision: digits, conversion });
    },
  );
}

/** Pads to the width, with zeros after a sign where asked. */
export function pad(text: string, { flags, width }: Directive, numeric: boolean): string {
  if (text.length >= width) return text;
  if (flags.includes('-')) return text.padEnd(width);
  if (!numeric || !flags.includes('0')) return text.padStart(width);
  const sign = /^[-+ ]?(?:0[xX])?/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

export function formatInteger(value: bigint, directive: Directive): string {
  const { conversion, flags, precision } = directive;
  if ('ouxX'.includes(conversion)) {
    const unsigned = BigInt.asUintN(64, value);
    const base = conversion === 'o' ? 8 : conversion === 'u' ? 10 : 16;
    let digits = unsigned.toString(base).padStart(precision ?? 0, '0');
    if (flags.includes('#') && unsigned !== 0n) digits = (base === 16 ? '0x' : base === 8 ? '0' : '') + digits;
    return pad(conversion === 'X' ? digits.toUpperCase() : digits, directive, precision === undefined);
  }
  const sign = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(precision ?? 0, '0');
  return pad(sign + digits, directive, precision === undefined);
}

export function formatFloat(value: number, directive: Directive): string {
  const { conversion, flags } = directive;
  const precision = Math.min(directive.precision ?? 6, 100);
  const magnitude = Math.abs(value);
  const lower = conversion.toLowerCase();
  let text: string;
  if (!Number.isFinite(value)) text = Number.isNaN(value) ? 'nan' : 'inf';
  else if (lower === 'f') text = magnitude.toFixed(precision);
  else if (lower === 'e') text = exponent(magnitude.toExponential(precision));
  else text = formatGeneral(magnitude, precision, flags.includes('#'));
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const whole = sign + text;
  return pad(conversion === lower ? whole : whole.toUpperCase(), directive, Number.isFinite(value));
}

/** `%g`: the shorter of `%e` and `%f`, without trailing zeros. */
function formatGeneral(magnitude: number, precisionGiven: number, keepZeros: boolean): string {
  const precision = precisionGiven === 0 ? 1 : precisionGiven;
  const scientific = magnitude.toExponential(precision - 1);
  const power = Number(/e([-+]\d+)$/.exec(scientific)?.[1] ?? 0);
  const trim = (text: string) => (keepZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, ''));
  if (magnitude !== 0 && (power < -4 || power >= precision)) {
    const [mantissa = '', rest = ''] = scientific.split('e');
    return exponent(`${trim(mantissa)}e${rest}`);
  }
  return trim(magnitude.toFixed(Math.max(0, precision - 1 - power)));
}

/** C writes at least two digits of exponent. */
function exponent(text: string): string {
  return text.replace(/e([-+])(\d)$/, 'e$10$2');
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** Backslash escapes of a printf format; `\0nnn` as well when `echo -e` or `%b` asks. */
export function unescapeText(text: string, leadingZero: boolean): { readonly text: string; readonly stop: boolean } {
  let stop = false;
  const octal = leadingZero ? '0[0-7]{0,3}|[1-7][0-7]{0,2}' : '[0-7]{1,3}';
  const regExp = new RegExp(
    `\\\\(?:(${octal})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([^]))`,
    'g',
  );
  let end = text.length;
  const cut = /\\c/.exec(leadingZero ? text.replace(/\\\\/g, '..') : '');
  if (cut) {
    end = cut.index;
    stop = true;
  }
  const out = text
    .slice(0, end)
    .replace(regExp, (all, oct?: string, hex?: string, u?: string, big?: string, c?: string) => {
      if (oct !== undefined) return String.fromCharCode(parseInt(oct, 8) & 255);
      const code = hex ?? u ?? big;
      if (code !== undefined) return String.fromCodePoint(Math.min(parseInt(code, 16), 0x10ffff));
      return c === undefined ? all : (ESCAPES[c] ?? all);
    });
  return { text: out, stop };
}

/** The whole of `printf FORMAT ARGUMENT…`; `complain` is told of arguments that are no numbers. */
export function printf(format: string, args: readonly string[], complain: (message: string) => void): string {
  let next = 0;
  let out = '';
  let stopped = false as boolean;
  const take = () => args[next++];
  const plain = unescapeText(format, false).text;
  do {
    const before = next;
    out += formatDirectives(
      plain,
      take,
      (directive) => {
        if (stopped) return '';
        const argument = take();
        const { conversion, precision } = directive;
        if ('diouxX'.includes(conversion)) return formatInteger(integerArgument(argument, complain), directive);
        if ('eEfFgG'.includes(conversion)) return formatFloat(floatArgument(argument, complain), directive);
        if (conversion === 'c') return pad((argument ?? '').slice(0, 1), directive, false);
        if (conversion === 'q') return pad(quoteForShell(argument ?? ''), directive, false);
        if (conversion === 'b') {
          const { text, stop } = unescapeText(argument ?? '', true);
          stopped ||= stop;
          return pad(text, directive, false);
        }
        return pad((argument ?? '').slice(0, precision), directive, false);
      },
      (text) => {
        throw new RangeError(text);
      },
    );
    if (next === before) break;
  } while (next < args.length && !stopped);
  return out;
}

function integerArgument(text: string | undefined, complain: (message: string) => void): bigint {
  const trimmed = (text ?? '').trim();
  if (text === undefined) return 0n;
  const quoted = /^["']([^])/u.exec(trimmed)?.[1];
  if (quoted !== undefined) return BigInt(quoted.codePointAt(0) ?? 0);
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(trimmed);
  if (match?.[0] !== trimmed || trimmed === '') complain(`${trimmed}: invalid number`);
  if (!match) return 0n;
  const digits = match[2] ?? '0';
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return match[1] === '-' ? -magnitude : magnitude;
}

function floatArgument(text: string | undefined, complain: (message: string) => void): number {
  const trimmed = (text ?? '').trim();
  if (text === undefined) return 0;
  const match = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(trimmed)?.[0];
  if (match !== trimmed) complain(`${trimmed}: invalid number`);
  return Number(match ?? 0);
}
