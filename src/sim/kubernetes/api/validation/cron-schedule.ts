// Whether a text is a schedule, in the words of the parser of robfig/cron v3, whose ParseStandard the API server calls.

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** What the parser says of a schedule; undefined when it is one. */
export function scheduleError(text: string): string | undefined {
  const spec = text.replace(/^(CRON_)?TZ=\S*\s+/, '');
  if (spec.startsWith('@')) {
    if (DESCRIPTORS.includes(spec)) return undefined;
    if (!spec.startsWith('@every ')) return `unrecognized descriptor: ${spec}`;
    const duration = spec.slice('@every '.length);
    if (/^[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) return undefined;
    return `failed to parse duration ${spec}: time: invalid duration ${JSON.stringify(duration)}`;
  }
  const fields = spec.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) return `expected exactly 5 fields, found ${String(fields.length)}: [${fields.join(' ')}]`;
  for (const [i, field] of fields.entries())
    for (const part of field.split(',').filter((p) => p !== '')) {
      const wrong = rangeError(part, FIELDS[i] as Bounds);
      if (wrong !== undefined) return wrong;
    }
  return undefined;
}

function rangeError(text: string, bounds: Bounds): string | undefined {
  const [range = '', ...steps] = text.split('/');
  const [low = '', ...rest] = range.split('-');
  let start: number;
  let end: number;
  if (low === '*' || low === '?') {
    start = bounds.min;
    end = bounds.max;
  } else {
    const first = fieldNumber(low, bounds);
    if (typeof first === 'string') return first;
    start = first;
    if (rest.length > 1) return `too many hyphens: ${text}`;
    const last = rest.length === 0 ? first : fieldNumber(rest[0] as string, bounds);
    if (typeof last === 'string') return last;
    end = last;
  }
  if (steps.length > 1) return `too many slashes: ${text}`;
  let step = 1;
  if (steps.length === 1) {
    const number = plainNumber(steps[0] as string);
    if (typeof number === 'string') return number;
    step = number;
    if (rest.length === 0) end = bounds.max;
  }
  if (start < bounds.min) return `beginning of range (${String(start)}) below minimum (${String(bounds.min)}): ${text}`;
  if (end > bounds.max) return `end of range (${String(end)}) above maximum (${String(bounds.max)}): ${text}`;
  if (start > end) return `beginning of range (${String(start)}) beyond end of range (${String(end)}): ${text}`;
  return step === 0 ? `step of range should be a positive number: ${text}` : undefined;
}

function fieldNumber(text: string, { names, min }: Bounds): number | string {
  const place = names?.indexOf(text.toLowerCase()) ?? -1;
  return place >= 0 ? place + min : plainNumber(text);
}

function plainNumber(text: string): number | string {
  if (!/^[-+]?\d+$/.test(text))
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  const number = Number(text);
  return number < 0 ? `negative number (${String(number)}) not allowed: ${text}` : number;
}
