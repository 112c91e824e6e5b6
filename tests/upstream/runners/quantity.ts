// Runs the tables of Kubernetes' own unit tests for quantities (kind quantity).
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  type ExactQuantity,
  formatQuantity,
  intValue,
  parseQuantity,
  type QuantityFormat,
  roundUp,
  scaledValue,
  subtractQuantities,
} from '../../../src/sim/kubernetes/quantity.ts';
import { checked, fail, type Runner, same } from './check.ts';

interface Case {
  readonly id: number;
  readonly name: string;
  readonly op: string;
  readonly input?: string;
  readonly value?: string;
  readonly format?: string;
  readonly json?: string;
  readonly scale?: number;
  readonly milli?: number;
  readonly a?: unknown;
  readonly b?: unknown;
  readonly expected: unknown;
}

function parsed(text: string): ExactQuantity {
  const quantity = parseQuantity(text);
  if (!quantity) throw new Error(`not a quantity: ${text}`);
  return quantity;
}

function stored(value: string, format: string): ExactQuantity {
  return { nano: parsed(value).nano, format: format as QuantityFormat };
}

function amount(of: unknown): ExactQuantity {
  if (typeof of === 'string') return parsed(of);
  const { value, format } = of as { value: string; format: string };
  return stored(value, format);
}

/** The plain decimal text of an amount. */
function decimal({ nano }: ExactQuantity): string {
  const digits = String(nano < 0n ? -nano : nano).padStart(10, '0');
  return (nano < 0n ? '-' : '') + `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '');
}

function outcome(c: Case): unknown {
  switch (c.op) {
    case 'parse': {
      const quantity = parseQuantity(c.input as string);
      return quantity ? { value: decimal(quantity), format: quantity.format } : { error: true };
    }
    case 'canonical':
      return { text: canonicalQuantity(c.input as string) };
    case 'format':
    case 'fromInteger':
      return { text: formatQuantity(stored(c.value as string, c.format as string)) };
    case 'fromMilli':
      return { text: formatQuantity(stored(`${String(c.milli)}m`, c.format as string)) };
    case 'fromScaled':
      return { text: formatQuantity(stored(`${c.value as string}e${String(c.scale)}`, 'DecimalSI')) };
    case 'scaledValue':
      return scaledValue(parsed(c.value as string), c.scale as number);
    case 'roundUp': {
      const before = parsed(c.input as string);
      const after = roundUp(before, c.scale as number);
      return { value: decimal(after), exact: before.nano === after.nano };
    }
    case 'toNumber':
      return intValue(c.input as string);
    case 'fromJSON':
      // A quantity in JSON is a number or a text; the decoder trims what is around it.
      return { text: canonicalQuantity((c.json as string).trim().replaceAll('"', '').trim()) };
    case 'add':
      return { value: decimal(addQuantities(amount(c.a), amount(c.b))) };
    case 'subtract':
      return { value: decimal(subtractQuantities(amount(c.a), amount(c.b))) };
    case 'addText':
      return { text: formatQuantity(addQuantities(amount(c.a), amount(c.b))) };
    case 'subtractText':
      return { text: formatQuantity(subtractQuantities(amount(c.a), amount(c.b))) };
    case 'compare':
      return compareQuantities(amount(c.a), amount(c.b));
    default:
      return fail(`unknown op ${c.op}`);
  }
}

export const quantityRunners: Readonly<Record<string, Runner>> = {
  quantity: checked<Case>((c) => {
    same(outcome(c), c.expected);
  }),
};
