// Rules for names, labels and keys. Each returns what is wrong, in the API server's words; empty when nothing is.
// Models: k8s.io/apimachinery/pkg/util/validation/validation.go (1.32).

const DNS1123_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS1123_SUBDOMAIN = `${DNS1123_LABEL}(\\.${DNS1123_LABEL})*`;
const DNS1035_LABEL = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;
const CONFIG_MAP_KEY = '[-._a-zA-Z0-9]+';
const PERCENT = '[0-9]+%';

const whole = (format: string) => new RegExp(`^(?:${format})$`);
const dns1123Label = whole(DNS1123_LABEL);
const dns1123Subdomain = whole(DNS1123_SUBDOMAIN);
const dns1035Label = whole(DNS1035_LABEL);
const qualifiedName = whole(QUALIFIED_NAME);
const labelValue = whole(LABEL_VALUE);
const configMapKey = whole(CONFIG_MAP_KEY);
const percent = whole(PERCENT);

export type NameRule = (value: string) => readonly string[];

export const isDNS1123Label: NameRule = (value) => [
  ...longerThan(value, 63),
  ...unless(
    dns1123Label.test(value),
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    DNS1123_LABEL,
    ['my-name', '123-abc'],
  ),
];

export const isDNS1123Subdomain: NameRule = (value) => [
  ...longerThan(value, 253),
  ...unless(
    dns1123Subdomain.test(value),
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    DNS1123_SUBDOMAIN,
    ['example.com'],
  ),
];

/** Names that only need to fit between two slashes of a path. (k8s.io/apimachinery/pkg/api/validation/path) */
export const isPathSegment: NameRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
};

export const isDNS1035Label: NameRule = (value) => [
  ...longerThan(value, 63),
  ...unless(
    dns1035Label.test(value),
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    DNS1035_LABEL,
    ['my-name', 'abc-123'],
  ),
];

const QUALIFIED_NAME_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const QUALIFIED_NAME_EXAMPLES = ['MyName', 'my.name', '123-abc'];

/** Label and annotation keys, taint keys, resource names: `[prefix/]name`. */
export const isQualifiedName: NameRule = (value) => {
  const parts = value.split('/');
  if (parts.length > 2)
    return [
      `a qualified name ${regexText(QUALIFIED_NAME_TEXT, QUALIFIED_NAME, QUALIFIED_NAME_EXAMPLES)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const out: string[] = [];
  const name = parts.at(-1) as string;
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    if (prefix === '') out.push('prefix part must be non-empty');
    else out.push(...isDNS1123Subdomain(prefix).map((message) => `prefix part ${message}`));
  }
  if (name === '') out.push('name part must be non-empty');
  else if (name.length > 63) out.push('name part must be no more than 63 characters');
  if (!qualifiedName.test(name))
    out.push(`name part ${regexText(QUALIFIED_NAME_TEXT, QUALIFIED_NAME, QUALIFIED_NAME_EXAMPLES)}`);
  return out;
};

export const isLabelValue: NameRule = (value) => [
  ...longerThan(value, 63),
  ...unless(
    labelValue.test(value),
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    LABEL_VALUE,
    ['MyValue', 'my_value', '12345'],
  ),
];

export const isConfigMapKey: NameRule = (value) => {
  const out = [
    ...longerThan(value, 253),
    ...unless(
      configMapKey.test(value),
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      CONFIG_MAP_KEY,
      ['key.name', 'KEY_NAME', 'key-name'],
    ),
  ];
  if (value === '.') out.push("must not be '.'");
  else if (value === '..') out.push("must not be '..'");
  else if (value.startsWith('..')) out.push("must not start with '..'");
  return out;
};

/** Since 1.32 every printable ASCII character but `=` will do (RelaxedEnvironmentVariableValidation). */
export const isEnvVarName: NameRule = (value) => {
  if (value === '') return ['environment variable name must be non-empty'];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

export const isPercent: NameRule = (value) =>
  unless(percent.test(value), "a valid percent string must be a numeric string followed by an ending '%'", PERCENT, [
    '1%',
    '93%',
  ]);

export function isPortNumber(port: number): readonly string[] {
  return port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

export const isPortName: NameRule = (value) => {
  const out: string[] = [];
  if (value.length > 15) out.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(value)) out.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) out.push('must contain at least one letter (a-z)');
  if (value.includes('--')) out.push('must not contain consecutive hyphens');
  if (value !== '' && (value.startsWith('-') || value.endsWith('-'))) out.push('must not begin or end with a hyphen');
  return out;
};

function longerThan(value: string, limit: number): readonly string[] {
  return value.length > limit ? [`must be no more than ${String(limit)} characters`] : [];
}

function unless(ok: boolean, text: string, format: string, examples: readonly string[]): readonly string[] {
  return ok ? [] : [regexText(text, format, examples)];
}

/** The commas doubled with "or" are the original's. */
function regexText(text: string, format: string, examples: readonly string[]): string {
  return `${text} (e.g. ${examples.map((e) => `'${e}', `).join(' or ')}regex used for validation is '${format}')`;
}
