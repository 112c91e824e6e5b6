// Kubernetes quantities (`250m`, `128Mi`, `1e3`) as exact numbers.
//
// Models: k8s.io/apimachinery/pkg/api/resource/quantity.go (1.32): parsing, rounding away from zero below nano, the
// cap at 2^63-1, the canonical text.
// Leaves out: the text a quantity was parsed from is not remembered, so printing is always canonical.

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount in thousand-millionths. Transient: what is kept are texts and integers. */
export interface ExactQuantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const NANO = 1_000_000_000n;
const MAX = 9_223_372_036_854_775_807n * NANO;
/** The most decimal digits that surely fit into 64 bits; longer texts go through the capped path. */
const SHORT_DIGITS = 18;

const decimalExponent: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const binaryExponent: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;

/** The amount of `text`, or undefined when it is not a quantity. */
export function parseQuantity(text: string): ExactQuantity | undefined {
  const parts = text === '' ? null : SYNTAX.exec(text);
  if (!parts) return undefined;
  const negative = parts[1] === '-';
  const whole = (parts[2] ?? '').replace(/^0+/, '') || '0';
  const fraction = parts[3] ?? '';
  const suffix = interpret(parts[4] ?? '');
  if (!suffix) return undefined;
  const digits = BigInt(whole + fraction);
  let { format } = suffix;
  let nano: bigint;
  if (format === 'BinarySI') {
    nano = divideAwayFromZero((digits << BigInt(suffix.exponent)) * NANO, 10n ** BigInt(fraction.length));
    if (nano > MAX) nano = MAX;
    if (nano > 0n && nano < NANO) format = 'DecimalSI';
  } else {
    // Past these bounds the outcome is the cap or one nano anyway, and the power would only cost memory.
    const scale = Math.max(-1000, Math.min(1000, suffix.exponent)) - fraction.length + 9;
    nano = scale >= 0 ? digits * 10n ** BigInt(scale) : divideAwayFromZero(digits, 10n ** BigInt(-scale));
    const short = whole.length + fraction.length <= SHORT_DIGITS && scale >= 0 && suffix.exponent <= 27;
    if (!short && nano > MAX) nano = MAX;
  }
  return { nano: negative ? -nano : nano, format };
}

export function isQuantity(text: string): boolean {
  return parseQuantity(text) !== undefined;
}

/** Thousandths, rounded up: millicores of a CPU quantity. 0 when `text` is not a quantity. */
export function milliValue(text: string): number {
  return remembered(thousandths, text, -3);
}

/** Whole units, rounded up: bytes, or a count. 0 when `text` is not a quantity. */
export function intValue(text: string): number {
  return remembered(whole, text, 0);
}

/** The same few texts are asked for again and again. */
const thousandths = new Map<string, number>();
const whole = new Map<string, number>();
const MOST_REMEMBERED = 1024;

function remembered(values: Map<string, number>, text: string, scale: number): number {
  let value = values.get(text);
  if (value === undefined) {
    const quantity = parseQuantity(text);
    value = quantity ? scaledValue(quantity, scale) : 0;
    if (values.size >= MOST_REMEMBERED) values.clear();
    values.set(text, value);
  }
  return value;
}

/** The amount in units of 10^`scale` (at least nano), rounded away from zero. */
export function scaledValue(quantity: ExactQuantity, scale: number): number {
  return Number(divideAwayFromZero(quantity.nano, 10n ** BigInt(scale + 9)));
}

/** Rounds away from zero to a multiple of 10^`scale`. */
export function roundUp(quantity: ExactQuantity, scale: number): ExactQuantity {
  const unit = 10n ** BigInt(scale + 9);
  return { ...quantity, nano: divideAwayFromZero(quantity.nano, unit) * unit };
}

/** A zero takes the other's format, so that a sum that starts from nothing prints as its parts do. */
export function addQuantities(a: ExactQuantity, b: ExactQuantity): ExactQuantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

export function subtractQuantities(a: ExactQuantity, b: ExactQuantity): ExactQuantity {
  return addQuantities(a, { ...b, nano: -b.nano });
}

export function compareQuantities(a: ExactQuantity, b: ExactQuantity): -1 | 0 | 1 {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** How Kubernetes prints it: no fraction, the largest suffix that keeps the value exact. */
export function formatQuantity({ nano, format }: ExactQuantity): string {
  if (nano === 0n) return '0';
  const magnitude = nano < 0n ? -nano : nano;
  if (format === 'BinarySI' && magnitude >= 1024n * NANO && magnitude % NANO === 0n) {
    let value = nano / NANO;
    let steps = 0;
    for (; steps < 6 && value % 1024n === 0n; steps++) value /= 1024n;
    return String(value) + (['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][steps] as string);
  }
  let value = nano;
  let exponent = -9;
  const largest = format === 'DecimalExponent' ? Number.MAX_SAFE_INTEGER : 18;
  for (; exponent < largest && value % 1000n === 0n; exponent += 3) value /= 1000n;
  if (format === 'DecimalExponent') return String(value) + (exponent === 0 ? '' : `e${String(exponent)}`);
  return String(value) + (['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'][exponent / 3 + 3] as string);
}

/** `text` as the API server gives it back; unchanged when it is not a quantity. */
export function canonicalQuantity(text: string): string {
  const quantity = parseQuantity(text);
  return quantity ? formatQuantity(quantity) : text;
}

function interpret(suffix: string): { readonly exponent: number; readonly format: QuantityFormat } | undefined {
  const decimal = decimalExponent.get(suffix);
  if (decimal !== undefined) return { exponent: decimal, format: 'DecimalSI' };
  const binary = binaryExponent.get(suffix);
  if (binary !== undefined) return { exponent: binary, format: 'BinarySI' };
  const written = /^[eE]([-+]?\d+)$/.exec(suffix);
  return written ? { exponent: Number(written[1]), format: 'DecimalExponent' } : undefined;
}

function divideAwayFromZero(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return quotient * b === a ? quotient : quotient + (a < 0n ? -1n : 1n);
}
