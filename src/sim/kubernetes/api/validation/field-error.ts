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
    | 'FieldValueTooLong';
  readonly field: string;
  /** The bad value, already as text. */
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
};

/** Without the field, as a cause carries it: `Invalid value: -1: must be greater than or equal to 0`. */
export function fieldErrorText(error: FieldError): string {
  const withValue = !['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong'].includes(error.reason);
  const head = withValue ? `${TITLES[error.reason]}: ${error.value}` : TITLES[error.reason];
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

export function duplicate(field: string, value: string | GoText): FieldError {
  return { reason: 'FieldValueDuplicate', field, value: valueText(value), detail: '' };
}

export function notFoundValue(field: string, value: string): FieldError {
  return { reason: 'FieldValueNotFound', field, value: quote(value), detail: '' };
}

export function tooLong(field: string, bytes: number): FieldError {
  return { reason: 'FieldValueTooLong', field, value: '""', detail: `may not be more than ${String(bytes)} bytes` };
}

export function notSupported(field: string, value: string, supported: readonly string[]): FieldError {
  const detail = `supported values: ${supported.map(quote).join(', ')}`;
  return { reason: 'FieldValueNotSupported', field, value: quote(value), detail };
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
