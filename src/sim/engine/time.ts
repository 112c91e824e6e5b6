// Times and durations as text, without `Date` (the simulator must not be able to ask what time it is).
// Proleptic Gregorian calendar; days are counted as in Hinnant's "days from civil".

const DAY = 86_400_000;

/** `2026-11-24T09:14:00Z` for Unix milliseconds; fractions of a second are dropped, as metav1.Time does. */
export function formatTime(unixMs: number): string {
  const second = Math.floor(unixMs / 1000);
  let text = cache.get(second);
  if (text === undefined) {
    if (cache.size > 4096) cache.clear();
    text = `${civil(second * 1000)}Z`;
    cache.set(second, text);
  }
  return text;
}
const cache = new Map<number, string>();

/** `2026-11-24T09:14:00.250000Z`, as metav1.MicroTime does. */
export function formatMicroTime(unixMs: number): string {
  const ms = unixMs - Math.floor(unixMs / 1000) * 1000;
  return `${civil(unixMs)}.${String(ms).padStart(3, '0')}000Z`;
}

/** Unix milliseconds of an RFC 3339 text, or undefined when it is not one. */
export function parseTime(text: string): number | undefined {
  const m = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/.exec(text);
  if (!m) return undefined;
  const [, y, mo, d, h, mi, s, fraction, sign, oh, om] = m;
  const month = Number(mo);
  const day = Number(d);
  if (month < 1 || month > 12 || day < 1 || day > 31 || Number(h) > 23 || Number(mi) > 59 || Number(s) > 60)
    return undefined;
  const offset = sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(oh) * 60 + Number(om)) * 60_000;
  const ms = fraction === undefined ? 0 : Math.floor(Number(fraction) * 1000);
  return (
    daysFromCivil(Number(y), month, day) * DAY +
    Number(h) * 3_600_000 +
    Number(mi) * 60_000 +
    Number(s) * 1000 +
    ms -
    offset
  );
}

/** Milliseconds of a Go-like duration made of h, m, s and ms (`90s`, `1m30s`, `250ms`), or undefined. */
export function parseDuration(text: string): number | undefined {
  const m = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/.exec(text);
  if (!m || text === '') return undefined;
  const [, h = '0', min = '0', s = '0', ms = '0'] = m;
  return Number(h) * 3_600_000 + Number(min) * 60_000 + Math.round(Number(s) * 1000) + Number(ms);
}

function civil(unixMs: number): string {
  const days = Math.floor(unixMs / DAY);
  const rest = Math.floor((unixMs - days * DAY) / 1000);
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const mp = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(Math.floor(rest / 3600))}:${two(
    Math.floor(rest / 60) % 60,
  )}:${two(rest % 60)}`;
}

function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
