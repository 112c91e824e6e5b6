// One thing wrong with one field, and its text. Models k8s.io/apimachinery/pkg/util/validation/field/errors.go (1.32).
// Values are printed as Go's `%#v` would where the original does so; `go` marks text that is printed as it stands.

export interface FieldError {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueNotFound'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany';
  readonly field: string;
  /** The bad value, already as text; empty where the original leaves it out. */
  readonly value: string;
  readonly detail: string;
}

const TITLES: Readonly<Record<FieldError['reason'], string>> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueNotFound: 'Not found',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
};

/** Without the field, as a cause carries it: `Invalid value: -1: must be greater than or equal to 0`. */
export function fieldErrorText(error: FieldError): string {
  const withValue = !['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong'].includes(error.reason);
  const head = withValue && error.value !== '' ? `${TITLES[error.reason]}: ${error.value}` : TITLES[error.reason];
  return error.detail === '' ? head : `${head}: ${error.detail}`;
}

export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, value: '""', detail };
}

/** Text printed as it stands, for values whose Go form is not that of a string or a number. */
export interface GoText {
  readonly go: string;
}

export function invalidValue(field: string, value: string | number | boolean | GoText, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, value: valueText(value), detail };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, value: '""', detail };
}

export function duplicate(field: string, value: string | number | GoText): FieldError {
  return { reason: 'FieldValueDuplicate', field, value: valueText(value), detail: '' };
}

export function notFoundValue(field: string, value: string): FieldError {
  return { reason: 'FieldValueNotFound', field, value: quote(value), detail: '' };
}

export function tooLong(field: string, bytes: number): FieldError {
  return { reason: 'FieldValueTooLong', field, value: '""', detail: `may not be more than ${String(bytes)} bytes` };
}

export function tooMany(field: string, count: number, most: number): FieldError {
  return {
    reason: 'FieldValueTooMany',
    field,
    value: String(count),
    detail: `must have at most ${String(most)} items`,
  };
}

export function notSupported(field: string, value: string | GoText, supported: readonly string[]): FieldError {
  const detail = `supported values: ${supported.map(quote).join(', ')}`;
  return { reason: 'FieldValueNotSupported', field, value: valueText(value), detail };
}

function valueText(value: string | number | boolean | GoText): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'object' ? value.go : String(value);
}

/** Go's `%q`; JSON's escapes are the same for what people write. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** Go's `%#v` of a `map[string]string`, keys sorted. */
export function goMap(map: Readonly<Record<string, unknown>> | undefined): GoText {
  if (!map) return { go: 'map[string]string(nil)' };
  const entries = Object.keys(map)
    .sort()
    .map((key) => `${quote(key)}:${quote(String(map[key]))}`);
  return { go: `map[string]string{${entries.join(', ')}}` };
}

export function goStrings(list: readonly string[]): GoText {
  return { go: `[]string{${list.map(quote).join(', ')}}` };
}

/** Go's `%#v` of an `intstr.IntOrString`. */
export function goIntOrString(value: number | string): GoText {
  return typeof value === 'number'
    ? { go: `intstr.IntOrString{Type:0, IntVal:${String(value)}, StrVal:""}` }
    : { go: `intstr.IntOrString{Type:1, IntVal:0, StrVal:${quote(value)}}` };
}

/** What the exponent of a quantity counts in: tens or, for binary suffixes, the whole number itself. */
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_SUFFIXES = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Go's `%#v` of a `resource.Quantity` as it was read from `text`. */
export function goQuantity(text: string): GoText {
  const match = /^([-+]?)(\d*)(?:\.(\d*))?([A-Za-z]*)$/.exec(text);
  if (!match) return { go: quote(text) };
  const [, sign = '', whole = '', part = '', suffix = ''] = match;
  const power = BINARY_SUFFIXES.indexOf(suffix) + 1;
  const digits = BigInt(`${whole}${part}` || '0') * 1024n ** BigInt(power) * (sign === '-' ? -1n : 1n);
  const scale = power > 0 ? 0 : (DECIMAL_EXPONENTS[suffix] ?? 0) - part.length;
  return {
    go:
      `resource.Quantity{i:resource.int64Amount{value:${String(digits)}, scale:${String(scale)}}, ` +
      `d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:${quote(text)}, ` +
      `Format:"${power > 0 ? 'BinarySI' : 'DecimalSI'}"}`,
  };
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Go's `%#v` of a `metav1.LabelSelector`. */
export function goSelector(selector: Selector): GoText {
  const expressions = selector.matchExpressions?.map(
    (e) =>
      `v1.LabelSelectorRequirement{Key:${quote(e.key)}, Operator:${quote(e.operator)}, ` +
      `Values:${e.values ? goStrings(e.values).go : '[]string(nil)'}}`,
  );
  const list = expressions
    ? `[]v1.LabelSelectorRequirement{${expressions.join(', ')}}`
    : '[]v1.LabelSelectorRequirement(nil)';
  return { go: `v1.LabelSelector{MatchLabels:${goMap(selector.matchLabels).go}, MatchExpressions:${list}}` };
}
