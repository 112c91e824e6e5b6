// Every scenario by name, each loaded at its first use. Settings are the controls of a figure; what they may be is
// checked here, because they can come from a link.
import { readScenario, type Scenario } from '../../sim/index.ts';

type Settings = Readonly<Record<string, number | string | boolean>>;

interface Entry {
  readonly load: () => Promise<(settings: Settings) => Scenario>;
  /** Allowed settings: a whole-number range, or the values themselves. */
  readonly settings: Readonly<
    Record<string, { readonly least: number; readonly most: number } | readonly (string | boolean)[]>
  >;
}

const scenarios: Readonly<Record<string, Entry>> = {
  deadlock: {
    load: async () => (await import('./deadlock.ts')).build,
    settings: { story: [true, false], liveness: ['none', '/healthz', '/readyz'] },
  },
  storm: {
    load: async () => (await import('./storm.ts')).build,
    settings: {
      failureThreshold: { least: 1, most: 20 },
      timeoutSeconds: { least: 1, most: 30 },
      surge: { least: 0, most: 300 },
    },
  },
  'slow-start': { load: async () => (await import('./slow-start.ts')).build, settings: {} },
  'crash-loop': {
    load: async () => (await import('./crash-loop.ts')).build,
    settings: { replicas: { least: 1, most: 20 } },
  },
  cell: { load: async () => (await import('./cell.ts')).build, settings: { nodes: { least: 5, most: 10_000 } } },
  fleet: {
    load: async () => (await import('./fleet.ts')).build,
    settings: {
      act: ['trouble', 'scores', 'place', 'preempt'],
      taint: ['NoSchedule', 'PreferNoSchedule', 'none'],
      affinity: ['none', 'preferred', 'required'],
      spread: { least: 0, most: 20 },
      preemptionPolicy: ['PreemptLowerPriority', 'Never'],
      budgets: ['none', 'monthly-reports', 'all'],
    },
  },
  pending: { load: async () => (await import('./fleet-tasks.ts')).pending, settings: {} },
  maintenance: { load: async () => (await import('./fleet-tasks.ts')).maintenance, settings: {} },
  gated: { load: async () => (await import('./fleet-tasks.ts')).gated, settings: {} },
  'one-zone': { load: async () => (await import('./fleet-tasks.ts')).oneZone, settings: {} },
  full: { load: async () => (await import('./fleet-tasks.ts')).full, settings: {} },
  'wrong-path': { load: async () => (await import('./wrong-path.ts')).build, settings: {} },
};

export const scenarioNames: readonly string[] = Object.keys(scenarios);

/** The scenario called `name`. Throws a sentence that names what is wrong. */
export async function loadScenario(name: string, settings: Settings = {}): Promise<Scenario> {
  const entry = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (!entry) throw new Error(`no scenario is called "${name}"; there are ${scenarioNames.join(', ')}`);
  for (const [key, value] of Object.entries(settings)) {
    const allowed = Object.hasOwn(entry.settings, key) ? entry.settings[key] : undefined;
    if (!allowed) throw new Error(`scenario ${name} has no setting "${key}"`);
    const fits =
      'least' in allowed
        ? typeof value === 'number' && Number.isInteger(value) && value >= allowed.least && value <= allowed.most
        : allowed.some((one) => one === value);
    if (!fits) throw new Error(`scenario ${name}: setting ${key} cannot be ${JSON.stringify(value)}`);
  }
  const read = readScenario((await entry.load())(settings));
  if ('error' in read) throw new Error(`scenario ${name}: ${read.error}`);
  return read.scenario;
}
