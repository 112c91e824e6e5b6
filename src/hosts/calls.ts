// What the page asks of the worker, checked before it reaches a world: settings and times can come from a link. What is
// not right is refused in a sentence that names it; nothing is repaired in silence.
import type { Settings, WorldCalls, WorldSpec } from './protocol.ts';

/** No world of a page lasts longer, virtual ms. */
const LONGEST_MS = 86_400_000;
const FASTEST = 1000;
/** `kubectl edit` gives back at most this many characters. */
const LONGEST_TEXT = 1_000_000;
/** Nodes that one call may name. */
const MOST_NODES = 20_000;

/** Each method with its arguments read; it throws a sentence when they are not what the method takes. */
const readers: { readonly [M in keyof WorldCalls]: (args: readonly unknown[]) => Parameters<WorldCalls[M]> } = {
  open: ([spec]) => [readSpec(spec)],
  close: () => [],
  play: () => [],
  pause: () => [],
  speed: ([times]) => [within('speed', times, 0.01, FASTEST)],
  step: ([direction]) => {
    if (direction !== 1 && direction !== -1) return refuse('step', '1 or -1', direction);
    return [direction];
  },
  seek: ([at]) => [within('seek', at, 0, LONGEST_MS)],
  undo: () => [],
  journalHash: () => [],
  reset: () => [],
  change: ([settings]) => [readSettings('change', settings)],
  why: ([subject]) => [text('why', subject, 500)],
  choice: ([pod]) => [text('choice', pod, 500)],
  visible: ([on]) => [truth('visible', on)],
  goToStep: ([step]) => [whole('goToStep', step, 99)],
  look: ([nodes]) => [nodes === 'all' ? nodes : names('look', nodes)],
  machines: ([nodes, running]) => [names('machines', nodes), truth('machines', running)],
  taint: ([nodes, on]) => [names('taint', nodes), truth('taint', on)],
  edited: ([saved]) => [saved === null ? null : text('edited', saved, LONGEST_TEXT)],
};

/** The arguments of a call, checked; throws when there is no such call or its arguments are not right. */
export function readCall(method: string, args: readonly unknown[]): readonly unknown[] {
  if (!Object.hasOwn(readers, method)) throw new Error(`no call is named ${JSON.stringify(method.slice(0, 40))}`);
  if (!Array.isArray(args)) refuse(method, 'a list of arguments', args);
  return readers[method as keyof WorldCalls](args);
}

function readSpec(data: unknown): WorldSpec {
  const spec = record('open', data);
  const startMs = whole('open.startMs', spec['startMs'], LONGEST_MS);
  const endMs = whole('open.endMs', spec['endMs'], LONGEST_MS);
  if (endMs < startMs) refuse('open.endMs', `at least startMs (${String(startMs)})`, endMs);
  const cell = spec['cell'] === undefined ? {} : { cell: truth('open.cell', spec['cell']) };
  const exercise = spec['exercise'] === undefined ? undefined : record('open.exercise', spec['exercise']);
  return {
    scenario: text('open.scenario', spec['scenario'], 100),
    seed: whole('open.seed', spec['seed'], 0xffff_ffff),
    startMs,
    endMs,
    ...(spec['settings'] === undefined ? {} : { settings: readSettings('open.settings', spec['settings']) }),
    ...(exercise && {
      exercise: {
        id: text('open.exercise.id', exercise['id'], 100),
        step: whole('open.exercise.step', exercise['step'], 99),
      },
    }),
    ...cell,
    ...(spec['solution'] === undefined ? {} : { solution: truth('open.solution', spec['solution']) }),
  };
}

function readSettings(where: string, data: unknown): Settings {
  const read: Record<string, number | string | boolean> = {};
  for (const [key, value] of Object.entries(record(where, data))) {
    if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
      return refuse(`${where}.${key.slice(0, 40)}`, 'a number, a text, true or false', value);
    read[key] = value;
  }
  return read;
}

function record(where: string, data: unknown): Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return refuse(where, 'an object', data);
  return data as Readonly<Record<string, unknown>>;
}

function within(where: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most))
    return refuse(where, `a number from ${String(least)} to ${String(most)}`, value);
  return value;
}

function whole(where: string, value: unknown, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
    return refuse(where, `a whole number from 0 to ${String(most)}`, value);
  return value;
}

function text(where: string, value: unknown, longest: number): string {
  if (typeof value !== 'string' || value.length > longest)
    return refuse(where, `a text of at most ${String(longest)} characters`, value);
  return value;
}

function names(where: string, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_NODES)
    return refuse(where, `a list of at most ${String(MOST_NODES)} names`, value);
  return value.map((name: unknown) => text(where, name, 253));
}

function truth(where: string, value: unknown): boolean {
  if (typeof value !== 'boolean') return refuse(where, 'true or false', value);
  return value;
}

function refuse(where: string, wanted: string, found: unknown): never {
  throw new Error(`${where}: expected ${wanted}, found ${show(found)}`);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : typeof value;
}
