// What the page shows of a figure before anything runs: its scenario is played in Node while the site is built, to the
// first frame and to every stop. An author's mistake stops the build in a sentence.
import { parseDuration, Timeline, type Scenario } from '../sim/index.ts';
import type { LedgerRow } from '../sim/ledger.ts';
import type { MachineScenario } from '../sim/machines/scenario.ts';
import { machineSnapshot, type MachineSnapshot } from '../sim/machines/snapshot.ts';
import { MachineTimeline } from '../sim/machines/timeline.ts';
import { snapshot, type ClusterSnapshot } from '../sim/snapshot.ts';
import { mostRoom, roomOf, type Room } from '../draw/layout.ts';
import { loadMachineScenario, machineScenarioNames } from './machines/scenarios.ts';
import { loadScenario, scenarioNames } from './scenarios/index.ts';

export interface FigureSource {
  readonly id: string;
  readonly scenario: string;
  readonly settings?: Settings;
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

/** A scenario played to its marks: the first frame and every stop. */
interface Run<S> {
  readonly startMs: number;
  readonly endMs: number;
  readonly first: S;
  readonly stops: readonly { readonly at: number; readonly say: string; readonly snapshot: S }[];
}

interface FigureRun extends Run<ClusterSnapshot> {
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
  onMark: (timeline: Timeline, now: ClusterSnapshot) => void = () => undefined,
): Promise<FigureRun> {
  let room: Room = { clocks: [], services: [], quay: 0 };
  let events: readonly LedgerRow[] = [];
  const run = await play(source, clusters, ({ timeline, mark }) => {
    const now = snapshot(timeline.world, { ledgerRows: mark ? MOST_EVENTS : 0 });
    room = mostRoom(room, roomOf(now));
    if (mark) {
      events = now.ledger;
      onMark(timeline, now);
    }
    return now;
  });
  return { ...run, room, events };
}

/** The run of a figure whose world is one of Linux machines. */
export async function playMachineFigure(
  source: FigureSource,
): Promise<Run<MachineSnapshot> & { readonly events: readonly LedgerRow[] }> {
  let events: readonly LedgerRow[] = [];
  const run = await play(source, machineWorlds, ({ timeline, mark }) => {
    const now = machineSnapshot(timeline.world, { ledgerRows: mark ? MOST_EVENTS : 0 });
    if (mark) events = now.ledger;
    return now;
  });
  return { ...run, events };
}

type Settings = Readonly<Record<string, number | string | boolean>>;

/** Where the scenarios of a kind of world are. */
interface Shelf<C, T> {
  readonly names: readonly string[];
  load(name: string, settings: Settings): Promise<C>;
  timeline(scenario: C, seed: number): T;
}

const clusters: Shelf<Scenario, Timeline> = {
  names: scenarioNames,
  load: loadScenario,
  timeline: (scenario, seed) => new Timeline(scenario, seed),
};

const machineWorlds: Shelf<MachineScenario, MachineTimeline> = {
  names: machineScenarioNames,
  load: loadMachineScenario,
  timeline: (scenario, seed) => new MachineTimeline(scenario, seed),
};

/** @param look called now and then, and at every mark; what it sees at the marks is kept */
async function play<C, T extends { run(until: number): void }, S extends { readonly at: number }>(
  source: FigureSource,
  shelf: Shelf<C, T>,
  look: (moment: { readonly timeline: T; readonly mark: boolean }) => S,
): Promise<Run<S>> {
  const where = `<Figure id="${source.id}">`;
  const ms = (text: string, field: string) => {
    const at = parseDuration(text);
    if (at === undefined)
      throw new Error(`${where}: ${field}: expected a duration such as 90s or 1m30s, found "${text}"`);
    return at;
  };
  if (!shelf.names.includes(source.scenario))
    throw new Error(`${where}: no scenario is called "${source.scenario}"; there are ${shelf.names.join(', ')}`);
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
  for (const control of source.controls ?? []) await checkControl(where, source, control, shelf);

  const settings = settingsOf(source);
  const timeline = shelf.timeline(await shelf.load(source.scenario, settings), source.seed);
  const marks = [...new Set([firstMs, ...stops.map(({ at }) => at)])].sort((a, b) => a - b);
  const shown = new Map<number, S>();
  for (let at = startMs; ;) {
    timeline.run(at);
    const mark = marks.includes(at);
    const now = look({ timeline, mark });
    if (mark) shown.set(at, now);
    if (at >= endMs) break;
    at = Math.min(endMs, at + LOOK_MS, ...marks.filter((mark) => mark > at));
  }
  const take = (at: number) => shown.get(at) as S;
  return {
    startMs,
    endMs,
    first: take(firstMs),
    stops: stops.map(({ at, say }) => ({ at, say, snapshot: take(at) })),
  };
}

/** What every island of a figure is given of its source and its run. */
export function frameOf(source: FigureSource, { startMs, endMs, first, stops }: Run<{ readonly at: number }>) {
  const { id, scenario, seed, controls = [] } = source;
  return {
    id,
    scenario,
    settings: settingsOf(source),
    seed,
    startMs,
    endMs,
    firstMs: first.at,
    stops: stops.map(({ at, say }) => ({ at, say })),
    controls,
  };
}

/** The settings that a figure starts with: the author's, and what the controls stand at. */
function settingsOf({ settings = {}, controls = [] }: FigureSource): Settings {
  return { ...settings, ...Object.fromEntries(controls.map(({ id, value }) => [id, value])) };
}

async function checkControl<C>(
  where: string,
  source: FigureSource,
  control: ControlSource,
  shelf: Pick<Shelf<C, unknown>, 'load'>,
): Promise<void> {
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
      await shelf.load(source.scenario, { ...source.settings, [id]: value });
    } catch (error) {
      throw new Error(`${where}: control ${id}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}
