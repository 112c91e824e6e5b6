// Which values docker's flags accept, by the name of the flag or by its type, and what is said of others
// (docker/cli 28.2, opts/; pflag 1.0.6).

import { DaemonError } from '../../../sim/containers/images/errors.ts';
import { parseReference } from '../../../sim/containers/images/reference.ts';
import { readCsv } from './csv.ts';
import { durationProblem, parseDuration, ramInBytes } from './units.ts';

type Validator = (value: string) => string | undefined;

const integer =
  (call: string, allowed: RegExp): Validator =>
  (value) =>
    allowed.test(value) ? undefined : `strconv.${call}: parsing ${JSON.stringify(value)}: invalid syntax`;

const bytes: Validator = (value) => {
  const size = ramInBytes(value);
  return typeof size === 'string' ? size : undefined;
};

/** A key that may have a value. */
const named =
  (what: string): Validator =>
  (value) =>
    value.startsWith('=') || value === '' ? what.replace('%', value) : undefined;

export const validators: Readonly<Record<string, Validator>> = {
  ':bool': (value) =>
    /^(1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/.test(value)
      ? undefined
      : `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  ':int': integer('ParseInt', /^[-+]?(?:\d+|0x[\da-f]+)$/i),
  ':uint': integer('ParseUint', /^\d+$/),
  ':uint16': integer('ParseUint', /^\d+$/),
  ':decimal': (value) => {
    if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(value) && !/^\d+\/\d+$/.test(value)) {
      return `failed to parse ${value} as a rational number`;
    }
    return (value.split('.')[1] ?? '').replace(/0+$/, '').length > 9 ? 'value is too precise' : undefined;
  },
  ':bytes': bytes,
  ':duration': (value) => (parseDuration(value) === undefined ? durationProblem(value) : undefined),
  ':filter': (value) =>
    value === '' || value.includes('=') ? undefined : 'bad format of filter (expected name=value)',
  ':ulimit': (value) => (/^[a-z]+=-?\d+(?::-?\d+)?$/.test(value) ? undefined : `invalid ulimit argument: ${value}`),
  ':mount': (value) => {
    for (const field of readCsv(value)) {
      const [key = '', ...rest] = field.split('=');
      const flag = ['readonly', 'ro', 'volume-nocopy', 'bind-nonrecursive'].includes(key.toLowerCase());
      if (rest.length === 0 && !flag) return `invalid field '${field}' must be a key=value pair`;
    }
    return undefined;
  },
  'memory-swap': (value) => (value === '-1' ? undefined : bytes(value)),
  attach: (value) =>
    /^(stdin|stdout|stderr)$/i.test(value) ? undefined : 'valid streams are STDIN, STDOUT and STDERR',
  env: named('invalid environment variable: %'),
  label: named("invalid label '%': empty name"),
  tag: (value) => {
    try {
      parseReference(value);
      return undefined;
    } catch (error) {
      if (error instanceof DaemonError) return error.message;
      throw error;
    }
  },
};
