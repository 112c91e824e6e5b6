// What the page shows of a figure before anything runs: its scenario is played in Node while the site is built, to the
// first frame and to every stop. An author's mistake stops the build in a sentence.
import { parseDuration, Timeline } from '../sim/index.ts';
import { snapshot, type ClusterSnapshot, type LedgerRow } from '../sim/snapshot.ts';
import { mostRoom, roomOf, type Room } from '../draw/layout.ts';
import { loadScenario, scenarioNames } from './scenarios/index.ts';

export interface FigureSource {
  readonly id: string;
  readonly scenario: string;
  readonly settings?: Readonly<Record<string, number | string | boolean>>;
  readonly seed: number;
  /** Durations such as `90s` or `1m30s`: what can be sought, and what the still shows. */
  readonly start: string;
  readonly end: string;
  readonly first: string;
  readonly stops?: readonly { readonly at: string; readonly say: string }[];
  readonly controls?: readonly ControlSource[];
}

type ControlSource =
  | {
      readonly id: string;
      readonly kind: 'choice';
      readonly label: string;
      readonly options: readonly string[];
      readonly value: string;
    }
  | {
      readonly id: string;
      readonly kind: 'number';
      readonly label: string;
      readonly least: number;
      readonly most: number;
      readonly step?: number;
      readonly value: number;
    };

export interface FigureRun {
  readonly startMs: number;
  readonly endMs: number;
  readonly first: ClusterSnapshot;
  readonly stops: readonly { readonly at: number; readonly say: string; readonly snapshot: ClusterSnapshot }[];
  /** The fullest moment of the whole run. */
  readonly room: Room;
  /** Everything that the journal told, up to the last stop (or the first frame). */
  readonly events: readonly LedgerRow[];
}

/** Virtual ms between the looks that find the fullest moment. */
const LOOK_MS = 2000;
const MOST_EVENTS = 2000;

/** @param onMark called at the first frame and at every stop, for what a figure shows beside its snapshot */
export async function playFigure(
  source: FigureSource,
  onMark: (timeline: Timeline) => void = () => undefined,
): Promise<FigureRun> {
  const where = `<Figure id="${source.id}">`;
  const ms = (text: string, field: string) => {
    const at = parseDuration(text);
    if (at === undefined)
      throw new Error(`${where}: ${field}: expected a duration such as 90s or 1m30s, found "${text}"`);
    return at;
  };
  if (!scenarioNames.includes(source.scenario))
    throw new Error(`${where}: no scenario is called "${source.scenario}"; there are ${scenarioNames.join(', ')}`);
  const startMs = ms(source.start, 'start');
  const endMs = ms(source.end, 'end');
  const firstMs = ms(source.first, 'first');
  if (endMs <= startMs) throw new Error(`${where}: end ${source.end} is not after start ${source.start}`);
  const inside = (at: number, text: string, field: string) => {
    if (at < startMs || at > endMs)
      throw new Error(`${where}: ${field} ${text} lies outside ${source.start} to ${source.end}`);
  };
  inside(firstMs, source.first, 'first');
  const stops = (source.stops ?? []).map(({ at, say }, i) => ({ at: ms(at, `stop ${String(i + 1)}`), text: at, say }));
  stops.forEach(({ at, text, say }, i) => {
    inside(at, text, `stop ${String(i + 1)} at`);
    const before = stops[i - 1];
    if (before && before.at >= at)
      throw new Error(`${where}: stop ${String(i + 1)} at ${text} is not after the one before it`);
    if (say.trim() === '') throw new Error(`${where}: stop ${String(i + 1)} at ${text} says nothing`);
  });
  for (const control of source.controls ?? []) await checkControl(where, source, control);

  const settings = settingsOf(source);
  const timeline = new Timeline(await loadScenario(source.scenario, settings), source.seed);
  const marks = [...new Set([firstMs, ...stops.map(({ at }) => at)])].sort((a, b) => a - b);
  const shown = new Map<number, ClusterSnapshot>();
  let room: Room = { clocks: [], services: [], quay: 0 };
  let events: readonly LedgerRow[] = [];
  const last = marks.at(-1) ?? firstMs;
  for (let at = startMs; ;) {
    timeline.run(at);
    const now = snapshot(timeline.world, marks.includes(at) ? { ledgerRows: MOST_EVENTS } : { ledgerRows: 0 });
    room = mostRoom(room, roomOf(now));
    if (marks.includes(at)) {
      shown.set(at, now);
      onMark(timeline);
    }
    if (at === last) events = now.ledger;
    if (at >= endMs) break;
    at = Math.min(endMs, at + LOOK_MS, ...marks.filter((mark) => mark > at));
  }
  const take = (at: number) => shown.get(at) as ClusterSnapshot;
  return {
    startMs,
    endMs,
    first: take(firstMs),
    stops: stops.map(({ at, say }) => ({ at, say, snapshot: take(at) })),
    room,
    events,
  };
}

/** The settings that a figure starts with: the author's, and what the controls stand at. */
export function settingsOf({
  settings = {},
  controls = [],
}: FigureSource): Readonly<Record<string, number | string | boolean>> {
  return { ...settings, ...Object.fromEntries(controls.map(({ id, value }) => [id, value])) };
}

async function checkControl(where: string, source: FigureSource, control: ControlSource): Promise<void> {
  const { id } = control;
  if (control.kind === 'choice' && !control.options.includes(control.value))
    throw new Error(
      `${where}: control ${id} stands at "${control.value}", which is none of ${control.options.join(', ')}`,
    );
  if (control.kind === 'number' && (control.value < control.least || control.value > control.most))
    throw new Error(
      `${where}: control ${id} stands at ${String(control.value)}, outside ${String(control.least)} to ${String(control.most)}`,
    );
  // Every value the reader can reach must be one that the scenario takes.
  const values = control.kind === 'choice' ? control.options : [control.least, control.most];
  for (const value of values) {
    try {
      await loadScenario(source.scenario, { ...source.settings, [id]: value });
    } catch (error) {
      throw new Error(`${where}: control ${id}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}
