// When a schedule strikes: five fields or a descriptor, as github.com/robfig/cron/v3 ParseStandard reads them
// (the version of Kubernetes 1.32), and the zones in which that is meant.
// Departure: the time zone database is not here. Zones whose distance from UTC does not change with the season are
// known by name; others are refused by name.
import { formatTime, parseDuration, parseTime } from '../../../engine/time.ts';

export interface Schedule {
  /** The first time after `unixMs`; undefined when there is none within five years. */
  next(unixMs: number): number | undefined;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A schedule that does not strike for so long never does. */
const HORIZON_DAYS = 5 * 366;

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: WEEKDAYS },
];

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

class ScheduleError extends Error {}

/** The schedule in a zone `offsetMs` east of UTC, or what is wrong with it. */
export function parseSchedule(text: string, offsetMs = 0): Schedule | { readonly error: string } {
  try {
    return read(text, offsetMs);
  } catch (error) {
    if (error instanceof ScheduleError) return { error: error.message };
    throw error;
  }
}

function read(text: string, offsetMs: number): Schedule {
  if (text === '') throw new ScheduleError('empty spec string');
  let spec = text;
  let offset = offsetMs;
  if (spec.startsWith('TZ=') || spec.startsWith('CRON_TZ=')) {
    const space = spec.indexOf(' ');
    const name = spec.slice(spec.indexOf('=') + 1, space);
    const zone = zoneOffset(name);
    if (zone === undefined) throw new ScheduleError(`provided bad location ${name}: ${unknownZone(name)}`);
    offset = zone;
    spec = spec.slice(space).trim();
  }
  if (spec.startsWith('@every ')) return every(spec.slice('@every '.length));
  if (spec.startsWith('@')) {
    const fields = DESCRIPTORS[spec];
    if (fields === undefined) throw new ScheduleError(`unrecognized descriptor: ${spec}`);
    spec = fields;
  }
  const parts = spec.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== FIELDS.length)
    throw new ScheduleError(`expected exactly 5 fields, found ${String(parts.length)}: [${parts.join(' ')}]`);
  const sets = FIELDS.map((bounds, i) => field(parts[i] as string, bounds));
  return new Fields(sets as [Field, Field, Field, Field, Field], offset);
}

function every(text: string): Schedule {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new ScheduleError(`failed to parse duration @every ${text}: time: invalid duration ${JSON.stringify(text)}`);
  const delay = Math.max(1000, ms - (ms % 1000));
  return { next: (unixMs) => unixMs - (unixMs % 1000) + delay };
}

interface Field {
  readonly values: ReadonlySet<number>;
  /** Written `*` or `?`: it does not restrict the day. */
  readonly star: boolean;
}

function field(text: string, bounds: Bounds): Field {
  const values = new Set<number>();
  let star = false;
  for (const part of text.split(',').filter((piece) => piece !== '')) if (range(part, bounds, values)) star = true;
  return { values, star };
}

/** Adds the values of `5`, `1-5`, `*`, `1-20/5`, `3/10`; true when it is a star without a step. */
function range(text: string, { min, max, names }: Bounds, values: Set<number>): boolean {
  const [span = '', stepText, ...moreSteps] = text.split('/');
  const [low = '', high, ...moreParts] = span.split('-');
  let star = false;
  let start = min;
  let end = max;
  if (low === '*' || low === '?') star = true;
  else {
    start = number(low, names, min);
    if (moreParts.length > 0) throw new ScheduleError(`too many hyphens: ${text}`);
    end = high === undefined ? start : number(high, names, min);
  }
  let step = 1;
  if (moreSteps.length > 0) throw new ScheduleError(`too many slashes: ${text}`);
  if (stepText !== undefined) {
    step = number(stepText, undefined, 0);
    if (high === undefined) end = max;
    if (step > 1) star = false;
  }
  const say = (what: string) => new ScheduleError(`${what}: ${text}`);
  if (start < min) throw say(`beginning of range (${String(start)}) below minimum (${String(min)})`);
  if (end > max) throw say(`end of range (${String(end)}) above maximum (${String(max)})`);
  if (start > end) throw say(`beginning of range (${String(start)}) beyond end of range (${String(end)})`);
  if (step === 0) throw say('step of range should be a positive number');
  for (let value = start; value <= end; value += step) values.add(value);
  return star;
}

function number(text: string, names: readonly string[] | undefined, first: number): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + first;
  if (!/^[+-]?\d+$/.test(text))
    throw new ScheduleError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  const value = Number(text);
  if (value < 0) throw new ScheduleError(`negative number (${String(value)}) not allowed: ${text}`);
  return value;
}

class Fields implements Schedule {
  readonly #minutes: readonly number[];
  readonly #hours: readonly number[];
  readonly #days: Field;
  readonly #months: Field;
  readonly #weekdays: Field;
  readonly #offset: number;

  constructor([minutes, hours, days, months, weekdays]: readonly [Field, Field, Field, Field, Field], offset: number) {
    this.#minutes = [...minutes.values].sort((a, b) => a - b);
    this.#hours = [...hours.values].sort((a, b) => a - b);
    this.#days = days;
    this.#months = months;
    this.#weekdays = weekdays;
    this.#offset = offset;
  }

  next(unixMs: number): number | undefined {
    const local = unixMs + this.#offset;
    const first = Math.floor(local / DAY);
    for (let day = first; day < first + HORIZON_DAYS; day++) {
      if (!this.#isDay(day)) continue;
      for (const hour of this.#hours)
        for (const minute of this.#minutes) {
          const at = day * DAY + hour * HOUR + minute * MINUTE;
          if (at > local) return at - this.#offset;
        }
    }
    return undefined;
  }

  #isDay(day: number): boolean {
    const date = formatTime(day * DAY);
    if (!this.#months.values.has(Number(date.slice(5, 7)))) return false;
    const byDate = this.#days.values.has(Number(date.slice(8, 10)));
    // Day 0 was a Thursday.
    const byWeekday = this.#weekdays.values.has((((day + 4) % 7) + 7) % 7);
    // Two restrictions widen each other; one alone stands.
    return this.#days.star || this.#weekdays.star ? byDate && byWeekday : byDate || byWeekday;
  }
}

// ---- Zones

const HOURS_EAST: Readonly<Record<string, number>> = {
  ...{ '': 0, UTC: 0, UCT: 0, GMT: 0, GMT0: 0, 'GMT+0': 0, 'GMT-0': 0, Zulu: 0, Universal: 0, Greenwich: 0 },
  ...{ 'Africa/Abidjan': 0, 'Africa/Johannesburg': 2, 'Africa/Lagos': 1, 'Africa/Nairobi': 3 },
  ...{ 'America/Argentina/Buenos_Aires': -3, 'America/Bogota': -5, 'America/Lima': -5, 'America/Phoenix': -7 },
  ...{ 'Asia/Bangkok': 7, 'Asia/Dubai': 4, 'Asia/Ho_Chi_Minh': 7, 'Asia/Hong_Kong': 8, 'Asia/Jakarta': 7 },
  ...{ 'Asia/Kolkata': 5.5, 'Asia/Manila': 8, 'Asia/Seoul': 9, 'Asia/Shanghai': 8, 'Asia/Singapore': 8 },
  ...{ 'Asia/Taipei': 8, 'Asia/Tokyo': 9, 'Australia/Brisbane': 10, 'Pacific/Honolulu': -10 },
  ...{ ROK: 9, Japan: 9, PRC: 8, ROC: 8, Singapore: 8, Hongkong: 8 },
};

/** How far east of UTC the zone is, in milliseconds; undefined when that is not known or changes with the season. */
export function zoneOffset(name: string): number | undefined {
  const plain = name.replace(/^Etc\//, '');
  const hours = HOURS_EAST[name] ?? HOURS_EAST[plain];
  if (hours !== undefined) return hours * HOUR;
  // These names count hours to the west.
  const fixed = /^Etc\/GMT([+-]\d{1,2})$/.exec(name)?.[1];
  const west = Number(fixed);
  return fixed !== undefined && west >= -14 && west <= 12 ? -west * HOUR : undefined;
}

export function unknownZone(name: string): string {
  return `time zone ${name} is not simulated; only zones without daylight saving time are`;
}

/** RFC 3339 in the zone, as Go's time.RFC3339. */
export function formatInZone(unixMs: number, offsetMs: number): string {
  const text = formatTime(unixMs + offsetMs);
  return offsetMs === 0 ? text : `${text.slice(0, -1)}${zoneText(offsetMs)}`;
}

/** `Thu, 01 Jan 2026 00:00:00 +0000`, as Go's time.RFC1123Z in UTC. */
export function formatRfc1123(unixMs: number): string {
  const text = formatTime(unixMs);
  const weekday = capital(WEEKDAYS[(((Math.floor(unixMs / DAY) + 4) % 7) + 7) % 7] ?? '');
  const month = capital(MONTHS[Number(text.slice(5, 7)) - 1] ?? '');
  return `${weekday}, ${text.slice(8, 10)} ${month} ${text.slice(0, 4)} ${text.slice(11, 19)} +0000`;
}

function zoneText(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / MINUTE;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

// ---- What was missed

/** So many missed starts are reported. */
const TOO_MANY = 100;

interface Missed {
  /** The last time at which a Job should have been started, after the earliest one that counts. */
  readonly mostRecent: number | undefined;
  /** From when starts count. */
  readonly earliest: number;
  readonly tooMany: boolean;
}

/** (mostRecentScheduleTime of pkg/controller/cronjob/utils.go) */
export function missedStarts(
  schedule: Schedule,
  since: string,
  now: number,
  startingDeadlineSeconds: number | undefined,
): Missed {
  let earliest = parseTime(since) ?? now;
  if (startingDeadlineSeconds !== undefined) earliest = Math.max(earliest, now - startingDeadlineSeconds * 1000);
  const none: Missed = { mostRecent: undefined, earliest, tooMany: false };
  const first = schedule.next(earliest);
  if (first === undefined || now < first) return none;
  const second = schedule.next(first);
  if (second === undefined || now < second) return { ...none, mostRecent: first };
  const between = Math.round((second - first) / 1000);
  const missed = Math.floor((now - first) / 1000 / between) + 1;
  let mostRecent: number | undefined;
  let at = schedule.next(first + (missed - 2) * between * 1000);
  for (; at !== undefined && at <= now; at = schedule.next(at)) mostRecent = at;
  return { mostRecent, earliest, tooMany: missed > TOO_MANY };
}
